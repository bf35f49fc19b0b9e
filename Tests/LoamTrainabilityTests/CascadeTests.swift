import Foundation
import LoamTensor
import LoamTrainability
import Testing

@Suite struct CascadeTests {
    static let widths = [12, 10, 10, 8, 8]
    static let seed: UInt64 = 17

    static func network<Scalar: TensorScalar>(_: Scalar.Type = Double.self, activation: Activation = .tanh) -> Network<Scalar> {
        Network(.dense(widths, activation), variances: InitialVariances(weight: 1.6, bias: 0.05), seed: seed)
    }

    static func data<Scalar: TensorScalar>(_ count: Int, _: Scalar.Type = Double.self) -> Tensor<Scalar> {
        var generator = PhiloxGenerator(seed: 5, stream: 1)
        return Tensor(uniform: [count, widths[0]], in: 0..<1, using: &generator)
    }

    static func trained(_ schedule: CascadeSchedule, epochs: Int = 2, steps: Int? = nil, rule: HeadActivationRule = .authors) -> Cascade<
        Double
    > {
        var cascade = Cascade(network: network(Double.self), seed: seed)
        let training = HeadTraining(epochs: epochs, steps: steps, batch: 7, schedule: schedule, activationRule: rule)
        cascade.fit(data(40), training)
        return cascade
    }

    @Test func passAndSweepGiveTheSameHeads() {
        let (a, b) = (Self.trained(.pass), Self.trained(.sweep))
        for (x, y) in zip(a.heads, b.heads) {
            let difference = zip(x.parts[0].weight.scalars, y.parts[0].weight.scalars).map { abs($0 - $1) }.max()!
            #expect(difference < 1e-12, "largest difference \(difference)")
        }
    }

