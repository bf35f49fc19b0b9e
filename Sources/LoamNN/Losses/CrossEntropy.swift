import LoamTensor

/// Cross-entropy of class labels from logits: −ln softmax(x)_y.
///
/// One pass forwards and one, p − t, backwards; derivatives of any order.
///
/// - Parameters:
///   - logits: [N, C] or [N, C, spatial…].
///   - labels: [N] or [N, spatial…], in 0..<C or equal to `ignored`.
///   - weights: a factor for each class, [C]. With `mean` the sum is divided by the sum of the labels' weights.
///   - labelSmoothing: ε; the target is (1 − ε) on the label plus ε/C on every class.
///   - ignored: a label whose elements count as absent, as PyTorch's `ignore_index`.
///   - reduction: over elements.
/// - Returns: one number, or with `none` one for each label. The mean over no label at all is NaN, as in PyTorch.
public func crossEntropy<Scalar: TensorScalar>(
    _ logits: Tensor<Scalar>, _ labels: Tensor<Int32>, weights: [Scalar]? = nil, labelSmoothing: Scalar = 0, ignored: Int32 = -100,
    reduction: LossReduction = .mean
) -> Tensor<Scalar> {
    precondition(logits.rank >= 2, "crossEntropy: logits \(logits.shape) must be [N, C, …]")
    var expected = logits.shape
    let classes = expected.remove(at: 1)
    precondition(labels.shape == expected, "crossEntropy: labels \(labels.shape) for logits \(logits.shape) must have shape \(expected)")
    precondition(weights == nil || weights!.count == classes, "crossEntropy: \(weights!.count) weights for \(classes) classes")
    precondition((0...1).contains(labelSmoothing), "crossEntropy: smoothing \(labelSmoothing) is not in [0, 1]")
    let problem = CrossEntropyProblem(
        logits: logits.shape, labels: labels, weights: weights, smoothing: labelSmoothing, ignored: ignored, reduction: reduction)
    return problem.loss(logits)
}

/// Cross-entropy with target probabilities: −Σ t ln softmax(x) over the classes, axis 1, then reduced over elements.
public func crossEntropy<Scalar: TensorScalar>(
    _ logits: Tensor<Scalar>, probabilities target: Tensor<Scalar>, reduction: LossReduction = .mean
) -> Tensor<Scalar> {
    requireSameShape(logits, target, "crossEntropy")
    precondition(logits.rank >= 2, "crossEntropy: logits \(logits.shape) must be [N, C, …]")
    return (-(target * logits.logSoftmax(axis: 1)).sum(axes: [1])).reduced(reduction)
}

/// The negative log-likelihood −x_y of class labels, given log-probabilities.
///
/// - Parameters:
///   - logProbabilities: [N, C].
///   - labels: [N].
///   - weights: a factor for each class; with `mean` the sum is divided by the sum of the labels' weights.
///   - ignored: a label whose elements count as absent.
///   - reduction: over examples.
public func negativeLogLikelihood<Scalar: TensorScalar>(
    _ logProbabilities: Tensor<Scalar>, _ labels: Tensor<Int32>, weights: [Scalar]? = nil, ignored: Int32 = -100,
    reduction: LossReduction = .mean
) -> Tensor<Scalar> {
    precondition(
        logProbabilities.rank == 2 && labels.shape == [logProbabilities.shape[0]],
        "negativeLogLikelihood: labels \(labels.shape) for log-probabilities \(logProbabilities.shape), which must be [N, C]")
    let problem = CrossEntropyProblem<Scalar>(
        logits: logProbabilities.shape, labels: labels, weights: weights, smoothing: 0, ignored: ignored, reduction: reduction)
    // A class without weight counts nothing, even at probability 0.
    let targets = problem.targets().value
    let counted = logProbabilities.replacing(with: Tensor(Scalar(0)), where: targets.elementsEqual(Tensor(Scalar(0))))
    let losses = -(counted * targets).sum(axes: [1])
    return reduction == .none ? losses : losses.sum() * problem.scale
}
