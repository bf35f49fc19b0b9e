import Foundation
import LoamTensor
import LoamTrainability
import Testing

@Suite struct FiniteWidthTests {
    /// Inputs of mean square `square` with pairwise correlation c: a common part and own parts, orthogonal to each other.
    static func inputs(_ count: Int, width: Int, square: Double, correlation c: Double) -> Tensor<Double> {
        var scalars = [Double](repeating: 0, count: count * width)
        let scale = (square * Double(width)).squareRoot()
        for row in 0..<count {
            scalars[row * width] = scale * c.squareRoot()
            scalars[row * width + 1 + row] = scale * (1 - c).squareRoot()
        }
        return Tensor(scalars, shape: [count, width])
    }

    static func statistics(
        _ activation: Activation, _ v: InitialVariances, width: Int, depth: Int, inputs: Tensor<Double>, seed: UInt64
    ) -> NetworkStatistics {
        let network = Network<Double>(
            .dense([Int](repeating: width, count: depth + 1), activation), variances: v, seed: seed)
        return NetworkStatistics(network, inputs: inputs, seed: seed)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let activation: Activation
        let weight, bias: Double
        let inputs: Int
        let correlation: Double
        var testDescription: String { "\(activation), σ_w² = \(weight), \(inputs) inputs, c₀ = \(correlation)" }
    }

    static let cases = [
        Case(activation: .tanh, weight: 1.76, bias: 0.05, inputs: 12, correlation: 0.6),
        Case(activation: .tanh, weight: 1.2, bias: 0.05, inputs: 2, correlation: 0.3),
        Case(activation: .tanh, weight: 3, bias: 0.05, inputs: 12, correlation: 0.9),
        Case(activation: .relu, weight: 1.6, bias: 0.1, inputs: 6, correlation: 0.5),
        Case(activation: .gelu, weight: 2, bias: 0.1, inputs: 6, correlation: 0.5),
    ]

    /// 160 networks of width 96, started each from its own first layer: standardised deviations must have mean square 1.
    ///
    /// A mean square of 160 values scatters by √(2/160) = 0.11 if Gaussian; corrections of order 1/N come on top, so 0.6 … 1.5.
    @Test(arguments: cases)
    func deviationsAreAsWideAsPredicted(_ c: Case) {
        let (width, depth, networks) = (96, 7, 160)
        let v = InitialVariances(weight: c.weight, bias: c.bias)
        let x = Self.inputs(c.inputs, width: width, square: 0.7, correlation: c.correlation)
        let theory = FiniteWidthTheory(c.activation, v, width: width, inputs: c.inputs)
        var squares = [[Double]](repeating: [0, 0, 0], count: depth)
        var inside = 0
        for seed in 0..<networks {
            let measured = Self.statistics(c.activation, v, width: width, depth: depth, inputs: x, seed: UInt64(seed))
            let expected = theory.layers(length: measured.lengths[0], correlation: measured.correlations[0], depth: depth)
            for (i, e) in expected.enumerated() {
                let values = [measured.lengths[i], measured.correlations[i], measured.gains[i]]
                for (k, e) in [e.length, e.correlation, e.gain].enumerated() where e.deviation > 0 {
                    squares[i][k] += pow((values[k] - e.mean) / e.deviation, 2) / Double(networks)
                    inside += e.contains(values[k]) ? 1 : 0
                }
            }
        }
        for i in 1..<depth {
            for (k, name) in ["q", "c", "χ"].enumerated() {
                #expect(squares[i][k] > 0.6 && squares[i][k] < 1.5, "\(name) at layer \(i + 1): \(squares[i][k])")
            }
        }
        let share = Double(inside) / Double(networks * (3 * depth - 2))
        #expect(share > 0.92 && share < 0.98, "\(share) of all values are within two standard deviations")
    }

    @Test func theFirstLayerIsAsMeasuredAndBandsShrinkLikeTheRootOfTheWidth() {
        let v = InitialVariances(weight: 2, bias: 0.05)
        let narrow = FiniteWidthTheory(.tanh, v, width: 100, inputs: 10).layers(length: 1, correlation: 0.5, depth: 6)
        let wide = FiniteWidthTheory(.tanh, v, width: 400, inputs: 10).layers(length: 1, correlation: 0.5, depth: 6)
        #expect(narrow[0].length.deviation == 0 && narrow[0].correlation.deviation == 0 && narrow[0].gain.deviation > 0)
        for (a, b) in zip(narrow, wide).dropFirst() {
            #expect(isRelativelyClose(a.length.deviation, 2 * b.length.deviation, 1e-12))
            #expect(isRelativelyClose(a.correlation.deviation, 2 * b.correlation.deviation, 1e-12))
            #expect(a.length.mean == b.length.mean)
        }
    }

    @Test func linearNetworksHaveClosedBands() {
        // q̂ of one unit-gain linear layer given the one before is a mean of N squares of variance q̂: Var = 2q²/N a layer, for inputs alike.
        let layers = FiniteWidthTheory(.linear, InitialVariances(weight: 1, bias: 0), width: 50, inputs: 2)
            .layers(length: 3, correlation: 1, depth: 5)
        for (i, layer) in layers.enumerated() {
            #expect(isRelativelyClose(layer.length.deviation * layer.length.deviation + 1, Double(i) * 2 * 9 / 50 + 1, 1e-8))
            #expect(layer.correlation.mean == 1 && layer.correlation.deviation < 1e-12)
        }
    }

    /// Test of convergence: root mean square distance from theory over 32 seeds, N = 64 … 1024, must fall like N^(−1/2).
    @Test func errorsFallLikeTheRootOfTheWidth() {
        let (depth, seeds) = (2, 32)
        let v = InitialVariances(weight: 2, bias: 0.05)
        let theory = MeanField(.tanh).trajectory(
            length: 2 * 0.7 + 0.05, correlation: (2 * 0.7 * 0.6 + 0.05) / (2 * 0.7 + 0.05), depth: depth - 1, v)
        let widths = [64, 128, 256, 512, 1024]
        var lengths: [Double] = []
        var correlations: [Double] = []
        for width in widths {
            let x = Self.inputs(8, width: width, square: 0.7, correlation: 0.6)
            var errors = (0.0, 0.0)
            for seed in 0..<seeds {
                let network = Network<Float>(
                    .dense([Int](repeating: width, count: depth + 1), .tanh), variances: v, seed: UInt64(seed))
                let s = NetworkStatistics(network, inputs: Tensor<Float>(casting: x), limit: depth, seed: 1)
                for i in 1..<depth {
                    errors.0 += pow(s.lengths[i] - theory[i - 1].length, 2)
                    errors.1 += pow(s.correlations[i] - theory[i - 1].correlation, 2)
                }
            }
            lengths.append((errors.0 / Double(seeds * (depth - 1))).squareRoot())
            correlations.append((errors.1 / Double(seeds * (depth - 1))).squareRoot())
        }
        func slope(_ errors: [Double]) -> Double {
            let x = widths.map { log(Double($0)) }
            let y = errors.map { log($0) }
            let (mx, my) = (x.reduce(0, +) / 5, y.reduce(0, +) / 5)
            return zip(x, y).reduce(0) { $0 + ($1.0 - mx) * ($1.1 - my) } / x.reduce(0) { $0 + ($1 - mx) * ($1 - mx) }
        }
        #expect(isClose(slope(lengths), -0.5, 0.15), "q: \(slope(lengths)), \(lengths)")
        #expect(isClose(slope(correlations), -0.5, 0.15), "c: \(slope(correlations)), \(correlations)")
    }
}
