import Foundation
import LoamRuns

/// The settings of the tools that look at two networks.
public struct PairConfiguration: Configuration {
    /// The networks.
    public var first = NetworkSettings(run: .badPositive)
    public var second = NetworkSettings(run: .free)
    /// The data that functions are compared on.
    public var data = DataSettings()
    /// Points of a path.
    public var points = 100
    /// Whether the second network is first rescaled to the invariants of the first.
    public var rescale = false

    /// Two starts of the illustration.
    public init() {}

    public static let fields: [Field] =
        NetworkSettings.fields(prefix: "first.") + NetworkSettings.fields(prefix: "second.") + DataSettings.fields(prefix: "data.") + [
            Field("points", "points of the path", .integer(in: 2...1_000_000)),
            Field("rescale", "rescale the second network to the invariants of the first: its function stays the same", .boolean),
        ]

    public func validate() throws(ConfigurationError) {
        try first.validate(prefix: "first.")
        try second.validate(prefix: "second.")
    }

    func subjects(_ run: RunContext) throws -> (first: ShallowNetwork, second: ShallowNetwork, samples: Samples) {
        let samples = try data.load(seed: run.seed)
        return (
            try first.network(samples, trajectory: 0, seed: run.seed), try second.network(samples, trajectory: 1, seed: run.seed), samples
        )
    }
}

/// Whether one network is another component's in disguise.
enum EquivalenceVerb: Verb {
    static let name = "equivalence"
    static let summary = "the rescaling and permutation that carry one network into another's component, or the neurons that are missing"
    static let kind = VerbKind.tool
    static let presets = [
        Preset(
            name: "default", summary: "free++ into the component of bad++", source: "arXiv 2410.14837", quick: reversed, paper: reversed,
            quickSeconds: 1, paperSeconds: 1)
    ]

    private static var reversed: PairConfiguration {
        var configuration = PairConfiguration()
        (configuration.first, configuration.second) = (configuration.second, configuration.first)
        return configuration
    }

    static func run(_ configuration: PairConfiguration, in run: RunContext) throws {
        let (first, second, samples) = try configuration.subjects(run)
        switch try first.equivalence(into: second) {
        case .success(let found):
            let before = first.outputs(samples)
            let worst = zip(before, found.network.outputs(samples)).map { abs($0 - $1) }.max() ?? 0
            let scale = max(1, before.map { abs($0) }.max() ?? 0)
            run.note("equivalent: neuron order \(found.permutation), factors \(found.factors.map { brief($0, 6) }.joined(separator: ", "))")
            try run.summarize("equivalent", true)
            try run.summarize("permutation", found.permutation)
            try run.summarize("factors", found.factors)
            try run.saveData(NetworkFile.json(found.network), to: "networks/moved.json")
            run.add(
                Finding(
                    id: "function", quantity: "max |f − f′| on \(samples.name), relative to max |f|", value: worst / scale,
                    .atMost(reference: 0, tolerance: 1e-12), source: "theorem: rescaling and permutation keep the function"))
        case .failure(let reason):
            run.note("not equivalent: \(reason)")
            try run.summarize("equivalent", false)
            try run.summarize("reason", reason.description)
            run.setExitStatus(10)
        }
    }
}

/// A path inside a component, with the loss along it.
enum ConnectVerb: Verb {
    static let name = "connect"
    static let summary =
        "an explicit path between two networks inside one component, with its loss barrier, or the proof that there is none"
    static let kind = VerbKind.tool
    static let presets = [
        Preset(
            name: "default", summary: "two free starts, the second rescaled to the first's invariants", source: "arXiv 2410.14837",
            quick: free, paper: free, quickSeconds: 1, paperSeconds: 1)
    ]

    private static var free: PairConfiguration {
        var configuration = PairConfiguration()
        configuration.first = NetworkSettings(run: .free)
        configuration.second = NetworkSettings(run: .good)
        configuration.rescale = true
        return configuration
    }

    static func run(_ configuration: PairConfiguration, in run: RunContext) throws {
        let (first, original, samples) = try configuration.subjects(run)
        let second = configuration.rescale ? try original.rescaled(toInvariants: InvariantSet(first).values) : original
        let path = try connect(first, second, points: configuration.points)
        let losses = path.losses(try ShallowProblem(first.architecture, samples, configuration.data.loss))
        let barrier = (losses.max() ?? 0) - max(losses.first ?? 0, losses.last ?? 0)
        run.note("connected by \(configuration.points) points; loss barrier \(brief(barrier, 6))")
        try run.summarize("barrier", barrier)
        let t = losses.indices.map { Double($0) / Double(losses.count - 1) }
        try run.saveCSV(Table(["s": .numbers(t), "loss": .numbers(losses)]), to: "path.csv")
        run.add(
            Finding(
                id: "violation", quantity: "largest relative violation of the quadrics along the path", value: path.violation,
                .atMost(reference: 0, tolerance: 1e-12), source: "construction"))
        try run.add(
            Figure(
                name: "path", title: "Loss along a path inside the component",
                caption: "From the first network (left) to the second; no point leaves the quadrics.",
                panel: Panel(x: Axis("position along the path"), y: Axis("loss"), marks: [.line(x: t, y: losses)])))
    }
}
