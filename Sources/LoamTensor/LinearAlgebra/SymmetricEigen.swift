/// Eigenvalues, ascending, and orthonormal eigenvectors of symmetric matrices: A = V diag(λ) Vᵀ (LAPACK `syevd`, divide and conquer).
///
/// Only the lower triangle of A is read. Differentiable to any order where the eigenvalues are distinct: with Fᵢⱼ = 1/(λⱼ − λᵢ) off the
/// diagonal and 0 on it, Ā = V (diag(λ̄) + F ∘ (Vᵀ V̄)) Vᵀ, symmetrised (Giles 2008, section 3.1). Where two eigenvalues agree exactly
/// their
/// F is taken as 0: right for functions that depend on the eigenspace and not on the choice of a basis in it. The sign of each
/// eigenvector is LAPACK's; a differentiated function should not depend on it.
///
/// - Parameter a: [..., n, n].
/// - Returns: values [..., n] and vectors [..., n, n], eigenvector j in column j.
/// - Throws: ``LinearAlgebraError``: not finite or no convergence.
public func symmetricEigen<Scalar: TensorScalar>(_ a: Tensor<Scalar>) throws -> (values: Tensor<Scalar>, vectors: Tensor<Scalar>) {
    let batch = MatrixBatch(a, "symmetricEigen")
    let n = batch.order("symmetricEigen")
    try requireFinite(a, "symmetricEigen")
    let layout = PackedResults<Scalar>(leading: batch.leading, [[n], [n, n]])
    let packed = Tensor<Scalar>(uninitialised: layout.shape)
    if packed.count > 0 {
        let to = packed.storage.base
        let failure = a.withUnsafePointer { source in
            MatrixBatch.firstFailure(batch.count, work: 9 * n * n * n) { index in
                let values = to + index * layout.length
                let vectors = values + layout.starts[1]
                vectors.update(from: source + index * n * n, count: n * n)
                return LAPACK.syevd(n: n, vectors, lda: n, values: values, vectors: true)
            }
        }
        if let failure { throw LinearAlgebraError.noConvergence(operation: "symmetricEigen", matrix: failure.matrix) }
    }
    // LAPACK's columns are rows here: the second part is Vᵀ.
    guard let node = a.node else { return (layout.part(0, of: packed), layout.part(1, of: packed).transposed()) }
    let tracked = packed.tracked(
        by: OperationNode(parents: node) { g, context in
            let results = context.output(packed)
            let (values, rows) = (layout.part(0, of: results), layout.part(1, of: results))
            let (gValues, gRows) = (layout.part(0, of: g), layout.part(1, of: g))
            var core = gValues.diagonalMatrix()
            if g.isTracked || context.isDifferentiated || !gRows.isZero {
                core = core + inverseDifferences(values) * matmul(rows, gRows, transposeB: true)
            }
            context.accumulate(matmul(matmul(rows, core, transposeA: true), rows).symmetrised(), into: 0)
        })
    return (layout.part(0, of: tracked), layout.part(1, of: tracked).transposed())
}

/// 1/(xⱼ − xᵢ) in row i and column j, 0 where the two are equal.
func inverseDifferences<Scalar: TensorScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    let difference = x.expanded(axis: -2) - x.expanded(axis: -1)
    let equal = Tensor<Scalar>(casting: difference.detached().elementsEqual(Tensor(0)))
    return (1 - equal) / (difference + equal)
}
