import Foundation
import LoamRuns
import LoamTensor

/// The settings of the sweep verb.
public struct SweepConfiguration: Configuration {
    /// The data: a table of two classes.
    public var data: DataSettings = {
        var data = DataSettings()
        data.name = .breastCancer
        data.loss = .logistic
        return data
    }()
    /// l.
    public var hidden = [1, 2, 4]
    /// Random starts a cell.
    public var seeds = 12
    /// Share of the samples that are trained on.
    public var trainingShare = 0.8
    /// η and steps of full-batch descent.
    public var rate = 0.1
    public var steps = 400
    /// |c| of every neuron after rescaling.
    public var level = 1.0
    /// How weights are drawn.
    public var scheme = InitialisationScheme.xavier

    /// The quick sweep.
    public init() {}

    public static let fields: [Field] =
        DataSettings.fields(prefix: "data.") + [
            Field("hidden", "hidden neurons l", .list(of: .integer(in: 1...200))),
            Field("seeds", "random starts and splits a cell", .integer(in: 1...100_000)),
            Field("trainingShare", "share of the samples that are trained on", .number(in: 0.1...0.95)),
            Field("rate", "learning rate η", .number(above: 0)),
            Field("steps", "steps of full-batch descent", .integer(in: 1...10_000_000)),
            Field("level", "|c| of every neuron after rescaling", .number(above: 0)),
            Field("scheme", "how weights are drawn before rescaling", .cases(of: InitialisationScheme.self)),
        ]

    public func validate() throws(ConfigurationError) {
        guard data.loss == .logistic else {
            throw ConfigurationError(key: "data.loss", "a sweep is for two classes", found: data.loss.rawValue, allowed: "logistic")
        }
    }
}

/// One trained network of a sweep.
struct SweepRow: Codable, Sendable {
    var hidden, free, seed: Int
    /// 1, −1, or 0 where frozen signs differ or some neuron is free.
    var singleSign: Int
    var training, test, floor: Double
}

/// Performance of real networks against how many of their neurons are frozen.
enum SweepVerb: Verb {
    static let name = "sweep"
    static let summary = "test loss on a real table over the number of neurons and how many of them are free (c > 0)"
    static let kind = VerbKind.experiment
    static let presets = [
        Preset(
            name: "breast-cancer", summary: "diagnosis of breast tumours: mean test cross-entropy over l and l⁺",
            source: "arXiv 2410.14837, breast cancer", quick: SweepConfiguration(), paper: paper, quickSeconds: 10, paperSeconds: 600)
    ]

    private static var paper: SweepConfiguration {
        var configuration = SweepConfiguration()
        configuration.hidden = Array(1...10)
        configuration.seeds = 100
        return configuration
    }

    private struct Job: Sendable {
        var hidden, seed: Int
    }

    static func run(_ configuration: SweepConfiguration, in run: RunContext) throws {
        var isReal = true
        let samples: Samples
        do {
            samples = try configuration.data.load(seed: run.seed)
        } catch let error as LoamError where error.category == .noInput && configuration.data.file.isEmpty {
            isReal = false
            run.warn("\(error.what): two overlapping Gaussian clouds of 569 samples take its place. \(error.advice ?? "")")
            samples = Self.clouds(seed: run.seed)
        }
        isReal = isReal && configuration.data.name == .breastCancer
        try configuration.data.loss.check(outputs: samples.outputCount, targets: samples.targets)
        run.note("data: \(samples.name), \(samples.count) samples of \(samples.inputCount) inputs")
        try run.summarize("data", samples.name)
        let constant = Standardisation(samples).constantColumns
        if !constant.isEmpty {
            run.warn("columns \(constant.map(String.init).joined(separator: ", ")) do not vary: they are kept as zeros")
        }
        let jobs = configuration.hidden.flatMap { l in (0..<configuration.seeds).map { Job(hidden: l, seed: $0) } }
        let seed = run.seed
        let rows = try run.cells(jobs, id: { "sweep-\($0.hidden)-\($0.seed)" }) { job, _ in
            try Self.train(job, configuration, samples, seed)
        }.flatMap { $0 }
        try SweepReport.write(rows, configuration, samples, isReal: isReal, in: run)
    }

    /// All l⁺ of one width and one split at once.
    private static func train(_ job: Job, _ configuration: SweepConfiguration, _ samples: Samples, _ seed: UInt64) throws -> [SweepRow] {
        var generator = RandomStreams.split(seed: seed &+ UInt64(job.seed) &* 0x9E37_79B9)
        let order = generator.permutation(samples.count).map { Int($0) }
        let cut = Int((configuration.trainingShare * Double(samples.count)).rounded())
        let raw = samples.selecting(Array(order[..<cut]))
        let scale = Standardisation(raw)
        let training = scale.apply(raw)
        let test = scale.apply(samples.selecting(Array(order[cut...])))
        let shape = ShallowArchitecture(inputs: samples.inputCount, hidden: job.hidden, hiddenBias: true)
        let problem = try ShallowProblem(shape, training, .logistic)
        let testProblem = try ShallowProblem(shape, test, .logistic)
        let start = configuration.scheme.network(shape, trajectory: job.seed, seed: seed)
        let starts = try (0...job.hidden).map { free in
            try start.rescaled(toInvariants: (0..<job.hidden).map { $0 < free ? configuration.level : -configuration.level })
        }
        let result = TrajectoryBatch<Double>(problem, from: starts.map(\.parameters))
            .run(TrainingPlan(rate: configuration.rate, steps: configuration.steps))
        return try starts.enumerated().map { free, network in
            let budget = SignBudget(try InvariantSet(network))
            let sign = budget.free > 0 || (budget.positive > 0 && budget.negative > 0) ? 0 : budget.positive > 0 ? 1 : -1
            return SweepRow(
                hidden: job.hidden, free: free, seed: job.seed, singleSign: sign, training: result.losses[free],
                test: testProblem.loss(result.parameters[free]),
                floor: sign == 0 ? 0 : sign > 0 ? LogisticFloor.positive(training) : LogisticFloor.negative(training))
        }
    }

    /// Two Gaussian clouds in 30 dimensions, 357 of one class and 212 of the other.
    private static func clouds(seed: UInt64) -> Samples {
        var generator = RandomStreams.data(seed: seed)
        var (inputs, targets): ([Double], [Double]) = ([], [])
        for i in 0..<569 {
            let label: Double = i < 357 ? 1 : 0
            for d in 0..<30 { inputs.append(generator.normal() + (d < 10 ? 0.9 * (label - 0.5) : 0)) }
            targets.append(label)
        }
        return Samples(name: "two Gaussian clouds", flatInputs: inputs, flatTargets: targets, count: 569, inputCount: 30, outputCount: 1)
    }
}
