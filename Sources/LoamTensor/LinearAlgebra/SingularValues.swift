/// The reduced singular value decomposition A = U diag(σ) Vᵀ, σ descending (LAPACK `gesdd`, divide and conquer).
///
/// Row-major memory shows LAPACK Aᵀ = V diag(σ) Uᵀ: its two factors come back row-major as Vᵀ and U, so nothing is transposed.
///
/// Differentiable to any order where the singular values are distinct and, unless A is square, positive: with
/// Fᵢⱼ = 1/(σⱼ² − σᵢ²) off the diagonal and S = diag(σ),
/// Ā = U [(F ∘ (UᵀŪ − ŪᵀU)) S + S (F ∘ (VᵀV̄ − V̄ᵀV)) + diag(σ̄)] Vᵀ + (I − U Uᵀ) Ū S⁻¹ Vᵀ + U S⁻¹ V̄ᵀ (I − V Vᵀ)
/// (Giles 2008, section 3.2; Townsend, *Differentiating the singular value decomposition*, 2016). As in ``symmetricEigen(_:)``, equal
/// values
/// contribute nothing, and the signs of singular vectors are LAPACK's.
///
/// - Parameter a: [..., m, n].
/// - Returns: u [..., m, k], singularValues [..., k] and vTransposed [..., k, n], k = min(m, n).
/// - Throws: ``LinearAlgebraError``: not finite or no convergence.
public func svd<Scalar: TensorScalar>(
    _ a: Tensor<Scalar>
) throws -> (u: Tensor<Scalar>, singularValues: Tensor<Scalar>, vTransposed: Tensor<Scalar>) {
    let batch = MatrixBatch(a, "svd")
    let (m, n) = (batch.rows, batch.columns)
    let k = min(m, n)
    try requireFinite(a, "svd")
    let layout = PackedResults<Scalar>(leading: batch.leading, [[m, k], [k], [k, n]])
    let packed = Tensor<Scalar>(uninitialised: layout.shape)
    if packed.count > 0 {
        let to = packed.storage.base
        let failure = a.withUnsafePointer { source in
            MatrixBatch.firstFailure(batch.count, work: 10 * m * n * k) { index in
                let u = to + index * layout.length
                return withUnsafeTemporaryAllocation(of: Scalar.self, capacity: m * n) { scratch in
                    scratch.baseAddress!.update(from: source + index * m * n, count: m * n)
                    return LAPACK.gesdd(
                        m: n, n: m, scratch.baseAddress!, lda: n, singularValues: u + layout.starts[1], u: u + layout.starts[2],
                        vTransposed: u)
                }
            }
        }
        if let failure { throw LinearAlgebraError.noConvergence(operation: "svd", matrix: failure.matrix) }
    }
    func parts(_ results: Tensor<Scalar>) -> (u: Tensor<Scalar>, singularValues: Tensor<Scalar>, vTransposed: Tensor<Scalar>) {
        (layout.part(0, of: results), layout.part(1, of: results), layout.part(2, of: results))
    }
    guard let node = a.node else { return parts(packed) }
    return parts(
        packed.tracked(
            by: OperationNode(parents: node) { g, context in
                let isWhole = g.isTracked || context.isDifferentiated
                context.accumulate(
                    singularPullback(results: parts(context.output(packed)), cotangents: parts(g), evenIfZero: isWhole), into: 0)
            }))
}

private typealias SingularParts<Scalar: TensorScalar> = (u: Tensor<Scalar>, singularValues: Tensor<Scalar>, vTransposed: Tensor<Scalar>)

/// Ā from the three factors and their cotangents; parts whose cotangent is zero are left out unless `evenIfZero`.
private func singularPullback<Scalar: TensorScalar>(
    results: SingularParts<Scalar>, cotangents: SingularParts<Scalar>, evenIfZero: Bool
) -> Tensor<Scalar> {
    let (u, s, vt) = results
    let (gu, gs, gvt) = cotangents
    let (m, k, n) = (u.shape[u.rank - 2], u.shape[u.rank - 1], vt.shape[vt.rank - 1])
    let columnValues = s.expanded(axis: -2)
    let rowValues = s.expanded(axis: -1)
    let f = inverseDifferences(s.squared())
    let isZero = Tensor<Scalar>(casting: s.detached().elementsEqual(Tensor(0)))
    let inverse = (1 - isZero) / (s + isZero)
    var core = gs.diagonalMatrix()
    var outside: Tensor<Scalar>?
    if evenIfZero || !gu.isZero {
        let ugu = matmul(u, gu, transposeA: true)
        core = core + f * (ugu - ugu.transposed()) * columnValues
        if m > k {
            let scaled = gu * inverse.expanded(axis: -2)
            outside = matmul(scaled - matmul(u, matmul(u, scaled, transposeA: true)), vt)
        }
    }
    if evenIfZero || !gvt.isZero {
        let vgv = matmul(vt, gvt, transposeB: true)
        core = core + rowValues * (f * (vgv - vgv.transposed()))
        if n > k {
            let scaled = gvt * inverse.expanded(axis: -1)
            outside = matmul(u, scaled - matmul(matmul(scaled, vt, transposeB: true), vt))
        }
    }
    let inside = matmul(matmul(u, core), vt)
    return outside.map { inside + $0 } ?? inside
}

/// The singular values, descending: [..., min(m, n)] of matrices [..., m, n].
///
/// Differentiable as ``svd(_:)``; the first derivative, U diag(σ̄) Vᵀ, needs no distinct values.
/// - Throws: ``LinearAlgebraError``: not finite or no convergence.
public func singularValues<Scalar: TensorScalar>(_ a: Tensor<Scalar>) throws -> Tensor<Scalar> {
    if a.node != nil { return try svd(a).singularValues }
    let batch = MatrixBatch(a, "singularValues")
    let (m, n) = (batch.rows, batch.columns)
    let k = min(m, n)
    try requireFinite(a, "singularValues")
    let result = Tensor<Scalar>(uninitialised: batch.shape(k))
    if result.count == 0 { return result }
    let to = result.storage.base
    let scratch = Tensor.copy(of: a)
    let matrices = scratch.storage.base
    let failure = MatrixBatch.firstFailure(batch.count, work: 3 * m * n * k) { index in
        LAPACK.gesdd(m: n, n: m, matrices + index * m * n, lda: n, singularValues: to + index * k, u: nil, vTransposed: nil)
    }
    if let failure { throw LinearAlgebraError.noConvergence(operation: "singularValues", matrix: failure.matrix) }
    return result
}
