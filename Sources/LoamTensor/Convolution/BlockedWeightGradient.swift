/// The backward-by-weights map on activations in channel blocks of eight, where oneDNN has no compiled code: three dimensions with
/// padding, and dilation.
///
/// For one block of output and one of input channels and three neighbouring kernel positions, twelve registers hold the sums of four
/// output channels: every position costs 3 loads of x, 4 broadcasts of gy and 12 multiply-adds, so that arithmetic is the bound
/// (6 cycles against 3.5). Nothing is unfolded: the traffic is that of x and gy, read from the first-level cache kernel position by
/// kernel position, a few rows at a time. 2·N·O·P·C·K operations, P output and K kernel positions, channels rounded up to eights.
struct BlockedWeightGradient {
    private let geometry: ConvolutionGeometry
    private let x: UnsafePointer<Float>
    private let delta: UnsafePointer<Float>
    private let inputBlocks: Int
    private let outputBlocks: Int
    /// Output lines that are worked on together, and how many such chunks a plane of lines has.
    private let rows: Int
    private let chunks: Int

    /// Elements of the weights of one pair of blocks, [kernel position, output lane, input lane].
    private var pairLength: Int { geometry.kernelPositions * 64 }

    static func serves(_ g: ConvolutionGeometry) -> Bool {
        g.groups == 1 && g.inputChannels >= 4 && g.outputChannels >= 4 && g.batch > 0 && g.inputPositions > 0 && g.outputPositions > 0
    }

    /// gw in PyTorch's layout.
    static func run(_ x: Tensor<Float>, _ cotangent: Tensor<Float>, _ geometry: ConvolutionGeometry) -> Tensor<Float> {
        let source = x.inBlocks(of: 8)
        let delta = cotangent.inBlocks(of: 8)
        return withExtendedLifetime((source, delta)) {
            BlockedWeightGradient(geometry.overThreeAxes, source, delta).sum().reshaped(geometry.weightShape)
        }
    }

    private init(_ geometry: ConvolutionGeometry, _ x: BlockedActivations, _ delta: BlockedActivations) {
        self.geometry = geometry
        self.x = UnsafePointer(x.base)
        self.delta = UnsafePointer(delta.base)
        inputBlocks = x.blocks
        outputBlocks = delta.blocks
        rows = Swift.min(geometry.output[1], Swift.max(1, 256 / Swift.max(1, geometry.output[2])))
        chunks = (geometry.output[1] + rows - 1) / rows
    }

    private func sum() -> Tensor<Float> {
        let pairs = inputBlocks * outputBlocks
        let units = geometry.batch * geometry.output[0] * chunks
        let threads = Parallel.threads
        // Small weights: a thread sums over its share of positions into weights of its own. Large ones: a thread has its share of them.
        let pieces = pairs * pairLength * threads <= 1 << 21 && units >= 2 * threads ? threads : 1
        let count = pairs * pairLength
        let partial = Tensor<Float>(repeating: 0, shape: [pieces, count])
        let sums = partial.storage.base
        if pieces > 1 {
            Parallel.forEach(pieces) { piece in
                for unit in units * piece / pieces..<units * (piece + 1) / pieces {
                    for pair in 0..<pairs { accumulate(unit, pair, into: sums + (piece * count + pair * pairLength)) }
                }
            }
        } else {
            Parallel.forEach(pairs) { pair in
                for unit in 0..<units { accumulate(unit, pair, into: sums + pair * pairLength) }
            }
        }
        return unpacked(pieces == 1 ? partial : partial.sum(axes: [0]))
    }

    /// From [output block, input block, kernel position, output lane, input lane] to [O, C, kernel position].
    private func unpacked(_ packed: Tensor<Float>) -> Tensor<Float> {
        let taps = geometry.kernelPositions
        let result = Tensor<Float>(uninitialised: [geometry.outputChannels, geometry.inputChannels, taps])
        let to = result.storage.base
        packed.withUnsafePointer { from in
            for o in 0..<geometry.outputChannels {
                for c in 0..<geometry.inputChannels {
                    let source = from + ((o / 8 * inputBlocks + c / 8) * pairLength + o % 8 * 8 + c % 8)
                    let target = to + (o * geometry.inputChannels + c) * taps
                    for tap in 0..<taps { target[tap] = source[tap &* 64] }
                }
            }
        }
        return result
    }

