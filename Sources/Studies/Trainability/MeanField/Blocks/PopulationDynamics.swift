import LoamTensor

/// A residual block of an infinitely wide network.
public enum ResidualBlock: String, Codable, CaseIterable, Hashable, Sendable {
    /// z ← φ(F(z) + z), F two weight layers with φ between them.
    case post
    /// x ← x + φ(Wx + b).
    case pre
}

/// Mean-field theory by a population, for blocks whose values are not Gaussian.
///
/// After φ(F(z) + z) the value z of a neuron is not Gaussian, so no recursion of two numbers exists. But what a weight layer makes of
/// it is Gaussian again, with covariance σ_w²⟨zz′⟩ + σ_b². So P neurons' pairs of values, one for each of two inputs, are carried
/// through the blocks: every weight layer draws fresh Gaussian pairs with the covariance measured on the population. (Density evolution
/// by populations: Mézard and Montanari 2009, chapter 14.)
///
/// What is known of the drawn values exactly is imposed on the sample: mean 0, their covariance, and none with the values of the block's
/// input. Sampling errors remain of order 1/√P a block, but are about a third of those of plain draws.
public struct PopulationDynamics: Sendable {
    /// φ.
    public let activation: Activation
    /// What is repeated.
    public let block: ResidualBlock
    /// P, pairs of values.
    public let population: Int
    /// The key of the random streams: one for every block and weight layer.
    public let seed: UInt64

    /// - Parameter population: P, at least 10.
    public init(activation: Activation = .tanh, block: ResidualBlock, population: Int = 200_000, seed: UInt64 = 0) {
        precondition(population >= 10, "PopulationDynamics: a population of \(population) pairs; ten are the fewest")
        self.activation = activation
        self.block = block
        self.population = population
        self.seed = seed
    }

    /// (⟨x²⟩, c) after each of `depth` blocks, from Gaussian values of variance q₀ and correlation 1 − `decorrelation`.
    ///
    /// Both inputs have the same length; what is measured is the mean over the two.
    public func run(length q0: Double, decorrelation: Double, depth: Int, _ v: InitialVariances) -> [MeanFieldState] {
        precondition(
            q0 >= 0 && decorrelation >= 0 && decorrelation <= 2,
            "PopulationDynamics: q₀ = \(q0) must not be negative and 1 − c₀ = \(decorrelation) must be in [0, 2]")
        var z = gaussian(length: q0, gap: q0 * decorrelation, beside: nil, block: 0, layer: 0)
        return (0..<depth).map { index in
            var h = weightLayer(z, v, beside: z, block: index + 1, layer: 1).map { activation.applied(to: $0) }
            switch block {
            case .pre: z = z.adding(h)
            case .post:
                h = weightLayer(h, v, beside: z, block: index + 1, layer: 2)
                z = z.adding(h).map { activation.applied(to: $0) }
            }
            let length = z.length
            return MeanFieldState(length: length, decorrelation: length > 0 ? z.gap / length : 0)
        }
    }

    /// What a weight layer makes of the values `z`: Gaussian with variance σ_w²⟨z²⟩ + σ_b² and gap σ_w²·½⟨(z − z′)²⟩.
    private func weightLayer(_ z: PairPopulation, _ v: InitialVariances, beside: PairPopulation, block: Int, layer: Int) -> PairPopulation {
        gaussian(length: v.weight * z.length + v.bias, gap: v.weight * z.gap, beside: beside, block: block, layer: layer)
    }

    /// h = Aa ± Bb with independent standard normal a, b, A² = q − gap/2 and B² = gap/2.
    ///
    /// - Parameter beside: values of which the drawn ones are independent.
    private func gaussian(length: Double, gap: Double, beside: PairPopulation?, block: Int, layer: Int) -> PairPopulation {
        var generator = RandomStreams.population(block: block, layer: layer, seed: seed)
        var basis: [Tensor<Double>] = []
        // Of unit mean square and orthogonal to all before, as independent standard normal values are on average.
        func orthonormal(_ x: Tensor<Double>) -> Tensor<Double>? {
            let rest = basis.reduce(x) { $0 - $1 * ($0 * $1).mean().item }
            let size = rest.squared().mean().item.squareRoot()
            guard size > 1e-6 * x.squared().mean().item.squareRoot() else { return nil }
            basis.append(rest / size)
            return basis.last
        }
        for x in [.ones([population])] + (beside.map { [$0.first, $0.second] } ?? []) { _ = orthonormal(x) }
        func draw() -> Tensor<Double> {
            let x = Tensor<Double>(normal: [population], using: &generator)
            return orthonormal(x) ?? x
        }
        let common = draw() * max(0, length - 0.5 * gap).squareRoot()
        let difference = draw() * max(0, 0.5 * gap).squareRoot()
        return PairPopulation(first: common + difference, second: common - difference)
    }
}

/// The values of P neurons for two inputs.
private struct PairPopulation {
    var first, second: Tensor<Double>

    /// The mean square, over both inputs.
    var length: Double { 0.5 * (first.squared().mean().item + second.squared().mean().item) }
    /// ½⟨(x − y)²⟩.
    var gap: Double { 0.5 * (first - second).squared().mean().item }

    func map(_ transform: (Tensor<Double>) -> Tensor<Double>) -> PairPopulation {
        PairPopulation(first: transform(first), second: transform(second))
    }

    func adding(_ other: PairPopulation) -> PairPopulation {
        PairPopulation(first: first + other.first, second: second + other.second)
    }
}
