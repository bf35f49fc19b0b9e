import Foundation

/// The reconstruction entropy S_rel = D(n(x)‖n(y)) = Σ pᵢ ln(pᵢ/rᵢ) of the published program, in nats.
///
/// n(v) = (v − min v + ε)/Σ(vᵢ − min v + ε), ε = 10⁻¹²; the minimum and the sum run over all pixels and channels of one sample.
/// Non-negative; unchanged by y → ay + b with a > 0 up to ε; for a constant y it is ln N − H(n(x)).
public struct RelativeEntropy: Sendable {
    /// ε of the normalisation.
    public static let floor = 1e-12

    /// n(x) of every input, row-major.
    private let distributions: SampleMatrix
    /// Σ pᵢ ln pᵢ = −H of every input.
    private let negativeEntropies: [Double]

    /// - Parameter inputs: the original images, one a row.
    public init(inputs: SampleMatrix) {
        var normalized: [Double] = []
        normalized.reserveCapacity(inputs.values.count)
        var negative: [Double] = []
        for row in 0..<inputs.rows {
            let p = RelativeEntropy.distribution(inputs[row])
            negative.append(p.reduce(0) { $0 + $1 * log($1) })
            normalized += p
        }
        distributions = SampleMatrix(rows: inputs.rows, columns: inputs.columns, values: normalized)
        negativeEntropies = negative
    }

    /// n(v): the sample shifted to minimum ε and scaled to sum 1.
    public static func distribution(_ sample: some Collection<Double>) -> [Double] {
        let least = sample.min() ?? 0
        let shifted = sample.map { $0 - least + floor }
        let total = shifted.reduce(0, +)
        return shifted.map { $0 / total }
    }

    /// S_rel of each pair of rows; NaN where the reconstruction is not finite.
    public func callAsFunction(_ reconstructions: SampleMatrix) -> [Double] {
        precondition(
            reconstructions.rows == distributions.rows && reconstructions.columns == distributions.columns,
            "RelativeEntropy: reconstructions are \(reconstructions.rows) × \(reconstructions.columns), inputs "
                + "\(distributions.rows) × \(distributions.columns)")
        return (0..<reconstructions.rows).map { row in
            guard reconstructions.isFinite(row: row) else { return .nan }
            return against(RelativeEntropy.distribution(reconstructions[row]), row: row)
        }
    }

    /// S_rel of every input against one and the same image, for example the mean image: the level at which all information is lost.
    public func against(image: [Double]) -> [Double] {
        let r = RelativeEntropy.distribution(image)
        return (0..<distributions.rows).map { against(r, row: $0) }
    }

    /// ln N − H(n(x)) of every input: the level of a constant reconstruction.
    public var constantImageLevels: [Double] { negativeEntropies.map { $0 + log(Double(distributions.columns)) } }

    private func against(_ r: [Double], row: Int) -> Double {
        var cross = 0.0
        let offset = row * distributions.columns
        for i in r.indices { cross += distributions.values[offset + i] * log(r[i]) }
        return negativeEntropies[row] - cross
    }

    /// D(n(input)‖n(reconstruction)) of one pair.
    public static func between(_ input: [Double], _ reconstruction: [Double]) -> Double {
        precondition(
            input.count == reconstruction.count, "RelativeEntropy: samples of \(input.count) and \(reconstruction.count) values")
        return RelativeEntropy(inputs: SampleMatrix([input]))(SampleMatrix([reconstruction]))[0]
    }
}
