import Foundation

/// The differential entropy of a batch of reconstructions: mean over pixels of ½ln(2πe) + ln sᵢ, sᵢ the sample standard
/// deviation (ddof 1) of pixel i over the batch, in nats.
public enum DifferentialEntropy: String, Codable, CaseIterable, Sendable {
    /// Of n(y) as in ``RelativeEntropy``: what the published heat maps show.
    case normalized
    /// Of y/Σy; unstable where Σy is near 0.
    case raw

    /// S_diff of the finite rows; −∞ when some pixel does not vary at all, NaN with fewer than two finite rows.
    public func callAsFunction(_ samples: SampleMatrix) -> Double {
        let rows = (0..<samples.rows).filter { samples.isFinite(row: $0) }.map { row in
            switch self {
            case .normalized: return RelativeEntropy.distribution(samples[row])
            case .raw:
                let total = samples[row].reduce(0, +)
                return samples[row].map { $0 / total }
            }
        }
        guard rows.count >= 2 else { return .nan }
        let count = Double(rows.count)
        var sum = 0.0
        for column in 0..<samples.columns {
            let mean = rows.reduce(0) { $0 + $1[column] } / count
            // Equal values may differ from their mean by rounding; they must still count as not varying.
            let first = rows[0][column]
            if rows.allSatisfy({ $0[column] == first }) { return -.infinity }
            let variance = rows.reduce(0) { $0 + ($1[column] - mean) * ($1[column] - mean) } / (count - 1)
            sum += 0.5 * log(variance)
        }
        return 0.5 * log(2 * Double.pi * M_E) + sum / Double(samples.columns)
    }
}
