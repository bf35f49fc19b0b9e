/// Normalisation and its first derivative in fused passes.
///
/// Batch, group and instance normalisation differ only in which planes share statistics. Forward: one pass for the moments of every
/// channel of every image, a little arithmetic on those, one pass to write. Backward: one pass for Σ g and Σ g (x − μ), and one to
/// write. So 3 reads and writes of an element forward and 5 backward; all arithmetic hides behind them.
enum FusedNormalisation {
    static func forward<Scalar: TensorScalar>(
        _ x: Tensor<Scalar>, _ sets: Normalisation.Sets, scale: Tensor<Scalar>?, shift: Tensor<Scalar>?, epsilon: Scalar
    ) -> (value: Tensor<Scalar>, statistics: SetStatistics<Scalar>) {
        if case .rows(let length) = sets {
            return RowNormalisation.forward(x, length: length, scale: scale, shift: shift, epsilon: epsilon)
        }
        guard x.count > 0, let view = PlaneView(planar(x, sets)) else {
            return plain(x, sets, scale: scale, shift: shift, epsilon: epsilon)
        }
        let planes = view.planes
        let layout = SetLayout(planes, sets)
        // Deviations from a channel's first element, which is within a few standard deviations of its mean: no cancellation.
        let centre = firstElements(view)
        let (sum, squares) = ChannelPasses.moments(view, centre: centre)
        let statistics = layout.statistics(centre: centre, sum: sum, squares: squares, epsilon: epsilon)
        let mean = layout.spread(statistics.mean)
        var slope = layout.spread(statistics.inverseDeviation)
        if let scale {
            let factors = ChannelOperations.spread(scale, planes, otherwise: 1)
            for entry in slope.indices { slope[entry] *= Double(factors[entry]) }
        }
        let value = ChannelPasses.affine(
            view, shape: x.shape, centre: mean.map { Scalar($0) }, slope: slope.map { Scalar($0) },
            offset: ChannelOperations.spread(shift, planes, otherwise: 0))
        return (value, statistics)
    }

    static func backward<Scalar: TensorScalar>(
        _ x: Tensor<Scalar>, _ g: Tensor<Scalar>, _ sets: Normalisation.Sets, scale: Tensor<Scalar>?, _ statistics: SetStatistics<Scalar>
    ) -> (x: Tensor<Scalar>, scale: Tensor<Scalar>, shift: Tensor<Scalar>) {
        if case .rows(let length) = sets { return RowNormalisation.backward(x, g, length: length, scale: scale, statistics) }
        guard x.count > 0, let view = PlaneView(planar(x, sets)), let delta = PlaneView(g, like: view) else {
            return plainBackward(x, g, sets, scale: scale, statistics)
        }
        let planes = view.planes
        let layout = SetLayout(planes, sets)
        let mean = layout.spread(statistics.mean).map { Scalar($0) }
        let root = layout.spread(statistics.inverseDeviation)
        let (sum, products) = ChannelPasses.products(delta, view, centre: mean)
        let factors = ChannelOperations.spread(scale, planes, otherwise: 1)
        // mean ĝ and mean(ĝ x̂) of every set.
        var weighted = sum
        var projected = products
        var shares = products
        for entry in 0..<planes.entries {
            shares[entry] = products[entry] * root[entry]
            weighted[entry] = sum[entry] * Double(factors[entry])
            projected[entry] = shares[entry] * Double(factors[entry])
        }
        let meanDelta = layout.spread(layout.means(weighted))
        let meanProjection = layout.spread(layout.means(projected))
        var a = root
        var b = root
        var d = root
        for entry in 0..<planes.entries {
            a[entry] = root[entry] * Double(factors[entry])
            b[entry] = -root[entry] * root[entry] * meanProjection[entry]
            d[entry] = -root[entry] * meanDelta[entry]
        }
        let gx = ChannelPasses.combination(
            delta, view, shape: x.shape, centre: mean, a: a.map { Scalar($0) }, b: b.map { Scalar($0) }, d: d.map { Scalar($0) })
        return (gx, ChannelOperations.perChannel(shares, planes), ChannelOperations.perChannel(sum, planes))
    }

    /// x as planes that hold one image's channels each, where the sets ask for that.
    private static func planar<Scalar: TensorScalar>(_ x: Tensor<Scalar>, _ sets: Normalisation.Sets) -> Tensor<Scalar> {
        if case .groups = sets, x.rank == 2 { return x.reshaped([x.shape[0], x.shape[1], 1]) }
        return x
    }

    private static func firstElements<Scalar: TensorScalar>(_ view: PlaneView<Scalar>) -> [Scalar] {
        let planes = view.planes
        return view.withBase { base in
            (0..<planes.entries).map { entry in base[entry / planes.block * planes.length + entry % planes.block] }
        }
    }

