/// A small change of an initialisation that removes its obstruction.
public struct Repair: Sendable, Hashable, CustomStringConvertible {
    /// What is changed.
    public enum Change: Sendable, Hashable {
        /// These neurons are rescaled to c > 0: the function stays the same, their signs become free.
        case rescale([Int])
        /// The output weights of these neurons change sign: the function changes.
        case flip([Int])
    }

    /// The change.
    public let change: Change
    /// The changed network.
    public let network: ShallowNetwork
    /// The floor of its component.
    public let floor: Double

    /// Whether the function stays the same.
    public var keepsFunction: Bool {
        if case .rescale = change { return true }
        return false
    }

    public var description: String {
        switch change {
        case .rescale(let neurons):
            "rescale neuron\(neurons.count == 1 ? "" : "s") \(neurons.map(String.init).joined(separator: ", ")) to c > 0 (same function)"
        case .flip(let neurons): "flip \(neurons.map { "a[\($0)]" }.joined(separator: ", "))"
        }
    }

    /// The smallest changes after which the component allows the least loss, those that keep the function first.
    ///
    /// Subsets of the frozen neurons are tried in order of size, up to `limit` neurons, until one size succeeds; exact floors decide.
    public static func options(
        _ network: ShallowNetwork, _ samples: Samples, limit: Int = 3, tolerance: Double = 1e-6
    ) throws -> [Repair] {
        let shape = network.architecture
        let floor = try PlanarFloor(samples, activation: shape.activation, hiddenBias: shape.hiddenBias)
        let best = try floor.minimum(SignBudget(positive: 0, negative: 0, free: shape.hidden)).loss
        let set = try InvariantSet(network)
        let frozen = set.neurons.indices.filter { set.neurons[$0].frozenOutputSign != nil }
        let margin = tolerance * max(floor.zeroLoss, 1e-300)
        var result: [Repair] = []
        for isRescaling in [true, false] {
            for size in 1...max(1, min(limit, frozen.count)) {
                var found: [Repair] = []
                for neurons in subsets(frozen, size) {
                    guard let changed = try? isRescaling ? rescaled(network, set, neurons) : flipped(network, neurons) else { continue }
                    let loss = try floor.minimum(SignBudget(InvariantSet(changed))).loss
                    if loss <= best + margin {
                        found.append(Repair(change: isRescaling ? .rescale(neurons) : .flip(neurons), network: changed, floor: loss))
                    }
                }
                result += found
                if !found.isEmpty { break }
            }
        }
        return result
    }

    private static func rescaled(_ network: ShallowNetwork, _ set: InvariantSet, _ neurons: [Int]) throws -> ShallowNetwork {
        var c = set.values
        for k in neurons { c[k] = max(abs(c[k]), 1e-3) }
        return try network.rescaled(toInvariants: c)
    }

    private static func flipped(_ network: ShallowNetwork, _ neurons: [Int]) -> ShallowNetwork {
        var changed = network
        for k in neurons { changed.scale(k, incoming: 1, outgoing: -1) }
        return changed
    }

    static func subsets(_ items: [Int], _ size: Int) -> [[Int]] {
        guard size > 0 else { return [[]] }
        guard items.count >= size else { return [] }
        let (first, rest) = (items[0], Array(items.dropFirst()))
        return subsets(rest, size - 1).map { [first] + $0 } + subsets(rest, size)
    }
}