    /// Adds the products of one chunk of output lines for one pair of channel blocks.
    private func accumulate(_ unit: Int, _ pair: Int, into weights: UnsafeMutablePointer<Float>) {
        let g = geometry
        let chunk = unit % chunks
        let depth = unit / chunks % g.output[0]
        let image = unit / chunks / g.output[0]
        let (outputBlock, inputBlock) = (pair / inputBlocks, pair % inputBlocks)
        let source = x + (image * inputBlocks + inputBlock) * g.inputPositions * 8
        let cotangent = delta + ((image * outputBlocks + outputBlock) * g.outputPositions + depth * g.output[1] * g.output[2]) * 8
        let lines = chunk * rows..<Swift.min(g.output[1], (chunk + 1) * rows)
        for kd in 0..<g.kernel[0] {
            let d = depth * g.stride[0] - g.padding[0] + kd * g.dilation[0]
            if d < 0 || d >= g.input[0] { continue }
            for kh in 0..<g.kernel[1] {
                let plane = source + d * g.input[1] * g.input[2] * 8
                let taps = weights + (kd * g.kernel[1] + kh) * g.kernel[2] * 64
                var kw = 0
                while kw < g.kernel[2] {
                    if kw + 3 <= g.kernel[2] {
                        threeTaps(plane, cotangent, lines, kh: kh, kw: kw, half: 0, into: taps + kw * 64)
                        threeTaps(plane, cotangent, lines, kh: kh, kw: kw, half: 1, into: taps + kw * 64)
                        kw += 3
                    } else {
                        oneTap(plane, cotangent, lines, kh: kh, kw: kw, into: taps + kw * 64)
                        kw += 1
                    }
                }
            }
        }
    }

    /// Output positions of a line at which kernel position `kw` reads inside the input.
    @inline(__always)
    private func valid(_ kw: Int) -> Range<Int> {
        let step = geometry.stride[2]
        let first = kw * geometry.dilation[2] - geometry.padding[2]  // what output position 0 reads
        let low = first >= 0 ? 0 : (step - 1 - first) / step
        let high = first >= geometry.input[2] ? 0 : Swift.min(geometry.output[2], (geometry.input[2] - 1 - first) / step + 1)
        return low..<Swift.max(low, high)
    }

    /// Kernel positions kw, kw + 1 and kw + 2 for four output channels.
    private func threeTaps(
        _ plane: UnsafePointer<Float>, _ cotangent: UnsafePointer<Float>, _ lines: Range<Int>, kh: Int, kw: Int, half: Int,
        into weights: UnsafeMutablePointer<Float>
    ) {
        typealias V = FloatVector
        let ranges = (valid(kw), valid(kw + 1), valid(kw + 2))
        let low = Swift.max(ranges.0.lowerBound, ranges.1.lowerBound, ranges.2.lowerBound)
        let high = Swift.max(low, Swift.min(ranges.0.upperBound, ranges.1.upperBound, ranges.2.upperBound))
        let next = geometry.dilation[2] * 8
        let step = geometry.stride[2] * 8
        let start = (kw * geometry.dilation[2] - geometry.padding[2]) * 8
        let (height, width, outputs) = (geometry.input[1], geometry.input[2], geometry.output[2])
        let target = weights + half * 32
        var (a0, a1, a2, a3) = (V(0), V(0), V(0), V(0))
        var (b0, b1, b2, b3) = (V(0), V(0), V(0), V(0))
        var (c0, c1, c2, c3) = (V(0), V(0), V(0), V(0))
        for line in lines {
            let h = line &* geometry.stride[1] &- geometry.padding[1] &+ kh &* geometry.dilation[1]
            if h < 0 || h >= height { continue }
            let from = plane + (h &* width &* 8 &+ start)
            let g = cotangent + (line &* outputs &* 8 &+ half &* 4)
            @inline(__always) func edge(_ w: Int) {
                let p = g + w &* 8
                if ranges.0.contains(w) {
                    let x = V(load: from + w &* step)
                    a0 = V.fusedMultiplyAdd(V(p[0]), x, a0)
                    a1 = V.fusedMultiplyAdd(V(p[1]), x, a1)
                    a2 = V.fusedMultiplyAdd(V(p[2]), x, a2)
                    a3 = V.fusedMultiplyAdd(V(p[3]), x, a3)
                }
                if ranges.1.contains(w) {
                    let x = V(load: from + (w &* step &+ next))
                    b0 = V.fusedMultiplyAdd(V(p[0]), x, b0)
                    b1 = V.fusedMultiplyAdd(V(p[1]), x, b1)
                    b2 = V.fusedMultiplyAdd(V(p[2]), x, b2)
                    b3 = V.fusedMultiplyAdd(V(p[3]), x, b3)
                }
                if ranges.2.contains(w) {
                    let x = V(load: from + (w &* step &+ 2 &* next))
                    c0 = V.fusedMultiplyAdd(V(p[0]), x, c0)
                    c1 = V.fusedMultiplyAdd(V(p[1]), x, c1)
                    c2 = V.fusedMultiplyAdd(V(p[2]), x, c2)
                    c3 = V.fusedMultiplyAdd(V(p[3]), x, c3)
                }
            }
            let leading = Swift.min(low, outputs)
            for w in 0..<leading { edge(w) }
            var w = low
            while w < high {
                let p = g + w &* 8
                let q = from + w &* step
                let (x, y, z) = (V(load: q), V(load: q + next), V(load: q + 2 &* next))
                let g0 = V(p[0])
                a0 = V.fusedMultiplyAdd(g0, x, a0)
                b0 = V.fusedMultiplyAdd(g0, y, b0)
                c0 = V.fusedMultiplyAdd(g0, z, c0)
                let g1 = V(p[1])
                a1 = V.fusedMultiplyAdd(g1, x, a1)
                b1 = V.fusedMultiplyAdd(g1, y, b1)
                c1 = V.fusedMultiplyAdd(g1, z, c1)
                let g2 = V(p[2])
                a2 = V.fusedMultiplyAdd(g2, x, a2)
                b2 = V.fusedMultiplyAdd(g2, y, b2)
                c2 = V.fusedMultiplyAdd(g2, z, c2)
                let g3 = V(p[3])
                a3 = V.fusedMultiplyAdd(g3, x, a3)
                b3 = V.fusedMultiplyAdd(g3, y, b3)
                c3 = V.fusedMultiplyAdd(g3, z, c3)
                w &+= 1
            }
            for w in Swift.max(leading, high)..<Swift.max(leading, high, outputs) { edge(w) }
        }
        (V(load: target) + a0).store(to: target)
        (V(load: target + 8) + a1).store(to: target + 8)
        (V(load: target + 16) + a2).store(to: target + 16)
        (V(load: target + 24) + a3).store(to: target + 24)
        (V(load: target + 64) + b0).store(to: target + 64)
        (V(load: target + 72) + b1).store(to: target + 72)
        (V(load: target + 80) + b2).store(to: target + 80)
        (V(load: target + 88) + b3).store(to: target + 88)
        (V(load: target + 128) + c0).store(to: target + 128)
        (V(load: target + 136) + c1).store(to: target + 136)
        (V(load: target + 144) + c2).store(to: target + 144)
        (V(load: target + 152) + c3).store(to: target + 152)
    }

