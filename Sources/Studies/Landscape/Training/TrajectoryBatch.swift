import LoamTensor

/// Scalars that trajectories can be computed in.
public protocol TrajectoryScalar: TensorScalar {
    /// Runs a batch with the kernel of this precision.
    static func run(_ batch: TrajectoryBatch<Self>, _ plan: TrainingPlan) -> BatchResult
}

/// How trajectories are trained.
public struct TrainingPlan: Sendable, Hashable {
    /// The method.
    public var optimiser: DiscreteOptimiser
    /// η.
    public var rate: Double
    /// Steps.
    public var steps: Int
    /// Samples a step, drawn without replacement; all where nil.
    public var minibatch: Int?
    /// λ.
    public var decay: Double
    /// The seed of the minibatches; step s is the same for every trajectory.
    public var seed: UInt64

    /// A plan; plain gradient descent by default.
    public init(
        _ optimiser: DiscreteOptimiser = .descent, rate: Double, steps: Int, minibatch: Int? = nil, decay: Double = 0, seed: UInt64 = 0
    ) {
        precondition(rate >= 0 && steps >= 0 && (minibatch ?? 1) > 0, "TrainingPlan: rate \(rate), \(steps) steps")
        self.optimiser = optimiser
        self.rate = rate
        self.steps = steps
        self.minibatch = minibatch
        self.decay = decay
        self.seed = seed
    }
}

/// What became of every trajectory.
public struct BatchResult: Sendable, Hashable {
    /// The loss on all samples at the end.
    public var losses: [Double] = []
    /// ‖∇L‖ at the end.
    public var gradientNorms: [Double] = []
    /// max over steps and neurons of |c_k(t) − c_k(0)|; NaN for an activation without invariants.
    public var drifts: [Double] = []
    /// Frozen output weights whose sign a step changed: tunnelling.
    public var flips: [Int] = []
    /// The first step that did, or −1.
    public var firstFlips: [Int] = []
    /// Whether the loss decreased over the last tenth of the steps by more than a thousandth of itself.
    public var isDecreasing: [Bool] = []
    /// θ at the end.
    public var parameters: [[Double]] = []
}

/// Thousands of trajectories at once, each a lane of vector registers: the same network shape on the same data from different starts.
public final class TrajectoryBatch<Scalar: TrajectoryScalar>: Sendable {
    /// The problem that all trajectories share.
    public let problem: ShallowProblem
    /// The starts.
    public let initial: [[Double]]

    /// Trajectories from given starts.
    public init(_ problem: ShallowProblem, from initial: [[Double]]) {
        precondition(
            initial.allSatisfy { $0.count == problem.architecture.parameterCount },
            "TrajectoryBatch: starts must have \(problem.architecture.parameterCount) parameters")
        self.problem = problem
        self.initial = initial
    }

    /// Trajectories `range` of a random scheme; start i depends on the seed and i alone.
    public convenience init(_ problem: ShallowProblem, _ range: Range<Int>, scheme: InitialisationScheme, seed: UInt64) {
        self.init(problem, from: range.map { scheme.network(problem.architecture, trajectory: $0, seed: seed).parameters })
    }

    /// Trains all of them.
    public func run(_ plan: TrainingPlan) -> BatchResult { Scalar.run(self, plan) }
}

extension Double: TrajectoryScalar {
    public static func run(_ batch: TrajectoryBatch<Double>, _ plan: TrainingPlan) -> BatchResult {
        BatchRun<DoubleLanes>(batch.problem, plan).run(batch.initial)
    }
}

extension Float: TrajectoryScalar {
    public static func run(_ batch: TrajectoryBatch<Float>, _ plan: TrainingPlan) -> BatchResult {
        BatchRun<FloatLanes>(batch.problem, plan).run(batch.initial)
    }
}
