/// What ``leastSquares(_:_:relativeCutoff:)`` found.
public struct LeastSquaresSolution<Scalar: TensorScalar>: Sendable {
    /// The X of least norm among those that minimise ‖A X − B‖: [..., n, k], or [n] for a vector B.
    public let solution: Tensor<Scalar>
    /// The minimum ‖A x − b‖² of every column: [..., k], or a scalar for a vector B. Differentiable.
    public let squaredResiduals: Tensor<Scalar>
    /// The number of singular values above the cutoff: [...].
    public let rank: Tensor<Int32>
    /// The singular values of A, descending: [..., min(m, n)]. Constants.
    public let singularValues: Tensor<Scalar>
}

/// The least-squares solution of A X ≈ B of least norm, by singular values (LAPACK `gelsd`).
///
/// Differentiable to any order where the rank does not change nearby (full rank, in practice): with P = A⁺ and R = B − A X,
/// B̄ = Pᵀ X̄ and Ā = −B̄ Xᵀ + R X̄ᵀ P Pᵀ + Pᵀ X X̄ᵀ (I − P A) (Golub and Pereyra, *The differentiation of pseudo-inverses and nonlinear
/// least
/// squares problems whose variables separate*, 1973).
///
/// - Parameters:
///   - a: [..., m, n].
///   - b: [..., m, k], or a vector [m]; batch axes broadcast.
///   - relativeCutoff: singular values below this fraction of the largest count as zero; max(m, n) ε when nil.
/// - Throws: ``LinearAlgebraError``: not finite or no convergence.
public func leastSquares<Scalar: TensorScalar>(
    _ a: Tensor<Scalar>, _ b: Tensor<Scalar>, relativeCutoff: Scalar? = nil
) throws -> LeastSquaresSolution<Scalar> {
    if b.rank == 1 {
        let result = try leastSquares(a, b.expanded(axis: 1), relativeCutoff: relativeCutoff)
        return LeastSquaresSolution(
            solution: result.solution.squeezed(axis: -1), squaredResiduals: result.squaredResiduals.squeezed(axis: -1), rank: result.rank,
            singularValues: result.singularValues)
    }
    let own = MatrixBatch(a, "leastSquares")
    let (m, n) = (own.rows, own.columns)
    precondition(b.rank >= 2 && b.shape[b.rank - 2] == m, "leastSquares: right-hand sides \(b.shape) do not fit matrices \(a.shape)")
    let columns = b.shape[b.rank - 1]
    guard let leading = Shape.broadcast(own.leading, Shape(b.shape.dropLast(2))) else {
        preconditionFailure("leastSquares: batch axes of \(a.shape) and \(b.shape) do not broadcast")
    }
    try requireFinite(a, "leastSquares")
    try requireFinite(b, "leastSquares")
    let cutoff = relativeCutoff ?? defaultCutoff(m, n)
    let k = min(m, n)
    let larger = max(1, max(m, n))
    func shape(_ extents: Int...) -> Shape { Shape(Array(leading) + extents) }
    // `gelsd` has no transposed form: here the matrices are turned to column-major order.
    let matrices = Tensor.copy(of: a.detached().broadcast(to: shape(m, n)).transposed())
    var right = Tensor.copy(of: b.detached().broadcast(to: shape(m, columns)).transposed())
    if larger > m { right = right.padded(axis: -1, before: 0, after: larger - m) }
    let values = Tensor<Scalar>(repeating: 0, shape: shape(k))
    let rank = Tensor<Int32>(repeating: 0, shape: leading)
    if k > 0 && columns > 0 {
        let (from, to, singular, ranks) = (matrices.storage.base, right.storage.base, values.storage.base, rank.storage.base)
        let failure = MatrixBatch.firstFailure(leading.elementCount, work: 4 * m * n * k) { index in
            LAPACK.gelsd(
                m: m, n: n, columns: columns, from + index * m * n, lda: m, to + index * larger * columns, ldb: larger,
                singularValues: singular + index * k, relativeCutoff: cutoff, rank: &ranks[index])
        }
        if let failure { throw LinearAlgebraError.noConvergence(operation: "leastSquares", matrix: failure.matrix) }
    } else {
        right = Tensor(repeating: 0, shape: right.shape)
    }
    let value = Tensor.copy(of: right.sliced(0..<n, axis: -1).transposed())
    let solution = tracked(value, a, b, a.node == nil && b.node == nil ? nil : try pseudoInverse(a, relativeCutoff: cutoff))
    let residuals = (b - matmul(a, solution)).squared().sum(axes: [-2])
    return LeastSquaresSolution(solution: solution, squaredResiduals: residuals, rank: rank, singularValues: values)
}

