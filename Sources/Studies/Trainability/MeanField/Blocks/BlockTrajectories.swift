import LoamRuns
import LoamTensor

/// Trajectories at several σ_w² of one block, and of random networks beside those of residual blocks.
struct BlockTrajectories {
    /// At one σ_w²: states after 0, 1, … blocks.
    struct Line {
        let weightVariance: Double
        let theory: [MeanFieldState]
        /// Measured on random networks: mean and standard deviation over them; empty where none was asked for.
        let networks: [Measured]
    }

    /// A quantity's mean and standard deviation over random networks.
    struct Measured {
        let length, lengthDeviation, correlation, correlationDeviation: Double

        init(_ states: [MeanFieldState]) {
            let lengths = Quantiles(states.map(\.length))
            let correlations = Quantiles(states.map(\.correlation))
            (length, lengthDeviation) = (lengths.mean, states.count > 1 ? lengths.standardDeviation : 0)
            (correlation, correlationDeviation) = (correlations.mean, states.count > 1 ? correlations.standardDeviation : 0)
        }
    }

    let activation: Activation
    let configuration: MeanFieldConfiguration
    let lines: [Line]

    /// - Parameters:
    ///   - seed: of the population and of the first random network; the others have the seeds behind it.
    init(_ activation: Activation, _ configuration: MeanFieldConfiguration, seed: UInt64) {
        self.activation = activation
        self.configuration = configuration
        let start = MeanFieldState(length: configuration.startLength, decorrelation: 1 - configuration.startCorrelation)
        lines = configuration.weightVariances.map { weight in
            let v = InitialVariances(weight: weight, bias: configuration.biasVariance)
            let states = BlockTrajectories.theory(activation, from: start, v, configuration, seed: seed)
            let count = configuration.block == .none || configuration.networkWidth == 0 ? 0 : configuration.networks
            let measured = (0..<count).map { BlockTrajectories.measured(activation, v, configuration, seed: seed &+ UInt64($0)) }
            let networks = count == 0 ? [] : (0...configuration.depth).map { layer in Measured(measured.map { $0[layer] }) }
            return Line(weightVariance: weight, theory: [start] + states, networks: networks)
        }
    }

    /// Lengths and correlations after each layer or block: of pre-activations of plain layers, of a residual block's output or stream.
    private static func theory(
        _ activation: Activation, from start: MeanFieldState, _ v: InitialVariances, _ configuration: MeanFieldConfiguration, seed: UInt64
    ) -> [MeanFieldState] {
        let depth = configuration.depth
        switch configuration.block {
        case .none: return MeanField(activation).trajectory(length: start.length, decorrelation: start.decorrelation, depth: depth, v)
        case .residual:
            return PopulationDynamics(activation: activation, block: .post, population: configuration.population, seed: seed)
                .run(length: start.length, decorrelation: start.decorrelation, depth: depth, v)
        case .residualPre:
            return MeanField(activation)
                .residualTrajectory(from: StreamState(power: start.length, decorrelation: start.decorrelation), depth: depth, v)
                .map { MeanFieldState(length: $0.power, decorrelation: $0.decorrelation) }
        }
    }

    /// ⟨z²⟩ and the correlation of two Gaussian inputs of exactly the asked length and correlation, block by block in a random network.
    private static func measured(
        _ activation: Activation, _ v: InitialVariances, _ configuration: MeanFieldConfiguration, seed: UInt64
    ) -> [MeanFieldState] {
        let width = configuration.networkWidth
        let kind = configuration.block == .residual ? Stage.Kind.residualDense : .residualPre
        let stages = [Stage](repeating: Stage(kind, activation), count: configuration.depth)
        // Residual stages fit any vector.
        let architecture = try! Architecture(name: "residual", input: [width], stages: stages)
        let network = Network<Float>(architecture, variances: v, seed: seed)
        var generator = RandomStreams.population(block: 0, layer: 3, seed: seed)
        // Two orthonormal directions, from the first two of Gram and Schmidt's.
        let common = Tensor<Double>(normal: [width], using: &generator)
        let a = common / common.squared().sum().squareRoot().item
        let other = Tensor<Double>(normal: [width], using: &generator)
        let orthogonal = other - a * (a * other).sum().item
        let b = orthogonal / orthogonal.squared().sum().squareRoot().item
        let length = (Double(width) * configuration.startLength).squareRoot()
        let c = configuration.startCorrelation
        let second = a * c + b * (1 - c * c).squareRoot()
        let inputs = Tensor<Double>.stacked([a * length, second * length])
        var z = Tensor<Float>(casting: inputs)
        var states = [state(z)]
        for layer in 1...configuration.depth {
            z = network.stage(layer, of: z)
            states.append(state(z))
        }
        return states
    }

    private static func state(_ z: Tensor<Float>) -> MeanFieldState {
        let rows = Tensor<Double>(casting: z)
        let (x, y) = (rows.select(0, axis: 0), rows.select(1, axis: 0))
        let (p, r) = (x.squared().mean().item, y.squared().mean().item)
        let product = (x * y).mean().item
        return MeanFieldState(length: 0.5 * (p + r), decorrelation: p * r > 0 ? 1 - product / (p * r).squareRoot() : 0)
    }

    /// `trajectory.csv`.
    var table: Table {
        let rows = lines.flatMap { line in line.theory.indices.map { (line, $0) } }
        func measured(_ value: (Measured) -> Double) -> Table.Column {
            .numbers(rows.map { $0.0.networks.isEmpty ? .nan : value($0.0.networks[$0.1]) })
        }
        return Table([
            "block": .texts(rows.map { _ in configuration.block.rawValue }), "sigma_w2": .numbers(rows.map(\.0.weightVariance)),
            "sigma_b2": .numbers(rows.map { _ in configuration.biasVariance }), "layer": .integers(rows.map(\.1)),
            "q": .numbers(rows.map { $0.0.theory[$0.1].length }), "c": .numbers(rows.map { $0.0.theory[$0.1].correlation }),
            "q_network": measured(\.length), "c_network": measured(\.correlation), "q_network_sd": measured(\.lengthDeviation),
            "c_network_sd": measured(\.correlationDeviation),
        ])
    }
}
