/// Why a finished run stayed above its target.
public enum FailureCause: String, Sendable, Hashable, Codable, CaseIterable {
    /// It reached the target.
    case succeeded
    /// Its component has a floor above the target: no gradient flow could have reached it.
    case topological
    /// Some neuron is active on no sample and cannot move any more.
    case dead
    /// The gradient vanished although every neuron is active.
    case stationary
    /// It was still on its way.
    case slow
    /// It left the numbers.
    case diverged
}

/// Sorts finished runs by what kept them from their target.
public struct Attribution: Sendable {
    /// The loss that counts as success.
    public var target: Double
    /// Gradient norms below this count as zero.
    public var gradientTolerance: Double

    /// Rules for a target.
    public init(target: Double, gradientTolerance: Double = 1e-5) {
        self.target = target
        self.gradientTolerance = gradientTolerance
    }

    /// The cause of one run's end. The first that applies counts, in the order of ``FailureCause``.
    /// - Parameter floor: the floor of its component, where one is known.
    public func cause(
        _ problem: ShallowProblem, parameters: [Double], loss: Double, gradientNorm: Double, floor: Double?, isDecreasing: Bool
    ) -> FailureCause {
        guard loss.isFinite, parameters.allSatisfy(\.isFinite) else { return .diverged }
        if loss <= target { return .succeeded }
        if let floor, floor > target { return .topological }
        if !problem.deadNeurons(parameters).isEmpty { return .dead }
        if gradientNorm < gradientTolerance || !isDecreasing { return .stationary }
        return .slow
    }
}
