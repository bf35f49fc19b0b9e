import Foundation
import LoamTensor

/// The Gram (von Neumann) entropy of a batch: how many independent directions its samples span, from 0 (all alike) to 1.
///
/// Rows a_b = y_b − mean(y_b) scaled to unit length, ρ = AAᵀ/B, S_vN = −Σ λ ln λ/ln B. The eigenvalues come from the singular values of A,
/// λ = s²/B: those of the Gram matrix in single precision would lose every λ below 10⁻⁷.
public struct VonNeumannEntropy: Hashable, Sendable {
    /// S_vN in [0, 1]; NaN with fewer than two usable rows.
    public let value: Double
    /// Rows left out because they are constant or not finite.
    public let excluded: Int

    /// The entropy of the rows of `samples`.
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
        // LAPACK fails to converge on no finite matrix that is known; if it did, the value would be unknown.
        guard let values = try? singularValues(Tensor(rows, shape: [count, samples.columns])) else {
            value = .nan
            return
        }
        let entropy = values.scalars.reduce(0.0) { sum, s in
            let eigenvalue = s * s / Double(count)
            return eigenvalue > 0 ? sum - eigenvalue * log(eigenvalue) : sum
        }
        value = max(0, entropy / log(Double(count)))
    }
}
