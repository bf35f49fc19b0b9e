import LoamTensor

/// The mean squared error Σ (p − t)²/n.
///
/// - Parameters:
///   - prediction: any shape.
///   - target: the same shape.
///   - reduction: over elements.
public func meanSquaredError<Scalar: TensorScalar>(
    _ prediction: Tensor<Scalar>, _ target: Tensor<Scalar>, reduction: LossReduction = .mean
) -> Tensor<Scalar> {
    requireSameShape(prediction, target, "meanSquaredError")
    let difference = prediction - target
    if reduction == .none { return difference.squared() }
    // ⟨d, d⟩ scaled: one node instead of three, whose derivative 2 d g is an operation on the difference itself.
    let plain = difference.detached()
    let scale = reduction == .mean ? 1 / Scalar(max(1, difference.count)) : 1
    let value = Tensor((plain * plain).sum().item * scale)
    return Tensor.custom(inputs: [difference], value: value) { g, inputs, _ in [inputs[0] * (g * (2 * scale))] }
}

/// The mean absolute error Σ |p − t|/n; its derivative at 0 is 0.
public func meanAbsoluteError<Scalar: TensorScalar>(
    _ prediction: Tensor<Scalar>, _ target: Tensor<Scalar>, reduction: LossReduction = .mean
) -> Tensor<Scalar> {
    requireSameShape(prediction, target, "meanAbsoluteError")
    return (prediction - target).magnitude().reduced(reduction)
}

/// Huber's loss: d²/2 for |d| ≤ δ and δ(|d| − δ/2) beyond (PyTorch's `HuberLoss`; `SmoothL1Loss` with β is this divided by β = δ).
///
/// With c = min(|d|, δ) both branches are c (|d| − c/2), which is how it is computed.
public func huberLoss<Scalar: TensorScalar>(
    _ prediction: Tensor<Scalar>, _ target: Tensor<Scalar>, delta: Scalar = 1, reduction: LossReduction = .mean
) -> Tensor<Scalar> {
    requireSameShape(prediction, target, "huberLoss")
    precondition(delta > 0, "huberLoss: δ must be positive, not \(delta)")
    let size = (prediction - target).magnitude()
    // min(|d|, δ) without a shared derivative at |d| = δ: the two branches join smoothly there, whichever is taken.
    let core = size - (size - delta).relu()
    return (core * (size - core * 0.5)).reduced(reduction)
}

/// The smooth L1 loss, Huber's divided by its transition point β.
public func smoothL1Loss<Scalar: TensorScalar>(
    _ prediction: Tensor<Scalar>, _ target: Tensor<Scalar>, beta: Scalar = 1, reduction: LossReduction = .mean
) -> Tensor<Scalar> {
    huberLoss(prediction, target, delta: beta, reduction: reduction) / beta
}
