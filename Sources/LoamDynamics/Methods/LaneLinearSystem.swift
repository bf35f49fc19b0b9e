/// A small linear system for each lane, solved by elimination with partial pivoting in every lane for itself: rows are exchanged by
/// selection, where the lane's pivot says so. About n³ + n² operations a lane to factorise, 3 n² to solve.
@usableFromInline
struct LaneLinearSystem {
    @usableFromInline typealias L = DoubleLanes
    @usableFromInline let n: Int
    @usableFromInline let storage: LaneBuffer
    /// The matrix by rows; after ``factorise()`` its triangular factors, the diagonal's reciprocals on the diagonal.
    @usableFromInline let matrix: UnsafeMutablePointer<DoubleLanes>
    /// For each column the row of its pivot, as a number.
    @usableFromInline let pivots: UnsafeMutablePointer<DoubleLanes>

    @inlinable
    init(_ n: Int) {
        self.n = n
        storage = LaneBuffer(n * n + n)
        matrix = storage.base
        pivots = storage.base + n * n
    }

    @inlinable
    func factorise() {
        for column in 0..<n {
            var largest = matrix[column * n + column].magnitude
            var pivot = L(Double(column))
            for row in column + 1..<max(n, column + 1) {
                let size = matrix[row * n + column].magnitude
                let isLarger = largest < size
                largest = size.selected(where: isLarger, otherwise: largest)
                pivot = L(Double(row)).selected(where: isLarger, otherwise: pivot)
            }
            pivots[column] = pivot
            let upper = matrix + column * n
            if L.any(pivot.lanes .!= Double(column)) {
                for row in column + 1..<max(n, column + 1) {
                    let exchanges = pivot.lanes .== Double(row)
                    if !L.any(exchanges) { continue }
                    let lower = matrix + row * n
                    for j in 0..<n {
                        let (a, b) = (upper[j], lower[j])
                        upper[j] = b.selected(where: exchanges, otherwise: a)
                        lower[j] = a.selected(where: exchanges, otherwise: b)
                    }
                }
            }
            let reciprocal = L(1) / upper[column]
            upper[column] = reciprocal
            for row in column + 1..<max(n, column + 1) {
                let lower = matrix + row * n
                let factor = lower[column] * reciprocal
                lower[column] = factor
                let negative = -factor
                for j in column + 1..<max(n, column + 1) { lower[j] = L.multiplyAdd(negative, upper[j], lower[j]) }
            }
        }
    }

    /// Replaces a right-hand side by the solution.
    @inlinable
    func solve(_ b: UnsafeMutablePointer<DoubleLanes>) {
        for column in 0..<n {
            let pivot = pivots[column]
            if !L.any(pivot.lanes .!= Double(column)) { continue }
            for row in column + 1..<max(n, column + 1) {
                let exchanges = pivot.lanes .== Double(row)
                let (upper, lower) = (b[column], b[row])
                b[column] = lower.selected(where: exchanges, otherwise: upper)
                b[row] = upper.selected(where: exchanges, otherwise: lower)
            }
        }
        for row in 1..<max(n, 1) {
            var sum = b[row]
            for j in 0..<row { sum = L.multiplyAdd(-matrix[row * n + j], b[j], sum) }
            b[row] = sum
        }
        for row in stride(from: n - 1, through: 0, by: -1) {
            var sum = b[row]
            for j in row + 1..<max(n, row + 1) { sum = L.multiplyAdd(-matrix[row * n + j], b[j], sum) }
            b[row] = sum * matrix[row * n + row]
        }
    }
}

/// Memory for numbers in lanes, freed with its last holder.
@usableFromInline
final class LaneBuffer {
    @usableFromInline let base: UnsafeMutablePointer<DoubleLanes>

    @usableFromInline
    init(_ count: Int) {
        base = .allocate(capacity: max(count, 1))
        base.initialize(repeating: DoubleLanes(0), count: max(count, 1))
    }

    deinit { base.deallocate() }
}
