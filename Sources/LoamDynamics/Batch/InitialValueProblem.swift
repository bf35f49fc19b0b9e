import LoamTensor

/// A system, where its trajectories begin, and how long they are followed.
public struct InitialValueProblem<System: DynamicalSystem>: Sendable {
    /// The equation.
    public var system: System
    /// The states at the beginning, of shape [dimension, trajectories].
    public var initialStates: Tensor<Double>
    /// What differs from trajectory to trajectory in the equation, of shape [parameters, trajectories].
    public var parameters: Tensor<Double>
    /// The time of the initial states and the time at which trajectories end.
    public var timeSpan: ClosedRange<Double>

    /// A problem for as many trajectories as `initialStates` has columns.
    public init(_ system: System, from initialStates: Tensor<Double>, parameters: Tensor<Double>? = nil, over timeSpan: ClosedRange<Double>)
    {
        precondition(
            initialStates.rank == 2 && initialStates.shape[0] == system.dimension,
            "InitialValueProblem: initial states of shape \(initialStates.shape) for a system of dimension \(system.dimension); "
                + "the shape is [dimension, trajectories]")
        let parameters = parameters ?? Tensor<Double>.zeros([system.parameterCount, initialStates.shape[1]])
        precondition(
            parameters.shape == [system.parameterCount, initialStates.shape[1]],
            "InitialValueProblem: parameters of shape \(parameters.shape), not [\(system.parameterCount), \(initialStates.shape[1])]")
        self.system = system
        self.initialStates = initialStates
        self.parameters = parameters
        self.timeSpan = timeSpan
    }

    /// A problem of one trajectory.
    public init(_ system: System, from initialState: [Double], over timeSpan: ClosedRange<Double>) {
        self.init(system, from: Tensor(initialState, shape: [initialState.count, 1]), over: timeSpan)
    }

    /// The number of trajectories.
    public var trajectoryCount: Int { initialStates.shape[1] }
}
