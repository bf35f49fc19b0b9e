/// How accurate each step must be, and how long it may become.
///
/// A step is accepted when the root mean square over components of eᵢ / (absolute + relative · max(|yᵢ|, |yᵢ′|)) is at most 1, eᵢ being
/// the estimated error of the step in component i, y and y′ the states at its two ends (Hairer, Nørsett and Wanner,
/// *Solving Ordinary Differential Equations I*, II.4). The tolerances bound the error of single steps; the error of a whole trajectory is
/// that times what the equation itself does to a disturbance.
public struct Tolerances: Sendable, Hashable, Codable {
    /// The error allowed relative to the state.
    public var relative: Double
    /// The error allowed where the state is near zero, in the state's units.
    public var absolute: Double
    /// The longest step, in units of time.
    public var maximumStep: Double
    /// The shortest step; a controller that asks for less has stalled. Below the spacing of numbers around the time every step has stalled.
    public var minimumStep: Double

    /// Tolerances of the steps.
    /// - Precondition: not both tolerances are zero, none is negative.
    public init(relative: Double = 1e-6, absolute: Double = 1e-9, maximumStep: Double = .infinity, minimumStep: Double = 0) {
        precondition(
            relative >= 0 && absolute >= 0 && relative + absolute > 0 && maximumStep > 0 && minimumStep >= 0,
            "Tolerances(relative: \(relative), absolute: \(absolute), maximumStep: \(maximumStep), minimumStep: \(minimumStep)): "
                + "tolerances must not be negative nor both zero, and the longest step must be positive")
        self.relative = relative
        self.absolute = absolute
        self.maximumStep = maximumStep
        self.minimumStep = minimumStep
    }

    /// Steps of one length whatever their error: for measuring orders of convergence.
    public static func fixedStep(_ length: Double) -> Tolerances {
        Tolerances(relative: 0, absolute: .greatestFiniteMagnitude.squareRoot(), maximumStep: length)
    }

    @usableFromInline
    var isFixedStep: Bool { absolute >= .greatestFiniteMagnitude.squareRoot() }
}

/// How a call for one step ended.
public enum StepOutcome: Sendable, Hashable {
    /// The step was taken: time and state have moved.
    case accepted
    /// The error asks for a step below the shortest one, as it does at a discontinuity. Time and state are as before the call.
    case stalled
    /// The derivative is not finite however short the step. Time and state are as before the call.
    case notFinite
}

/// What an integration has cost so far.
public struct StepStatistics: Sendable, Hashable, Codable {
    /// Steps taken.
    public var accepted = 0
    /// Steps tried in vain.
    public var rejected = 0
    /// Evaluations of the right-hand side.
    public var evaluations = 0

    /// Nothing yet.
    public init() {}
}
