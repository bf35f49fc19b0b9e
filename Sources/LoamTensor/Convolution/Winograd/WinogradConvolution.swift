/// The forward map of a 3×3 or 3×3×3 convolution of stride 1, and its backward map by data, by Winograd's F(2×2, 3×3) in the plane of
/// the last two axes, on activations in channel blocks of eight.
///
/// With T tiles, C input and O output channels and D depth taps: 32·T·D·C·O floating-point operations in the products, where the
/// direct algorithm has 72; 32·T·C additions for the transform of x and 24·T·O for that of y. A chunk's transformed x and y are
/// 64·(D·C + O) bytes a tile, so that some 50 to 200 tiles stay in the second-level cache; beyond it go x, y and once a chunk the
/// transformed weights, 64·D·C·O bytes. Every element of y is the same sum in the same order for any number of threads.
///
/// Rounding errors are those of the direct sum times a small factor, relative to all that the tile reads: an element of y can see the
/// rounding of a large neighbour in its tile, and an infinite or undefined one, even where its own kernel does not reach it.
struct WinogradConvolution {
    private let plan: WinogradPlan
    private let weights: WinogradWeights

    /// y = w ∗ x + bias.
    static func forward(_ x: Tensor<Float>, _ weight: Tensor<Float>, bias: Tensor<Float>?, _ g: ConvolutionGeometry) -> Tensor<Float> {
        WinogradConvolution(plan: WinogradPlan(forward: g), weights: WinogradWeights(forward: g))
            .run(x, weight, bias: bias, shape: g.outputShape)
    }

    /// gx = wᵀ ∗ gy.
    static func backwardByData(_ cotangent: Tensor<Float>, _ weight: Tensor<Float>, _ g: ConvolutionGeometry) -> Tensor<Float> {
        WinogradConvolution(plan: WinogradPlan(byData: g), weights: WinogradWeights(byData: g))
            .run(cotangent, weight, bias: nil, shape: g.inputShape)
    }

    /// Tiles that are worked on together.
    private var wantedTiles: Int {
        Swift.min(192, Swift.max(48, 640 / (plan.taps * plan.inputBlocks + plan.outputBlocks) / 6 * 6))
    }

    /// Bytes of transformed weights beyond which threads share output channels rather than tiles.
    private static let weightsLimit = 4 << 20

    private func run(_ x: Tensor<Float>, _ weight: Tensor<Float>, bias: Tensor<Float>?, shape: Shape) -> Tensor<Float> {
        let source = x.inBlocks(of: 8)
        let target = BlockedActivations(uninitialised: shape, block: 8)
        let padded = plan.outputBlocks * 8
        let threads = Parallel.threads
        withScratch(padded, of: Float.self) { shift in
            shift.update(repeating: 0, count: padded)
            if let bias { bias.withUnsafePointer { shift.update(from: $0, count: bias.count) } }
            weight.withUnsafePointer { weight in
                withExtendedLifetime(source) {
                    let bytes = weights.count(blocks: plan.outputBlocks) * MemoryLayout<Float>.stride
                    if bytes > WinogradConvolution.weightsLimit && plan.outputBlocks >= 2 * threads {
                        sharingOutputs(source.base, weight, shift, bytes: bytes, threads: threads, to: target.base)
                    } else {
                        sharingTiles(source.base, weight, shift, threads: threads, to: target.base)
                    }
                }
            }
        }
        return Tensor(target)
    }

    /// Every thread has its share of tiles; the weights are transformed once before.
    private func sharingTiles(
        _ x: UnsafePointer<Float>, _ weight: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, threads: Int,
        to y: UnsafeMutablePointer<Float>
    ) {
        let blocks = 0..<plan.outputBlocks
        let cut = plan.cut(wanted: wantedTiles, threads: threads)
        withScratch(weights.count(blocks: blocks.count), of: Float.self) { u in
            weights.transform(weight, blocks, to: u)
            Parallel.chunks(cut.jobs) { jobs in work(jobs, cut, blocks, x, u, bias, to: y) }
        }
    }

