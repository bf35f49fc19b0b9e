/// A gate of a neuron that switched, began or ceased to slide.
public struct GateEvent: Sendable, Hashable, Codable {
    /// What happened.
    public enum Kind: String, Sendable, Hashable, Codable {
        case turnedOn, turnedOff, slideBegan, slideEnded
    }

    /// When.
    public let time: Double
    /// The neuron, and the line of data whose hyperplane its weights met.
    public let neuron, line: Int
    /// What happened.
    public let kind: Kind
}

/// A stretch of time in which a neuron's weights move along a kink.
public struct SlidingInterval: Sendable, Hashable, Codable {
    /// The neuron and the line of data.
    public let neuron, line: Int
    /// From when, and until when or the end of the run.
    public let begin: Double
    public var end: Double
    /// The mean of the gate's value λ between off (0) and on (1).
    public var meanGate: Double
}

/// How an integration ended.
public enum FlowStatus: String, Sendable, Hashable, Codable {
    /// It reached its time.
    case finished
    /// Steps became too short to go on: the trajectory probably slides along a kink. Use the Filippov method.
    case stalled
    /// More events than allowed.
    case tooManyEvents
    /// Weights are not finite.
    case diverged
    /// A nonlinear solve failed on some step (implicit midpoint).
    case unsolvedSteps
}

/// What gradient flow did.
public struct FlowTrajectory: Sendable, Hashable, Codable {
    /// The shape of the network.
    public let architecture: ShallowArchitecture
    /// Recorded times.
    public internal(set) var times: [Double] = []
    /// θ at each.
    public internal(set) var parameters: [[Double]] = []
    /// The loss at each.
    public internal(set) var losses: [Double] = []
    /// c_k at each; empty for an activation without invariants.
    public internal(set) var invariants: [[Double]] = []
    /// Gates that switched.
    public internal(set) var events: [GateEvent] = []
    /// Stretches along kinks.
    public internal(set) var slides: [SlidingInterval] = []
    /// How it ended.
    public internal(set) var status: FlowStatus = .finished
    /// Evaluations of the velocity.
    public internal(set) var evaluations = 0
    /// Steps whose nonlinear solve failed.
    public internal(set) var unsolvedSteps = 0

    /// The network at the end.
    public var last: ShallowNetwork { ShallowNetwork(architecture, parameters: parameters.last!) }

    /// Crossings, without the beginnings and ends of slides.
    public var crossingCount: Int { events.count { $0.kind == .turnedOn || $0.kind == .turnedOff } }

    /// The largest |c_k(t) − c_k(0)|.
    public var invariantDrift: Double {
        guard let first = invariants.first else { return .nan }
        return invariants.reduce(0) { worst, c in max(worst, zip(c, first).map { abs($0 - $1) }.max() ?? 0) }
    }

    /// How often an output weight that was frozen at the start changed its sign.
    public func frozenSignChanges(tolerance: Double = 1e-12) -> Int {
        guard architecture.outputs == 1, let start = parameters.first,
            let set = try? InvariantSet(ShallowNetwork(architecture, parameters: start), tolerance: tolerance)
        else { return 0 }
        return set.neurons.enumerated().count { k, neuron in
            guard let sign = neuron.frozenOutputSign else { return false }
            let index = k * architecture.neuronSize + architecture.incoming
            return parameters.contains { $0[index] * Double(sign) < 0 }
        }
    }

    mutating func record(_ time: Double, _ theta: [Double], loss: Double) {
        times.append(time)
        parameters.append(theta)
        losses.append(loss)
        if let degree = architecture.activation.homogeneityDegree {
            invariants.append(ConservationLaws.invariants(architecture, theta, degree: degree))
        }
    }
}
