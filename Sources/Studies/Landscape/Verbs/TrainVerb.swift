import Foundation
import LoamRuns

/// The settings of the train verb.
public struct TrainConfiguration: Configuration {
    /// The data.
    public var data = DataSettings()
    /// The networks that are trained.
    public var runs: [ToyRun] = [.badPositive, .good]
    /// The network, where `runs` is empty.
    public var network = NetworkSettings()
    /// Methods with their rates: `gd:0.1`.
    public var methods = ["gd:0.1", "gd:4", "sgd:0.1", "momentum:0.01", "adam:0.01", "adam:0.05"]
    /// μ of momentum and Nesterov.
    public var momentum = 0.9
    /// Samples a step of `sgd`.
    public var minibatch = 8
    /// λ.
    public var decay = 0.0
    /// Steps.
    public var steps = 2000
    /// The time η·steps; where above 0 it decides the steps.
    public var horizon = 0.0
    /// Methods and rates of the scan of tunnelling over random starts.
    public var scanMethods = ["gd", "adam"]
    public var scanRates = [0.01, 0.03, 0.1, 0.3, 1, 3]
    /// Random starts of the scan; 0 for no scan.
    public var scanCount = 256
    /// Steps of the scan.
    public var scanSteps = 500

    /// The published optimisers.
    public init() {}

    public static let fields: [Field] =
        DataSettings.fields(prefix: "data.") + NetworkSettings.fields(prefix: "network.") + [
            Field("runs", "starts of the illustration; empty for the network", .list(of: .cases(of: ToyRun.self), minimum: 0)),
            Field("methods", "METHOD:RATE, of \(DiscreteOptimiser.names.joined(separator: ", "))", .list(of: .text)),
            Field("momentum", "μ of momentum and nesterov", .number(in: 0...0.9999)),
            Field("minibatch", "samples a step of sgd", .integer(in: 1...1_000_000)),
            Field("decay", "λ of weight decay", .number(atLeast: 0)),
            Field("steps", "steps", .integer(in: 1...100_000_000)),
            Field("horizon", "η·steps; above 0 it decides the steps", .number(atLeast: 0)),
            Field("scanMethods", "methods of the scan over rates", .list(of: .choice(DiscreteOptimiser.names), minimum: 0)),
            Field("scanRates", "rates of the scan", .list(of: .number(above: 0), minimum: 0)),
            Field("scanCount", "random starts of the scan; 0 for none", .integer(in: 0...10_000_000)),
            Field("scanSteps", "steps of the scan", .integer(in: 1...10_000_000)),
        ]

    public func validate() throws(ConfigurationError) {
        try network.validate(prefix: "network.")
        for method in methods where Self.parse(method) == nil {
            throw ConfigurationError(
                key: "methods", "a method is NAME:RATE", found: method,
                allowed: "NAME of \(DiscreteOptimiser.names.joined(separator: ", ")) and RATE > 0")
        }
    }

    /// The name and rate of `gd:0.1`.
    static func parse(_ text: String) -> (name: String, rate: Double)? {
        let parts = text.split(separator: ":")
        guard parts.count == 2, DiscreteOptimiser.names.contains(String(parts[0])), let rate = Double(parts[1]), rate > 0, rate.isFinite
        else {
            return nil
        }
        return (String(parts[0]), rate)
    }

    func plan(_ name: String, rate: Double, steps: Int, seed: UInt64) -> TrainingPlan {
        TrainingPlan(
            DiscreteOptimiser(named: name, momentum: momentum)!, rate: rate, steps: steps, minibatch: name == "sgd" ? minibatch : nil,
            decay: decay, seed: seed)
    }
}

/// What discrete optimisers do to the conserved quantities, and when a step tunnels through a frozen sign.
enum TrainVerb: Verb {
    static let name = "train"
    static let summary = "GD, SGD, momentum, Adam and others: drift of the invariants, frozen signs that a step tunnels through"
    static let kind = VerbKind.experiment
    static let presets = [
        Preset(
            name: "optimizers", summary: "optimisers on the obstructed and the good start, and how often they tunnel",
            source: "arXiv 2410.14837",
            quick: TrainConfiguration(), paper: paper, quickSeconds: 5, paperSeconds: 60),
        Preset(
            name: "drift", summary: "drift of gradient descent at a fixed time against its step", source: "exact identity of one step",
            quick: drift, paper: drift, quickSeconds: 2, paperSeconds: 2),
    ]

    private static var paper: TrainConfiguration {
        var configuration = TrainConfiguration()
        configuration.scanCount = 1000
        configuration.scanSteps = 2000
        configuration.scanRates = [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10]
        return configuration
    }

    private static var drift: TrainConfiguration {
        var configuration = TrainConfiguration()
        configuration.runs = [.good, .badPositive]
        configuration.methods = ["gd:0.1", "gd:0.05", "gd:0.025", "gd:0.0125"]
        configuration.horizon = 20
        configuration.scanCount = 0
        return configuration
    }

