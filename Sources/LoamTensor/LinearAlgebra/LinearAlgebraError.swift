/// Why a matrix could not be solved or decomposed. Matrices of a batch are numbered in row-major order of the leading axes, from 0.
public enum LinearAlgebraError: Error, Equatable, CustomStringConvertible {
    /// An element is NaN or infinite.
    case notFinite(operation: String, matrix: Int, row: Int, column: Int)
    /// The elimination met a pivot that is exactly zero (`pivot` counts from 0).
    case singular(operation: String, matrix: Int, pivot: Int)
    /// The leading minor of order `leadingMinor` (from 1) is not positive.
    case notPositiveDefinite(operation: String, matrix: Int, leadingMinor: Int)
    /// LAPACK's iteration for eigenvalues or singular values did not converge.
    case noConvergence(operation: String, matrix: Int)

    public var description: String {
        switch self {
        case .notFinite(let operation, let matrix, let row, let column):
            "\(operation): element (\(row), \(column)) of matrix \(matrix) is not finite; look for a division by zero or an overflow before this"
        case .singular(let operation, let matrix, let pivot):
            "\(operation): matrix \(matrix) is singular (pivot \(pivot) is zero); use leastSquares or pseudoInverse, or add a multiple of the identity"
        case .notPositiveDefinite(let operation, let matrix, let minor):
            "\(operation): matrix \(matrix) is not positive definite (leading minor of order \(minor)); add a multiple of the identity"
        case .noConvergence(let operation, let matrix):
            "\(operation): the iteration for matrix \(matrix) did not converge; rescale it to elements near 1"
        }
    }
}