/// The solution with its history. The pseudo-inverse comes along as a third parent, so that an outer gradient finds its history;
/// no cotangent flows to it.
private func tracked<Scalar: TensorScalar>(
    _ value: Tensor<Scalar>, _ a: Tensor<Scalar>, _ b: Tensor<Scalar>, _ pseudoInverse: Tensor<Scalar>?
) -> Tensor<Scalar> {
    guard let pseudoInverse else { return value }
    let (savedA, savedB, savedP) = (a.detached(), b.detached(), pseudoInverse.detached())
    return value.tracked(
        by: OperationNode(parents: a.node, b.node, pseudoInverse.node) { g, context in
            let p = context.input(savedP, 2)
            let gb = matmul(p, g, transposeA: true)
            context.accumulate(gb.summed(to: savedB.shape), into: 1)
            if context.needs(0) {
                let (a, b, x) = (context.input(savedA, 0), context.input(savedB, 1), context.output(value))
                let residual = b - matmul(a, x)
                let pg = matmul(matmul(g, p, transposeA: true), p, transposeB: true)  // X̄ᵀ P Pᵀ
                let free = g - matmul(a, gb, transposeA: true)  // (I − P A)ᵀ X̄
                let px = matmul(p, x, transposeA: true)
                let ga = matmul(residual, pg) + matmul(px, free, transposeB: true) - matmul(gb, x, transposeB: true)
                context.accumulate(ga.summed(to: savedA.shape), into: 0)
            }
        })
}

private func defaultCutoff<Scalar: TensorScalar>(_ m: Int, _ n: Int) -> Scalar { Scalar(max(m, n)) * Scalar.ulpOfOne }

/// The Moore–Penrose inverse A⁺, [..., n, m] of matrices [..., m, n], by singular values.
///
/// Differentiable to any order where the rank does not change nearby:
/// Ā = −Pᵀ P̄ Pᵀ + (I − A P) P̄ᵀ P Pᵀ + Pᵀ P P̄ᵀ (I − P A) (Golub and Pereyra 1973).
/// - Parameter relativeCutoff: singular values at or below this fraction of the largest count as zero; max(m, n) ε when nil.
/// - Throws: ``LinearAlgebraError``: not finite or no convergence.
public func pseudoInverse<Scalar: TensorScalar>(_ a: Tensor<Scalar>, relativeCutoff: Scalar? = nil) throws -> Tensor<Scalar> {
    let batch = MatrixBatch(a, "pseudoInverse")
    let (u, s, vt) = try svd(a.detached())
    let value: Tensor<Scalar>
    if s.count == 0 {
        value = Tensor(repeating: 0, shape: batch.shape(batch.columns, batch.rows))
    } else {
        let cutoff = s.sliced(0..<1, axis: -1) * (relativeCutoff ?? defaultCutoff(batch.rows, batch.columns))
        let kept = Tensor<Scalar>(casting: s.elementsGreater(than: cutoff))
        let inverse = kept / (s + (1 - kept))
        value = matmul(vt * inverse.expanded(axis: -1), u, transposeA: true, transposeB: true)
    }
    guard let node = a.node else { return value }
    let saved = a.detached()
    return value.tracked(
        by: OperationNode(parents: node) { g, context in
            let (a, p) = (context.input(saved, 0), context.output(value))
            let gp = matmul(matmul(g, p, transposeA: true), p, transposeB: true)  // P̄ᵀ P Pᵀ
            let pg = matmul(matmul(p, p, transposeA: true), g, transposeB: true)  // Pᵀ P P̄ᵀ
            let first = matmul(matmul(p, g, transposeA: true), p, transposeB: true)
            let ga = gp - matmul(a, matmul(p, gp)) + pg - matmul(matmul(pg, p), a) - first
            context.accumulate(ga, into: 0)
        })
}

/// The number of singular values above `relativeCutoff` (max(m, n) ε when nil) times the largest: [...] of matrices [..., m, n].
/// - Throws: ``LinearAlgebraError``: not finite or no convergence.
public func matrixRank<Scalar: TensorScalar>(_ a: Tensor<Scalar>, relativeCutoff: Scalar? = nil) throws -> Tensor<Int32> {
    let batch = MatrixBatch(a, "matrixRank")
    let s = try singularValues(a.detached())
    if s.count == 0 { return Tensor(repeating: 0, shape: batch.leading) }
    let cutoff = s.sliced(0..<1, axis: -1) * (relativeCutoff ?? defaultCutoff(batch.rows, batch.columns))
    let counts = Tensor<Scalar>(casting: s.elementsGreater(than: cutoff)).sum(axes: [-1]).scalars
    return Tensor(counts.map { Int32($0) }, shape: batch.leading)
}
