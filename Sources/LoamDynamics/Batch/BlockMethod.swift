/// The step of an embedded method on a block of trajectories, without any decision: what the adaptive loop drives.
public protocol BlockMethod {
    associatedtype System: DynamicalSystem
    /// The states at the beginning of the step; `dimension` places.
    var state: UnsafeMutablePointer<DoubleLanes> { get }
    /// The states at its end.
    var next: UnsafeMutablePointer<DoubleLanes> { get }
    /// The parameters of the trajectories.
    var parameters: UnsafeMutablePointer<DoubleLanes> { get }
    /// The derivatives at the beginning.
    var derivative: UnsafeMutablePointer<DoubleLanes> { get }
    /// Room for states in between.
    var scratch: UnsafeMutablePointer<DoubleLanes> { get }
    /// One divided by the order of the error estimate in the step's length: an error e calls for a step e^(−1/k) times as long.
    var errorExponent: Double { get }
    /// The exponent with which the error before counts.
    var previousExponent: Double { get }
    /// Evaluations of the right-hand side in a step.
    var evaluationsPerStep: Int { get }
    /// Tries steps of the given lengths; the errors, in units of the tolerances.
    func attempt(at time: DoubleLanes, step: DoubleLanes) -> DoubleLanes
    /// States within the step, at the given fractions of it.
    func interpolate(at fraction: DoubleLanes, step: DoubleLanes, into destination: UnsafeMutablePointer<DoubleLanes>)
    /// Makes `next` the state where the mask holds.
    func accept(where mask: DoubleLanes.Mask)
}
