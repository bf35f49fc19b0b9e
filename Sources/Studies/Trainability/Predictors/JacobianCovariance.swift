import LoamTensor

/// jacob_cov = −Σ[ln(v + k) + 1/(v + k)] over the eigenvalues v of the correlation matrix of the Jacobian's rows (Mellor et al. 2020; as in
/// Abdelfattah et al. 2021): high where the network responds differently to different images.
///
/// The matrix is symmetric, so its eigenvalues come from a symmetric solver: they are real, and their sum is the number of images.
public enum JacobianCovariance {
    /// k: keeps the score of a singular matrix finite.
    public static let offset = 1e-5

    /// - Parameter jacobian: [n, N], a row an image. A constant row has no correlation: the score is −∞.
    public static func score<Scalar: TensorScalar>(_ jacobian: Tensor<Scalar>) throws -> Double {
        let rows = SampleMatrix(jacobian)
        var values = rows.values
        for row in 0..<rows.rows {
            let mean = rows[row].reduce(0, +) / Double(rows.columns)
            let square = rows[row].reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            guard square > 0, square.isFinite else { return -.infinity }
            for column in 0..<rows.columns {
                values[row * rows.columns + column] = (values[row * rows.columns + column] - mean) / square.squareRoot()
            }
        }
        let a = Tensor(values, shape: [rows.rows, rows.columns])
        let eigenvalues = try symmetricEigen(matmul(a, a, transposeB: true)).values.scalars
        // Rounding can leave the zeros of a singular matrix slightly below zero.
        return -eigenvalues.reduce(0) { sum, v in
            let shifted = max(v, 0) + offset
            return sum + Double.log(shifted) + 1 / shifted
        }
    }
}
