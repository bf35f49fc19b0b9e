import Foundation
import LoamRuns

/// The settings of the batch verb.
public struct BatchConfiguration: Configuration {
    /// What moves the trajectories.
    public enum Dynamics: String, Codable, CaseIterable, Hashable, Sendable {
        case descent, flow
    }

    /// Numbers of descent.
    public enum Precision: String, Codable, CaseIterable, Hashable, Sendable {
        case double, single
    }

    /// The data.
    public var data = DataSettings()
    /// The random networks.
    public var network = NetworkSettings()
    /// How many.
    public var count = 1500
    /// Descent or the flow itself.
    public var dynamics = Dynamics.descent
    /// η of descent.
    public var rate = 0.25
    /// Steps of descent.
    public var steps = 800
    /// The precision of descent.
    public var precision = Precision.double
    /// The time of the flow.
    public var until = 200.0
    /// The loss that counts as success.
    public var target = 1e-3

    /// The quick batch.
    public init() {}

    public static let fields: [Field] =
        DataSettings.fields(prefix: "data.") + NetworkSettings.fields(prefix: "network.") + [
            Field("count", "random initialisations", .integer(in: 1...100_000_000)),
            Field("dynamics", "gradient descent or the flow itself", .cases(of: Dynamics.self)),
            Field("rate", "learning rate η of descent", .number(above: 0)),
            Field("steps", "steps of descent", .integer(in: 1...10_000_000)),
            Field("precision", "numbers of descent", .cases(of: Precision.self)),
            Field("until", "time of the flow", .number(above: 0)),
            Field("target", "loss that counts as success", .number(above: 0)),
        ]

    public func validate() throws(ConfigurationError) {
        try network.validate(prefix: "network.")
        guard network.run == nil, network.file.isEmpty else {
            throw ConfigurationError(key: "network.file", "a batch draws its networks", found: network.title, allowed: "no run and no file")
        }
    }
}

/// One trajectory's end.
struct BatchRow: Codable, Sendable {
    var negative, negativePositive, positive, zero: Int
    var loss, drift, gradient: Double
    var floor: Double?
    var flips: Int
    var cause: FailureCause

    /// Neurons with c < 0 up to sign: what separates components. `2 frozen, same sign`.
    var group: String {
        if negative == 0 { return "none frozen" }
        if negative == 1 { return "1 frozen" }
        let isSingle = negativePositive == 0 || negativePositive == negative
        return "\(negative) frozen, \(isSingle ? "one sign" : "both signs")"
    }

    /// Components of the invariant set up to symmetry.
    var effective: Int { negative + 1 }
}

/// Thousands of random initialisations, sorted by component, each failure attributed.
enum BatchVerb: Verb {
    static let name = "batch"
    static let summary = "thousands of random initialisations: loss by component, and what kept each failure from the optimum"
    static let kind = VerbKind.experiment
    static let presets = [
        Preset(
            name: "batch", summary: "two-neuron networks, Kaiming, gradient descent", source: "arXiv 2410.14837, experiments",
            quick: BatchConfiguration(), paper: paper, quickSeconds: 1, paperSeconds: 30),
        Preset(
            name: "batch-flow", summary: "the same by gradient flow itself", source: "arXiv 2410.14837, experiments", quick: flow(1000),
            paper: flow(20_000), quickSeconds: 6, paperSeconds: 120),
    ]

    private static var paper: BatchConfiguration {
        var configuration = BatchConfiguration()
        configuration.count = 100_000
        return configuration
    }

    private static func flow(_ count: Int) -> BatchConfiguration {
        var configuration = BatchConfiguration()
        configuration.dynamics = .flow
        configuration.count = count
        return configuration
    }

    static func run(_ configuration: BatchConfiguration, in run: RunContext) throws {
        let samples = try configuration.data.load(seed: run.seed)
        run.note("data: \(samples.name), \(samples.count) samples")
        let shape = try configuration.network.architecture(samples)
        let problem = try ShallowProblem(shape, samples, configuration.data.loss)
        let floors = try BatchFloors(shape, samples, configuration.data.loss)
        let size = configuration.dynamics == .descent ? 512 : 16
        let chunks = stride(from: 0, to: configuration.count, by: size).map { $0..<min(configuration.count, $0 + size) }
        let (seed, scheme) = (run.seed, configuration.network.scheme)
        let rows = try run.cells(chunks, id: { "batch-\($0.lowerBound)" }) { range, _ in
            try chunk(range, configuration, problem, floors, scheme, seed)
        }.flatMap { $0 }
        try BatchReport.write(rows, configuration, shape, in: run)
    }

