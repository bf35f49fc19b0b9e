/// What kind of quadric {‖w‖² − κ‖a‖² = c} a neuron lives on.
public enum QuadricKind: String, Sendable, Hashable, Codable {
    /// c > 0: the incoming weights are never all zero.
    case positive
    /// c < 0: the outgoing weights are never all zero.
    case negative
    /// c = 0: a cone.
    case zero
    /// All weights are zero: a fixed point.
    case origin = "dead-origin"
}

/// The conserved quantity of one neuron and what follows from it.
public struct NeuronInvariant: Sendable, Hashable {
    /// c = ‖w‖² − κ‖a‖².
    public let c: Double
    /// The quadric's kind.
    public let kind: QuadricKind
    /// The sign of the only outgoing weight where gradient flow cannot change it; nil where it is free or there are several.
    public let frozenOutputSign: Int?
    /// The sign of the only incoming weight where gradient flow cannot change it.
    public let frozenInputSign: Int?

    /// The invariant of neuron `k` of a network.
    /// - Parameter tolerance: |c| ≤ τ(‖w‖² + κ‖a‖²) counts as zero.
    public init(_ network: ShallowNetwork, neuron k: Int, tolerance: Double = 1e-12) throws(LandscapeError) {
        guard let degree = network.architecture.activation.homogeneityDegree else {
            throw LandscapeError(
                .usage, "activation", "\(network.architecture.activation) has no conserved quadric",
                advice: "Watch its drift with train, or choose linear, relu, leaky-relu or relu^k.")
        }
        let norms = network.squaredNorms(k)
        let (w, a) = (norms.incoming, degree * norms.outgoing)
        c = w - a
        if w + a == 0 {
            kind = .origin
        } else if abs(w - a) <= tolerance * (w + a) {
            kind = .zero
        } else {
            kind = w > a ? .positive : .negative
        }
        func sign(_ value: Double) -> Int? { value > 0 ? 1 : value < 0 ? -1 : nil }
        frozenOutputSign =
            network.architecture.outputs == 1 && (kind == .negative || kind == .zero) ? sign(network.outgoing(k).first!) : nil
        frozenInputSign =
            network.architecture.incoming == 1 && (kind == .positive || kind == .zero) ? sign(network.incoming(k).first!) : nil
    }
}

/// Which component of the invariant set a network lies in: the frozen signs of its neurons.
public struct ComponentLabel: Sendable, Hashable, CustomStringConvertible {
    /// One entry a neuron: its kind and its frozen signs.
    public struct Entry: Sendable, Hashable {
        /// The quadric's kind.
        public let kind: QuadricKind
        /// Frozen sign of the outgoing weight.
        public let output: Int?
        /// Frozen sign of the incoming weight.
        public let input: Int?
    }

    /// One entry a neuron.
    public let entries: [Entry]

    /// `a+ · a−`: frozen signs neuron by neuron, `·` where none is frozen.
    public var description: String {
        entries.map { entry in
            let parts = [entry.output.map { $0 > 0 ? "a+" : "a−" }, entry.input.map { $0 > 0 ? "w+" : "w−" }].compactMap { $0 }
            return parts.isEmpty ? "·" : parts.joined()
        }.joined(separator: " ")
    }
}