    /// The same by general operations: for matrices whose columns do not fill registers.
    private static func plain<Scalar: TensorScalar>(
        _ x: Tensor<Scalar>, _ sets: Normalisation.Sets, scale: Tensor<Scalar>?, shift: Tensor<Scalar>?, epsilon: Scalar
    ) -> (value: Tensor<Scalar>, statistics: SetStatistics<Scalar>) {
        let (elements, axes) = sets.arranged(x)
        let mean = elements.mean(axes: axes, keepingAxes: true)
        let deviation = elements - mean
        let variance = deviation.squared().mean(axes: axes, keepingAxes: true)
        var value = (deviation * (variance + epsilon).reciprocalSquareRoot()).reshaped(x.shape)
        if let scale { value = value * Normalisation.perChannel(scale, rank: x.rank) }
        if let shift { value = value + Normalisation.perChannel(shift, rank: x.rank) }
        return (
            value, SetStatistics(mean: mean.scalars.map { Double($0) }, variance: variance.scalars.map { Double($0) }, epsilon: epsilon)
        )
    }

    private static func plainBackward<Scalar: TensorScalar>(
        _ x: Tensor<Scalar>, _ g: Tensor<Scalar>, _ sets: Normalisation.Sets, scale: Tensor<Scalar>?, _ statistics: SetStatistics<Scalar>
    ) -> (x: Tensor<Scalar>, scale: Tensor<Scalar>, shift: Tensor<Scalar>) {
        let (elements, axes) = sets.arranged(x)
        var kept = elements.shape
        for axis in axes { kept[axis] = 1 }
        let root = Tensor(statistics.inverseDeviation.map { Scalar($0) }, shape: kept)
        let standard = (elements - Tensor(statistics.mean.map { Scalar($0) }, shape: kept)) * root
        let delta = sets.arranged(scale.map { g * Normalisation.perChannel($0, rank: x.rank) } ?? g).tensor
        let projection = standard * (delta * standard).mean(axes: axes, keepingAxes: true)
        let gx = ((delta - delta.mean(axes: axes, keepingAxes: true) - projection) * root).reshaped(x.shape)
        let others = [0] + Array(2..<x.rank)
        return (gx, (g * standard.reshaped(x.shape)).sum(axes: others), g.sum(axes: others))
    }
}

/// Which entries (image, channel) of planes make up each set that shares statistics.
struct SetLayout {
    private let planes: ChannelPlanes
    private let groups: Int?
    private let count: Int
    /// Elements a set.
    private let size: Double

    init(_ planes: ChannelPlanes, _ sets: Normalisation.Sets) {
        self.planes = planes
        if case .groups(let number) = sets {
            groups = number
            count = planes.images * number
            size = Double(planes.channels / number * planes.positions)
        } else {
            groups = nil
            count = planes.channels
            size = Double(planes.images * planes.positions)
        }
    }

    private func forEachEntry(_ body: (_ entry: Int, _ set: Int) -> Void) {
        for image in 0..<planes.images {
            for channel in 0..<planes.channels {
                body(planes.entry(image, channel), groups.map { image * $0 + channel / (planes.channels / $0) } ?? channel)
            }
        }
    }

    /// Mean and variance of every set from each channel's Σ (x − c) and Σ (x − c)²: the variances within channels and between them.
    func statistics<Scalar: TensorScalar>(centre: [Scalar], sum: [Double], squares: [Double], epsilon: Scalar) -> SetStatistics<Scalar> {
        let length = Double(planes.positions)
        var mean = Array(repeating: 0.0, count: count)
        forEachEntry { entry, set in mean[set] += (Double(centre[entry]) * length + sum[entry]) / size }
        var variance = Array(repeating: 0.0, count: count)
        forEachEntry { entry, set in
            let within = Swift.max(0, squares[entry] - sum[entry] * sum[entry] / length)
            let offset = Double(centre[entry]) + sum[entry] / length - mean[set]
            variance[set] += (within + offset * offset * length) / size
        }
        return SetStatistics(mean: mean, variance: variance, epsilon: epsilon)
    }

    /// The mean over each set of a quantity whose sums over channels are given.
    func means(_ sums: [Double]) -> [Double] {
        var result = Array(repeating: 0.0, count: count)
        forEachEntry { entry, set in result[set] += sums[entry] / size }
        return result
    }

    /// A set's number at each of its entries; 0 at channels that fill up a block, so that they stay 0.
    func spread(_ perSet: [Double]) -> [Double] {
        var result = Array(repeating: 0.0, count: planes.entries)
        forEachEntry { entry, set in result[entry] = perSet[set] }
        return result
    }
}
