import LoamTensor

/// A bound on gradients, applied before a step.
public enum GradientClipping: Sendable, Hashable, Codable {
    /// The whole gradient is scaled so that its Euclidean norm is at most this.
    case norm(Double)
    /// Every component is limited to ± this.
    case value(Double)
}

extension ParameterVector {
    /// Scales the vector in place by min(1, limit/(norm + 1e-6)), as PyTorch's `clip_grad_norm_`.
    ///
    /// - Returns: the norm before.
    @discardableResult
    public mutating func clip(toNorm limit: Double) -> Double {
        let norm = tensors.reduce(0.0) { $0 + FiniteCheck.squaredNorm($1) }.squareRoot()
        clip(toNorm: limit, given: norm)
        return norm
    }

    mutating func clip(toNorm limit: Double, given norm: Double) {
        precondition(limit > 0, "clip: the norm's limit must be positive, not \(limit)")
        let factor = limit / (norm + 1e-6)
        if factor < 1 { scale(by: Scalar(factor)) }
    }

    /// Limits every component to ± `limit`, in place.
    public mutating func clip(toValue limit: Double) {
        precondition(limit > 0, "clip: the limit must be positive, not \(limit)")
        updateEach { _, tensor in VectorKernels.clamp(&tensor, to: Scalar(limit)) }
    }
}
