/// The triangular factors of square matrices, A = Uᵀ Lᵀ Pᵀ.
///
/// LAPACK factors a column-major matrix into P L U. Row-major memory shows it Aᵀ, so the factors of Aᵀ are what is kept: Uᵀ on and
/// below the diagonal, Lᵀ (of unit diagonal) above it, both row-major. Right-hand sides then stay row-major as well.
struct LUFactors<Scalar: TensorScalar> {
    let batch: MatrixBatch
    private let packed: Tensor<Scalar>
    private let pivots: Tensor<Int32>
    /// The first matrix with a zero pivot, and that pivot counted from 0.
    let firstSingular: (matrix: Int, pivot: Int)?

    init(_ a: Tensor<Scalar>, _ operation: StaticString) throws {
        batch = MatrixBatch(a, operation)
        let n = batch.order(operation)
        try requireFinite(a, operation)
        packed = Tensor.copy(of: a.detached())
        pivots = Tensor<Int32>(uninitialised: batch.shape(n))
        if packed.count == 0 {
            firstSingular = nil
            return
        }
        let matrices = packed.storage.base
        let interchanges = pivots.storage.base
        firstSingular = MatrixBatch.firstFailure(batch.count, work: n * n * n) { index in
            LAPACK.getrf(m: n, n: n, matrices + index * n * n, lda: n, pivots: interchanges + index * n)
        }.map { ($0.matrix, $0.info - 1) }
    }

    func requireRegular(_ operation: StaticString) throws {
        guard let (matrix, pivot) = firstSingular else { return }
        throw LinearAlgebraError.singular(operation: "\(operation)", matrix: matrix, pivot: pivot)
    }

    /// A⁻¹ B, or A⁻ᵀ B, without history. Batch axes broadcast.
    func solved(_ b: Tensor<Scalar>, transposed: Bool) -> Tensor<Scalar> {
        let n = batch.rows
        let columns = b.shape[b.rank - 1]
        let right = Shape(b.shape.dropLast(2))
        guard let leading = Shape.broadcast(batch.leading, right) else {
            preconditionFailure("solve: batch axes of \(packed.shape) and \(b.shape) do not broadcast")
        }
        let result = Tensor.copy(of: b.detached().broadcast(to: Shape(Array(leading) + [n, columns])))
        if result.count == 0 { return result }
        let position = BatchIndex(from: batch.leading, to: leading)
        let to = result.storage.base
        let matrices = packed.storage.base
        let interchanges = pivots.storage.base
        MatrixBatch.forEach(leading.elementCount, work: n * n * columns) { index in
            let factors = UnsafePointer(matrices + position(index) * n * n)
            let swaps = interchanges + position(index) * n
            let x = to + index * n * columns
            func triangle(lower: Bool) {
                BLAS.trsm(
                    lower: lower, transpose: transposed, unitDiagonal: !lower, n: n, columns: columns, t: factors, ldt: n, b: x,
                    ldb: columns)
            }
            func exchange(_ row: Int) {
                let other = Int(swaps[row]) - 1
                if other != row { for column in 0..<columns { swap(&x[row * columns + column], &x[other * columns + column]) } }
            }
            if transposed {  // Aᵀ = P L U
                for row in 0..<n { exchange(row) }
                triangle(lower: false)
                triangle(lower: true)
            } else {
                triangle(lower: true)
                triangle(lower: false)
                for row in (0..<n).reversed() { exchange(row) }
            }
        }
        return result
    }

    /// The product of the pivots (as sign and log magnitude too), with the sign of the interchanges.
    func determinants() -> (value: Tensor<Scalar>, sign: Tensor<Scalar>, logMagnitude: Tensor<Scalar>) {
        let n = batch.rows
        let value = Tensor<Scalar>(repeating: 1, shape: batch.leading)
        let sign = Tensor<Scalar>(repeating: 1, shape: batch.leading)
        let logMagnitude = Tensor<Scalar>(repeating: 0, shape: batch.leading)
        for index in 0..<batch.count {
            for row in 0..<n {
                let pivot = packed.storage.base[(index * n + row) * n + row]
                let isExchanged = Int(pivots.storage.base[index * n + row]) - 1 != row
                let factor = isExchanged ? -pivot : pivot
                value.storage.base[index] *= factor
                sign.storage.base[index] *= factor > 0 ? 1 : factor < 0 ? -1 : 0
                logMagnitude.storage.base[index] += Scalar.log(pivot.magnitude)
            }
        }
        return (value, sign, logMagnitude)
    }
}

