// Matrix products on OpenBLAS: batched, broadcast, transposed without copying.

/// How one operand lies in memory as GEMM sees it.
private struct MatrixOperand<Scalar: TensorScalar> {
    let tensor: Tensor<Scalar>
    let isTransposed: Bool
    let leadingDimension: Int

    /// A matrix whose rows or whose columns are dense is passed as it lies; anything else is copied.
    init(_ source: Tensor<Scalar>, transpose: Bool) {
        let rank = source.rank
        let rows = source.shape[rank - 2]
        let columns = source.shape[rank - 1]
        let rowStride = source.strides[rank - 2]
        let columnStride = source.strides[rank - 1]
        if (columnStride == 1 || columns == 1) && (rowStride >= columns || rows == 1) {
            tensor = source
            isTransposed = transpose
            leadingDimension = Swift.max(1, Swift.max(columns, rows == 1 ? columns : rowStride))
        } else if (rowStride == 1 || rows == 1) && (columnStride >= rows || columns == 1) {
            tensor = source
            isTransposed = !transpose
            leadingDimension = Swift.max(1, Swift.max(rows, columns == 1 ? rows : columnStride))
        } else {
            tensor = Tensor.copy(of: source)
            isTransposed = transpose
            leadingDimension = Swift.max(1, columns)
        }
    }
}

/// op(a) op(b) of matrices or batches of them; batch axes broadcast. `transposeA` and `transposeB` read an operand transposed in place.
///
/// - Parameters:
///   - a: [..., m, k], or [..., k, m] with `transposeA`.
///   - b: [..., k, n], or [..., n, k] with `transposeB`.
/// - Returns: [..., m, n]. Costs 2·m·n·k floating-point operations a matrix.
@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
public func matmul<Scalar: TensorScalar>(
    _ a: Tensor<Scalar>, _ b: Tensor<Scalar>, transposeA: Bool = false, transposeB: Bool = false
) -> Tensor<Scalar> {
    precondition(a.rank >= 2 && b.rank >= 2, "matmul: shapes \(a.shape) and \(b.shape) are not matrices")
    let m = a.shape[a.rank - (transposeA ? 1 : 2)]
    let k = a.shape[a.rank - (transposeA ? 2 : 1)]
    let n = b.shape[b.rank - (transposeB ? 2 : 1)]
    precondition(
        b.shape[b.rank - (transposeB ? 1 : 2)] == k,
        "matmul: inner extents differ in \(a.shape)\(transposeA ? "ᵀ" : "") · \(b.shape)\(transposeB ? "ᵀ" : "")")
    let value: Tensor<Scalar>
    if a.rank == 2 && b.rank == 2 {
        value = Tensor(uninitialised: [m, n])
        multiply(MatrixOperand(a, transpose: transposeA), MatrixOperand(b, transpose: transposeB), m: m, n: n, k: k, into: value)
    } else if b.rank == 2 && !transposeA && a.isContiguous {
        // One matrix for the whole batch: the batch joins the rows.
        var shape = a.shape
        shape[a.rank - 1] = n
        value = matmul(a.detached().reshaped([rowsOfBatch(a), k]), b.detached(), transposeB: transposeB).reshaped(shape)
    } else {
        value = multiplyBatched(a, b, transposeA: transposeA, transposeB: transposeB, m: m, n: n, k: k)
    }
    guard a.node != nil || b.node != nil else { return value }
    let savedA = a.detached()
    let savedB = b.detached()
    return value.tracked(
        by: OperationNode(parents: a.node, b.node) { g, context in
            if context.needs(0) {
                let b = context.input(savedB, 1)
                let da =
                    transposeA ? matmul(b, g, transposeA: transposeB, transposeB: true) : matmul(g, b, transposeB: !transposeB)
                context.accumulate(da.summed(to: savedA.shape), into: 0)
            }
            if context.needs(1) {
                let a = context.input(savedA, 0)
                let db: Tensor<Scalar>
                if b.rank == 2 && savedA.rank > 2 && !transposeA {
                    // Sum over the batch inside the product.
                    let rows = a.reshaped([rowsOfBatch(a), k])
                    let flat = g.reshaped([rowsOfBatch(a), n])
                    db = transposeB ? matmul(flat, rows, transposeA: true) : matmul(rows, flat, transposeA: true)
                } else {
                    db = transposeB ? matmul(g, a, transposeA: true, transposeB: transposeA) : matmul(a, g, transposeA: !transposeA)
                }
                context.accumulate(db.summed(to: savedB.shape), into: 1)
            }
        })
}

