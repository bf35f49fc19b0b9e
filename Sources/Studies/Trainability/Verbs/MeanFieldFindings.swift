import Foundation
import LoamRuns

/// The engine's theory beside closed forms and numbers computed elsewhere.
enum MeanFieldFindings {
    static func all() -> [Finding] {
        criticalPoints() + fixedPoints() + rates()
    }

    private static func criticalPoints() -> [Finding] {
        let table: [(activation: Activation, bias: Double, weight: Double, tolerance: Double)] = [
            (.tanh, 0.05, 1.760954639607, 1e-11), (.tanh, 2e-5, 1.049911631970, 1e-11), (.tanh, 0.01, 1.424205290489, 1e-11),
            (.tanh, 0.1, 1.986072641136, 1e-11), (.tanh, 1, 3.443210912265, 1e-11), (.erf, 0.05, 1.375839007347, 1e-11),
            (.hardTanh, 0.05, 1.1655446896, 1e-9), (.elu, 0.04, 1.5110583262, 1e-9), (.gelu, 0.05, 2.3025195117, 1e-9),
            (.sin, 0.05, 1.5020701026, 1e-9),
        ]
        var findings = table.map { row in
            let points = MeanField(row.activation).criticalPoints(biasVariance: row.bias)
            let nearest = points.map(\.weightVariance).min { abs($0 - row.weight) < abs($1 - row.weight) }
            return Finding(
                id: "critical.\(row.activation).\(short(row.bias))",
                quantity: "critical σ_w² of \(row.activation) at σ_b² = \(short(row.bias))",
                value: nearest ?? .nan, .within(reference: row.weight, tolerance: row.tolerance), source: "independent computation")
        }
        for q in [0.1, 0.5, 1, 3] {
            let points = MeanField(.sin, closedForms: false).criticalPoints(biasVariance: q - tanh(q)).map(\.weightVariance)
            findings.append(
                Finding(
                    id: "critical.sin.closed.\(short(q))",
                    quantity: "critical σ_w² of sin at σ_b² = \(short(q)) − tanh \(short(q)), by quadrature",
                    value: points.min { abs($0 - 1 - tanh(q)) < abs($1 - 1 - tanh(q)) } ?? .nan,
                    .within(reference: 1 + tanh(q), tolerance: 1e-10), source: "closed form 1 + tanh q"))
        }
        return findings
    }

    private static func fixedPoints() -> [Finding] {
        let table: [(weight: Double, length: Double, correlation: Double, scale: Double)] = [
            (0.5, 0.0875798652, 1, 1.191385), (1, 0.1935925202, 1, 3.626976), (1.3, 0.3153164775, 1, 7.834069),
            (1.5, 0.4180372005, 1, 15.790994), (2, 0.7217618727, 0.7440824195, 25.213415), (2.5, 1.0639583774, 0.4468042323, 11.795598),
            (3, 1.4280084622, 0.2993176418, 9.051456), (4, 2.1954939280, 0.1650649620, 6.980274),
        ]
        return table.flatMap { row -> [Finding] in
            let point = MeanField(.tanh).fixedPoint(InitialVariances(weight: row.weight, bias: 0.05))
            let name = short(row.weight)
            func finding(_ id: String, _ quantity: String, _ value: Double?, _ reference: Double, _ tolerance: Double) -> Finding {
                Finding(
                    id: "\(id).tanh.\(name)", quantity: "\(quantity) of tanh at σ_w² = \(name), σ_b² = 0.05", value: value ?? .nan,
                    .within(reference: reference, tolerance: tolerance), source: "independent computation")
            }
            return [
                finding("length", "q*", point?.length, row.length, 1e-10),
                finding("correlation", "c*", point?.correlation, row.correlation, 1e-10),
                finding("scale", "ξ_c", point?.correlationScale, row.scale, 1e-6),
            ]
        }
    }

    private static func rates() -> [Finding] {
        let theory = MeanField(.tanh)
        let edge = theory.criticalPoints(biasVariance: 0.05).first?.length ?? .nan
        let rectifier = MeanField(.relu).trajectory(length: 1, correlation: 0, depth: 100_000, .he).last?.decorrelation ?? .nan
        return [
            Finding(
                id: "rate.tanh", quantity: "β = lim ℓ(1 − c_ℓ) of tanh at the edge, σ_b² = 0.05", value: theory.edgeRate(length: edge),
                .within(reference: 6.171126, tolerance: 1e-6), source: "Hayou et al. 2019; independent computation"),
            Finding(
                id: "rate.relu", quantity: "ℓ²(1 − c_ℓ) of ReLU at σ_w² = 2 after 100,000 layers", value: 1e10 * rectifier,
                .within(reference: 4.5 * Double.pi * Double.pi, tolerance: 0.05), source: "limit 9π²/2"),
        ]
    }

    /// The published residual block beside networks of 1500 units; only from the start and variances at which these were measured.
    static func residual(_ trajectories: BlockTrajectories) -> [Finding] {
        let configuration = trajectories.configuration
        guard configuration.block == .residual, trajectories.activation == .tanh, configuration.biasVariance == 2e-5,
            configuration.startLength == 0.5, configuration.startCorrelation == 0.6
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
            let place = "after \(row.block) residual blocks, σ_w² = \(short(row.weight))"
            let name = "\(short(row.weight)).\(row.block)"
            // The reference's ±0.004, and three standard deviations of the population: 0.003 at 2·10⁵ pairs once errors have accumulated.
            let sampling = 3 * (row.block == 1 ? 0.0005 : 0.003) * (200_000 / Double(configuration.population)).squareRoot()
            return [
                Finding(
                    id: "residual.length.\(name)", quantity: "⟨z²⟩ \(place)", value: state.length,
                    .within(reference: row.length, tolerance: 0.004), source: source),
                Finding(
                    id: "residual.correlation.\(name)", quantity: "correlation \(place)", value: state.correlation,
                    .within(reference: row.correlation, tolerance: 0.004 + sampling), source: source),
            ]
        }
    }
}
