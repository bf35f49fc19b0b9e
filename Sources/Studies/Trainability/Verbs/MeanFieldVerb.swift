import Foundation
import LoamRuns

/// The settings of the mean-field verb.
public struct MeanFieldConfiguration: Configuration {
    /// φ by its name.
    public var activation = "tanh"
    /// σ_b² of the table, the scales and the trajectories.
    public var biasVariance = 0.05
    /// The values of σ_w² of the table, ascending.
    public var weightVariances = [0.5, 1, 1.3, 1.5, 2, 2.5, 3, 4]
    /// Points along each side of the phase plane.
    public var planeResolution = 200
    /// The largest σ_w² of the phase plane.
    public var planeWeightVariance = 6.0
    /// The largest σ_b² of the phase plane.
    public var planeBiasVariance = 1.0
    /// The relative accuracy of the phase plane.
    public var accuracy = 1e-9
    /// q₀ of the trajectories.
    public var startLength = 1.0
    /// c₀ of the trajectories.
    public var startCorrelation = 0.5
    /// Layers of the trajectories.
    public var depth = 60

    /// The quick settings for tanh.
    public init() {}

    public static let fields: [Field] = [
        Field("activation", "φ: " + Activation.names.joined(separator: ", "), .text),
        Field("biasVariance", "σ_b² of the table, the scales and the trajectories", .number(atLeast: 0)),
        Field("weightVariances", "σ_w² of the table (variances, not deviations), ascending", .list(of: .number(above: 0))),
        Field("planeResolution", "points along each side of the phase plane", .integer(in: 2...2000)),
        Field("planeWeightVariance", "largest σ_w² of the phase plane", .number(above: 0)),
        Field("planeBiasVariance", "largest σ_b² of the phase plane", .number(above: 0)),
        Field("accuracy", "relative accuracy of the phase plane", .number(in: 1e-12...1e-3)),
        Field("startLength", "q₀ of the trajectories", .number(above: 0)),
        Field("startCorrelation", "c₀ of the trajectories", .number(in: -1...1)),
        Field("depth", "layers of the trajectories", .integer(in: 1...1_000_000)),
    ]

    public func validate() throws(ConfigurationError) {
        var mapping = MapConfiguration()
        mapping.activation = activation
        mapping.weightVariances = weightVariances
        try mapping.validate()
    }
}

/// Tables, phase plane and trajectories of infinitely wide networks.
enum MeanFieldVerb: Verb {
    static let name = "meanfield"
    static let summary = "mean-field theory: fixed points, critical lines, depth scales, the phase plane"
    static let kind = VerbKind.experiment
    static let presets = [
        Preset(
            name: "meanfield-plane", summary: "phase plane of tanh with the critical lines of all activations",
            source: "Poole et al. 2016; Schoenholz et al. 2017", quick: MeanFieldConfiguration(), paper: paper, quickSeconds: 6,
            paperSeconds: 30)
    ]

    private static var paper: MeanFieldConfiguration {
        var configuration = MeanFieldConfiguration()
        configuration.planeResolution = 500
        configuration.depth = 400
        return configuration
    }

    static func run(_ configuration: MeanFieldConfiguration, in run: RunContext) throws {
        let activation = try Activation(named: configuration.activation)
        let theory = MeanField(activation)
        try run.saveCSV(
            MeanFieldTable.table(activation, biasVariance: configuration.biasVariance, configuration.weightVariances), to: "meanfield.csv")
        let critical = theory.criticalPoints(biasVariance: configuration.biasVariance)
        for point in critical {
            run.note(
                "\(activation): critical σw² \(fixed(point.weightVariance, 12)) at σb² \(short(configuration.biasVariance)), q* "
                    + (point.length.map { fixed($0, 12) } ?? "any") + (point.isStable ? "" : " (unstable)"))
        }
        if critical.isEmpty { run.note("\(activation): no critical σw² at σb² \(short(configuration.biasVariance))") }
        try run.checkInterruption()
        run.progress(0.05, "phase plane")
        let clock = ContinuousClock()
        let begin = clock.now
        let n = configuration.planeResolution
        let plane = PhasePlane(
            activation, weightVariances: (1...n).map { configuration.planeWeightVariance * Double($0) / Double(n) },
            biasVariances: (1...n).map { configuration.planeBiasVariance * Double($0) / Double(n) }, accuracy: configuration.accuracy)
        let seconds = begin.duration(to: clock.now).seconds
        try run.measure("planeSeconds", seconds)
        run.note("phase plane of \(n) × \(n) points: \(fixed(seconds, 2)) s")
        try run.saveCSV(table(plane), to: "plane.csv")
        try run.checkInterruption()
        run.progress(0.7, "figures")
        try run.add(MeanFieldFigures.plane(plane, biasVariance: configuration.biasVariance))
        try run.add(MeanFieldFigures.scales(theory, configuration))
        try run.add(MeanFieldFigures.trajectories(theory, configuration))
        for finding in MeanFieldFindings.all() { run.add(finding) }
    }

    private static func table(_ plane: PhasePlane) -> Table {
        let count = plane.weightVariances.count
        func numbers(_ value: (FixedPoint) -> Double) -> Table.Column { .numbers(plane.points.map { $0.map(value) ?? .nan }) }
        return Table([
            "sigma_w2": .numbers(plane.points.indices.map { plane.weightVariances[$0 % count] }),
            "sigma_b2": .numbers(plane.points.indices.map { plane.biasVariances[$0 / count] }), "q_star": numbers(\.length),
            "chi_1": numbers(\.slope), "v_prime": numbers(\.lengthSlope), "c_star": numbers(\.correlation), "xi_q": numbers(\.lengthScale),
            "xi_c": numbers(\.correlationScale),
        ])
    }
}

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
}
