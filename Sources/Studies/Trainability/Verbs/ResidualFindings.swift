import LoamRuns

/// Theory of residual blocks beside networks of 1500 units and beside an independent route.
enum ResidualFindings {
    static func of(_ trajectories: BlockTrajectories, seed: UInt64) -> [Finding] {
        trajectories.configuration.block == .residual ? published(trajectories) : stream(trajectories, seed: seed)
    }

    /// The published block; only from the start and variances at which the networks were measured.
    private static func published(_ trajectories: BlockTrajectories) -> [Finding] {
        let configuration = trajectories.configuration
        guard trajectories.activation == .tanh, configuration.biasVariance == 2e-5, configuration.startLength == 0.5,
            configuration.startCorrelation == 0.6
        else { return [] }
        let published: [(weight: Double, block: Int, length: Double, correlation: Double)] = [
            (1, 1, 0.3486, 0.573), (1, 5, 0.2753, 0.503), (1, 10, 0.2671, 0.431), (1, 20, 0.2669, 0.308), (2, 20, 0.4297, 0.067),
            (0.25, 20, 0.0624, 0.515),
        ]
        let source = "networks of 1500 units, each number to ±0.004"
        return published.flatMap { row -> [Finding] in
            guard let line = trajectories.lines.first(where: { $0.weightVariance == row.weight }), row.block < line.theory.count
            else { return [] }
            let state = line.theory[row.block]
            let place = "after \(row.block) residual block\(row.block == 1 ? "" : "s"), σ_w² = \(short(row.weight))"
            let name = "\(short(row.weight)).\(row.block)"
            // The reference's ±0.004, and three standard deviations of the population once errors have accumulated.
            let deviation = (row.block == 1 ? 0.001 : 0.0025) * (200_000 / Double(configuration.population)).squareRoot()
            return [
                Finding(
                    id: "residual.length.\(name)", quantity: "⟨z²⟩ \(place)", value: state.length,
                    .within(reference: row.length, tolerance: 0.004), source: source),
                Finding(
                    id: "residual.correlation.\(name)", quantity: "correlation \(place)", value: state.correlation,
                    standardError: deviation, .within(reference: row.correlation, tolerance: 0.004 + 3 * deviation), source: source),
            ]
        }
    }

    /// The closed recursion of x + φ(Wx + b) beside a population that is carried through the same blocks.
    private static func stream(_ trajectories: BlockTrajectories, seed: UInt64) -> [Finding] {
        let configuration = trajectories.configuration
        let dynamics = PopulationDynamics(
            activation: trajectories.activation, block: .pre, population: configuration.population, seed: seed)
        return trajectories.lines.flatMap { line -> [Finding] in
            let v = InitialVariances(weight: line.weightVariance, bias: configuration.biasVariance)
            let sampled = dynamics.run(
                length: configuration.startLength, decorrelation: 1 - configuration.startCorrelation, depth: configuration.depth, v)
            guard let last = sampled.last, let state = line.theory.last else { return [] }
            let place = "after \(configuration.depth) blocks x + φ(Wx + b), σ_w² = \(short(line.weightVariance))"
            let tolerance = 10 / Double(configuration.population).squareRoot()
            let source = "population of \(configuration.population) pairs"
            return [
                Finding(
                    id: "stream.length.\(short(line.weightVariance))", quantity: "⟨x²⟩ \(place)", value: state.length,
                    .within(reference: last.length, tolerance: tolerance * last.length), source: source),
                Finding(
                    id: "stream.correlation.\(short(line.weightVariance))", quantity: "correlation \(place)", value: state.correlation,
                    .within(reference: last.correlation, tolerance: tolerance), source: source),
            ]
        }
    }
}
