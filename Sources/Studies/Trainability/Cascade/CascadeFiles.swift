import Foundation
import LoamNN
import LoamTensor

extension Cascade {
    /// All numbers: `net.ℓ.weight`, `net.ℓ.bias`, `head.ℓ.weight`, `head.ℓ.bias`, ℓ from 1 (`net.ℓ.0.weight` … in residual blocks).
    public var stateDictionary: StateDictionary<Scalar> {
        var state = StateDictionary<Scalar>()
        state.merge(network.stateDictionary, prefix: "net.")
        for (index, head) in heads.enumerated() { state.merge(head.stateDictionary, prefix: "head.\(index + 1).") }
        return state
    }

    /// Writes ``stateDictionary`` as safetensors.
    public func save(to url: URL) throws { try stateDictionary.write(to: url) }

    /// A cascade with the numbers of a file that ``save(to:)`` or another program wrote.
    ///
    /// - Parameters:
    ///   - rule, unpools: what the heads apply; numbers alone do not tell.
    ///   - seed: of what a later training draws.
    /// - Throws: file errors; `StateDictionaryError` that lists all tensors that are missing, left over or of another shape.
    public init(
        _ architecture: Architecture, _ state: StateDictionary<Scalar>, rule: HeadActivationRule, unpools: Bool = false, seed: UInt64
    ) throws {
        var network = Network<Scalar>(architecture, variances: InitialVariances(weight: 1, bias: 0), seed: seed)
        try network.load(state.entries(withPrefix: "net."))
        self.init(network: network, seed: seed)
        for layer in 1...architecture.depth {
            let own = state.entries(withPrefix: "head.\(layer).")
            var head = Head<Scalar>(of: layer, in: architecture, rule: rule, unpool: unpools, seed: seed)
            if own.count == 0, !head.parts.isEmpty { break }
            if !head.parts.isEmpty { try head.load(own) }
            heads.append(head)
        }
    }
}