    @Test func passAndSweepGiveTheSameLosses() {
        let (a, b) = (Self.trained(.pass), Self.trained(.sweep))
        #expect(a.losses.count == 4 && a.losses[0].count == 12)
        for (x, y) in zip(a.losses.joined(), b.losses.joined()) { #expect(isRelativelyClose(x, y, 1e-12)) }
    }

    /// The same training by automatic differentiation and Adam written out from its definition.
    static func byAutodiff(layer: Int, head start: Head<Double>, batches: [[Int32]]) -> (head: Head<Double>, losses: [Double]) {
        let z = [data(40)] + network(Double.self).activations(of: data(40))
        let part = start.parts[0]
        var parameters = [part.weight, part.bias]
        var m = parameters.map { Tensor<Double>.zeros($0.shape) }
        var v = m
        var losses: [Double] = []
        for (index, picks) in batches.enumerated() {
            let x = z[layer].gathered(Tensor(picks))
            let target = z[layer - 1].gathered(Tensor(picks))
            let (loss, gradient) = valueAndGradient(at: parameters) {
                (part.activation.applied(to: linear(x, weight: $0[0], bias: $0[1])) - target).squared().mean()
            }
            losses.append(loss.item)
            let t = Double(index + 1)
            for i in 0..<2 {
                m[i] = m[i] * 0.9 + gradient[i] * 0.1
                v[i] = v[i] * 0.999 + gradient[i].squared() * 0.001
                let mean = m[i] / (1 - pow(0.9, t))
                let root = (v[i] / (1 - pow(0.999, t))).squareRoot()
                parameters[i] -= mean / (root + 1e-8) * 1e-3
            }
        }
        return (Head(weight: parameters[0], bias: parameters[1], activation: part.activation), losses)
    }

    @Test(arguments: [HeadActivationRule.authors, .match])
    func handWrittenGradientsEqualAutodiff(_ rule: HeadActivationRule) {
        // No steps leave the heads at their initial weights.
        var untrained = Cascade(network: Self.network(Double.self), seed: Self.seed)
        untrained.fit(Self.data(40), HeadTraining(epochs: 0, batch: 40, activationRule: rule))
        // One batch an epoch: the whole set, whatever its order, so that no permutation needs to be known.
        var cascade = Cascade(network: Self.network(Double.self), seed: Self.seed)
        cascade.fit(Self.data(40), HeadTraining(epochs: 5, batch: 40, schedule: .sweep, activationRule: rule))
        for layer in 1...4 {
            let batches = [[Int32]](repeating: Array(0..<40), count: 5)
            let expected = Self.byAutodiff(layer: layer, head: untrained.heads[layer - 1], batches: batches)
            for (x, y) in zip(cascade.losses[layer - 1], expected.losses) { #expect(isRelativelyClose(x, y, 1e-12)) }
            for (x, y) in zip(cascade.heads[layer - 1].parts[0].weight.scalars, expected.head.parts[0].weight.scalars) {
                #expect(isClose(x, y, 1e-12))
            }
            for (x, y) in zip(cascade.heads[layer - 1].parts[0].bias.scalars, expected.head.parts[0].bias.scalars) {
                #expect(isClose(x, y, 1e-12))
            }
        }
    }

    @Test func adamTakesItsFirstStepOfTheLearningRate() {
        // After one step every parameter with a gradient has moved by lr·g/(|g| + ε) = ±lr up to ε/|g|.
        var untrained = Cascade(network: Self.network(Double.self), seed: Self.seed)
        untrained.fit(Self.data(40), HeadTraining(epochs: 0, batch: 40))
        let cascade = Self.trained(.sweep, epochs: 1, steps: 1)
        for (x, y) in zip(cascade.heads[1].parts[0].weight.scalars, untrained.heads[1].parts[0].weight.scalars) {
            #expect(isClose(abs(x - y), 1e-3, 1e-5))
        }
    }

    @Test func singlePrecisionFollowsDouble() {
        var single = Cascade(network: Self.network(Float.self), seed: Self.seed)
        single.fit(Self.data(40, Float.self), HeadTraining(epochs: 2, batch: 7, schedule: .sweep))
        for (x, y) in zip(single.losses.joined(), Self.trained(.sweep).losses.joined()) { #expect(isRelativelyClose(x, y, 1e-4)) }
    }

    @Test func trainingLowersEveryLoss() {
        let cascade = Self.trained(.sweep, epochs: 100)
        for losses in cascade.losses { #expect(losses.last! < 0.5 * losses.first!) }
    }

    @Test func stackedReconstructionsEqualTheDoubleLoop() {
        let cascade = Self.trained(.sweep)
        let x = Self.data(9)
        let stacked = cascade.reconstructions(of: x)
        let activations = cascade.network.activations(of: x)
        #expect(stacked.count == 4)
        for layer in 1...4 {
            let naive = cascade.reconstruct(activation: activations[layer - 1], at: layer)
            #expect(stacked[layer - 1].shape == [9, 12])
            for (a, b) in zip(stacked[layer - 1].scalars, naive.scalars) { #expect(isClose(a, b, 1e-13)) }
        }
    }

    @Test func stepsCapTheTraining() {
        #expect(Self.trained(.pass, steps: 3).losses.allSatisfy { $0.count == 3 })
        #expect(Self.trained(.sweep, steps: 3).losses == Self.trained(.sweep, steps: 3).losses)
    }

    @Test func threadsDoNotChangeTheHeads() {
        let one = Parallel.onOneThread { Self.trained(.sweep) }
        let two = Self.trained(.sweep)
        for (a, b) in zip(one.losses.joined(), two.losses.joined()) { #expect(isRelativelyClose(a, b, 1e-12)) }
    }

    @Test(arguments: [CascadeSchedule.sweep, .pass])
    func divergenceIsMarkedAtItsLayer(_ schedule: CascadeSchedule) {
        // Linear network: every layer multiplies lengths by about 10²⁰, so single precision overflows at the second layer.
        let network = Network<Float>(
            .dense([12, 12, 12, 12], .linear), variances: InitialVariances(weight: 1e40, bias: 0), seed: 3)
        var cascade = Cascade(network: network, seed: 3)
        cascade.fit(Self.data(20, Float.self), HeadTraining(batch: 10, schedule: schedule))
        #expect(cascade.divergedLayer == 2)
        #expect(cascade.heads.count == 1)
    }

    @Test func sharedNoiseScalesWithTheVariance() {
        let small = Network<Double>(
            .dense([5, 5], .tanh), variances: InitialVariances(weight: 1, bias: 0.01), seed: 8)
        let large = Network<Double>(
            .dense([5, 5], .tanh), variances: InitialVariances(weight: 4, bias: 0.04), seed: 8)
        for (a, b) in zip(small.weights[0][0].scalars, large.weights[0][0].scalars) { #expect(isClose(2 * a, b, 1e-14)) }
        for (a, b) in zip(small.biases[0][0].scalars, large.biases[0][0].scalars) { #expect(isClose(2 * a, b, 1e-14)) }
        let other = Network<Double>(
            .dense([5, 5], .tanh), variances: InitialVariances(weight: 1, bias: 0.01), seed: 8, variant: 1)
        #expect(other.weights[0][0] != small.weights[0][0])
    }

    @Test(arguments: InitializationScheme.allCases)
    func everySchemeHasTheVariance(_ scheme: InitializationScheme) {
        let network = Network<Double>(
            .dense([200, 200], .tanh), variances: InitialVariances(weight: 1.5, bias: 0.3, scheme: scheme), seed: 2)
        let weights = network.weights[0][0].scalars
        // 40,000 entries: the relative standard error of a Gaussian's variance is √(2/40000) = 0.7 %.
        #expect(isRelativelyClose(weights.reduce(0) { $0 + $1 * $1 } / 40_000, 1.5 / 200, 0.03))
        #expect(isRelativelyClose(network.biases[0][0].scalars.reduce(0) { $0 + $1 * $1 } / 200, 0.3, 0.4))
    }

    @Test func orthogonalWeightsAreOrthogonal() {
        let network = Network<Double>(
            .dense([30, 20], .tanh), variances: InitialVariances(weight: 2.25, bias: 0, scheme: .orthogonal), seed: 4)
        let product = matmul(network.weights[0][0], network.weights[0][0], transposeB: true)
        for (a, b) in zip(product.scalars, (Tensor<Double>.identity(20) * 2.25).scalars) { #expect(isClose(a, b, 1e-12)) }
    }

    @Test(arguments: Activation.all)
    func networkAppliesItsActivation(_ activation: Activation) {
        let network = Self.network(Double.self, activation: activation)
        let x = Self.data(3)
        let h = network.preActivation(1, of: x)
        for (a, b) in zip(network.stage(1, of: x).scalars, h.scalars) { #expect(isClose(a, activation(b), 1e-13)) }
    }

    @Test func finiteWidthApproachesTheoryAsTheRootOfWidth() {
        // Item: |q̂ − q| ∝ N^{−1/2}, slope −0.5 ± 0.15 over N = 64 … 1024. Seeds 100 … 131, layer 4.
        let v = InitialVariances(weight: 2, bias: 0.05)
        var points: [(Double, Double)] = []
        for width in [64, 128, 256, 512, 1024] {
            var squares = 0.0
            for seed in 100..<132 {
                let network = Network<Float>(
                    .dense([Int](repeating: width, count: 5), .tanh), variances: v, seed: UInt64(seed))
                // ±1 inputs have mean square 1 exactly.
                var generator = PhiloxGenerator(seed: UInt64(seed), stream: 9)
                let x = Tensor<Float>(bernoulli: [2, width], probability: 0.5, using: &generator) * 2 - 1
                let statistics = NetworkStatistics(network, inputs: x, seed: UInt64(seed))
                let expected = MeanField(.tanh).trajectory(length: 2.05, correlation: 0, depth: 3, v)[2].length
                squares += (statistics.lengths[3] - expected) * (statistics.lengths[3] - expected)
            }
            points.append((log(Double(width)), 0.5 * log(squares / 32)))
        }
        let fit = LinearFit(points.map(\.0), points.map(\.1))
        #expect(fit.map { isClose($0.slope, -0.5, 0.15) } == true, "slope \(fit?.slope ?? .nan)")
    }

    @Test func tangentsGrowByTheSlope() throws {
        let v = InitialVariances(weight: 2, bias: 0.05)
        let network = Network<Float>(
            .dense([Int](repeating: 400, count: 21), .tanh), variances: v, seed: 6)
        var generator = PhiloxGenerator(seed: 6, stream: 9)
        let statistics = NetworkStatistics(network, inputs: Tensor(normal: [20, 400], using: &generator), seed: 6)
        let slope = try #require(MeanField(.tanh).fixedPoint(v)).slope
        let mean = statistics.gains[9...].reduce(0, +) / Double(statistics.gains[9...].count)
        #expect(isRelativelyClose(mean, slope, 0.06), "\(mean) and \(slope)")
    }
}