    private static func chunk(
        _ range: Range<Int>, _ configuration: BatchConfiguration, _ problem: ShallowProblem, _ floors: BatchFloors,
        _ scheme: InitialisationScheme, _ seed: UInt64
    ) throws -> [BatchRow] {
        let starts = range.map { scheme.network(problem.architecture, trajectory: $0, seed: seed) }
        let rules = Attribution(target: configuration.target)
        var result = BatchResult()
        switch configuration.dynamics {
        case .descent:
            let plan = TrainingPlan(rate: configuration.rate, steps: configuration.steps)
            let parameters = starts.map(\.parameters)
            result =
                configuration.precision == .double
                ? TrajectoryBatch<Double>(problem, from: parameters).run(plan) : TrajectoryBatch<Float>(problem, from: parameters).run(plan)
        case .flow:
            let flow = GradientFlow(relativeTolerance: 1e-8, absoluteTolerance: 1e-10)
            for start in starts {
                let trajectory = try flow.integrate(
                    start, problem, until: configuration.until, recording: (1..<20).map { configuration.until * Double($0) / 20 })
                let last = trajectory.parameters.last!
                let gradient = problem.lossAndGradient(last).gradient
                result.losses.append(trajectory.losses.last!)
                result.drifts.append(trajectory.invariantDrift)
                result.flips.append(trajectory.frozenSignChanges())
                // A slide ends where the flow rests, while the gradient beside the kink does not vanish: the change of the loss decides.
                let earlier = trajectory.losses[trajectory.losses.count - 3]
                let isDecreasing = earlier - trajectory.losses.last! > 1e-3 * trajectory.losses.last!
                result.isDecreasing.append(isDecreasing)
                result.gradientNorms.append(isDecreasing ? gradient.reduce(0) { $0 + $1 * $1 }.squareRoot() : 0)
                result.parameters.append(last)
            }
        }
        return try starts.enumerated().map { index, start in
            let set = try InvariantSet(start)
            let floor = floors.floor(set)
            return BatchRow(
                negative: set.neurons.count { $0.kind == .negative },
                negativePositive: set.neurons.count { $0.kind == .negative && $0.frozenOutputSign == 1 },
                positive: set.neurons.count { $0.kind == .positive }, zero: set.counts.zero, loss: result.losses[index],
                drift: result.drifts[index], gradient: result.gradientNorms[index], floor: floor, flips: result.flips[index],
                cause: rules.cause(
                    problem, parameters: result.parameters[index], loss: result.losses[index], gradientNorm: result.gradientNorms[index],
                    floor: floor, isDecreasing: result.isDecreasing[index]))
        }
    }
}

/// Floors of all components that networks of a shape can have.
struct BatchFloors: Sendable {
    private var floors: [SignBudget: Double] = [:]

    init(_ shape: ShallowArchitecture, _ samples: Samples, _ loss: Loss) throws {
        guard shape.outputs == 1, !shape.outputBias else { return }
        if loss == .squared, shape.incoming == 2, shape.activation.isPiecewiseLinear, shape.hidden <= 2, samples.count <= 200 {
            let planar = try PlanarFloor(samples, activation: shape.activation, hiddenBias: shape.hiddenBias)
            for negative in 0...shape.hidden {
                for positive in 0...(shape.hidden - negative) {
                    let budget = SignBudget(positive: positive, negative: negative, free: shape.hidden - positive - negative)
                    floors[budget] = try planar.minimum(budget).loss
                }
            }
            return
        }
        // Only components of one sign have bounds.
        for sign in [1, -1] {
            let budget = SignBudget(positive: sign > 0 ? shape.hidden : 0, negative: sign > 0 ? 0 : shape.hidden, free: 0)
            if loss == .logistic, shape.activation.isNonNegative {
                floors[budget] = sign > 0 ? LogisticFloor.positive(samples) : LogisticFloor.negative(samples)
            } else if loss == .squared, shape.activation.isPiecewiseLinear {
                let bound = try ConeBound(samples, sign: sign, activation: shape.activation, hiddenBias: shape.hiddenBias)
                if bound.isCertified { floors[budget] = bound.loss }
            }
        }
    }

    func floor(_ set: InvariantSet) -> Double? { floors[SignBudget(set)] }
}
