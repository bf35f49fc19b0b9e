/// A verb's typed settings: a plain `Codable` value whose keys are described by ``fields``.
///
/// Nested structures are addressed by dotted keys. Every stored property appears in `fields` (an optional one too),
/// under the name that its coding key has.
///
///     struct MapConfiguration: Configuration {
///         var depth = 30
///         var weightVariances = [1.0, 1.76]
///         var activation = Activation.tanh
///
///         static let fields = [
///             Field("depth", "number of weight layers", .integer(in: 3...10_000)),
///             Field("weightVariances", "values of σ_w² on the grid", .list(of: .number(above: 0))),
///             Field("activation", "activation function", .cases(of: Activation.self)),
///         ]
///     }
public protocol Configuration: Codable, Sendable, Equatable {
    /// The keys, in the order in which help and `config.yaml` show them.
    static var fields: [Field] { get }

    /// What no single field can check: relations between fields. Called after every field has been checked against its domain.
    func validate() throws(ConfigurationError)
}

extension Configuration {
    public func validate() throws(ConfigurationError) {}
}

/// A configuration that cannot be run: an unknown key, a value of the wrong type or out of range, or fields that do not fit together.
public struct ConfigurationError: Error, Sendable, Equatable {
    /// The dotted key; empty for a file that is not a mapping at all.
    public var key: String
    /// The value found, as text.
    public var found: String?
    /// The allowed values, in words.
    public var allowed: String?
    /// What is wrong, in words.
    public var problem: String
    /// The closest known name, where the name was misspelt.
    public var nearest: String?
    /// Where the value came from: `--set`, a file name, a preset.
    public var origin: String?

    /// For `validate()`: what is wrong with `key`, the value it has and what it may be.
    public init(
        key: String, _ problem: String, found: String? = nil, allowed: String? = nil, nearest: String? = nil, origin: String? = nil
    ) {
        self.key = key
        self.problem = problem
        self.found = found
        self.allowed = allowed
        self.nearest = nearest
        self.origin = origin
    }
}

extension ConfigurationError: CustomStringConvertible {
    public var description: String {
        var text = origin.map { "\($0): " } ?? ""
        if !key.isEmpty { text += "\(key): " }
        text += problem
        if let found { text += "; found \(found)" }
        if let allowed { text += "; allowed: \(allowed)" }
        if let nearest { text += "\nDid you mean '\(nearest)'?" }
        return text
    }

    /// As an error of category `usage` (exit status 64).
    public var loamError: LoamError {
        var copy = self
        copy.nearest = nil
        return LoamError(.usage, copy.description, advice: nearest.map { "Did you mean '\($0)'?" })
    }
}
