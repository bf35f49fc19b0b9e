import CGomp

/// Activations [N, C, spatial…] with the channels in blocks: [N, ⌈C/block⌉, spatial…, block], as vector code wants them. Channels
/// that fill up the last block are zero, always.
final class BlockedActivations: AlternativeLayout, @unchecked Sendable {
    let shape: Shape
    /// Channels a block: 8 or 16, the width of the machine's registers.
    let block: Int
    let base: UnsafeMutablePointer<Float>
    /// Blocks of channels an image.
    let blocks: Int
    /// Elements of one channel.
    let positions: Int

    /// Elements, those that fill up the last block included.
    var count: Int { shape[0] * blocks * positions * block }
    /// True when the last block has channels of no meaning.
    var isFilledUp: Bool { shape[1] % block != 0 }
    private var bytes: Int { count * MemoryLayout<Float>.stride }

    init(uninitialised shape: Shape, block: Int) {
        self.shape = shape
        self.block = block
        blocks = (shape[1] + block - 1) / block
        positions = shape.dropFirst(2).reduce(1, *)
        base = BufferPool.allocate(bytes: shape[0] * blocks * positions * block * MemoryLayout<Float>.stride)
            .assumingMemoryBound(to: Float.self)
    }

    deinit { BufferPool.release(UnsafeMutableRawPointer(base), bytes: bytes) }

    private struct ReorderKey: Hashable, Sendable {
        var shape: Shape
        var block: Int
        var isInward: Bool
        var threads: Int
    }
    private static let reorders = PrimitiveCache<ReorderKey, OneDNNReorder>(limit: 512)

    private func reorder(isInward: Bool) -> OneDNNReorder? {
        BlockedActivations.reorders.value(
            for: ReorderKey(shape: shape, block: block, isInward: isInward, threads: Parallel.threads)
        ) {
            guard let blocked = MemoryDescriptor.activations(shape, block: block), let plain = MemoryDescriptor.activations(shape, block: 1)
            else { return nil }
            return isInward ? OneDNNReorder(from: plain, to: blocked) : OneDNNReorder(from: blocked, to: plain)
        }
    }

    func copyRowMajor(to destination: UnsafeMutableRawPointer) {
        if omp_in_parallel() == 0, let reorder = reorder(isInward: false) {
            reorder.run(from: base, to: destination)
            return
        }
        let target = destination.assumingMemoryBound(to: Float.self)
        for image in 0..<shape[0] {
            for channel in 0..<shape[1] {
                let from = base + ((image * blocks + channel / block) * positions * block + channel % block)
                let to = target + (image * shape[1] + channel) * positions
                for position in 0..<positions { to[position] = from[position &* block] }
            }
        }
    }

    /// Fills this from row-major elements.
    func copy(fromRowMajor source: UnsafePointer<Float>) {
        if omp_in_parallel() == 0, let reorder = reorder(isInward: true) {
            reorder.run(from: source, to: base)
            return
        }
        if isFilledUp { base.update(repeating: 0, count: count) }
        for image in 0..<shape[0] {
            for channel in 0..<shape[1] {
                let to = base + ((image * blocks + channel / block) * positions * block + channel % block)
                let from = source + (image * shape[1] + channel) * positions
                for position in 0..<positions { to[position &* block] = from[position] }
            }
        }
    }

    /// Every element the same.
    func fill(_ value: Float) {
        let plane = positions * block
        Parallel.chunks(shape[0] * blocks, grain: Swift.max(1, Parallel.elementGrain / Swift.max(1, plane))) { range in
            for index in range {
                let target = base + index * plane
                let used = Swift.min(block, shape[1] - index % blocks * block)
                target.update(repeating: value, count: plane)
                if used < block { for position in 0..<positions { for lane in used..<block { target[position &* block &+ lane] = 0 } } }
            }
        }
    }
}

extension Tensor where Element: TensorScalar {
    /// This value's blocked form, if that is how it is held.
    @inline(__always)
    var blockedActivations: BlockedActivations? {
        guard let alternative = storage.alternative, Element.self == Float.self, isContiguous, offset == 0,
            let blocked = alternative as? BlockedActivations, blocked.shape == shape
        else { return nil }
        return blocked
    }

    /// This value in blocks of `block` channels: as it is held, or a copy. Single precision only.
    func inBlocks(of block: Int) -> BlockedActivations {
        if let blocked = blockedActivations, blocked.block == block { return blocked }
        let result = BlockedActivations(uninitialised: shape, block: block)
        if count > 0 && strides.allSatisfy({ $0 == 0 }) {
            result.fill(Float((storage.base + offset).pointee))  // a broadcast number, as the gradient of a sum is
        } else {
            withUnsafePointer { result.copy(fromRowMajor: UnsafeRawPointer($0).assumingMemoryBound(to: Float.self)) }
        }
        return result
    }

    /// A tensor held in blocks.
    init(_ blocked: BlockedActivations) {
        self.init(storage: Storage(count: blocked.shape.elementCount, alternative: blocked), shape: blocked.shape)
    }

    /// This value held in blocks of `block` channels, without history.
    func heldInBlocks(of block: Int) -> Tensor {
        if let blocked = blockedActivations, blocked.block == block { return detached() }
        return Tensor(inBlocks(of: block))
    }
}
