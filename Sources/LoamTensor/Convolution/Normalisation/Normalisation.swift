/// Batch normalisation in training (Ioffe & Szegedy 2015): each channel has its own mean and variance over batch and positions,
///
///     y = (x − μ)/√(σ² + ε) · scale + shift,   σ² = mean (x − μ)².
///
/// - Parameters:
///   - x: [N, C, …], rank two or more.
///   - scale: [C]; ones if not given.
///   - shift: [C]; zeros if not given.
///   - epsilon: keeps the root away from zero.
/// - Returns: the result, and μ and σ² of this batch, [C] each, for running averages; the two are constants to a gradient. σ² divides
///   by the number of elements n; PyTorch's running variance takes n/(n − 1) σ².
public func batchNormalisation<Scalar: TensorScalar>(
    _ x: Tensor<Scalar>, scale: Tensor<Scalar>? = nil, shift: Tensor<Scalar>? = nil, epsilon: Scalar = 1e-5
) -> (value: Tensor<Scalar>, mean: Tensor<Scalar>, variance: Tensor<Scalar>) {
    precondition(x.rank >= 2, "batchNormalisation: input \(x.shape) must be [N, C, …]")
    Normalisation.requireParameters(scale, shift, shape: [x.shape[1]], input: x.shape, operation: "batchNormalisation")
    return Normalisation.batch(x, scale: scale, shift: shift, epsilon: epsilon)
}

/// Batch normalisation with given statistics, as in inference: y = (x − mean)/√(variance + ε) · scale + shift.
///
/// - Parameters:
///   - x: [N, C, …], rank two or more.
///   - mean: [C].
///   - variance: [C].
///   - scale: [C]; ones if not given.
///   - shift: [C]; zeros if not given.
///   - epsilon: keeps the root away from zero.
public func batchNormalisation<Scalar: TensorScalar>(
    _ x: Tensor<Scalar>, mean: Tensor<Scalar>, variance: Tensor<Scalar>, scale: Tensor<Scalar>? = nil, shift: Tensor<Scalar>? = nil,
    epsilon: Scalar = 1e-5
) -> Tensor<Scalar> {
    precondition(x.rank >= 2, "batchNormalisation: input \(x.shape) must be [N, C, …]")
    Normalisation.requireParameters(mean, variance, shape: [x.shape[1]], input: x.shape, operation: "batchNormalisation")
    Normalisation.requireParameters(scale, shift, shape: [x.shape[1]], input: x.shape, operation: "batchNormalisation")
    // One multiplication and one addition an element: y = a x + b.
    let root = (variance + epsilon).reciprocalSquareRoot()
    let slope = scale.map { root * $0 } ?? root
    let offset = shift.map { $0 - mean * slope } ?? -(mean * slope)
    return ChannelOperations.scaled(x, by: slope, plus: offset)
}

/// Layer normalisation (Ba, Kiros & Hinton 2016): mean and variance over the last `axes` axes of each sample.
///
/// - Parameters:
///   - x: any shape.
///   - axes: how many of the last axes are normalised over.
///   - scale: of the shape of those axes; ones if not given.
///   - shift: likewise; zeros if not given.
///   - epsilon: keeps the root away from zero.
public func layerNormalisation<Scalar: TensorScalar>(
    _ x: Tensor<Scalar>, axes: Int = 1, scale: Tensor<Scalar>? = nil, shift: Tensor<Scalar>? = nil, epsilon: Scalar = 1e-5
) -> Tensor<Scalar> {
    precondition(axes >= 1 && axes <= x.rank, "layerNormalisation: \(axes) axes of input \(x.shape)")
    let normalised = Shape(x.shape.suffix(axes))
    Normalisation.requireParameters(scale, shift, shape: normalised, input: x.shape, operation: "layerNormalisation")
    return Normalisation.normalised(x, over: .rows(normalised.elementCount), scale: scale, shift: shift, epsilon: epsilon).value
}

/// Group normalisation (Wu & He 2018): mean and variance over positions and the channels of a group, for each sample.
///
/// - Parameters:
///   - x: [N, C, …].
///   - groups: a divisor of C.
///   - scale: [C]; ones if not given.
///   - shift: [C]; zeros if not given.
///   - epsilon: keeps the root away from zero.
public func groupNormalisation<Scalar: TensorScalar>(
    _ x: Tensor<Scalar>, groups: Int, scale: Tensor<Scalar>? = nil, shift: Tensor<Scalar>? = nil, epsilon: Scalar = 1e-5
) -> Tensor<Scalar> {
    precondition(
        x.rank >= 2 && groups >= 1 && x.shape[1] % groups == 0,
        "groupNormalisation: input \(x.shape) must be [N, C, …] with channels divisible by \(groups) groups")
    Normalisation.requireParameters(scale, shift, shape: [x.shape[1]], input: x.shape, operation: "groupNormalisation")
    return Normalisation.normalised(x, over: .groups(groups), scale: scale, shift: shift, epsilon: epsilon).value
}

/// Instance normalisation (Ulyanov, Vedaldi & Lempitsky 2016): mean and variance over positions, for each channel of each sample.
/// Parameters as in ``groupNormalisation(_:groups:scale:shift:epsilon:)``, one group a channel.
public func instanceNormalisation<Scalar: TensorScalar>(
    _ x: Tensor<Scalar>, scale: Tensor<Scalar>? = nil, shift: Tensor<Scalar>? = nil, epsilon: Scalar = 1e-5
) -> Tensor<Scalar> {
    precondition(x.rank >= 3, "instanceNormalisation: input \(x.shape) must be [N, C, spatial…]")
    return groupNormalisation(x, groups: x.shape[1], scale: scale, shift: shift, epsilon: epsilon)
}