/// The number of rows of all matrices of a batch; right for empty ones too, where an inferred extent would not be.
private func rowsOfBatch<Scalar: TensorScalar>(_ a: Tensor<Scalar>) -> Int { a.shape.dropLast().reduce(1, *) }

private func multiply<Scalar: TensorScalar>(
    _ a: MatrixOperand<Scalar>, _ b: MatrixOperand<Scalar>, m: Int, n: Int, k: Int, into result: Tensor<Scalar>
) {
    if k == 0 {
        result.storage.base.update(repeating: 0, count: m * n)
        return
    }
    if m == 0 || n == 0 { return }
    Scalar._gemm(
        transposeA: a.isTransposed, transposeB: b.isTransposed, m: m, n: n, k: k, alpha: 1, a: a.tensor.storage.base + a.tensor.offset,
        lda: a.leadingDimension, b: b.tensor.storage.base + b.tensor.offset, ldb: b.leadingDimension, beta: 0, c: result.storage.base,
        ldc: n)
}

private func multiplyBatched<Scalar: TensorScalar>(
    _ a: Tensor<Scalar>, _ b: Tensor<Scalar>, transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int
) -> Tensor<Scalar> {
    let batchA = Shape(a.shape.dropLast(2))
    let batchB = Shape(b.shape.dropLast(2))
    guard let batch = Shape.broadcast(batchA, batchB) else {
        preconditionFailure("matmul: batch axes of \(a.shape) and \(b.shape) do not broadcast")
    }
    var shape = batch
    shape.append(m)
    shape.append(n)
    let result = Tensor<Scalar>(uninitialised: shape)
    if shape.elementCount == 0 { return result }
    if k == 0 {
        result.storage.base.update(repeating: 0, count: shape.elementCount)
        return result
    }
    let left = MatrixOperand(a, transpose: transposeA)
    let right = MatrixOperand(b, transpose: transposeB)
    func batchStrides(_ operand: Tensor<Scalar>) -> Shape {
        var strides = Shape(repeating: 0, rank: batch.rank)
        let lead = batch.rank - (operand.rank - 2)
        for axis in 0..<(operand.rank - 2) where operand.shape[axis] != 1 { strides[axis + lead] = operand.strides[axis] }
        return strides
    }
    let leftStrides = batchStrides(left.tensor)
    let rightStrides = batchStrides(right.tensor)
    let leftBase = UnsafePointer(left.tensor.storage.base + left.tensor.offset)
    let rightBase = UnsafePointer(right.tensor.storage.base + right.tensor.offset)
    let to = result.storage.base
    let body: (Range<Int>) -> Void = { range in
        for index in range {
            var remaining = index
            var i = 0
            var j = 0
            var axis = batch.rank - 1
            while axis >= 0 {
                let position = remaining % batch.extents[axis]
                remaining /= batch.extents[axis]
                i += position * leftStrides.extents[axis]
                j += position * rightStrides.extents[axis]
                axis -= 1
            }
            Scalar._gemm(
                transposeA: left.isTransposed, transposeB: right.isTransposed, m: m, n: n, k: k, alpha: 1, a: leftBase + i,
                lda: left.leadingDimension, b: rightBase + j, ldb: right.leadingDimension, beta: 0, c: to + index * m * n, ldc: n)
        }
    }
    // Large matrices: all threads on one product after the other. Small ones: a product a thread.
    if m * n * k >= 4_000_000 { body(0..<batch.elementCount) } else { Parallel.chunks(batch.elementCount, body) }
    return result
}

extension Tensor where Element: TensorScalar {
    /// The matrix product; see ``matmul(_:_:transposeA:transposeB:)``. Vectors count as a row on the left and a column on the right.
    @_specialize(where Element == Float)
    @_specialize(where Element == Double)
    public func matmul(_ other: Tensor) -> Tensor {
        if rank == 1 && other.rank == 1 { return (self * other).sum() }
        if rank == 1 { return LoamTensor.matmul(expanded(axis: 0), other).squeezed(axis: -2) }
        if other.rank == 1 { return LoamTensor.matmul(self, other.expanded(axis: 1)).squeezed(axis: -1) }
        return LoamTensor.matmul(self, other)
    }

    /// Σ aᵢ bᵢ over all elements.
    public func dot(_ other: Tensor) -> Tensor { (self * other).sum() }
}
