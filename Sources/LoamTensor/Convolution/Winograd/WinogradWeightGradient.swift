/// The backward map by weights of a 3×3 or 3×3×3 convolution of stride 1: gw = Gᵀ[Σ (A gy Aᵀ) ⊙ (Bᵀ x B)]G, the sum over the 2×2
/// tiles of gy, which is Winograd's F(3×3, 2×2).
///
/// Operations are those of the forward map. The sums S take 64·D·C·O bytes, D depth taps. Where they are small every thread sums over
/// its share of tiles into sums of its own; where they are large every thread has a share of the output channels, in portions whose
/// sums stay in the cache, and transforms x for each (6 % more work at 64 channels a portion). The order of the sums is fixed for a
/// number of threads.
struct WinogradWeightGradient {
    private let geometry: ConvolutionGeometry
    private let plan: WinogradPlan
    private let x: UnsafePointer<Float>
    private let delta: UnsafePointer<Float>

    /// gw in PyTorch's layout.
    static func run(_ x: Tensor<Float>, _ cotangent: Tensor<Float>, _ geometry: ConvolutionGeometry) -> Tensor<Float> {
        let source = x.inBlocks(of: 8)
        let delta = cotangent.inBlocks(of: 8)
        return withExtendedLifetime((source, delta)) {
            WinogradWeightGradient(
                geometry: geometry, plan: WinogradPlan(forward: geometry), x: UnsafePointer(source.base), delta: UnsafePointer(delta.base)
            ).sum()
        }
    }

    /// Blocks of x a block of gy is multiplied with: [input block, depth tap].
    private var pairs: Int { plan.inputBlocks * plan.taps }
    /// Elements of S, [point, output block, input block, depth tap, output lane, input lane], from one point to the next.
    private func pointLength(blocks: Int) -> Int { WinogradPlan.spacing(blocks * pairs * 64) }

    /// Bytes of sums beyond which threads share output channels rather than tiles.
    private static let sumsLimit = 2 << 20

    private func sum() -> Tensor<Float> {
        let threads = Parallel.threads
        let all = plan.outputBlocks
        let length = 16 * pointLength(blocks: all)
        let bytes = length * MemoryLayout<Float>.stride
        let isShared = bytes > WinogradWeightGradient.sumsLimit && all >= 2 * threads
        let result = Tensor<Float>(uninitialised: geometry.weightShape)
        let to = result.storage.base
        if isShared {
            let size = WinogradPlan.portion(of: all, bytes: bytes, threads: threads)
            let cut = plan.cut(wanted: wantedTiles(isShared: true), threads: 1)
            Parallel.chunks((all + size - 1) / size) { portions in
                withScratch(16 * pointLength(blocks: size), of: Float.self) { sums in
                    for portion in portions {
                        let blocks = portion * size..<Swift.min(all, (portion + 1) * size)
                        work(0..<cut.jobs, cut, blocks, into: sums)
                        transformBack(sums, pieces: 1, blocks, to: to)
                    }
                }
            }
        } else {
            let cut = plan.cut(wanted: wantedTiles(isShared: false), threads: threads)
            withScratch(threads * length, of: Float.self) { sums in
                Parallel.forEach(threads) { piece in
                    work(cut.jobs * piece / threads..<cut.jobs * (piece + 1) / threads, cut, 0..<all, into: sums + piece * length)
                }
                transformBack(sums, pieces: threads, 0..<all, to: to)
            }
        }
        return result
    }

    /// Tiles that are worked on together: what fits the second-level cache beside the sums; more where the sums are large, since each
    /// chunk reads and writes them.
    private func wantedTiles(isShared: Bool) -> Int {
        let fitting = 640 / (pairs + plan.outputBlocks) / 6 * 6
        return Swift.min(192, Swift.max(isShared ? 192 : 48, fitting))
    }

