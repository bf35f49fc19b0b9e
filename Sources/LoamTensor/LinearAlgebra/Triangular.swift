// Cholesky factors and triangular systems.

/// The lower triangular L with positive diagonal and A = L Lᵀ, for symmetric positive definite matrices [..., n, n].
///
/// Only the lower triangle of A is read. Differentiable to any order; with Φ taking the lower triangle and half the diagonal,
/// Ā = ½ (S + Sᵀ), S = L⁻ᵀ Φ(Lᵀ L̄) L⁻¹ (Murray, *Differentiation of the Cholesky decomposition*, 2016). The cotangent is that of a
/// symmetric matrix.
/// - Throws: ``LinearAlgebraError``: not positive definite (with the leading minor) or not finite.
public func cholesky<Scalar: TensorScalar>(_ a: Tensor<Scalar>) throws -> Tensor<Scalar> {
    let batch = MatrixBatch(a, "cholesky")
    let n = batch.order("cholesky")
    try requireFinite(a, "cholesky")
    let value = Tensor.copy(of: a.detached())
    if value.count > 0 {
        let matrices = value.storage.base
        // The upper triangle of the column-major reading is the lower one of the row-major.
        let failure = MatrixBatch.firstFailure(batch.count, work: n * n * n / 3) { index in
            let matrix = matrices + index * n * n
            for row in 0..<n { for column in (row + 1)..<max(n, row + 1) { matrix[row * n + column] = 0 } }
            return LAPACK.potrf(n: n, matrix, lda: n)
        }
        if let (matrix, info) = failure {
            throw LinearAlgebraError.notPositiveDefinite(operation: "cholesky", matrix: matrix, leadingMinor: info)
        }
    }
    guard let node = a.node else { return value }
    let lower = Tensor<Scalar>.lowerTriangle(n)
    let halved = lower - Tensor<Scalar>.identity(n) * 0.5
    return value.tracked(
        by: OperationNode(parents: node) { g, context in
            let l = context.output(value)
            let p = matmul(l, g * lower, transposeA: true) * halved
            let left = triangularProduct(l, p, .init(isLower: true, isTransposed: true, hasUnitDiagonal: false))
            let both = triangularProduct(l, left.transposed(), .init(isLower: true, isTransposed: true, hasUnitDiagonal: false))
            context.accumulate(both.symmetrised(), into: 0)
        })
}

/// A⁻¹ B by two triangular solves, for A = L Lᵀ with `factor` L as from ``cholesky(_:)``.
///
/// - Parameters:
///   - factor: [..., n, n].
///   - b: [..., n, k], or a vector [n]; batch axes broadcast.
/// - Throws: ``LinearAlgebraError`` for a zero on the diagonal and for elements that are not finite.
public func choleskySolve<Scalar: TensorScalar>(factor: Tensor<Scalar>, _ b: Tensor<Scalar>) throws -> Tensor<Scalar> {
    let half = try triangularSolve(factor, b)
    return try triangularSolve(factor, half, transposed: true)
}

/// Which triangle of a square array is meant, and how.
private struct Triangle {
    var isLower: Bool
    var isTransposed: Bool
    var hasUnitDiagonal: Bool

    var transposed: Triangle { Triangle(isLower: isLower, isTransposed: !isTransposed, hasUnitDiagonal: hasUnitDiagonal) }

    /// 1 where the triangle has free elements, 0 elsewhere.
    func mask<Scalar: TensorScalar>(_ size: Int) -> Tensor<Scalar> {
        let lower = Tensor<Scalar>.lowerTriangle(size, diagonal: hasUnitDiagonal ? -1 : 0)
        return isLower ? lower : lower.transposed()
    }
}

