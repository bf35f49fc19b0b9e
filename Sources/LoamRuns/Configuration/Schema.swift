import Foundation
import Yams

/// The fields of a configuration, and how text becomes values of their domains.
struct Schema: Sendable {
    let fields: [Field]

    init(_ fields: [Field]) {
        let keys = fields.map(\.key)
        precondition(Set(keys).count == keys.count, "Configuration: a key is declared twice in \(keys)")
        precondition(
            !keys.contains(where: Field.reservedKeys.contains), "Configuration: the keys \(Field.reservedKeys) belong to every run")
        self.fields = fields
    }

    /// Puts the value of a YAML node into `tree` at a dotted key, checked against the field's domain.
    func apply(_ node: Node, at key: String, to tree: inout ConfigurationValue, origin: String) throws(ConfigurationError) {
        if let field = fields.first(where: { $0.key == key }) {
            tree.set(try coerce(node, to: field.domain, key: key, origin: origin), at: key)
            return
        }
        let prefix = key.isEmpty ? "" : key + "."
        if key.isEmpty || fields.contains(where: { $0.key.hasPrefix(prefix) }) {
            guard case .mapping(let mapping) = node else {
                throw ConfigurationError(key: key, "a mapping is needed", found: text(of: node), origin: origin)
            }
            for (name, value) in mapping {
                guard let name = name.scalar?.string else { throw ConfigurationError(key: key, "a key must be text", origin: origin) }
                try apply(value, at: prefix + name, to: &tree, origin: origin)
            }
            return
        }
        if let field = fields.first(where: { key.hasPrefix($0.key + ".") }) {
            let domain = try elementDomain(of: field, key: key, in: tree, origin: origin)
            tree.set(try coerce(node, to: domain, key: key, origin: origin), at: key)
            return
        }
        throw unknown(key, origin: origin)
    }

    /// Applies `key=value`, the value being YAML.
    func apply(assignment: String, to tree: inout ConfigurationValue, origin: String = "--set") throws(ConfigurationError) {
        let (key, value) = try Schema.split(assignment: assignment, origin: origin)
        var node = Schema.node(of: value)
        // Text that happens to look like a mapping or a list is text where text is wanted.
        if node.scalar == nil, let field = fields.first(where: { $0.key == key }), field.domain.isText {
            node = Node(value, Tag(.str), .plain)
        }
        try apply(node, at: key, to: &tree, origin: origin)
    }

    /// The key and the value of `key=value`.
    static func split(assignment: String, origin: String = "--set") throws(ConfigurationError) -> (key: String, value: String) {
        guard let equals = assignment.firstIndex(of: "="), equals > assignment.startIndex else {
            throw ConfigurationError(key: "", "an assignment has the form key=value", found: "'\(assignment)'", origin: origin)
        }
        return (
            assignment[..<equals].trimmingCharacters(in: .whitespaces),
            String(assignment[assignment.index(after: equals)...])
        )
    }

    /// A value given on the command line: YAML where it is YAML, the bare text otherwise.
    static func node(of value: String) -> Node {
        let trimmed = value.trimmingCharacters(in: .whitespacesAndNewlines)
        if let node = try? Yams.compose(yaml: trimmed) { return node }
        return Node(trimmed, Tag(.str), .plain)
    }

    /// Checks a whole tree: every field present and inside its domain, nothing beside them.
    func check(_ tree: ConfigurationValue, origin: String) throws(ConfigurationError) {
        for field in fields {
            guard let value = tree[field.key] else { throw ConfigurationError(key: field.key, "the value is missing", origin: origin) }
            try check(value, field.domain, key: field.key, origin: origin)
        }
        for key in tree.leafKeys where !fields.contains(where: { $0.key == key || key.hasPrefix($0.key + ".") }) {
            throw unknown(key, origin: origin)
        }
    }

    /// Adds the nulls that a synthesised `encode` leaves out, and makes whole numbers of number fields numbers.
    func normalized(_ tree: ConfigurationValue) -> ConfigurationValue {
        var result = tree
        for field in fields {
            if let value = tree[field.key] {
                result.set(normalized(value, field.domain), at: field.key)
            } else if case .optional = field.domain {
                result.set(.null, at: field.key)
            }
        }
        return result
    }

    private func normalized(_ value: ConfigurationValue, _ domain: Domain) -> ConfigurationValue {
        switch (value, domain) {
        case (.integer(let value), .number): return .number(Double(value))
        case (.list(let list), .list(let element, _, _)): return .list(list.map { normalized($0, element) })
        case (.mapping, .record(let fields)): return Schema(fields).normalized(value)
        case (_, .optional(let inner)): return normalized(value, inner)
        default: return value
        }
    }

    func unknown(_ key: String, origin: String) -> ConfigurationError {
        let keys = fields.map(\.key) + ["seed", "threads"]
        return ConfigurationError(
            key: key, "there is no such key", allowed: keys.joined(separator: ", "), nearest: nearestMatch(to: key, in: keys),
            origin: origin)
    }

    /// The domain of part of a list: `layers.0.width`.
    private func elementDomain(of field: Field, key: String, in tree: ConfigurationValue, origin: String) throws(ConfigurationError)
        -> Domain
    {
        var domain = field.domain
        var path = field.key
        for part in key.dropFirst(field.key.count + 1).split(separator: ".", omittingEmptySubsequences: false) {
            if case .optional(let inner) = domain { domain = inner }
            switch domain {
            case .list(let element, _, _):
                guard case .list(let list)? = tree[path], let index = Int(part), list.indices.contains(index) else {
                    let count = if case .list(let list)? = tree[path] { list.count } else { 0 }
                    throw ConfigurationError(
                        key: key, "'\(part)' is not an index of \(path)", found: "'\(part)'",
                        allowed: count == 0 ? "none (the list is empty)" : "0 to \(count - 1)", origin: origin)
                }
                domain = element
            case .record(let fields):
                guard let inner = fields.first(where: { $0.key == part }) else {
                    throw ConfigurationError(
                        key: key, "there is no such key", allowed: fields.map(\.key).joined(separator: ", "),
                        nearest: nearestMatch(to: String(part), in: fields.map(\.key)), origin: origin)
                }
                domain = inner.domain
            default:
                throw unknown(key, origin: origin)
            }
            path += ".\(part)"
        }
        return domain
    }
}

/// A YAML node as text for a message, shortened.
func text(of node: Node) -> String {
    let text =
        switch node {
        case .scalar(let scalar): "'\(scalar.string)'"
        case .sequence(let sequence): "a list of \(sequence.count)"
        case .mapping(let mapping): "a mapping of \(mapping.count)"
        case .alias: "an alias"
        }
    return text.count > 80 ? text.prefix(79) + "…" : text
}
