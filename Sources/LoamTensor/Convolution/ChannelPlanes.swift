/// Activations [N, C, spatial…] as *planes*, each the positions of one channel of one image (row-major), or of a block of channels side
/// by side (blocked): element (position, lane) of a plane is at position·block + lane. Kernels take one register of lanes at a time,
/// or of positions when the block is 1.
struct ChannelPlanes: Hashable, Sendable {
    var images: Int
    var channels: Int
    var positions: Int
    /// Channels a plane.
    var block: Int

    /// Planes an image.
    var blocks: Int { (channels + block - 1) / block }
    var count: Int { images * blocks }
    /// Elements a plane.
    var length: Int { positions * block }
    /// Entries of an array with one number for every channel of every image, channels that fill up the last block included.
    var entries: Int { count * block }

    /// The entry of a channel of an image.
    @inline(__always)
    func entry(_ image: Int, _ channel: Int) -> Int { (image &* blocks &+ channel / block) &* block &+ channel % block }

    /// Planes a thread takes at least.
    var grain: Int { Swift.max(1, Parallel.elementGrain / 2 / Swift.max(1, length)) }
}

/// A tensor's memory as planes: blocked where it is held so, row-major otherwise.
struct PlaneView<Scalar: TensorScalar> {
    let planes: ChannelPlanes
    let base: UnsafePointer<Scalar>
    /// Keeps the memory alive.
    private let owner: AnyObject

    /// The planes of [N, C, spatial…]; of a matrix [N, C] whose columns fill registers, one plane of N positions.
    init?(_ x: Tensor<Scalar>) {
        if let blocked = x.blockedActivations {
            planes = ChannelPlanes(images: x.shape[0], channels: x.shape[1], positions: blocked.positions, block: blocked.block)
            base = UnsafeRawPointer(blocked.base).assumingMemoryBound(to: Scalar.self)
            owner = blocked
            return
        }
        let dense = x.contiguous()
        base = UnsafePointer(dense.storage.base + dense.offset)
        owner = dense.storage
        if x.rank > 2 {
            let positions = x.shape.dropFirst(2).reduce(1, *)
            planes = ChannelPlanes(images: x.shape[0], channels: x.shape[1], positions: positions, block: 1)
        } else {
            guard x.shape[1] > 0, x.shape[1] % 8 == 0 else { return nil }
            planes = ChannelPlanes(images: 1, channels: x.shape[1], positions: x.shape[0], block: x.shape[1])
        }
    }

    /// `x` in the layout of `other`.
    init?(_ x: Tensor<Scalar>, like other: PlaneView) {
        if x.rank > 2 && other.planes.block > 1 {
            let blocked = x.inBlocks(of: other.planes.block)
            planes = other.planes
            base = UnsafeRawPointer(blocked.base).assumingMemoryBound(to: Scalar.self)
            owner = blocked
        } else {
            let dense = x.contiguous()
            planes = other.planes
            base = UnsafePointer(dense.storage.base + dense.offset)
            owner = dense.storage
        }
    }

    /// A tensor of shape `shape` in this layout, written by `body`.
    func result(_ shape: Shape, _ body: (UnsafeMutablePointer<Scalar>) -> Void) -> Tensor<Scalar> {
        if shape.rank > 2 && planes.block > 1 {
            let blocked = BlockedActivations(uninitialised: shape, block: planes.block)
            body(UnsafeMutableRawPointer(blocked.base).assumingMemoryBound(to: Scalar.self))
            return Tensor(blocked)
        }
        let result = Tensor<Scalar>(uninitialised: shape)
        body(result.storage.base)
        return result
    }

    func withBase<Result>(_ body: (UnsafePointer<Scalar>) -> Result) -> Result { withExtendedLifetime(owner) { body(base) } }
}
