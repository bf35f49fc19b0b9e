import LoamTensor

/// Everything that a model (or an optimiser) has to remember, by dotted name, in order: PyTorch's `state_dict`.
public struct StateDictionary<Scalar: TensorScalar>: Sendable, Equatable {
    /// One remembered quantity.
    public enum Entry: Sendable, Equatable {
        /// A parameter, or a buffer such as a running mean.
        case tensor(Tensor<Scalar>)
        /// A count, such as `num_batches_tracked`; stored as one 64-bit integer.
        case integer(Int)
    }

    /// Names in order.
    public private(set) var names: [String] = []
    private var entries: [String: Entry] = [:]

    /// An empty dictionary.
    public init() {}

    /// The entry `name`, or nil. Assigning nil removes it.
    public subscript(name: String) -> Entry? {
        get { entries[name] }
        set {
            if let newValue {
                if entries.updateValue(newValue, forKey: name) == nil { names.append(name) }
            } else if entries.removeValue(forKey: name) != nil {
                names.removeAll { $0 == name }
            }
        }
    }

    /// The tensor `name`, or nil where there is none or it is a count.
    public func tensor(_ name: String) -> Tensor<Scalar>? {
        if case .tensor(let tensor) = entries[name] { return tensor }
        return nil
    }

    /// The count `name`, or nil where there is none or it is a tensor.
    public func integer(_ name: String) -> Int? {
        if case .integer(let value) = entries[name] { return value }
        return nil
    }

    /// The number of entries.
    public var count: Int { names.count }

    /// The entries whose names start with `prefix`, without it.
    public func entries(withPrefix prefix: String) -> StateDictionary {
        var result = StateDictionary()
        for name in names where name.hasPrefix(prefix) { result[String(name.dropFirst(prefix.count))] = entries[name] }
        return result
    }

    /// Adds the entries of `other`, each name preceded by `prefix`.
    public mutating func merge(_ other: StateDictionary, prefix: String = "") {
        for name in other.names { self[prefix + name] = other[name] }
    }
}

/// A state dictionary that does not fit a model: everything that is wrong, at once.
public struct StateDictionaryError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A tensor of another shape or sort than the model's.
    public struct Mismatch: Sendable, Hashable {
        /// The dotted name.
        public let name: String
        /// What the model has, such as `shape [64, 2]`.
        public let expected: String
        /// What the dictionary has.
        public let found: String
    }

    /// What the model has and the dictionary lacks.
    public let missing: [String]
    /// What the dictionary has and the model lacks.
    public let unexpected: [String]
    /// What both have, differently.
    public let mismatched: [Mismatch]

    public var description: String {
        var lines = ["the weights do not fit the model:"]
        if !missing.isEmpty { lines.append("  missing (\(missing.count)): " + missing.joined(separator: ", ")) }
        if !unexpected.isEmpty { lines.append("  unexpected (\(unexpected.count)): " + unexpected.joined(separator: ", ")) }
        for mismatch in mismatched { lines.append("  '\(mismatch.name)': the model has \(mismatch.expected), the weights \(mismatch.found)") }
        lines.append("  build the model with the options that the weights were made with; `strict: false` loads what fits by name")
        return lines.joined(separator: "\n")
    }
}

extension Module {
    /// The parameters, buffers and counts by PyTorch's names.
    public var stateDictionary: StateDictionary<Scalar> {
        var copy = self
        var collector = StateCollector<Scalar>()
        copy.visit(&collector)
        return collector.state
    }

    /// Takes parameters, buffers and counts over from `state`.
    ///
    /// - Parameters:
    ///   - state: entries by dotted name.
    ///   - strict: whether names that only one side has are an error; shapes must agree either way.
    /// - Returns: the names that were missing and unexpected; both are empty when strict.
    /// - Throws: ``StateDictionaryError`` listing everything that does not fit. The model is then unchanged.
    @discardableResult
    public mutating func load(
        _ state: StateDictionary<Scalar>, strict: Bool = true
    ) throws -> (missing: [String], unexpected: [String]) {
        var copy = self
        var loader = StateLoader(state)
        copy.visit(&loader)
        let seen = loader.seen
        let unexpected = state.names.filter { !seen.contains($0) }
        if !loader.mismatched.isEmpty || (strict && !(loader.missing.isEmpty && unexpected.isEmpty)) {
            throw StateDictionaryError(
                missing: strict ? loader.missing : [], unexpected: strict ? unexpected : [], mismatched: loader.mismatched)
        }
        self = copy
        return (loader.missing, unexpected)
    }
}

private struct StateCollector<Scalar: TensorScalar>: ParameterVisitor {
    var state = StateDictionary<Scalar>()
    private var path = NamePath()

    private mutating func add(_ name: String, _ entry: StateDictionary<Scalar>.Entry) {
        let full = path.full(name)
        precondition(state[full] == nil, "stateDictionary: two entries are named '\(full)'")
        state[full] = entry
    }
    mutating func parameter(_ name: String, _ tensor: inout Tensor<Scalar>) { add(name, .tensor(tensor.detached())) }
    mutating func buffer(_ name: String, _ tensor: inout Tensor<Scalar>) { add(name, .tensor(tensor.detached())) }
    mutating func counter(_ name: String, _ value: inout Int) { add(name, .integer(value)) }
    mutating func enter(_ name: String) { path.enter(name) }
    mutating func leave() { path.leave() }
}

private struct StateLoader<Scalar: TensorScalar>: ParameterVisitor {
    let state: StateDictionary<Scalar>
    var seen: Set<String> = []
    var missing: [String] = []
    var mismatched: [StateDictionaryError.Mismatch] = []
    private var path = NamePath()

    init(_ state: StateDictionary<Scalar>) { self.state = state }

    mutating func parameter(_ name: String, _ tensor: inout Tensor<Scalar>) { load(name, &tensor) }
    mutating func buffer(_ name: String, _ tensor: inout Tensor<Scalar>) { load(name, &tensor) }
    mutating func enter(_ name: String) { path.enter(name) }
    mutating func leave() { path.leave() }

    private mutating func load(_ name: String, _ tensor: inout Tensor<Scalar>) {
        let full = path.full(name)
        seen.insert(full)
        switch state[full] {
        case nil: missing.append(full)
        case .integer:
            mismatched.append(.init(name: full, expected: "shape \(tensor.shape)", found: "a count"))
        case .tensor(let value):
            if value.shape == tensor.shape {
                tensor = value.detached()
            } else {
                mismatched.append(.init(name: full, expected: "shape \(tensor.shape)", found: "shape \(value.shape)"))
            }
        }
    }

    mutating func counter(_ name: String, _ value: inout Int) {
        let full = path.full(name)
        seen.insert(full)
        switch state[full] {
        case nil: missing.append(full)
        case .integer(let count): value = count
        case .tensor(let tensor): mismatched.append(.init(name: full, expected: "a count", found: "shape \(tensor.shape)"))
        }
    }
}
