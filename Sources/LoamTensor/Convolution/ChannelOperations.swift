/// Sums over, and affine maps of, the channels of [N, C, …], in whatever layout the activations are held.
enum ChannelOperations {
    /// One number a channel, for every image: parameter c at entry (n, c), and `fill` elsewhere.
    static func spread<Scalar: TensorScalar>(_ parameter: Tensor<Scalar>?, _ planes: ChannelPlanes, otherwise fill: Scalar) -> [Scalar] {
        var result = Array(repeating: parameter == nil ? fill : 0, count: planes.entries)
        guard let parameter else { return result }
        parameter.withUnsafePointer { values in
            for image in 0..<planes.images { for channel in 0..<planes.channels { result[planes.entry(image, channel)] = values[channel] } }
        }
        return result
    }

    /// Sums over images of numbers at entries (n, c).
    static func perChannel<Scalar: TensorScalar>(_ entries: [Double], _ planes: ChannelPlanes) -> Tensor<Scalar> {
        Tensor<Scalar>(shape: [planes.channels]) { target in
            for channel in 0..<planes.channels {
                var total = 0.0
                for image in 0..<planes.images { total += entries[planes.entry(image, channel)] }
                target[channel] = Scalar(total)
            }
        }
    }

    /// Σ over all axes but the channels': [N, C, …] to [C].
    static func sums<Scalar: TensorScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        guard x.node == nil, x.count > 0, let view = PlaneView(x) else { return x.sum(axes: [0] + Array(2..<x.rank)) }
        let sum = ChannelPasses.moments(view, centre: Array(repeating: 0, count: view.planes.entries)).sum
        return perChannel(sum, view.planes)
    }

    /// x + offset, channel by channel.
    static func shifted<Scalar: TensorScalar>(_ x: Tensor<Scalar>, by offset: Tensor<Scalar>) -> Tensor<Scalar> {
        scaled(x, by: nil, plus: offset)
    }

    /// x · slope + offset, channel by channel; [C] each.
    static func scaled<Scalar: TensorScalar>(_ x: Tensor<Scalar>, by slope: Tensor<Scalar>?, plus offset: Tensor<Scalar>?) -> Tensor<Scalar>
    {
        guard x.count > 0, let view = PlaneView(x.detached()) else {
            var value = x
            if let slope { value = value * Normalisation.perChannel(slope, rank: x.rank) }
            if let offset { value = value + Normalisation.perChannel(offset, rank: x.rank) }
            return value
        }
        let planes = view.planes
        let value = ChannelPasses.affine(
            view, shape: x.shape, centre: Array(repeating: 0, count: planes.entries), slope: spread(slope, planes, otherwise: 1),
            offset: spread(offset, planes, otherwise: 0))
        guard x.node != nil || slope?.node != nil || offset?.node != nil else { return value }
        let savedX = x.detached()
        let savedSlope = slope?.detached()
        return value.tracked(
            by: OperationNode(parents: x.node, slope?.node, offset?.node) { g, context in
                if context.needs(0) {
                    context.accumulate(savedSlope.map { scaled(g, by: context.input($0, 1), plus: nil) } ?? g, into: 0)
                }
                if context.needs(1) { context.accumulate(productSums(g, context.input(savedX, 0)), into: 1) }
                if context.needs(2) { context.accumulate(sums(g), into: 2) }
            })
    }

    /// Σ g x over all axes but the channels'.
    private static func productSums<Scalar: TensorScalar>(_ g: Tensor<Scalar>, _ x: Tensor<Scalar>) -> Tensor<Scalar> {
        guard g.node == nil, x.node == nil, let view = PlaneView(x), let other = PlaneView(g, like: view) else {
            return (g * x).sum(axes: [0] + Array(2..<x.rank))
        }
        let products = ChannelPasses.products(other, view, centre: Array(repeating: 0, count: view.planes.entries)).products
        return perChannel(products, view.planes)
    }
}
