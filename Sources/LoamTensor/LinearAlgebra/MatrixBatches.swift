// What the decompositions share: batches of matrices, their checks, several results in one node, triangles.

/// Extents of a tensor read as a batch of matrices over its leading axes.
struct MatrixBatch {
    let leading: Shape
    let rows: Int
    let columns: Int

    init<Scalar>(_ a: Tensor<Scalar>, _ operation: StaticString) {
        precondition(a.rank >= 2, "\(operation): shape \(a.shape) is not a matrix or a batch of matrices")
        leading = Shape(a.shape.dropLast(2))
        rows = a.shape[a.rank - 2]
        columns = a.shape[a.rank - 1]
    }

    var count: Int { leading.elementCount }

    func shape(_ extents: Int...) -> Shape { Shape(Array(leading) + extents) }

    /// The order of square matrices.
    func order(_ operation: StaticString) -> Int {
        precondition(rows == columns, "\(operation): matrices of \(rows) rows and \(columns) columns are not square")
        return rows
    }

    /// Calls `body` for every matrix of a batch: small matrices one a thread, large ones in turn with all threads on each.
    static func forEach(_ count: Int, work: Int, _ body: (Int) -> Void) {
        if count == 1 || work >= 4_000_000 {
            Parallel.adoptThreads()
            for index in 0..<count { body(index) }
        } else {
            Parallel.chunks(count, grain: max(1, 100_000 / max(1, work))) { range in for index in range { body(index) } }
        }
    }

    /// Like `forEach` for a `body` that answers LAPACK's `info`; returns the first matrix with a positive one.
    static func firstFailure(_ count: Int, work: Int, _ body: (Int) -> Int) -> (matrix: Int, info: Int)? {
        var infos = [Int](repeating: 0, count: count)
        infos.withUnsafeMutableBufferPointer { infos in
            let infos = infos.baseAddress
            forEach(count, work: work) { infos![$0] = body($0) }
        }
        return infos.firstIndex { $0 > 0 }.map { ($0, infos[$0]) }
    }
}

/// Where matrix `index` of a broadcast batch lies in a batch of fewer or repeated matrices.
struct BatchIndex {
    private let target: Shape
    private var strides: Shape

    init(from source: Shape, to target: Shape) {
        self.target = target
        strides = Shape(repeating: 0, rank: target.rank)
        let own = source.rowMajorStrides
        for axis in 0..<source.rank where source[axis] != 1 { strides[axis + target.rank - source.rank] = own[axis] }
    }

    func callAsFunction(_ index: Int) -> Int {
        var remaining = index
        var position = 0
        var axis = target.rank - 1
        while axis >= 0 {
            position += remaining % target[axis] * strides[axis]
            remaining /= target[axis]
            axis -= 1
        }
        return position
    }
}

/// Throws when an element is NaN or infinite: LAPACK's iterations need not end on such a matrix.
func requireFinite<Scalar: TensorScalar>(_ a: Tensor<Scalar>, _ operation: StaticString) throws {
    let columns = a.rank == 0 ? 1 : a.shape[a.rank - 1]
    let rows = a.rank < 2 ? 1 : a.shape[a.rank - 2]
    let bad: Int? = a.withUnsafePointer { values in
        // x − x is 0 for finite x and NaN otherwise.
        for index in 0..<a.count where !(values[index] - values[index] == 0) { return index }
        return nil
    }
    guard let bad else { return }
    throw LinearAlgebraError.notFinite(
        operation: "\(operation)", matrix: bad / (rows * columns), row: bad / columns % rows, column: bad % columns)
}

/// Several results of one operation, side by side on the last axis of one tensor, so that they share one node and one pullback.
/// The parts are slices; for a single matrix they are views.
struct PackedResults<Scalar: TensorScalar> {
    let leading: Shape
    let parts: [Shape]
    let starts: [Int]
    let length: Int

    init(leading: Shape, _ parts: [Shape]) {
        self.leading = leading
        self.parts = parts
        var starts: [Int] = []
        var length = 0
        for part in parts {
            starts.append(length)
            length += part.elementCount
        }
        self.starts = starts
        self.length = length
    }

    var shape: Shape { Shape(Array(leading) + [length]) }

    func part(_ index: Int, of packed: Tensor<Scalar>) -> Tensor<Scalar> {
        packed.sliced(starts[index]..<starts[index] + parts[index].elementCount, axis: -1)
            .reshaped(Shape(Array(leading) + Array(parts[index])))
    }
}

extension Tensor where Element: TensorScalar {
    /// 1 on the diagonals `diagonal`, `diagonal` − 1, … of a square matrix (0 is the main one, −1 the one below), 0 above.
    static func lowerTriangle(_ size: Int, diagonal: Int = 0) -> Tensor {
        Tensor(shape: [size, size]) { target in
            for row in 0..<size { for column in 0..<size { target[row * size + column] = column <= row + diagonal ? 1 : 0 } }
        }
    }

    /// True when every element is 0.
    var isZero: Bool {
        withUnsafePointer { values in
            for index in 0..<count where values[index] != 0 { return false }
            return true
        }
    }

    /// (x + xᵀ)/2.
    func symmetrised() -> Tensor { (self + transposed()) * 0.5 }

    /// Square matrices with the last axis on their diagonals and zeros elsewhere.
    public func diagonalMatrix() -> Tensor {
        precondition(rank >= 1, "diagonalMatrix: a scalar has no axis to put on a diagonal")
        let size = shape[rank - 1]
        return spread(axis: rank - 1, start: 0, step: size + 1, length: size * size).reshaped(Shape(Array(shape) + [size]))
    }
}
