/// The symmetry that carries one network into another's component: the same function, other weights.
public struct Equivalence: Sendable, Hashable {
    /// `permutation[slot]` is the neuron of the first network that goes to `slot` of the second.
    public let permutation: [Int]
    /// The factor α of each slot: w is multiplied by it, a by α^{−κ}.
    public let factors: [Double]
    /// The first network, moved: it has the second's invariants and label.
    public let network: ShallowNetwork
}

/// Why no rescaling and permutation carries one network into another's component.
public struct Inequivalence: Sendable, Hashable, CustomStringConvertible {
    /// The slots that lack neurons, in words: `c < 0 with a > 0`.
    public let missing: String
    /// How many such slots the second network has.
    public let needed: Int
    /// How many neurons of the first could fill them.
    public let available: Int

    public var description: String { "needs \(needed) neurons fit for \(missing); \(available) are there" }
}

extension ShallowNetwork {
    /// Whether rescalings and a permutation of the neurons carry this network into the component of another, and which.
    ///
    /// A neuron can be moved to any c along its orbit, but keeps the signs of its weights. So a slot with c < 0 and one output takes
    /// neurons whose a has the frozen sign, a slot with c > 0 and one incoming weight those whose w has it; a slot with c > 0 needs w ≠ 0,
    /// one with c < 0 needs a ≠ 0. Slots are filled by augmenting paths (a bipartite matching); where that fails, Hall's condition names
    /// the class of slots that lacks neurons.
    public func equivalence(
        into other: ShallowNetwork, tolerance: Double = 1e-12
    ) throws(LandscapeError) -> Result<Equivalence, Inequivalence> {
        guard architecture == other.architecture else {
            throw LandscapeError(
                .usage, "equivalence", "the networks differ in shape: \(architecture.summary) and \(other.architecture.summary)")
        }
        let slots = try InvariantSet(other, tolerance: tolerance)
        let count = architecture.hidden
        let sets = slots.neurons.map { slot in (0..<count).filter { accepts(slot, neuron: $0) } }
        var owner = [Int?](repeating: nil, count: count)  // neuron → slot
        for slot in 0..<count {
            var visited = Set<Int>()
            guard place(slot, sets, &owner, &visited) else {
                // Hall: the slots reached from here compete for too few neurons.
                let rivals = Set(visited.compactMap { owner[$0] } + [slot])
                return .failure(
                    Inequivalence(
                        missing: Self.name(slots.neurons[slot]), needed: rivals.count, available: visited.count))
            }
        }
        var permutation = [Int](repeating: 0, count: count)
        for (neuron, slot) in owner.enumerated() { permutation[slot!] = neuron }
        let moved = self.permuted(permutation)
        let result = try moved.rescaled(toInvariants: slots.values)
        let factors = (0..<count).map { k -> Double in
            let (before, after) = (moved.squaredNorms(k), result.squaredNorms(k))
            return before.incoming > 0
                ? (after.incoming / before.incoming).squareRoot()
                : before.outgoing > 0 ? (before.outgoing / after.outgoing).squareRoot() : 1
        }
        return .success(Equivalence(permutation: permutation, factors: factors, network: result))
    }

    /// The network with its neurons in another order: `order[k]` goes to place k.
    public func permuted(_ order: [Int]) -> ShallowNetwork {
        precondition(order.sorted() == Array(0..<architecture.hidden), "ShallowNetwork.permuted: \(order) is no permutation")
        let size = architecture.neuronSize
        var result = parameters
        for (place, k) in order.enumerated() {
            result.replaceSubrange(place * size..<(place + 1) * size, with: parameters[k * size..<(k + 1) * size])
        }
        return ShallowNetwork(architecture, parameters: result)
    }

    private func accepts(_ slot: NeuronInvariant, neuron k: Int) -> Bool {
        let norms = squaredNorms(k)
        func has(_ sign: Int, _ value: Double) -> Bool { sign > 0 ? value > 0 : value < 0 }
        if let sign = slot.frozenOutputSign, !has(sign, outgoing(k).first!) { return false }
        if let sign = slot.frozenInputSign, !has(sign, incoming(k).first!) { return false }
        switch slot.kind {
        case .positive: return norms.incoming > 0
        case .negative: return norms.outgoing > 0
        case .zero: return norms.incoming > 0 && norms.outgoing > 0
        case .origin: return norms.incoming == 0 && norms.outgoing == 0
        }
    }

    private func place(_ slot: Int, _ sets: [[Int]], _ owner: inout [Int?], _ visited: inout Set<Int>) -> Bool {
        for neuron in sets[slot] where visited.insert(neuron).inserted {
            guard let rival = owner[neuron] else {
                owner[neuron] = slot
                return true
            }
            if place(rival, sets, &owner, &visited) {
                owner[neuron] = slot
                return true
            }
        }
        return false
    }

    private static func name(_ slot: NeuronInvariant) -> String {
        let kind =
            switch slot.kind {
            case .positive: "c > 0"
            case .negative: "c < 0"
            case .zero: "c = 0"
            case .origin: "all weights 0"
            }
        let signs = [
            slot.frozenOutputSign.map { $0 > 0 ? "a > 0" : "a < 0" }, slot.frozenInputSign.map { $0 > 0 ? "w > 0" : "w < 0" },
        ].compactMap { $0 }
        return signs.isEmpty ? kind : "\(kind) with \(signs.joined(separator: ", "))"
    }
}

extension Inequivalence: Error {}
