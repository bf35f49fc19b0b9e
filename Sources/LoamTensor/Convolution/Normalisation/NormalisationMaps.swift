/// The normalisations as differentiable operations: one fused pass forward and two backward for a first derivative, and the same
/// formulas in differentiable operations where the backward pass is itself differentiated.
enum Normalisation {
    /// Which elements share a mean and a variance.
    enum Sets: Hashable, Sendable {
        /// A channel's, over the whole batch.
        case batch
        /// A group of channels', within one image.
        case groups(Int)
        /// So many consecutive elements.
        case rows(Int)

        /// The tensor with the elements of a set along `axes`.
        func arranged<Scalar: TensorScalar>(_ x: Tensor<Scalar>) -> (tensor: Tensor<Scalar>, axes: [Int]) {
            switch self {
            case .batch: (x, [0] + Array(2..<x.rank))
            case .groups(let groups): (x.reshaped([x.shape[0], groups, -1]), [2])
            case .rows(let length): (x.reshaped([-1, length]), [1])
            }
        }
    }

    static func requireParameters<Scalar>(
        _ first: Tensor<Scalar>?, _ second: Tensor<Scalar>?, shape: Shape, input: Shape, operation: StaticString
    ) {
        for parameter in [first, second] {
            precondition(
                parameter == nil || parameter!.shape == shape,
                "\(operation): a parameter of shape \(parameter!.shape) does not fit input \(input): \(shape) is needed")
        }
    }

    /// [C] as [C, 1, …], to broadcast over [N, C, …].
    static func perChannel<Scalar>(_ parameter: Tensor<Scalar>, rank: Int) -> Tensor<Scalar> {
        parameter.reshaped(Shape([parameter.count] + Array(repeating: 1, count: rank - 2)))
    }

    /// A parameter as it broadcasts over x.
    private static func fitted<Scalar>(_ parameter: Tensor<Scalar>, _ sets: Sets, rank: Int) -> Tensor<Scalar> {
        if case .rows = sets { return parameter }
        return perChannel(parameter, rank: rank)
    }

    /// x̂ = (x − μ)/√(σ² + ε) · scale + shift over the given sets.
    static func normalised<Scalar: TensorScalar>(
        _ x: Tensor<Scalar>, over sets: Sets, scale: Tensor<Scalar>?, shift: Tensor<Scalar>?, epsilon: Scalar
    ) -> (value: Tensor<Scalar>, statistics: SetStatistics<Scalar>) {
        let savedX = x.detached()
        let savedScale = scale?.detached()
        let (value, statistics) = FusedNormalisation.forward(savedX, sets, scale: savedScale, shift: shift?.detached(), epsilon: epsilon)
        guard x.node != nil || scale?.node != nil || shift?.node != nil else { return (value, statistics) }
        let tracked = value.tracked(
            by: OperationNode(parents: x.node, scale?.node, shift?.node) { g, context in
                if context.isDifferentiated || g.node != nil {
                    let scale = savedScale.map { context.input($0, 1) }
                    let gradients = composite(context.input(savedX, 0), g, sets, scale: scale, epsilon: epsilon, context)
                    if let x = gradients.x { context.accumulate(x, into: 0) }
                    if let scale = gradients.scale { context.accumulate(scale, into: 1) }
                    if let shift = gradients.shift { context.accumulate(shift, into: 2) }
                } else {
                    let gradients = FusedNormalisation.backward(savedX, g, sets, scale: savedScale, statistics)
                    context.accumulate(gradients.x, into: 0)
                    if savedScale != nil { context.accumulate(gradients.scale, into: 1) }
                    context.accumulate(gradients.shift, into: 2)
                }
            })
        return (tracked, statistics)
    }

    /// The derivative in differentiable operations: with ĝ = g · scale and means over a set,
    /// gx = (ĝ − mean ĝ − x̂ mean(ĝ x̂))/√(σ² + ε), gscale = Σ g x̂, gshift = Σ g.
    private static func composite<Scalar: TensorScalar>(
        _ x: Tensor<Scalar>, _ g: Tensor<Scalar>, _ sets: Sets, scale: Tensor<Scalar>?, epsilon: Scalar, _ context: PullbackContext
    ) -> (x: Tensor<Scalar>?, scale: Tensor<Scalar>?, shift: Tensor<Scalar>?) {
        let (elements, axes) = sets.arranged(x)
        let deviation = elements - elements.mean(axes: axes, keepingAxes: true)
        let root = (deviation.squared().mean(axes: axes, keepingAxes: true) + epsilon).reciprocalSquareRoot()
        let standard = deviation * root
        var gx: Tensor<Scalar>?
        if context.needs(0) {
            let delta = sets.arranged(scale.map { g * fitted($0, sets, rank: x.rank) } ?? g).tensor
            let projection = standard * (delta * standard).mean(axes: axes, keepingAxes: true)
            gx = ((delta - delta.mean(axes: axes, keepingAxes: true) - projection) * root).reshaped(x.shape)
        }
        func summed(_ terms: Tensor<Scalar>) -> Tensor<Scalar> {
            guard case .rows(let length) = sets else { return terms.sum(axes: [0] + Array(2..<x.rank)) }
            let shape = scale?.shape ?? RowNormalisation.trailing(x.shape, length)
            return terms.reshaped([-1, length]).sum(axes: [0]).reshaped(shape)
        }
        return (
            gx, context.needs(1) ? summed(g * standard.reshaped(x.shape)) : nil, context.needs(2) ? summed(g) : nil
        )
    }

    static func batch<Scalar: TensorScalar>(
        _ x: Tensor<Scalar>, scale: Tensor<Scalar>?, shift: Tensor<Scalar>?, epsilon: Scalar
    ) -> (value: Tensor<Scalar>, mean: Tensor<Scalar>, variance: Tensor<Scalar>) {
        let (value, statistics) = normalised(x, over: .batch, scale: scale, shift: shift, epsilon: epsilon)
        return (
            value, Tensor(statistics.mean.map { Scalar($0) }), Tensor(statistics.variance.map { Scalar($0) })
        )
    }
}

/// Mean and variance of every set, and 1/√(variance + ε).
struct SetStatistics<Scalar: TensorScalar>: Sendable {
    var mean: [Double]
    var variance: [Double]
    var inverseDeviation: [Double]

    init(mean: [Double], variance: [Double], epsilon: Scalar) {
        self.mean = mean
        self.variance = variance
        inverseDeviation = variance.map { 1 / ($0 + Double(epsilon)).squareRoot() }
    }
}