    /// The end of one training run.
    struct Row: Codable, Sendable {
        var run, method: String
        var rate: Double
        var loss, largestDrift, finalDrift: Double
        var flips, firstFlip: Int
    }

    /// One rate of the scan.
    struct ScanRow: Codable, Sendable {
        var method: String
        var rate: Double
        /// Starts with a frozen sign, and those of them in which some step changed one.
        var frozen, tunnelled: Int
        var medianDrift: Double
        var diverged: Int
    }

    static func run(_ configuration: TrainConfiguration, in run: RunContext) throws {
        let samples = try configuration.data.load(seed: run.seed)
        run.note("data: \(samples.name), \(samples.count) samples")
        let starts: [(String, ShallowNetwork)] =
            configuration.runs.isEmpty
            ? [(configuration.network.title, try configuration.network.network(samples, seed: run.seed))]
            : configuration.runs.map { ($0.rawValue, $0.network) }
        if starts[0].1.architecture.activation.homogeneityDegree == nil {
            run.warn("\(starts[0].1.architecture.activation) has no conserved quadric: only losses are reported")
        }
        var rows: [Row] = []
        for (name, network) in starts {
            let problem = try ShallowProblem(network.architecture, samples, configuration.data.loss)
            for text in configuration.methods {
                let method = TrainConfiguration.parse(text)!
                let steps = configuration.horizon > 0 ? max(1, Int((configuration.horizon / method.rate).rounded())) : configuration.steps
                let plan = configuration.plan(method.name, rate: method.rate, steps: steps, seed: run.seed)
                let row = try run.cell("train-\(name)-\(text)") { _ in Self.train(name, text, method.rate, network, problem, plan) }
                run.note(
                    "\(name), \(text): loss \(brief(row.loss, 7)), |Δc| \(brief(row.finalDrift, 3))"
                        + (row.flips > 0 ? ", frozen sign changed at step \(row.firstFlip)" : "") + (row.loss.isFinite ? "" : " (diverged)")
                )
                rows.append(row)
            }
        }
        let scan = try Self.scan(configuration, samples, in: run)
        try TrainReport.write(rows, scan, configuration, samples, in: run)
    }

    private static func train(
        _ name: String, _ text: String, _ rate: Double, _ network: ShallowNetwork, _ problem: ShallowProblem, _ plan: TrainingPlan
    ) -> Row {
        let result = TrajectoryBatch<Double>(problem, from: [network.parameters]).run(plan)
        var drift = Double.nan
        if let degree = network.architecture.activation.homogeneityDegree {
            let before = ConservationLaws.invariants(network.architecture, network.parameters, degree: degree)
            let after = ConservationLaws.invariants(network.architecture, result.parameters[0], degree: degree)
            drift = zip(before, after).map { abs($0 - $1) }.max() ?? .nan
        }
        return Row(
            run: name, method: text, rate: rate, loss: result.losses[0], largestDrift: result.drifts[0], finalDrift: drift,
            flips: result.flips[0], firstFlip: result.firstFlips[0])
    }

    private struct ScanJob: Sendable {
        var method: String
        var rate: Double
    }

    private static func scan(_ configuration: TrainConfiguration, _ samples: Samples, in run: RunContext) throws -> [ScanRow] {
        guard configuration.scanCount > 0 else { return [] }
        let shape = try configuration.network.architecture(samples)
        guard shape.activation.homogeneityDegree != nil, shape.outputs == 1 else { return [] }
        let problem = try ShallowProblem(shape, samples, configuration.data.loss)
        let jobs = configuration.scanMethods.flatMap { method in configuration.scanRates.map { ScanJob(method: method, rate: $0) } }
        let (seed, scheme) = (run.seed, configuration.network.scheme)
        return try run.cells(jobs, id: { "scan-\($0.method)-\($0.rate)" }, span: 0.2...1) { job, _ in
            let starts = (0..<configuration.scanCount).map { scheme.network(shape, trajectory: $0, seed: seed) }
            let plan = configuration.plan(job.method, rate: job.rate, steps: configuration.scanSteps, seed: seed)
            let result = TrajectoryBatch<Double>(problem, from: starts.map(\.parameters)).run(plan)
            let frozen = try starts.map { try InvariantSet($0).neurons.contains { $0.kind == .negative } }
            let drifts = result.drifts.filter(\.isFinite).sorted()
            return ScanRow(
                method: job.method, rate: job.rate, frozen: frozen.count { $0 },
                tunnelled: zip(frozen, result.flips).count { $0 && $1 > 0 }, medianDrift: drifts.isEmpty ? .nan : drifts[drifts.count / 2],
                diverged: result.losses.count { !$0.isFinite })
        }
    }
}
