import LoamTensor

/// A stochastic differential equation in Itô's sense, dX = b(t, X; p) dt + Σ(t, X; p) dW, written once for one trajectory and computed for
/// many side by side.
public protocol StochasticSystem: Sendable {
    /// The number of components of a state.
    var dimension: Int { get }
    /// The number of independent Brownian motions.
    var noiseDimension: Int { get }
    /// The number of parameters that differ from trajectory to trajectory; 0 unless said otherwise.
    var parameterCount: Int { get }
    /// Writes b(t, x; p).
    func drift<Number: TrajectoryScalar>(
        at time: Number, _ state: UnsafePointer<Number>, _ parameters: UnsafePointer<Number>, into drift: UnsafeMutablePointer<Number>)
    /// Writes Σ(t, x; p) w for `noiseDimension` numbers w.
    func diffusion<Number: TrajectoryScalar>(
        at time: Number, _ state: UnsafePointer<Number>, _ parameters: UnsafePointer<Number>, times increments: UnsafePointer<Number>,
        into displacement: UnsafeMutablePointer<Number>)
}

extension StochasticSystem {
    public var parameterCount: Int { 0 }
}

/// A stochastic system, where its trajectories begin, and the seed of their noise. Single or double precision goes by the initial states.
public struct StochasticProblem<System: StochasticSystem, Scalar: LaneScalar>: Sendable {
    /// The equation.
    public var system: System
    /// The states at the beginning, of shape [dimension, trajectories].
    public var initialStates: Tensor<Scalar>
    /// What differs from trajectory to trajectory in the equation, of shape [parameters, trajectories].
    public var parameters: Tensor<Scalar>
    /// The time of the initial states.
    public var startTime: Double
    /// The seed of all trajectories' noise.
    public var seed: UInt64
    /// The number of the first trajectory: trajectories k of two problems with the same seed meet the same noise.
    public var firstTrajectory: Int

    /// A problem for as many trajectories as `initialStates` has columns.
    public init(
        _ system: System, from initialStates: Tensor<Scalar>, parameters: Tensor<Scalar>? = nil, startTime: Double = 0, seed: UInt64,
        firstTrajectory: Int = 0
    ) {
        precondition(
            initialStates.rank == 2 && initialStates.shape[0] == system.dimension,
            "StochasticProblem: initial states of shape \(initialStates.shape) for a system of dimension \(system.dimension); "
                + "the shape is [dimension, trajectories]")
        let parameters = parameters ?? Tensor<Scalar>.zeros([system.parameterCount, initialStates.shape[1]])
        precondition(
            parameters.shape == [system.parameterCount, initialStates.shape[1]],
            "StochasticProblem: parameters of shape \(parameters.shape), not [\(system.parameterCount), \(initialStates.shape[1])]")
        self.system = system
        self.initialStates = initialStates
        self.parameters = parameters
        self.startTime = startTime
        self.seed = seed
        self.firstTrajectory = firstTrajectory
    }

    /// The number of trajectories.
    public var trajectoryCount: Int { initialStates.shape[1] }
}

/// States of many trajectories at common times.
public struct StochasticSolution<Scalar: LaneScalar>: Sendable {
    /// The times of ``states``.
    public var times: [Double]
    /// The states, of shape [times, dimension, trajectories].
    public var states: Tensor<Scalar>
    /// The states at the end, of shape [dimension, trajectories].
    public var finalStates: Tensor<Scalar>

    @usableFromInline
    init(times: [Double], states: Tensor<Scalar>, finalStates: Tensor<Scalar>) {
        self.times = times
        self.states = states
        self.finalStates = finalStates
    }
}