/// The X of T X = B, or Tᵀ X = B, for a triangular matrix T.
///
/// Differentiable to any order: B̄ = T⁻ᵀ X̄, and T̄ is the triangle of −B̄ Xᵀ (Giles 2008, section 2.3.1).
/// - Parameters:
///   - t: [..., n, n], of which one triangle is read.
///   - b: [..., n, k], or a vector [n]; batch axes broadcast.
///   - lower: T is the lower triangle; otherwise the upper one.
///   - transposed: solve with Tᵀ.
///   - unitDiagonal: take the diagonal as 1 without reading it.
/// - Throws: ``LinearAlgebraError`` for a zero on the diagonal and for elements that are not finite.
public func triangularSolve<Scalar: TensorScalar>(
    _ t: Tensor<Scalar>, _ b: Tensor<Scalar>, lower: Bool = true, transposed: Bool = false, unitDiagonal: Bool = false
) throws -> Tensor<Scalar> {
    if b.rank == 1 {
        return try triangularSolve(t, b.expanded(axis: 1), lower: lower, transposed: transposed, unitDiagonal: unitDiagonal).squeezed(
            axis: -1)
    }
    let n = MatrixBatch(t, "triangularSolve").order("triangularSolve")
    precondition(b.rank >= 2 && b.shape[b.rank - 2] == n, "triangularSolve: right-hand sides \(b.shape) do not fit matrices \(t.shape)")
    try requireFinite(t, "triangularSolve")
    try requireFinite(b, "triangularSolve")
    if !unitDiagonal {
        let diagonal = t.detached().diagonal().scalars
        if let zero = diagonal.firstIndex(of: 0) {
            throw LinearAlgebraError.singular(operation: "triangularSolve", matrix: zero / n, pivot: zero % n)
        }
    }
    return triangularProduct(t, b, Triangle(isLower: lower, isTransposed: transposed, hasUnitDiagonal: unitDiagonal))
}

/// op(T)⁻¹ B without checks.
private func triangularProduct<Scalar: TensorScalar>(_ t: Tensor<Scalar>, _ b: Tensor<Scalar>, _ triangle: Triangle) -> Tensor<Scalar> {
    let n = t.shape[t.rank - 1]
    let columns = b.shape[b.rank - 1]
    let own = Shape(t.shape.dropLast(2))
    guard let leading = Shape.broadcast(own, Shape(b.shape.dropLast(2))) else {
        preconditionFailure("triangularSolve: batch axes of \(t.shape) and \(b.shape) do not broadcast")
    }
    let value = Tensor.copy(of: b.detached().broadcast(to: Shape(Array(leading) + [n, columns])))
    if value.count > 0 {
        let to = value.storage.base
        let position = BatchIndex(from: own, to: leading)
        t.withUnsafePointer { matrices in
            MatrixBatch.forEach(leading.elementCount, work: n * n * columns) { index in
                BLAS.trsm(
                    lower: triangle.isLower, transpose: triangle.isTransposed, unitDiagonal: triangle.hasUnitDiagonal, n: n,
                    columns: columns,
                    t: matrices + position(index) * n * n, ldt: n, b: to + index * n * columns, ldb: columns)
            }
        }
    }
    guard t.node != nil || b.node != nil else { return value }
    let saved = t.detached()
    let shape = b.shape
    return value.tracked(
        by: OperationNode(parents: t.node, b.node) { g, context in
            let right = triangularProduct(context.input(saved, 0), g, triangle.transposed)
            context.accumulate(right.summed(to: shape), into: 1)
            if context.needs(0) {
                let x = context.output(value)
                let left = triangle.isTransposed ? matmul(x, right, transposeB: true) : matmul(right, x, transposeB: true)
                context.accumulate(-(left * triangle.mask(n)).summed(to: saved.shape), into: 0)
            }
        })
}

/// R⁻ᵀ from the right, X R⁻ᵀ, for upper triangular R: what the derivative of a QR decomposition needs.
func multipliedByInverseTranspose<Scalar: TensorScalar>(_ x: Tensor<Scalar>, ofUpper r: Tensor<Scalar>) -> Tensor<Scalar> {
    triangularProduct(r, x.transposed(), Triangle(isLower: false, isTransposed: false, hasUnitDiagonal: false)).transposed()
}
