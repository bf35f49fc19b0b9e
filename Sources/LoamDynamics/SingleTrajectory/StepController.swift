import Glibc

/// The choice of step lengths from errors: proportional-integral control after accepted steps (Gustafsson 1991; Hairer and Wanner,
/// *Solving Ordinary Differential Equations II*, IV.2), plain control after rejected ones.
struct StepController {
    /// One divided by the order of the error in the step's length.
    let errorExponent: Double
    /// The exponent with which the error of the step before counts.
    let previousExponent: Double
    var stepSize = 0.0
    private(set) var failure = StepOutcome.accepted
    private var previousError = 1e-4
    private var largestGrowth = 10.0

    init(errorExponent: Double, previousExponent: Double) {
        self.errorExponent = errorExponent
        self.previousExponent = previousExponent
    }

    /// A step to be tried.
    struct Proposal {
        let length: Double
        /// Whether it reaches the end.
        let isLast: Bool
        /// What the length would be were there no end.
        let wanted: Double
    }

    /// Forgets the errors of the past.
    mutating func reset() {
        previousError = 1e-4
        largestGrowth = 10
        failure = .accepted
    }

    /// The next step to try, or nil when it would be too short; ``failure`` then says why.
    mutating func proposal(from time: Double, to end: Double, _ tolerances: Tolerances) -> Proposal? {
        let shortest = max(tolerances.minimumStep, 4 * time.magnitude.ulp)
        let wanted = min(stepSize, tolerances.maximumStep)
        // A last piece of less than a hundredth of a step is taken along.
        let isLast = time + 1.01 * wanted >= end
        if !(wanted > shortest || isLast && failure == .accepted) {
            if failure == .accepted { failure = .stalled }
            return nil
        }
        return Proposal(length: isLast ? end - time : wanted, isLast: isLast, wanted: wanted)
    }

    mutating func accept(_ proposal: Proposal, error: Double) {
        let factor = 0.9 * pow(max(error, 1e-10), 0.75 * previousExponent - errorExponent) * pow(previousError, previousExponent)
        let next = proposal.length * min(largestGrowth, max(0.2, factor))
        stepSize = proposal.isLast ? max(next, min(proposal.wanted, stepSize)) : next
        previousError = max(error, 1e-4)
        largestGrowth = 10
        failure = .accepted
    }

    mutating func reject(_ proposal: Proposal, error: Double) {
        stepSize = proposal.length * (error.isFinite ? max(0.2, min(0.9 * pow(error, -errorExponent), 1)) : 0.2)
        largestGrowth = 1
        failure = error.isFinite ? .stalled : .notFinite
    }
}
