import Foundation
import LoamTensor

/// What a finite network does to lengths, correlations and tangents, stage by stage: the measured side of mean-field theory.
public struct NetworkStatistics: Sendable {
    /// q̂_ℓ: the mean square of the pre-activations over units and inputs.
    public private(set) var lengths: [Double] = []
    /// ĉ_ℓ: the mean over pairs of neighbouring inputs of their pre-activations' uncentred correlation.
    public private(set) var correlations: [Double] = []
    /// χ̂_ℓ: the mean square, per unit, by which stage ℓ stretches a tangent vector that has come through the stages before.
    public private(set) var gains: [Double] = []

    /// Measures the stages whose outputs are finite, at most `limit`.
    ///
    /// The network runs in its own precision; statistics are taken in double.
    ///
    /// - Parameters:
    ///   - inputs: [B ≥ 2, input…]; each gets one random tangent vector.
    ///   - seen: told of z^1, z^2, … in order.
    public init<Scalar: TensorScalar>(
        _ network: Network<Scalar>, inputs: Tensor<Scalar>, limit: Int? = nil, seed: UInt64, seen: (Tensor<Scalar>) -> Void = { _ in }
    ) {
        var z = inputs
        var generator = RandomStreams.tangents(seed: seed)
        var tangents = Tensor<Scalar>(normal: inputs.shape, using: &generator)
        for layer in 1...min(network.depth, limit ?? network.depth) {
            var h = z
            let (next, moved) = jvp(at: z, along: tangents) { z in
                let seen = network.preActivation(layer, of: z)
                h = seen.detached()
                return network.output(layer, from: seen, of: z)
            }
            guard next.hasFiniteSum else { break }
            // Per unit: an infinitely wide layer multiplies the mean square by χ₁ whatever its width.
            let before = Double(tangents.squared().mean().item)
            let after = Double(moved.squared().mean().item)
            gains.append(before > 0 ? after / before : .nan)
            tangents = after > 0 ? moved * Scalar(1 / after.squareRoot()) : moved
            let rows = SampleMatrix(h)
            lengths.append(rows.values.reduce(0) { $0 + $1 * $1 } / Double(rows.values.count))
            correlations.append(NetworkStatistics.neighbourCorrelation(rows))
            z = next
            seen(z)
        }
    }

    /// Counted operations for so many inputs: a product a stage forwards, one for its pullback and one to differentiate that.
    static func operations(_ architecture: Architecture, samples: Int) -> Double { 6 * Double(samples) * architecture.multiplications }

    private static func neighbourCorrelation(_ rows: SampleMatrix) -> Double {
        func product(_ a: Int, _ b: Int) -> Double { zip(rows[a], rows[b]).reduce(0) { $0 + $1.0 * $1.1 } }
        guard rows.rows >= 2 else { return .nan }
        let squares = (0..<rows.rows).map { product($0, $0) }
        // A row of zeros has no direction: a black image without biases.
        let pairs = (1..<rows.rows).filter { squares[$0 - 1] > 0 && squares[$0] > 0 }
        let sum = pairs.reduce(0.0) { $0 + product($1 - 1, $1) / (squares[$1 - 1] * squares[$1]).squareRoot() }
        return pairs.isEmpty ? .nan : min(1, max(-1, sum / Double(pairs.count)))
    }
}
