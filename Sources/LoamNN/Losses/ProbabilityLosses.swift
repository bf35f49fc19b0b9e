import LoamTensor

/// Binary cross-entropy from logits, −t ln σ(x) − (1 − t) ln(1 − σ(x)), without overflow.
///
/// - Parameters:
///   - logits: any shape.
///   - target: probabilities of the positive class, the same shape.
///   - positiveWeight: a factor on the positive class's term.
///   - weight: a factor on each element's loss, broadcast.
///   - reduction: over elements.
public func binaryCrossEntropy<Scalar: TensorScalar>(
    logits: Tensor<Scalar>, _ target: Tensor<Scalar>, positiveWeight: Scalar? = nil, weight: Tensor<Scalar>? = nil,
    reduction: LossReduction = .mean
) -> Tensor<Scalar> {
    requireSameShape(logits, target, "binaryCrossEntropy")
    // −ln σ(x) = softplus(−x) and −ln(1 − σ(x)) = softplus(−x) + x.
    var loss: Tensor<Scalar>
    if let positiveWeight {
        loss = (1 - target) * logits + (target * (positiveWeight - 1) + 1) * (-logits).softplus()
    } else {
        loss = logits.softplus() - logits * target
    }
    if let weight { loss = loss * weight }
    return loss.reduced(reduction)
}

/// How Kullback–Leibler divergences become one number.
public enum DivergenceReduction: String, Sendable, Hashable, Codable {
    /// The sum divided by the batch: the mean divergence of an example (PyTorch's `batchmean`).
    case batchMean
    /// The sum over everything.
    case sum
    /// Σ over elements divided by their number, as PyTorch's `mean`.
    case mean
    /// One number an element.
    case none
}

/// The Kullback–Leibler divergence Σ t (ln t − ln q) of target probabilities t from a model q; 0 ln 0 = 0.
///
/// - Parameters:
///   - logProbabilities: ln q, [N, …].
///   - target: t, the same shape, non-negative.
///   - reduction: over the batch.
public func klDivergence<Scalar: TensorScalar>(
    logProbabilities: Tensor<Scalar>, _ target: Tensor<Scalar>, reduction: DivergenceReduction = .batchMean
) -> Tensor<Scalar> {
    requireSameShape(logProbabilities, target, "klDivergence")
    // Where t = 0, ln is taken of 1 instead, so that both the value and the derivatives are those of the limit.
    let isZero = target.elementsEqual(Tensor(Scalar(0)))
    let safe = target.replacing(with: Tensor(Scalar(1)), where: isZero)
    let counted = logProbabilities.replacing(with: Tensor(Scalar(0)), where: isZero)
    let terms = target * (safe.log() - counted)
    switch reduction {
    case .batchMean: return terms.sum() / Scalar(max(1, terms.rank == 0 ? 1 : terms.shape[0]))
    case .sum: return terms.sum()
    case .mean: return terms.mean()
    case .none: return terms
    }
}

/// The soft Dice loss 1 − (2 Σ p t + s)/(Σ p + Σ t + s) (Milletari, Navab and Ahmadi 2016, with first powers), mean over classes.
///
/// - Parameters:
///   - probabilities: p, [N, C, spatial…], such as softmax or sigmoid of logits.
///   - target: t, 0 or 1 (or soft), the same shape.
///   - smoothing: s > 0, which also decides classes that occur in neither.
///   - overBatch: whether the sums run over the whole batch (batch Dice) or each example apart.
///   - skippingFirst: whether class 0, usually background, is left out.
public func diceLoss<Scalar: TensorScalar>(
    probabilities: Tensor<Scalar>, _ target: Tensor<Scalar>, smoothing: Scalar = 1, overBatch: Bool = true, skippingFirst: Bool = false
) -> Tensor<Scalar> {
    requireSameShape(probabilities, target, "diceLoss")
    precondition(
        probabilities.rank >= 2 && probabilities.shape[1] > (skippingFirst ? 1 : 0) && smoothing > 0,
        "diceLoss: shape \(probabilities.shape) must be [N, C, …] with classes left to average, and smoothing positive")
    let axes = (overBatch ? [0] : []) + Array(2..<max(2, probabilities.rank))
    let overlap = (probabilities * target).sum(axes: axes)
    let total = probabilities.sum(axes: axes) + target.sum(axes: axes)
    var score = (overlap * 2 + smoothing) / (total + smoothing)
    if skippingFirst { score = score[1..<probabilities.shape[1], axis: score.rank - 1] }
    return 1 - score.mean()
}
