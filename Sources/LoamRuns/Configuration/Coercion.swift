import Foundation
import Yams

extension Schema {
    /// The value of a YAML node in a domain. Plain scalars take the domain's type; quoted ones are text.
    func coerce(_ node: Node, to domain: Domain, key: String, origin: String) throws(ConfigurationError) -> ConfigurationValue {
        func mismatch(_ problem: String) -> ConfigurationError {
            ConfigurationError(key: key, problem, found: text(of: node), allowed: domain.description, origin: origin)
        }
        let scalar = node.scalar
        let isPlain = scalar.map { $0.style == .plain || $0.style == .any } ?? false
        switch domain {
        case .optional(let inner):
            if isPlain, ["null", "~", ""].contains(scalar!.string.lowercased()) { return .null }
            return try coerce(node, to: inner, key: key, origin: origin)
        case .boolean:
            guard isPlain, let value = ["true": true, "false": false][scalar!.string.lowercased()] else {
                throw mismatch("not true or false")
            }
            return .boolean(value)
        case .integer(let lower, let upper):
            guard isPlain, let value = Schema.integer(scalar!.string) else { throw mismatch("not an integer") }
            guard value >= lower, value <= upper else { throw mismatch("out of range") }
            return .integer(value)
        case .number(let range):
            guard isPlain, let value = Schema.number(scalar!.string) else { throw mismatch("not a number") }
            guard range.contains(value) else { throw mismatch(value.isFinite ? "out of range" : "not a finite number") }
            return .number(value)
        case .text, .path:
            guard let scalar else { throw mismatch("not text") }
            return .text(scalar.string)
        case .choice(let names):
            guard let scalar else { throw mismatch("not a name") }
            guard names.contains(scalar.string) else {
                var error = mismatch("unknown value")
                error.nearest = nearestMatch(to: scalar.string, in: names)
                throw error
            }
            return .text(scalar.string)
        case .list(let element, let minimum, let maximum):
            var values: [ConfigurationValue] = []
            for (index, item) in try items(of: node, element: element, isPlain: isPlain, mismatch: mismatch).enumerated() {
                values.append(try coerce(item, to: element, key: "\(key)[\(index)]", origin: origin))
            }
            guard values.count >= minimum, values.count <= maximum else { throw mismatch("wrong number of elements, \(values.count)") }
            return .list(values)
        case .record(let fields):
            guard case .mapping = node else { throw mismatch("not a mapping") }
            let schema = Schema(fields)
            var record = ConfigurationValue.mapping([:])
            do {
                try schema.apply(node, at: "", to: &record, origin: origin)
                record = schema.normalized(record)
                try schema.check(record, origin: origin)
            } catch {
                var copy = error
                copy.key = "\(key).\(error.key)"
                throw copy
            }
            return record
        }
    }

    /// Checks a value that is typed already (a preset's).
    func check(_ value: ConfigurationValue, _ domain: Domain, key: String, origin: String) throws(ConfigurationError) {
        func mismatch(_ problem: String) -> ConfigurationError {
            ConfigurationError(key: key, problem, found: value.description, allowed: domain.description, origin: origin)
        }
        switch (domain, value) {
        case (.optional, .null), (.boolean, .boolean), (.text, .text), (.path, .text): return
        case (.optional(let inner), _): try check(value, inner, key: key, origin: origin)
        case (.integer(let lower, let upper), .integer(let found)):
            if found < lower || found > upper { throw mismatch("out of range") }
        case (.number(let range), .number(let found)):
            if !range.contains(found) { throw mismatch("out of range") }
        case (.number, .integer(let found)): try check(.number(Double(found)), domain, key: key, origin: origin)
        case (.choice(let names), .text(let found)):
            if !names.contains(found) { throw mismatch("unknown value") }
        case (.list(let element, let minimum, let maximum), .list(let list)):
            if list.count < minimum || list.count > maximum { throw mismatch("wrong number of elements, \(list.count)") }
            for (index, item) in list.enumerated() { try check(item, element, key: "\(key)[\(index)]", origin: origin) }
        case (.record(let fields), .mapping): try Schema(fields).check(value, origin: origin)
        default: throw mismatch("wrong type")
        }
    }

    /// The elements of a list: a YAML sequence, `1, 2, 3`, a range `start:stop:step` (both ends included), or one value.
    private func items(
        of node: Node, element: Domain, isPlain: Bool, mismatch: (String) -> ConfigurationError
    ) throws(ConfigurationError) -> [Node] {
        if case .sequence(let sequence) = node { return Array(sequence) }
        guard isPlain, let string = node.scalar?.string else { throw mismatch("not a list") }
        if string.isEmpty { return [] }
        let isNumeric =
            switch element {
            case .integer, .number: true
            default: false
            }
        let bounds = string.split(separator: ":", omittingEmptySubsequences: false)
        guard isNumeric, bounds.count == 3 else {
            return string.split(separator: ",", omittingEmptySubsequences: false).map {
                Node($0.trimmingCharacters(in: .whitespaces), Tag(.implicit), .plain)
            }
        }
        let numbers = bounds.compactMap { Schema.number(String($0)) }
        guard numbers.count == 3, numbers.allSatisfy(\.isFinite), numbers[2] != 0, (numbers[1] - numbers[0]) / numbers[2] >= 0 else {
            throw mismatch("not a range start:stop:step")
        }
        let steps = ((numbers[1] - numbers[0]) / numbers[2] * (1 + 1e-12) + 1e-9).rounded(.down)
        guard steps < 1_000_000 else { throw mismatch("a range of more than a million values") }
        return (0...Int(steps)).map { Node(compact(Schema.rounded(numbers[0] + Double($0) * numbers[2])), Tag(.implicit), .plain) }
    }

    /// Removes the last digits that stepping by a decimal fraction leaves: 0.1 + 2 × 0.1 is 0.3.
    private static func rounded(_ value: Double) -> Double { Double(String(format: "%.12g", value)) ?? value }

    static func integer(_ string: String) -> Int? {
        if let value = Int(string) { return value }
        guard let value = Double(string), value == value.rounded(), abs(value) < 9e15 else { return nil }
        return Int(value)
    }

    static func number(_ string: String) -> Double? {
        switch string.lowercased() {
        case ".inf", "+.inf": return .infinity
        case "-.inf": return -.infinity
        case ".nan": return .nan
        default: return Double(string)
        }
    }
}