/// The X of A X = B, by LU decomposition with partial pivoting (LAPACK `getrf`).
///
/// Differentiable to any order; B̄ = A⁻ᵀ X̄ and Ā = −B̄ Xᵀ (Giles, *Collected matrix derivative results for forward and reverse mode
/// algorithmic differentiation*, 2008, section 2.3.1). The factors are computed once for all passes.
///
/// - Parameters:
///   - a: [..., n, n].
///   - b: [..., n, k], or a vector [n]; batch axes broadcast.
/// - Returns: [..., n, k], or [n] (with the batch axes of `a`) for a vector.
/// - Throws: ``LinearAlgebraError`` for a zero pivot and for elements that are not finite. A matrix that is only nearly singular gives
///   a solution of large error: ask ``conditionNumber(_:)``.
public func solve<Scalar: TensorScalar>(_ a: Tensor<Scalar>, _ b: Tensor<Scalar>) throws -> Tensor<Scalar> {
    if b.rank == 1 { return try solve(a, b.expanded(axis: 1)).squeezed(axis: -1) }
    precondition(
        a.rank >= 2 && b.rank >= 2 && b.shape[b.rank - 2] == a.shape[a.rank - 1],
        "solve: right-hand sides \(b.shape) do not fit matrices \(a.shape)")
    try requireFinite(b, "solve")
    let factors = try LUFactors(a, "solve")
    try factors.requireRegular("solve")
    return solve(a, b, factors, transposed: false)
}

/// A⁻¹ B or A⁻ᵀ B as a differentiable function of both, with the factors of A at hand.
private func solve<Scalar: TensorScalar>(
    _ a: Tensor<Scalar>, _ b: Tensor<Scalar>, _ factors: LUFactors<Scalar>, transposed: Bool
) -> Tensor<Scalar> {
    let value = factors.solved(b, transposed: transposed)
    guard a.node != nil || b.node != nil else { return value }
    let saved = a.detached()
    let shape = b.shape
    return value.tracked(
        by: OperationNode(parents: a.node, b.node) { g, context in
            let right = solve(context.input(saved, 0), g, factors, transposed: !transposed)
            context.accumulate(right.summed(to: shape), into: 1)
            if context.needs(0) {
                let x = context.output(value)
                let left = transposed ? matmul(x, right, transposeB: true) : matmul(right, x, transposeB: true)
                context.accumulate(-left.summed(to: saved.shape), into: 0)
            }
        })
}

/// A⁻¹ of square matrices [..., n, n]. To solve equations use ``solve(_:_:)``, which is faster and more accurate.
///
/// Differentiable to any order: Ā = −A⁻ᵀ X̄ A⁻ᵀ (Giles 2008, section 2.2.3).
/// - Throws: ``LinearAlgebraError`` as ``solve(_:_:)``.
public func inverse<Scalar: TensorScalar>(_ a: Tensor<Scalar>) throws -> Tensor<Scalar> {
    let factors = try LUFactors(a, "inverse")
    try factors.requireRegular("inverse")
    let value = factors.solved(.identity(factors.batch.rows), transposed: false)
    guard let node = a.node else { return value }
    return value.tracked(
        by: OperationNode(parents: node) { g, context in
            let y = context.output(value)
            context.accumulate(-matmul(matmul(y, g, transposeA: true), y, transposeB: true), into: 0)
        })
}

/// det A of square matrices [..., n, n]: shape [...]. Beware of overflow for large n; see ``logDeterminant(_:)``.
///
/// Differentiable at regular matrices, to any order: Ā = ḡ · det A · A⁻ᵀ (Giles 2008, section 2.2.4). At singular ones the value is 0
/// and the derivative NaN.
/// - Throws: ``LinearAlgebraError/notFinite(operation:matrix:row:column:)``.
public func determinant<Scalar: TensorScalar>(_ a: Tensor<Scalar>) throws -> Tensor<Scalar> {
    let factors = try LUFactors(a, "determinant")
    let value = factors.determinants().value
    guard let node = a.node else { return value }
    let saved = a.detached()
    return value.tracked(
        by: OperationNode(parents: node) { g, context in
            let inverse = solve(context.input(saved, 0), .identity(factors.batch.rows), factors, transposed: true)
            context.accumulate((g * context.output(value)).expanded(axis: -1).expanded(axis: -1) * inverse, into: 0)
        })
}

/// The sign (−1, 0 or 1) of det A and ln |det A|, both of shape [...], of square matrices [..., n, n]: (0, −∞) for a singular one.
///
/// The logarithm is differentiable at regular matrices, to any order: Ā = ḡ A⁻ᵀ. The sign is a constant.
/// - Throws: ``LinearAlgebraError/notFinite(operation:matrix:row:column:)``.
public func logDeterminant<Scalar: TensorScalar>(_ a: Tensor<Scalar>) throws -> (sign: Tensor<Scalar>, logMagnitude: Tensor<Scalar>) {
    let factors = try LUFactors(a, "logDeterminant")
    let (_, sign, value) = factors.determinants()
    guard let node = a.node else { return (sign, value) }
    let saved = a.detached()
    let tracked = value.tracked(
        by: OperationNode(parents: node) { g, context in
            let inverse = solve(context.input(saved, 0), .identity(factors.batch.rows), factors, transposed: true)
            context.accumulate(g.expanded(axis: -1).expanded(axis: -1) * inverse, into: 0)
        })
    return (sign, tracked)
}
