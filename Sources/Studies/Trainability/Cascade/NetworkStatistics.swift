import Foundation
import LoamTensor

/// What a finite network does to lengths, correlations and tangents, layer by layer: the measured side of mean-field theory.
public struct NetworkStatistics: Sendable {
    /// q̂_ℓ: the mean square of the pre-activations over units and inputs.
    public private(set) var lengths: [Double] = []
    /// ĉ_ℓ: the mean over pairs of neighbouring inputs of their pre-activations' uncentred correlation.
    public private(set) var correlations: [Double] = []
    /// χ̂_ℓ: the mean square by which layer ℓ stretches a tangent vector that has come through the layers before.
    public private(set) var gains: [Double] = []
    /// z^1 … z^k for the layers whose activations are finite.
    let activations: [Tensor<Double>]

    /// Propagates `inputs` [B ≥ 2, N_0] and one random tangent vector each.
    ///
    /// The network runs in its own precision; statistics are taken in double.
    public init<Scalar: TensorScalar>(_ network: DenseNetwork<Scalar>, inputs: Tensor<Scalar>, seed: UInt64) {
        var z = inputs
        var generator = RandomStreams.tangents(seed: seed)
        var tangents = Tensor<Scalar>(normal: inputs.shape, using: &generator)
        var kept: [Tensor<Double>] = []
        for layer in 1...network.depth {
            let h = network.preActivation(layer, of: z)
            z = network.activation.applied(to: h)
            guard z.hasFiniteSum else { break }
            let rows = SampleMatrix(h)
            let slopes = rows.values.map { network.activation.jet(at: $0).slope }
            let moved = matmul(tangents, network.weights[layer - 1], transposeB: true) * Tensor(slopes.map { Scalar($0) }, shape: h.shape)
            // Per unit: an infinitely wide layer multiplies the mean square by χ₁ whatever its width.
            let before = Double(tangents.squared().mean().item)
            let after = Double(moved.squared().mean().item)
            gains.append(before > 0 ? after / before : .nan)
            tangents = after > 0 ? moved * Scalar(1 / after.squareRoot()) : moved
            lengths.append(rows.values.reduce(0) { $0 + $1 * $1 } / Double(rows.values.count))
            correlations.append(NetworkStatistics.neighbourCorrelation(rows))
            kept.append(Tensor<Double>(casting: z))
        }
        activations = kept
    }

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