    /// Kernel position kw for all eight output channels.
    private func oneTap(
        _ plane: UnsafePointer<Float>, _ cotangent: UnsafePointer<Float>, _ lines: Range<Int>, kh: Int, kw: Int,
        into target: UnsafeMutablePointer<Float>
    ) {
        typealias V = FloatVector
        let range = valid(kw)
        let step = geometry.stride[2] * 8
        let start = (kw * geometry.dilation[2] - geometry.padding[2]) * 8
        let (height, width, outputs) = (geometry.input[1], geometry.input[2], geometry.output[2])
        var (a0, a1, a2, a3) = (V(0), V(0), V(0), V(0))
        var (a4, a5, a6, a7) = (V(0), V(0), V(0), V(0))
        for line in lines {
            let h = line &* geometry.stride[1] &- geometry.padding[1] &+ kh &* geometry.dilation[1]
            if h < 0 || h >= height { continue }
            let from = plane + (h &* width &* 8 &+ start)
            let g = cotangent + line &* outputs &* 8
            for w in range {
                let x = V(load: from + w &* step)
                let p = g + w &* 8
                a0 = V.fusedMultiplyAdd(V(p[0]), x, a0)
                a1 = V.fusedMultiplyAdd(V(p[1]), x, a1)
                a2 = V.fusedMultiplyAdd(V(p[2]), x, a2)
                a3 = V.fusedMultiplyAdd(V(p[3]), x, a3)
                a4 = V.fusedMultiplyAdd(V(p[4]), x, a4)
                a5 = V.fusedMultiplyAdd(V(p[5]), x, a5)
                a6 = V.fusedMultiplyAdd(V(p[6]), x, a6)
                a7 = V.fusedMultiplyAdd(V(p[7]), x, a7)
            }
        }
        (V(load: target) + a0).store(to: target)
        (V(load: target + 8) + a1).store(to: target + 8)
        (V(load: target + 16) + a2).store(to: target + 16)
        (V(load: target + 24) + a3).store(to: target + 24)
        (V(load: target + 32) + a4).store(to: target + 32)
        (V(load: target + 40) + a5).store(to: target + 40)
        (V(load: target + 48) + a6).store(to: target + 48)
        (V(load: target + 56) + a7).store(to: target + 56)
    }
}
