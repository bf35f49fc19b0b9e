/// Norms of matrices that do not change under rotations.
public enum MatrixNorm: Sendable, Hashable, CaseIterable {
    /// The root of the sum of squares.
    case frobenius
    /// The largest singular value.
    case spectral
    /// The sum of the singular values.
    case nuclear
}

/// The norm of matrices [..., m, n]: shape [...]. Differentiable except at matrices of norm 0 and, for the spectral norm, where the largest
/// singular value is repeated (there the derivative is shared).
/// - Throws: ``LinearAlgebraError``: not finite or no convergence.
public func matrixNorm<Scalar: TensorScalar>(_ a: Tensor<Scalar>, _ norm: MatrixNorm = .frobenius) throws -> Tensor<Scalar> {
    let batch = MatrixBatch(a, "matrixNorm")
    if batch.rows == 0 || batch.columns == 0 { return Tensor(repeating: 0, shape: batch.leading) }
    switch norm {
    case .frobenius:
        try requireFinite(a, "matrixNorm")
        // Divided by the largest element first, so that squares neither overflow nor vanish.
        let largest = a.detached().magnitude().maximum(axes: [-2, -1], keepingAxes: true)
        let scale = largest + Tensor(casting: largest.elementsEqual(Tensor(0)))
        return (a / scale).squared().sum(axes: [-2, -1]).squareRoot() * scale.squeezed(axis: -1).squeezed(axis: -1)
    case .spectral: return try singularValues(a).maximum(axes: [-1])
    case .nuclear: return try singularValues(a).sum(axes: [-1])
    }
}

/// The condition number of matrices [..., m, n] in the spectral norm, σ₁/σₖ: shape [...], ∞ where the smallest singular value is 0.
/// Differentiable where the extreme singular values are simple.
/// - Throws: ``LinearAlgebraError``: not finite or no convergence.
public func conditionNumber<Scalar: TensorScalar>(_ a: Tensor<Scalar>) throws -> Tensor<Scalar> {
    let s = try singularValues(a)
    let k = s.shape[s.rank - 1]
    precondition(k > 0, "conditionNumber: shape \(a.shape) has no elements")
    return s.select(0, axis: -1) / s.select(k - 1, axis: -1)
}
