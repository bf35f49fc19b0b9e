/// A = Q R with orthonormal columns in Q and upper triangular R (the reduced decomposition), by Householder reflections.
///
/// Row-major memory shows LAPACK Aᵀ, whose decomposition Aᵀ = L Q′ is Q′ᵀ Lᵀ = Q R of A with both factors row-major again; so
/// `gelqf` and `orglq` are called and nothing is transposed.
///
/// Differentiable to any order where the first min(m, n) columns of A are independent: with M = R R̄ᵀ − Q̄ᵀ Q,
/// Ā = (Q̄ + Q copyltu(M)) R⁻ᵀ, copyltu(M) the symmetric matrix with the lower triangle of M (Walter and Lehmann, *Algorithmic
/// differentiation of linear algebra functions with application in optimum experimental design*, 2010).
///
/// - Parameters:
///   - a: [..., m, n].
///   - positiveDiagonal: make the diagonal of R non-negative, which makes the decomposition of a matrix of full rank unique and the Q of
///     a Gaussian matrix uniformly distributed.
/// - Returns: q [..., m, k] and r [..., k, n], k = min(m, n).
/// - Throws: ``LinearAlgebraError/notFinite(operation:matrix:row:column:)``.
public func qr<Scalar: TensorScalar>(_ a: Tensor<Scalar>, positiveDiagonal: Bool = false) throws -> (q: Tensor<Scalar>, r: Tensor<Scalar>) {
    try requireFinite(a, "qr")
    return finiteQR(a, positiveDiagonal: positiveDiagonal)
}

/// ``qr(_:positiveDiagonal:)`` of a matrix known to be finite.
func finiteQR<Scalar: TensorScalar>(_ a: Tensor<Scalar>, positiveDiagonal: Bool) -> (q: Tensor<Scalar>, r: Tensor<Scalar>) {
    let batch = MatrixBatch(a, "qr")
    let (m, n) = (batch.rows, batch.columns)
    if a.node != nil && m < n {
        // The leading square block has the same Q; the rest of R follows from it.
        let (q, square) = finiteQR(a.sliced(0..<m, axis: -1), positiveDiagonal: positiveDiagonal)
        return (q, Tensor.concatenated([square, matmul(q, a.sliced(m..<n, axis: -1), transposeA: true)], axis: -1))
    }
    let k = min(m, n)
    let layout = PackedResults<Scalar>(leading: batch.leading, [[m, k], [k, n]])
    let packed = Tensor<Scalar>(uninitialised: layout.shape)
    if packed.count > 0 {
        let to = packed.storage.base
        a.withUnsafePointer { source in
            MatrixBatch.forEach(batch.count, work: m * n * k) { index in
                let q = to + index * layout.length
                decompose(source + index * m * n, m: m, n: n, q: q, r: q + layout.starts[1], positiveDiagonal: positiveDiagonal)
            }
        }
    }
    guard let node = a.node else { return (layout.part(0, of: packed), layout.part(1, of: packed)) }
    let lower = Tensor<Scalar>.lowerTriangle(n)
    let strictlyLower = Tensor<Scalar>.lowerTriangle(n, diagonal: -1)
    let tracked = packed.tracked(
        by: OperationNode(parents: node) { g, context in
            let results = context.output(packed)
            let (q, r) = (layout.part(0, of: results), layout.part(1, of: results))
            let (gq, gr) = (layout.part(0, of: g), layout.part(1, of: g))
            let upper = lower.transposed()
            let skew = matmul(r, gr * upper, transposeB: true) - matmul(gq, q, transposeA: true)
            let symmetric = skew * lower + (skew * strictlyLower).transposed()
            context.accumulate(multipliedByInverseTranspose(gq + matmul(q, symmetric), ofUpper: r), into: 0)
        })
    return (layout.part(0, of: tracked), layout.part(1, of: tracked))
}

/// Q and R of one row-major matrix.
private func decompose<Scalar: TensorScalar>(
    _ a: UnsafePointer<Scalar>, m: Int, n: Int, q: UnsafeMutablePointer<Scalar>, r: UnsafeMutablePointer<Scalar>, positiveDiagonal: Bool
) {
    let k = min(m, n)
    withUnsafeTemporaryAllocation(of: Scalar.self, capacity: m * n + k) { scratch in
        let tau = scratch.baseAddress!
        // A tall matrix becomes its Q in place.
        let work = m >= n ? q : tau + k
        work.update(from: a, count: m * n)
        LAPACK.gelqf(m: n, n: m, work, lda: n, reflectors: tau)
        for row in 0..<k { for column in 0..<n { r[row * n + column] = column < row ? 0 : work[row * n + column] } }
        if m < n { for row in 0..<m { (q + row * m).update(from: work + row * n, count: m) } }
        LAPACK.orglq(m: k, n: m, k: k, q, lda: k, reflectors: tau)
        if positiveDiagonal {
            for row in 0..<k where r[row * n + row] < 0 {
                for column in row..<n { r[row * n + column] = -r[row * n + column] }
                for other in 0..<m { q[other * k + row] = -q[other * k + row] }
            }
        }
    }
}
