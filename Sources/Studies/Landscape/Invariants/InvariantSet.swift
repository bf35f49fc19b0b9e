import BigInt

/// H(c) = ∏_k Q(c_k): the set that gradient flow from an initialisation can never leave.
///
/// Q(c) for c > 0 retracts onto the sphere S^{D−1} of directions of w (scale a to 0), for c < 0 onto S^{e−1}; for c = 0 it is a cone.
/// A zero-dimensional sphere is two points: there the quadric falls into two pieces. Nurisso, Leroy and Vaccarino, NeurIPS 2024.
public struct InvariantSet: Sendable, Hashable {
    /// D: incoming weights of a neuron.
    public let incoming: Int
    /// e: outputs.
    public let outputs: Int
    /// One entry a neuron.
    public let neurons: [NeuronInvariant]

    /// The invariant set of a network.
    /// - Parameter tolerance: |c| ≤ τ(‖w‖² + κ‖a‖²) counts as zero.
    /// - Throws: ``LandscapeError`` for an activation that is not homogeneous.
    public init(_ network: ShallowNetwork, tolerance: Double = 1e-12) throws(LandscapeError) {
        incoming = network.architecture.incoming
        outputs = network.architecture.outputs
        var neurons: [NeuronInvariant] = []
        for k in 0..<network.architecture.hidden { neurons.append(try NeuronInvariant(network, neuron: k, tolerance: tolerance)) }
        self.neurons = neurons
    }

    /// The conserved quantities c_k.
    public var values: [Double] { neurons.map(\.c) }

    /// How many neurons lie on quadrics of each kind.
    public var counts: QuadricCounts {
        func count(_ kind: QuadricKind) -> Int { neurons.count { $0.kind == kind } }
        return QuadricCounts(
            positive: count(.positive), negative: count(.negative), zero: count(.zero) + count(.origin), incoming: incoming,
            outputs: outputs)
    }

    /// The component that the network lies in.
    public var label: ComponentLabel {
        ComponentLabel(
            entries: neurons.map { ComponentLabel.Entry(kind: $0.kind, output: $0.frozenOutputSign, input: $0.frozenInputSign) })
    }

    /// The dimension l(D + e − 1), where no c_k is 0; the points where all weights of a neuron with c = 0 vanish are singular.
    public var dimension: Int { neurons.count * (incoming + outputs - 1) }
}

/// The topology of a product of quadrics, from how many there are of each kind. Exact, for any number of neurons.
public struct QuadricCounts: Sendable, Hashable {
    /// l₊, l₋, l₀: neurons with c > 0, c < 0, c = 0.
    public let positive, negative, zero: Int
    /// D.
    public let incoming: Int
    /// e.
    public let outputs: Int

    /// Counts of neurons of each kind with D incoming and e outgoing weights.
    public init(positive: Int, negative: Int, zero: Int = 0, incoming: Int, outputs: Int) {
        precondition(
            positive >= 0 && negative >= 0 && zero >= 0 && incoming > 0 && outputs > 0,
            "QuadricCounts: \(positive), \(negative), \(zero) neurons with \(incoming) and \(outputs) weights")
        self.positive = positive
        self.negative = negative
        self.zero = zero
        self.incoming = incoming
        self.outputs = outputs
    }

    /// log₂ of the number of components.
    public var componentBits: Int { (incoming == 1 ? positive : 0) + (outputs == 1 ? negative : 0) }

    /// β_0: the number of components.
    public var componentCount: BigUInt { BigUInt(1) << componentBits }

    /// The number of pieces that gradient flow keeps apart: on a cone the origin is never reached, so that signs stay there as well.
    public var flowComponentCount: BigUInt {
        BigUInt(1) << (componentBits + zero * ((incoming == 1 ? 1 : 0) + (outputs == 1 ? 1 : 0)))
    }

    /// The number of components up to rescaling and permuting neurons.
    public var effectiveComponentCount: BigUInt {
        (incoming == 1 ? BigUInt(positive + 1) : 1) * (outputs == 1 ? BigUInt(negative + 1) : 1)
    }

    /// Σ β_i t^i = (1 + t^{D−1})^{l₊} (1 + t^{e−1})^{l₋}, lowest degree first.
    /// - Throws: ``LandscapeError`` where the degree is too large to be written out.
    public func poincarePolynomial(limit: Int = 64) throws(LandscapeError) -> [BigUInt] {
        guard positive + negative <= limit else {
            throw LandscapeError(
                .usage, "Betti numbers", "the polynomial of \(positive + negative) quadrics is too long to write out",
                advice: "Its closed form is \(closedForm).")
        }
        var result: [BigUInt] = [1]
        for (count, degree) in [(positive, incoming - 1), (negative, outputs - 1)] {
            for _ in 0..<count {
                var next = result + [BigUInt](repeating: 0, count: degree)
                for (index, value) in result.enumerated() { next[index + degree] += value }
                result = next
            }
        }
        return result
    }

    /// `(1 + t)^2 · 2^3`.
    public var closedForm: String {
        let factors = [(positive, incoming - 1), (negative, outputs - 1)].compactMap { count, degree -> String? in
            guard count > 0 else { return nil }
            let base = degree == 0 ? "2" : degree == 1 ? "(1 + t)" : "(1 + t^\(degree))"
            return count == 1 ? base : "\(base)^\(count)"
        }
        return factors.isEmpty ? "1" : factors.joined(separator: " · ")
    }

    /// A polynomial as people write it: `1 + 2t + t²` becomes `1 + 2t + t^2`.
    public static func text(_ polynomial: [BigUInt]) -> String {
        let terms = polynomial.enumerated().compactMap { degree, value -> String? in
            guard value != 0 else { return nil }
            if degree == 0 { return "\(value)" }
            let power = degree == 1 ? "t" : "t^\(degree)"
            return value == 1 ? power : "\(value)\(power)"
        }
        return terms.joined(separator: " + ")
    }
}
