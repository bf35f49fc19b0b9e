import COpenBLAS
import Foundation

/// The Gram (von Neumann) entropy of a batch: how many independent directions its samples span, from 0 (all alike) to 1.
///
/// Rows a_b = y_b − mean(y_b) scaled to unit length, ρ = AAᵀ/B, S_vN = −Σ λ ln λ/ln B. The eigenvalues come from the singular values of A,
/// λ = s²/B: those of the Gram matrix in single precision would lose every λ below 10⁻⁷.
public struct VonNeumannEntropy: Hashable, Sendable {
    /// S_vN in [0, 1]; NaN with fewer than two usable rows.
    public let value: Double
    /// Rows left out because they are constant or not finite.
    public let excluded: Int

    public init(_ samples: SampleMatrix) {
        var rows: [Double] = []
        var count = 0
        for row in 0..<samples.rows {
            let sample = samples[row]
            let mean = sample.reduce(0, +) / Double(samples.columns)
            let norm = sample.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }.squareRoot()
            guard norm.isFinite, norm > 0 else { continue }
            rows += sample.map { ($0 - mean) / norm }
            count += 1
        }
        excluded = samples.rows - count
        guard count >= 2 else {
            value = .nan
            return
        }
        let entropy = VonNeumannEntropy.singularValues(&rows, rows: count, columns: samples.columns).reduce(0.0) { sum, s in
            let eigenvalue = s * s / Double(count)
            return eigenvalue > 0 ? sum - eigenvalue * log(eigenvalue) : sum
        }
        value = max(0, entropy / log(Double(count)))
    }

    /// Singular values of a row-major matrix (LAPACK's divide and conquer); `matrix` is destroyed.
    private static func singularValues(_ matrix: inout [Double], rows: Int, columns: Int) -> [Double] {
        // LAPACK reads columns: the same memory is the transposed matrix, with the same singular values.
        var (m, n) = (Int32(columns), Int32(rows))
        var values = [Double](repeating: 0, count: min(rows, columns))
        var integers = [Int32](repeating: 0, count: 8 * min(rows, columns))
        var (unused, one, info) = (0.0, Int32(1), Int32(0))
        var job = CChar(UInt8(ascii: "N"))
        func run(_ work: UnsafeMutablePointer<Double>, _ size: Int32) {
            var size = size
            dgesdd_(&job, &m, &n, &matrix, &m, &values, &unused, &one, &unused, &one, work, &size, &integers, &info)
        }
        var best = 0.0
        run(&best, -1)
        var work = [Double](repeating: 0, count: Int(best))
        run(&work, Int32(best))
        precondition(info >= 0, "dgesdd: argument \(-info) is invalid")
        return info == 0 ? values : values.map { _ in .nan }
    }
}