    /// The jobs `jobs` for the output blocks `blocks`.
    private func work(_ jobs: Range<Int>, _ cut: WinogradPlan.Cut, _ blocks: Range<Int>, into s: UnsafeMutablePointer<Float>) {
        let capacity = cut.capacity
        let taps = plan.taps
        let inputStep = WinogradPlan.spacing(capacity * plan.inputBlocks * 8)
        let outputStep = WinogradPlan.spacing(capacity * blocks.count * 8)
        let pairs = self.pairs
        let pointLength = self.pointLength(blocks: blocks.count)
        for point in 0..<16 { (s + point * pointLength).update(repeating: 0, count: blocks.count * pairs * 64) }
        withUnsafeTemporaryAllocation(of: Int.self, capacity: pairs) { offsets in
            withUnsafeTemporaryAllocation(of: WinogradPlan.Tile.self, capacity: capacity) { list in
                withScratch(16 * (taps * inputStep + outputStep) + 136, of: Float.self) { memory in
                    let v = memory
                    let z = v + 16 * taps * inputStep
                    let gathered = z + 16 * outputStep
                    let tiles = list.baseAddress!
                    let from = UnsafePointer(offsets.baseAddress!)
                    for index in jobs {
                        let job = plan.job(index, of: cut)
                        let count = job.tiles.count
                        plan.describe(job.tiles, to: tiles)
                        var next = job.depths.lowerBound - plan.padding[0]
                        for depth in job.depths {
                            let first = depth - plan.padding[0]
                            while next < first + taps {
                                plan.transformInput(
                                    x, depth: next, tiles, count: count, capacity: capacity, to: v + 16 * inputStep * plan.slot(next),
                                    step: inputStep, scratch: gathered)
                                next += 1
                            }
                            transformCotangent(depth: depth, tiles, count: count, capacity: capacity, blocks, to: z, step: outputStep)
                            for pair in 0..<pairs {
                                offsets[pair] = 16 * inputStep * plan.slot(first + pair % taps) + pair / taps * capacity * 8
                            }
                            for point in 0..<16 {
                                for block in 0..<blocks.count {
                                    WinogradOuterProduct.accumulate(
                                        z + (point &* outputStep &+ block &* capacity &* 8), v + point &* inputStep,
                                        offsets: from, count: pairs, tiles: count,
                                        into: s + (point &* pointLength &+ block &* pairs &* 64))
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// A gy Aᵀ of the tiles `list` at depth `depth`, the blocks `blocks`.
    private func transformCotangent(
        depth: Int, _ list: UnsafePointer<WinogradPlan.Tile>, count: Int, capacity: Int, _ blocks: Range<Int>,
        to z: UnsafeMutablePointer<Float>, step: Int
    ) {
        typealias V = FloatVector
        let line = plan.output[2] &* 8
        let positions = plan.output.elementCount
        let plane = plan.outputPlane
        for block in blocks {
            let base = delta + (block &* positions &+ depth &* plane) &* 8
            var to = z + (block &- blocks.lowerBound) &* capacity &* 8
            for index in 0..<count {
                let tile = list + index
                let from = base + tile.pointee.target
                if tile.pointee.width == 2 && tile.pointee.height == 2 {
                    WinogradTransforms.cotangent(
                        V(load: from), V(load: from + 8), V(load: from + line), V(load: from + (line &+ 8)), to: to, step: step)
                } else {
                    let right = tile.pointee.width == 2 ? V(load: from + 8) : V(0)
                    let below = tile.pointee.height == 2 ? V(load: from + line) : V(0)
                    WinogradTransforms.cotangent(V(load: from), right, below, V(0), to: to, step: step)
                }
                to += 8
            }
        }
    }

    /// Gᵀ S G of the sum of the pieces for the output blocks `blocks`, to [O, C, depth tap, 3, 3].
    private func transformBack(
        _ sums: UnsafePointer<Float>, pieces: Int, _ blocks: Range<Int>, to weight: UnsafeMutablePointer<Float>
    ) {
        typealias V = FloatVector
        let (inputs, outputs, taps) = (geometry.inputChannels, geometry.outputChannels, plan.taps)
        let pairs = self.pairs
        let pointLength = self.pointLength(blocks: blocks.count)
        let length = 16 &* pointLength
        Parallel.chunks(blocks.count * pairs, grain: 8) { range in
            withScratch(200, of: Float.self) { scratch in
                let taken = scratch + 128
                for index in range {
                    let (block, pair) = (blocks.lowerBound + index / pairs, index % pairs)
                    let (channel, tap) = (pair / taps * 8, pair % taps)
                    for lane in 0..<Swift.min(8, outputs - block * 8) {
                        let from = sums + (index &* 64 &+ lane &* 8)
                        for point in 0..<16 {
                            var total = V(load: from + point &* pointLength)
                            for piece in 1..<Swift.max(1, pieces) {
                                total = total + V(load: from + (piece &* length &+ point &* pointLength))
                            }
                            total.store(to: scratch + point &* 8)
                        }
                        WinogradTransforms.weightGradient(scratch, to: taken)
                        for c in 0..<Swift.min(8, inputs - channel) {
                            let to = weight + (((block &* 8 &+ lane) &* inputs &+ channel &+ c) &* taps &+ tap) &* 9
                            for k in 0..<9 { to[k] = taken[k &* 8 &+ c] }
                        }
                    }
                }
            }
        }
    }
}