    /// Every thread has its share of output channels, taken in portions whose weights stay in the cache from their transform on; x is
    /// transformed for each portion, which at 64 channels a portion adds 6 % to the products.
    private func sharingOutputs(
        _ x: UnsafePointer<Float>, _ weight: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, bytes: Int, threads: Int,
        to y: UnsafeMutablePointer<Float>
    ) {
        let all = plan.outputBlocks
        let size = WinogradPlan.portion(of: all, bytes: bytes, threads: threads)
        let cut = plan.cut(wanted: 192, threads: 1)
        Parallel.chunks((all + size - 1) / size) { portions in
            withScratch(weights.count(blocks: size), of: Float.self) { u in
                for portion in portions {
                    let blocks = portion * size..<Swift.min(all, (portion + 1) * size)
                    weights.transform(weight, blocks, to: u)
                    work(0..<cut.jobs, cut, blocks, x, u, bias, to: y)
                }
            }
        }
    }

    /// The jobs `jobs` for the output blocks `blocks`, whose weights are at u.
    private func work(
        _ jobs: Range<Int>, _ cut: WinogradPlan.Cut, _ blocks: Range<Int>, _ x: UnsafePointer<Float>, _ u: UnsafePointer<Float>,
        _ bias: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>
    ) {
        let capacity = cut.capacity
        let inputStep = WinogradPlan.spacing(capacity * plan.inputBlocks * 8)
        let outputStep = WinogradPlan.spacing(capacity * blocks.count * 8)
        let weightStep = weights.pointStep(blocks: blocks.count)
        let taps = plan.taps
        withUnsafeTemporaryAllocation(of: Int.self, capacity: taps) { offsets in
            withUnsafeTemporaryAllocation(of: WinogradPlan.Tile.self, capacity: capacity) { list in
                withScratch(16 * (taps * inputStep + outputStep) + 136, of: Float.self) { memory in
                    let v = memory
                    let m = v + 16 * taps * inputStep
                    let gathered = m + 16 * outputStep
                    let tiles = list.baseAddress!
                    for index in jobs {
                        let job = plan.job(index, of: cut)
                        let count = job.tiles.count
                        plan.describe(job.tiles, to: tiles)
                        var next = job.depths.lowerBound - plan.padding[0]
                        for depth in job.depths {
                            let first = depth - plan.padding[0]
                            while next < first + taps {
                                if next >= 0 && next < plan.input[0] {
                                    plan.transformInput(
                                        x, depth: next, tiles, count: count, capacity: capacity, to: v + 16 * inputStep * plan.slot(next),
                                        step: inputStep, scratch: gathered)
                                }
                                next += 1
                            }
                            // Depth taps that read inside x.
                            let low = Swift.min(taps, Swift.max(0, -first))
                            let high = Swift.max(low, Swift.min(taps, plan.input[0] - first))
                            for tap in low..<high { offsets[tap - low] = 16 * inputStep * plan.slot(first + tap) }
                            let channels = WinogradProduct.Channels(
                                offsets: UnsafePointer(offsets.baseAddress!), taps: high - low, blocks: plan.inputBlocks,
                                blockStep: capacity * 8)
                            for point in 0..<16 {
                                WinogradProduct.multiply(
                                    v + point * inputStep, channels, u + point * weightStep, panel: weights.panel,
                                    firstRow: low * plan.inputBlocks * 8, outputBlocks: blocks.count, tiles: (count + 5) / 6 * 6,
                                    to: m + point * outputStep)
                            }
                            transformOutput(m, step: outputStep, depth: depth, tiles, count: count, capacity: capacity, blocks, bias, to: y)
                        }
                    }
                }
            }
        }
    }

    /// Aᵀ m A + bias of a chunk's tiles, to depth `depth` of y.
    private func transformOutput(
        _ m: UnsafePointer<Float>, step: Int, depth: Int, _ list: UnsafePointer<WinogradPlan.Tile>, count: Int, capacity: Int,
        _ blocks: Range<Int>, _ bias: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>
    ) {
        let line = plan.output[2] &* 8
        let positions = plan.output.elementCount
        let plane = plan.outputPlane
        for block in blocks {
            let base = y + (block &* positions &+ depth &* plane) &* 8
            let shift = FloatVector(load: bias + block &* 8)
            var from = m + (block &- blocks.lowerBound) &* capacity &* 8
            for index in 0..<count {
                let tile = list + index
                let to = base + tile.pointee.target
                let r = WinogradTransforms.output(from, step: step, bias: shift)
                r.0.store(to: to)
                if tile.pointee.width == 2 { r.1.store(to: to + 8) }
                if tile.pointee.height == 2 {
                    r.2.store(to: to + line)
                    if tile.pointee.width == 2 { r.3.store(to: to + (line &+ 8)) }
                }
                from += 8
            }
        }
    }
}
