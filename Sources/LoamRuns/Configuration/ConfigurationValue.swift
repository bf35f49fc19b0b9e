import Foundation

/// A configuration as a tree, between a typed value and its text in YAML or JSON.
public indirect enum ConfigurationValue: Sendable, Hashable {
    case null
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([ConfigurationValue])
    case mapping([String: ConfigurationValue])
}

extension ConfigurationValue: Codable {
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    public init(from decoder: any Decoder) throws {
        if let container = try? decoder.container(keyedBy: Key.self) {
            var mapping: [String: ConfigurationValue] = [:]
            for key in container.allKeys { mapping[key.stringValue] = try container.decode(ConfigurationValue.self, forKey: key) }
            self = .mapping(mapping)
        } else if var container = try? decoder.unkeyedContainer() {
            var list: [ConfigurationValue] = []
            while !container.isAtEnd { list.append(try container.decode(ConfigurationValue.self)) }
            self = .list(list)
        } else {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let value = try? container.decode(Bool.self) {
                self = .boolean(value)
            } else if let value = try? container.decode(Int.self) {
                self = .integer(value)
            } else if let value = try? container.decode(String.self) {
                self = .text(value)
            } else {
                self = .number(try container.decode(Double.self))
            }
        }
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .mapping(let mapping):
            var container = encoder.container(keyedBy: Key.self)
            for (key, value) in mapping { try container.encode(value, forKey: Key(stringValue: key)) }
        case .list(let list):
            var container = encoder.unkeyedContainer()
            for value in list { try container.encode(value) }
        case .null:
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        case .boolean(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .integer(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .number(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .text(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        }
    }
}

extension ConfigurationValue {
    /// The tree of a typed value.
    init(encoding value: some Encodable) throws {
        self = try JSON.decode(ConfigurationValue.self, from: JSON.encode(value))
    }

    /// The typed value of a tree.
    func decoded<Value: Decodable>(as type: Value.Type) throws -> Value {
        try JSON.decode(type, from: JSON.encode(self))
    }

    /// The value at a dotted key; list elements by index. `nil` where there is none.
    public subscript(key: String) -> ConfigurationValue? {
        self[key.split(separator: ".", omittingEmptySubsequences: false)[...]]
    }

    private subscript(path: ArraySlice<Substring>) -> ConfigurationValue? {
        guard let first = path.first else { return self }
        switch self {
        case .mapping(let mapping): return mapping[String(first)]?[path.dropFirst()]
        case .list(let list):
            guard let index = Int(first), list.indices.contains(index) else { return nil }
            return list[index][path.dropFirst()]
        default: return nil
        }
    }

    /// Sets the value at a dotted key, making mappings on the way. The elements of lists must exist.
    mutating func set(_ value: ConfigurationValue, at key: String) {
        set(value, at: key.split(separator: ".", omittingEmptySubsequences: false)[...])
    }

    private mutating func set(_ value: ConfigurationValue, at path: ArraySlice<Substring>) {
        guard let first = path.first else {
            self = value
            return
        }
        if case .list(var list) = self, let index = Int(first), list.indices.contains(index) {
            list[index].set(value, at: path.dropFirst())
            self = .list(list)
            return
        }
        var mapping: [String: ConfigurationValue] = [:]
        if case .mapping(let existing) = self { mapping = existing }
        mapping[String(first), default: .null].set(value, at: path.dropFirst())
        self = .mapping(mapping)
    }

    /// The dotted keys of the leaves (anything but a mapping), sorted.
    var leafKeys: [String] {
        guard case .mapping(let mapping) = self else { return [] }
        return mapping.keys.sorted().flatMap { key in
            let inner = mapping[key]!
            guard case .mapping = inner else { return [key] }
            return inner.leafKeys.map { "\(key).\($0)" }
        }
    }
}

extension ConfigurationValue: CustomStringConvertible {
    /// The value as YAML in one line.
    public var description: String {
        switch self {
        case .null: return "null"
        case .boolean(let value): return value ? "true" : "false"
        case .integer(let value): return String(value)
        case .number(let value):
            if value.isNaN { return ".nan" }
            if value.isInfinite { return value > 0 ? ".inf" : "-.inf" }
            return compact(value)
        case .text(let value): return Self.quoted(value)
        case .list(let list): return "[" + list.map(\.description).joined(separator: ", ") + "]"
        case .mapping(let mapping):
            return "{" + mapping.keys.sorted().map { "\($0): \(mapping[$0]!)" }.joined(separator: ", ") + "}"
        }
    }

    /// A plain scalar where YAML cannot take it for anything else, a double-quoted one otherwise.
    private static func quoted(_ text: String) -> String {
        let plain = text.utf8.allSatisfy {
            (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 95
        }
        let words: Set = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
        let first = text.utf8.first ?? 0
        if plain, (97...122).contains(first) || (65...90).contains(first), !words.contains(text.lowercased()) { return text }
        return String(decoding: (try? JSON.encode(text)) ?? Data(), as: UTF8.self)
    }
}
