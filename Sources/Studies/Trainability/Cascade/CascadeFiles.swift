import Foundation
import LoamNN
import LoamRuns
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
    /// A file may hold a deeper network: the stages beyond the architecture's are left alone, so that the body of a classifier can be
    /// looked at. It may hold no heads, or those of the first stages.
    ///
    /// - Parameters:
    ///   - rule, unpools: what the heads apply; numbers alone do not tell.
    ///   - seed: of what a later training draws.
    /// - Throws: ``WeightsMismatch`` that lists all tensors that are missing, left over or of another shape.
    public init(
        _ architecture: Architecture, _ state: StateDictionary<Scalar>, rule: HeadActivationRule, unpools: Bool = false, seed: UInt64
    ) throws {
        var network = Network<Scalar>(architecture, variances: InitialVariances(weight: 1, bias: 0), seed: seed)
        var mismatch = WeightsMismatch()
        try mismatch.load(state.stages("net.", through: architecture.depth), into: &network, prefix: "net.")
        self.init(network: network, seed: seed)
        let numbers = state.names.compactMap { stageNumber(of: $0, "head.") }
        for layer in 1...architecture.depth {
            var head = Head<Scalar>(of: layer, in: architecture, rule: rule, unpool: unpools, seed: seed)
            guard layer <= numbers.max() ?? 0 || (head.parts.isEmpty && !numbers.isEmpty) else { break }
            try mismatch.load(state.entries(withPrefix: "head.\(layer)."), into: &head, prefix: "head.\(layer).")
            heads.append(head)
        }
        mismatch.unexpected += state.names.filter { name in
            !name.hasPrefix("net.") && stageNumber(of: name, "head.").map { $0 > architecture.depth } ?? true
        }
        if !mismatch.isEmpty { throw mismatch }
    }
}

extension Network {
    /// The network of a file with tensors `net.ℓ.weight`, `net.ℓ.bias`; heads in it are left alone.
    ///
    /// - Throws: ``WeightsMismatch`` that lists all tensors that are missing, left over or of another shape.
    public init(_ architecture: Architecture, _ state: StateDictionary<Scalar>) throws {
        self.init(architecture, variances: InitialVariances(weight: 1, bias: 0), seed: 0)
        var mismatch = WeightsMismatch()
        try mismatch.load(state.entries(withPrefix: "net."), into: &self, prefix: "net.")
        mismatch.unexpected += state.names.filter { !$0.hasPrefix("net.") && !$0.hasPrefix("head.") }
        if !mismatch.isEmpty { throw mismatch }
    }
}

extension Network {
    /// The tensors `net.ℓ.weight`, `net.ℓ.bias` of a file of weights.
    var weightFile: StateDictionary<Scalar> {
        var state = StateDictionary<Scalar>()
        state.merge(stateDictionary, prefix: "net.")
        return state
    }
}

extension StateDictionary {
    /// The entries `PREFIXℓ.…` with ℓ up to `last`, without the prefix; names that are no stage's too, so that they are found out.
    fileprivate func stages(_ prefix: String, through last: Int) -> StateDictionary {
        var result = StateDictionary()
        for name in names where name.hasPrefix(prefix) {
            if let number = stageNumber(of: name, prefix), number > last { continue }
            result[String(name.dropFirst(prefix.count))] = self[name]
        }
        return result
    }
}

/// ℓ of a name `PREFIXℓ.…`, ℓ from 1.
private func stageNumber(of name: String, _ prefix: String) -> Int? {
    guard name.hasPrefix(prefix), let digits = name.dropFirst(prefix.count).split(separator: ".").first else { return nil }
    return Int(digits).flatMap { $0 >= 1 ? $0 : nil }
}

/// Weights that do not fit a network: everything that is wrong, at once.
public struct WeightsMismatch: Error, Hashable, Sendable, CustomStringConvertible {
    /// What the network has and the weights lack, and the other way round.
    public internal(set) var missing: [String] = []
    /// What the weights have and the network lacks.
    public internal(set) var unexpected: [String] = []
    /// What both have, differently: the name and both shapes in words.
    public internal(set) var mismatched: [String] = []

    var isEmpty: Bool { missing.isEmpty && unexpected.isEmpty && mismatched.isEmpty }

    mutating func load<Model: Module>(_ state: StateDictionary<Model.Scalar>, into model: inout Model, prefix: String) throws {
        do {
            try model.load(state)
        } catch let error as StateDictionaryError {
            missing += error.missing.map { prefix + $0 }
            unexpected += error.unexpected.map { prefix + $0 }
            mismatched += error.mismatched.map { "\(prefix)\($0.name): the network has \($0.expected), the weights \($0.found)" }
        }
    }

    public var description: String {
        func list(_ what: String, _ names: [String]) -> String? {
            names.isEmpty ? nil : "\(what) (\(names.count)): " + names.joined(separator: ", ")
        }
        let lists = [list("missing", missing), list("unexpected", unexpected), list("of another shape", mismatched)]
        return "the weights do not fit the network; " + lists.compactMap { $0 }.joined(separator: "; ")
    }
}

/// Reading the files of weights that a configuration names.
enum WeightFiles {
    /// All tensors of a safetensors file.
    ///
    /// - Throws: `LoamError` where the file is not there; `FileFormatError` where it is damaged.
    static func read<Scalar: TensorScalar>(_ path: String, _: Scalar.Type) throws -> StateDictionary<Scalar> {
        let path = (path as NSString).expandingTildeInPath
        guard FileManager.default.fileExists(atPath: path) else {
            throw LoamError(
                .noInput, "there is no such file of weights", at: path,
                advice: "Give a safetensors file with tensors net.1.weight, net.1.bias, …: `recommend`, `train` and `cascade` write them.")
        }
        return try StateDictionary(contentsOf: URL(filePath: path))
    }

    /// What `body` makes of a file's tensors; a mismatch becomes an error that names the file.
    static func fitting<Value>(_ path: String, _ advice: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let mismatch as WeightsMismatch {
            throw LoamError(.badData, mismatch.description, at: path, advice: advice)
        }
    }
}
