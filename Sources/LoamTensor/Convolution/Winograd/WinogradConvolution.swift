/// The forward map of a 3×3 or 3×3×3 convolution of stride 1, and its backward map by data, by Winograd's F(2×2, 3×3) in the plane of
/// the last two axes, on activations in channel blocks of eight.
///
/// With T tiles, C input and O output channels and D depth taps: 32·T·D·C·O floating-point operations in the products, where the
/// direct algorithm has 72; 32·T·C additions for the transform of x and 24·T·O for that of y. A chunk's transformed x and y are
/// 64·(D·C + O) bytes a tile, so that some 50 to 200 tiles stay in the second-level cache; beyond it go x, y and once a chunk the
/// transformed weights, 64·D·C·O bytes. Every element of y is the same sum in the same order for any number of threads.
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

    private func run(_ x: Tensor<Float>, _ weight: Tensor<Float>, bias: Tensor<Float>?, shape: Shape) -> Tensor<Float> {
        let source = x.inBlocks(of: 8)
        let target = BlockedActivations(uninitialised: shape, block: 8)
        let cut = plan.cut(wanted: wantedTiles, threads: Parallel.threads)
        let padded = plan.outputBlocks * 8
        withScratch(weights.bytes / MemoryLayout<Float>.stride + padded, of: Float.self) { memory in
            let shift = memory
            let u = memory + padded
            shift.update(repeating: 0, count: padded)
            if let bias { bias.withUnsafePointer { shift.update(from: $0, count: bias.count) } }
            weight.withUnsafePointer { weights.transform($0, to: u) }
            withExtendedLifetime(source) {
                Parallel.chunks(cut.jobs) { jobs in work(jobs, cut, source.base, u, shift, to: target.base) }
            }
        }
        return Tensor(target)
    }

    /// One thread's share.
    private func work(
        _ jobs: Range<Int>, _ cut: WinogradPlan.Cut, _ x: UnsafePointer<Float>, _ u: UnsafePointer<Float>, _ bias: UnsafePointer<Float>,
        to y: UnsafeMutablePointer<Float>
    ) {
        let capacity = cut.capacity
        let inputStep = WinogradPlan.pointStep(tiles: capacity, blocks: plan.inputBlocks)
        let outputStep = WinogradPlan.pointStep(tiles: capacity, blocks: plan.outputBlocks)
        let taps = plan.taps
        withUnsafeTemporaryAllocation(of: Int.self, capacity: taps) { offsets in
            withUnsafeTemporaryAllocation(of: WinogradPlan.Tile.self, capacity: capacity) { list in
                withScratch(16 * (taps * inputStep + outputStep) + 128, of: Float.self) { memory in
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
                                offsets: UnsafePointer(offsets.baseAddress!), taps: high - low, blocks: plan.inputBlocks, blockStep: capacity * 8)
                            for point in 0..<16 {
                                WinogradProduct.multiply(
                                    v + point * inputStep, channels, u + point * weights.pointStep, panel: weights.panel,
                                    firstRow: low * plan.inputBlocks * 8, outputBlocks: plan.outputBlocks, tiles: (count + 5) / 6 * 6,
                                    to: m + point * outputStep)
                            }
                            transformOutput(m, step: outputStep, depth: depth, tiles, count: count, capacity: capacity, bias, to: y)
                        }
                    }
                }
            }
        }
    }

    /// Aᵀ m A + bias of a chunk's tiles, to depth `depth` of y.
    private func transformOutput(
        _ m: UnsafePointer<Float>, step: Int, depth: Int, _ list: UnsafePointer<WinogradPlan.Tile>, count: Int, capacity: Int,
        _ bias: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>
    ) {
        let line = plan.output[2] &* 8
        let positions = plan.output.elementCount
        let plane = plan.outputPlane
        for block in 0..<plan.outputBlocks {
            let base = y + (block &* positions &+ depth &* plane) &* 8
            let shift = FloatVector(load: bias + block &* 8)
            var from = m + block &* capacity &* 8
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
