/// The weights of a convolution at the sixteen points of Winograd's tiles, U = G w Gᵀ, packed for `WinogradProduct`:
/// [point, pair of output blocks, depth tap, input channel, 16 output channels], a last odd block with 8.
///
/// 16/9 of the weights' memory, zero for channels that fill up a block. Transforming costs about 100 cycles for every eight pairs of
/// channels and depth tap, most of them for reading numbers that lie apart.
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
    /// Elements of one block of output channels at one point, and of one point.
    var panel: Int { rows * 8 }
    var pointStep: Int { outputBlocks * panel }
    var bytes: Int { 16 * pointStep * MemoryLayout<Float>.stride }

    /// Writes U for weights in PyTorch's layout.
    func transform(_ weight: UnsafePointer<Float>, to u: UnsafeMutablePointer<Float>) {
        let inputBlocks = (inputChannels + 7) / 8
        Parallel.chunks(outputBlocks * inputBlocks, grain: Swift.max(1, 64 / taps)) { range in
            withScratch(8 * 72, of: Float.self) { scratch in
                for index in range {
                    for tap in 0..<taps { block(index / inputBlocks, index % inputBlocks, tap, weight, scratch, to: u) }
                }
            }
        }
    }

    /// Eight by eight channels at one depth tap.
    private func block(
        _ outputBlock: Int, _ inputBlock: Int, _ tap: Int, _ weight: UnsafePointer<Float>, _ scratch: UnsafeMutablePointer<Float>,
        to u: UnsafeMutablePointer<Float>
    ) {
        let all = taps &* 9
        let (outputs, inputs) = (Swift.min(8, outputChannels - outputBlock * 8), Swift.min(8, inputChannels - inputBlock * 8))
        let outputStep = isFlipped ? all : inputChannels &* all
        let inputStep = isFlipped ? outputChannels &* all : all
        let start = weight + (outputBlock &* 8 &* outputStep &+ inputBlock &* 8 &* inputStep)
        if outputs < 8 || inputs < 8 { scratch.update(repeating: 0, count: 8 * 72) }
        for lane in 0..<outputs {
            for channel in 0..<inputs {
                let from = start + (lane &* outputStep &+ channel &* inputStep)
                let to = scratch + (channel &* 72 &+ lane)
                if isFlipped {
                    let last = from + (all &- 1 &- tap &* 9)
                    for k in 0..<9 { to[k &* 8] = last[-k] }
                } else {
                    let first = from + tap &* 9
                    for k in 0..<9 { to[k &* 8] = first[k] }
                }
            }
        }
        let isPaired = outputBlock | 1 < outputBlocks
        let width = isPaired ? 16 : 8
        let row = tap &* (rows / taps) &+ inputBlock &* 8
        let target = u + ((outputBlock & ~1) &* panel &+ row &* width &+ (isPaired ? outputBlock & 1 : 0) &* 8)
        for channel in 0..<8 { WinogradTransforms.weights(scratch + channel &* 72, to: target + channel &* width, step: pointStep) }
    }
}
