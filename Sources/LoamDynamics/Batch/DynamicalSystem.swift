/// An ordinary differential equation y′ = f(t, y; p), written once for one trajectory and computed for many side by side.
///
/// ```swift
/// struct Lorenz: DynamicalSystem {
///     var dimension: Int { 3 }
///     var parameterCount: Int { 1 }                // ρ, another one for each trajectory
///     func derivative<Number: TrajectoryScalar>(
///         at time: Number, _ y: UnsafePointer<Number>, _ p: UnsafePointer<Number>, into dy: UnsafeMutablePointer<Number>
///     ) {
///         dy[0] = 10 * (y[1] - y[0])
///         dy[1] = y[0] * (p[0] - y[2]) - y[1]
///         dy[2] = y[0] * y[1] - Number(8.0 / 3) * y[2]
///     }
/// }
/// ```
///
/// The functions of a system are called from several threads at once and must depend on their arguments only.
public protocol DynamicalSystem: Sendable {
    /// The number of components of a state.
    var dimension: Int { get }
    /// The number of parameters that differ from trajectory to trajectory; 0 unless said otherwise.
    var parameterCount: Int { get }
    /// Writes all `dimension` components of f(t, y; p). The three pieces of memory do not overlap.
    func derivative<Number: TrajectoryScalar>(
        at time: Number, _ state: UnsafePointer<Number>, _ parameters: UnsafePointer<Number>, into derivative: UnsafeMutablePointer<Number>)

    /// The number of functions whose zeros are events; 0 unless said otherwise.
    var eventCount: Int { get }
    /// Writes the values of the event functions.
    func events<Number: TrajectoryScalar>(
        at time: Number, _ state: UnsafePointer<Number>, _ parameters: UnsafePointer<Number>, into values: UnsafeMutablePointer<Number>)
    /// Which passages through zero count; both unless said otherwise.
    func direction(ofEvent index: Int) -> RootDirection
    /// What happens at an event: may change the state. Nothing unless said otherwise.
    func respond(
        toEvent index: Int, at time: Double, _ state: UnsafeMutablePointer<Double>, _ parameters: UnsafePointer<Double>
    ) -> EventResponse
}

/// How a trajectory goes on after an event.
public enum EventResponse: Sendable, Hashable {
    /// From the state that the response has left.
    case proceed
    /// Not at all.
    case stop
}

extension DynamicalSystem {
    public var parameterCount: Int { 0 }
    public var eventCount: Int { 0 }
    @inlinable
    public func events<Number: TrajectoryScalar>(
        at time: Number, _ state: UnsafePointer<Number>, _ parameters: UnsafePointer<Number>, into values: UnsafeMutablePointer<Number>
    ) {}
    @inlinable
    public func direction(ofEvent index: Int) -> RootDirection { .either }
    @inlinable
    public func respond(
        toEvent index: Int, at time: Double, _ state: UnsafeMutablePointer<Double>, _ parameters: UnsafePointer<Double>
    ) -> EventResponse { .proceed }
}
