/// The weights of a convolution at the sixteen points of Winograd's tiles, U = G w Gᵀ, packed for `WinogradProduct`:
/// [point, pair of output blocks, depth tap, input channel, 16 output channels], a last odd block with 8.
///
/// 16/9 of the weights' memory, zero for channels that fill up a block.
struct WinogradWeights {
    /// Rows of a panel: depth taps times input channels, filled up to eights.
    let rows: Int
    let inputChannels: Int
    let outputChannels: Int
    let taps: Int
    let isFlipped: Bool

    /// The weights of the forward map.
    init(forward g: ConvolutionGeometry) { self.init(g, isFlipped: false) }

    /// Those of the backward map by data: input and output channels exchanged, the kernel turned round.
    init(byData g: ConvolutionGeometry) { self.init(g, isFlipped: true) }

    private init(_ g: ConvolutionGeometry, isFlipped: Bool) {
        inputChannels = isFlipped ? g.outputChannels : g.inputChannels
        outputChannels = isFlipped ? g.inputChannels : g.outputChannels
        taps = g.kernelPositions / 9
        rows = taps * ((inputChannels + 7) / 8 * 8)
        self.isFlipped = isFlipped
    }

    var outputBlocks: Int { (outputChannels + 7) / 8 }
    private var inputBlocks: Int { (inputChannels + 7) / 8 }
    /// Elements of one block of output channels at one point.
    var panel: Int { rows * 8 }
    /// Elements from one point to the next for `blocks` blocks of output channels, and those of all points.
    func pointStep(blocks: Int) -> Int { WinogradPlan.spacing(blocks * panel) }
    func count(blocks: Int) -> Int { 16 * pointStep(blocks: blocks) }

    /// Writes U for the output blocks `blocks`, the first of an even number, from weights in PyTorch's layout.
    func transform(_ weight: UnsafePointer<Float>, _ blocks: Range<Int>, to u: UnsafeMutablePointer<Float>) {
        // The two halves of a pair share cache lines of U: one after the other.
        Parallel.chunks((blocks.count + 1) / 2 * inputBlocks, grain: Swift.max(1, 32 / taps)) { range in
            withScratch(8 * 72, of: Float.self) { scratch in
                for index in range {
                    let first = index / inputBlocks * 2
                    for tap in 0..<taps {
                        for half in first..<Swift.min(blocks.count, first + 2) {
                            read(blocks.lowerBound + half, index % inputBlocks, tap, weight, to: scratch)
                            write(scratch, half, of: blocks.count, index % inputBlocks, tap, to: u)
                        }
                    }
                }
            }
        }
    }

    /// Eight by eight channels at one depth tap as [input channel, 3×3, output channel].
    private func read(
        _ outputBlock: Int, _ inputBlock: Int, _ tap: Int, _ weight: UnsafePointer<Float>, to scratch: UnsafeMutablePointer<Float>
    ) {
        let all = taps &* 9
        let (outputs, inputs) = (Swift.min(8, outputChannels - outputBlock * 8), Swift.min(8, inputChannels - inputBlock * 8))
        let outputStep = isFlipped ? all : inputChannels &* all
        let inputStep = isFlipped ? outputChannels &* all : all
        let start = weight + (outputBlock &* 8 &* outputStep &+ inputBlock &* 8 &* inputStep &+ (isFlipped ? taps - 1 - tap : tap) * 9)
        // The kernel turned round is read from its end.
        let (first, step) = isFlipped ? (64, -8) : (0, 8)
        if outputs == 8 {
            for channel in 0..<inputs {
                WinogradWeights.transpose(start + channel &* inputStep, outputStep, to: scratch + (channel &* 72 &+ first), step)
            }
            if inputs < 8 { (scratch + inputs * 72).update(repeating: 0, count: (8 - inputs) * 72) }
            return
        }
        scratch.update(repeating: 0, count: 8 * 72)
        for channel in 0..<inputs {
            for lane in 0..<outputs {
                let from = start + (lane &* outputStep &+ channel &* inputStep)
                let to = scratch + (channel &* 72 &+ first &+ lane)
                for k in 0..<9 { to[k &* step] = from[k] }
            }
        }
    }

    /// Eight rows of nine elements, `line` apart, to nine columns of eight, `step` apart.
    @inline(__always)
    private static func transpose(_ from: UnsafePointer<Float>, _ line: Int, to target: UnsafeMutablePointer<Float>, _ step: Int) {
        typealias Lanes = SIMD8<Float>
        @inline(__always) func row(_ i: Int) -> Lanes { FloatVector(load: from + i &* line).lanes }
        @inline(__always) func ones(_ a: Lanes, _ b: Lanes) -> (Lanes, Lanes) {
            (
                Lanes(a[0], b[0], a[1], b[1], a[4], b[4], a[5], b[5]),
                Lanes(a[2], b[2], a[3], b[3], a[6], b[6], a[7], b[7])
            )
        }
        @inline(__always) func twos(_ a: Lanes, _ b: Lanes) -> (Lanes, Lanes) {
            (
                Lanes(a[0], a[1], b[0], b[1], a[4], a[5], b[4], b[5]),
                Lanes(a[2], a[3], b[2], b[3], a[6], a[7], b[6], b[7])
            )
        }
        @inline(__always) func fours(_ a: Lanes, _ b: Lanes, _ i: Int) {
            FloatVector(lanes: Lanes(lowHalf: a.lowHalf, highHalf: b.lowHalf)).store(to: target + i &* step)
            FloatVector(lanes: Lanes(lowHalf: a.highHalf, highHalf: b.highHalf)).store(to: target + (i &+ 4) &* step)
        }
        let (a0, a1) = ones(row(0), row(1))
        let (a2, a3) = ones(row(2), row(3))
        let (a4, a5) = ones(row(4), row(5))
        let (a6, a7) = ones(row(6), row(7))
        let (b0, b1) = twos(a0, a2)
        let (b2, b3) = twos(a1, a3)
        let (b4, b5) = twos(a4, a6)
        let (b6, b7) = twos(a5, a7)
        fours(b0, b4, 0)
        fours(b1, b5, 1)
        fours(b2, b6, 2)
        fours(b3, b7, 3)
        let last = target + 8 &* step
        for i in 0..<8 { last[i] = from[i &* line &+ 8] }
    }

    /// G w Gᵀ of what `read` has arranged, to output block `half` of `blocks`.
    private func write(
        _ scratch: UnsafePointer<Float>, _ half: Int, of blocks: Int, _ inputBlock: Int, _ tap: Int, to u: UnsafeMutablePointer<Float>
    ) {
        let isPaired = half | 1 < blocks
        let width = isPaired ? 16 : 8
        let row = tap &* (rows / taps) &+ inputBlock &* 8
        let target = u + ((half & ~1) &* panel &+ row &* width &+ (isPaired ? half & 1 : 0) &* 8)
        let step = pointStep(blocks: blocks)
        for channel in 0..<8 { WinogradTransforms.weights(scratch + channel &* 72, to: target + channel &* width, step: step) }
    }
}
