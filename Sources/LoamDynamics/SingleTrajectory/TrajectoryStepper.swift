/// A method that advances one trajectory step by step, with the last step open to inspection.
public protocol TrajectoryStepper: AnyObject {
    /// The number of components of the state.
    var dimension: Int { get }
    /// The time that has been reached.
    var time: Double { get }
    /// The time at which the last accepted step began.
    var previousTime: Double { get }
    /// The state at ``time``.
    var state: UnsafePointer<Double> { get }
    /// The state at ``previousTime``.
    var previousState: UnsafePointer<Double> { get }
    /// The state at a time within the last step, valid until the stepper is used next.
    func stateWithinStep(at time: Double) -> UnsafePointer<Double>
    /// Goes back to a time within the last step.
    func cut(at time: Double)
    /// Changes the state where it is, or only says that the right-hand side is another one from here on.
    func changeState(_ change: (UnsafeMutablePointer<Double>) -> Void)
}
