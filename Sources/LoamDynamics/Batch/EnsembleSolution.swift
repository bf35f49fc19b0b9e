import LoamTensor

/// How a trajectory ended.
public enum TrajectoryOutcome: Sendable, Hashable {
    /// At the end of the time span.
    case finished
    /// At an event whose response was to stop.
    case stopped
    /// The error asked for steps below the shortest one.
    case stalled
    /// The derivative, or a solution of the step's equations, was not finite however short the step.
    case notFinite
    /// The method's limit on the number of steps was reached.
    case tooManySteps
    /// At the end of the time span, but the equation of an implicit step was not solved at least once.
    case notConverged
}

/// A passage of an event function through zero.
public struct TrajectoryEvent: Sendable, Hashable {
    /// Which trajectory.
    public var trajectory: Int
    /// Which of the system's event functions.
    public var index: Int
    /// When.
    public var time: Double
    /// From negative to positive.
    public var isRising: Bool
    /// The state there, before the system's response.
    public var state: [Double]

    /// An event with all it says.
    public init(trajectory: Int, index: Int, time: Double, isRising: Bool, state: [Double]) {
        self.trajectory = trajectory
        self.index = index
        self.time = time
        self.isRising = isRising
        self.state = state
    }
}

/// What came of a problem: the trajectories at the times asked for, and how each of them fared.
public struct EnsembleSolution: Sendable {
    /// The times asked for.
    public var times: [Double]
    /// The states at ``times``, of shape [times, dimension, trajectories]; NaN where a trajectory ended before.
    public var states: Tensor<Double>
    /// The states where the trajectories ended, of shape [dimension, trajectories].
    public var finalStates: Tensor<Double>
    /// The times at which the trajectories ended.
    public var finalTimes: [Double]
    /// How the trajectories ended.
    public var outcomes: [TrajectoryOutcome]
    /// What each trajectory has cost.
    public var statistics: [StepStatistics]
    /// All events, by trajectory and time.
    public var events: [TrajectoryEvent]

    /// Whether all trajectories came to the end of the time span or to an event that stopped them.
    public var isComplete: Bool { outcomes.allSatisfy { $0 == .finished || $0 == .stopped } }
}
