import Foundation
import LoamRuns

/// The settings of the flow verb.
public struct FlowConfiguration: Configuration {
    /// How the flow is integrated.
    public enum Method: String, Codable, CaseIterable, Hashable, Sendable {
        case filippov, gate, adaptive, midpoint, projected
    }

    /// The data.
    public var data = DataSettings()
    /// The network, where `runs` is empty.
    public var network = NetworkSettings()
    /// Starts of the illustration.
    public var runs: [ToyRun] = []
    /// Random starts, where neither a start nor a file is given.
    public var starts = 1
    /// The method.
    public var method = Method.filippov
    /// Widths ε of smooth gates that are compared with the flow.
    public var ramps: [Double] = []
    /// ε of the method `gate`.
    public var epsilon = 0.01
    /// The step of the method `midpoint`.
    public var step = 0.1
    /// The time to reach.
    public var until = 200.0
    /// The error allowed a step.
    public var tolerance = 1e-10
    /// λ of weight decay.
    public var decay = 0.0
    /// Recorded times.
    public var record = 400

    /// One run from a random start.
    public init() {}

    public static let fields: [Field] =
        DataSettings.fields(prefix: "data.") + NetworkSettings.fields(prefix: "network.") + [
            Field("runs", "starts of the two-neuron illustration; empty for the network", .list(of: .cases(of: ToyRun.self), minimum: 0)),
            Field("starts", "random starts, where neither a named start nor a file is given", .integer(in: 1...1000)),
            Field("method", "how the flow is integrated", .cases(of: Method.self)),
            Field("ramps", "widths ε of smooth gates to compare with the first run", .list(of: .number(above: 0), minimum: 0)),
            Field("epsilon", "width ε of the method gate", .number(above: 0)),
            Field("step", "step of the method midpoint", .number(above: 0)),
            Field("until", "time to reach", .number(above: 0)),
            Field("tolerance", "error allowed a step, relative", .number(in: 1e-14...1e-2)),
            Field("decay", "λ of weight decay (λ/2)‖θ‖²", .number(atLeast: 0)),
            Field("record", "recorded times", .integer(in: 2...100_000)),
        ]

    public func validate() throws(ConfigurationError) { try network.validate(prefix: "network.") }

    var flow: GradientFlow {
        let method: GradientFlow.Method =
            switch self.method {
            case .filippov: .filippov
            case .gate: .gate(epsilon: epsilon)
            case .adaptive: .adaptive
            case .midpoint: .midpoint(step: step)
            case .projected: .projected
            }
        return GradientFlow(method, relativeTolerance: tolerance, absoluteTolerance: tolerance / 100, decay: decay)
    }
}

/// Gradient flow itself, with its events, beside what is proved about where it can go.
enum FlowVerb: Verb {
    static let name = "flow"
    static let summary = "exact gradient flow: trajectories on their quadrics, gates, slides, floors that cannot be passed"
    static let kind = VerbKind.experiment

    static let presets: [Preset<FlowConfiguration>] = [
        Preset(
            name: "toy2", summary: "two neurons in the plane: two obstructed runs, two free ones", source: "arXiv 2410.14837, illustration",
            quick: toy, paper: toy, quickSeconds: 5, paperSeconds: 5),
        Preset(
            name: "one-dim", summary: "one input, two frozen neurons: the optimum over the component in closed form",
            source: "arXiv 2410.14837, scalar input", quick: oneInput, paper: oneInput, quickSeconds: 1, paperSeconds: 1),
        Preset(
            name: "vector-output", summary: "two outputs: every quadric is connected and no sign is frozen",
            source: "arXiv 2410.14837, vector output", quick: vectorOutput(6), paper: vectorOutput(64), quickSeconds: 5, paperSeconds: 40),
    ]

    private static var toy: FlowConfiguration {
        var configuration = FlowConfiguration()
        configuration.runs = ToyRun.allCases
        configuration.ramps = [0.1, 0.03, 0.01, 0.003]
        return configuration
    }

    private static var oneInput: FlowConfiguration {
        var configuration = FlowConfiguration()
        configuration.data.name = .line
        configuration.network.hidden = 2
        configuration.starts = 6
        configuration.until = 100
        return configuration
    }

    private static func vectorOutput(_ starts: Int) -> FlowConfiguration {
        var configuration = FlowConfiguration()
        configuration.data.copies = 2
        configuration.starts = starts
        configuration.until = 100
        return configuration
    }

    static func run(_ configuration: FlowConfiguration, in run: RunContext) throws {
        let samples = try configuration.data.load(seed: run.seed)
        run.note("data: \(samples.name), \(samples.count) samples of \(samples.inputCount) inputs and \(samples.outputCount) targets")
        let starts = try Self.starts(configuration, samples, run)
        let flow = configuration.flow
        let times = GradientFlow.recordingTimes(until: configuration.until, count: configuration.record)
        let trajectories = try run.cells(starts, id: { "flow-\($0.name)" }, span: 0...0.6) { start, _ in
            let problem = try ShallowProblem(start.network.architecture, samples, configuration.data.loss)
            return try flow.integrate(start.network, problem, until: configuration.until, recording: times)
        }
        var runs: [NamedRun] = []
        for (start, trajectory) in zip(starts, trajectories) {
            let problem = try ShallowProblem(start.network.architecture, samples, configuration.data.loss)
            let zero = problem.loss([Double](repeating: 0, count: start.network.parameters.count))
            let floor = try FlowReport.floor(start.network, samples, configuration.data.loss)
            let last = trajectory.losses.last ?? .nan
            runs.append(NamedRun(name: start.name, trajectory: trajectory, floor: floor, isReached: last <= 1e-4 * zero))
            if trajectory.status != .finished {
                run.warn("\(start.name): \(FlowReport.words(trajectory.status)) at t = \(brief(trajectory.times.last ?? 0))")
            }
            run.note(FlowReport.line(start.name, trajectory, floor: floor))
        }
        try run.checkInterruption()
        try FlowReport.write(runs, samples, configuration, in: run)
        if configuration.data.name == .circle, configuration.method == .filippov, configuration.runs == ToyRun.allCases,
            configuration.until == 200
        {
            for finding in try ToyFindings.findings(runs, samples, configuration, in: run) { run.add(finding) }
        } else {
            for finding in FlowReport.findings(runs) { run.add(finding) }
        }
    }

    struct Start: Sendable {
        var name: String
        var network: ShallowNetwork
    }

    private static func starts(_ configuration: FlowConfiguration, _ samples: Samples, _ run: RunContext) throws -> [Start] {
        if !configuration.runs.isEmpty { return configuration.runs.map { Start(name: $0.rawValue, network: $0.network) } }
        if configuration.network.run != nil || !configuration.network.file.isEmpty {
            return [Start(name: configuration.network.title, network: try configuration.network.network(samples, seed: run.seed))]
        }
        // Of one input: the start whose neurons are both frozen with a > 0, then random ones.
        let shape = try configuration.network.architecture(samples)
        let known = ShallowArchitecture(inputs: 1, hidden: 2)
        let frozen =
            configuration.data.name == .line && shape == known
            ? [Start(name: "both frozen +", network: ShallowNetwork(known, parameters: [0.3, 1, -0.2, 0.8]))] : []
        return try frozen
            + (0..<configuration.starts).map {
                Start(name: "start \($0)", network: try configuration.network.network(samples, trajectory: $0, seed: run.seed))
            }
    }
}
