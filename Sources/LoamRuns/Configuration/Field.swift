/// One key of a configuration: what it means and which values it takes.
///
/// Validation, error messages, `--help` and the comments of `config.yaml` all come from here.
public struct Field: Sendable, Equatable {
    /// The dotted key, in the coding keys' own spelling: `depth`, `training.learningRate`.
    public let key: String
    /// What it is, with its unit where it has one: "largest depth, in layers".
    public let summary: String
    /// The allowed values.
    public let domain: Domain

    /// A key with its meaning and its values. The key must not be empty nor begin or end with a dot.
    public init(_ key: String, _ summary: String, _ domain: Domain) {
        precondition(!key.isEmpty && !key.hasPrefix(".") && !key.hasSuffix("."), "Field: malformed key '\(key)'")
        self.key = key
        self.summary = summary
        self.domain = domain
    }

    /// Keys that every run has; a configuration does not declare them.
    public static let reservedKeys = ["study", "verb", "preset", "scale", "seed", "threads"]
}

/// The set of values a field takes, as data.
public indirect enum Domain: Sendable, Equatable {
    case boolean
    case integer(Int, Int)
    case number(NumberRange)
    /// Any text.
    case text
    /// A file or folder name; `~` is expanded by the study that opens it.
    case path
    case choice([String])
    /// A list of values with between `minimum` and `maximum` elements.
    case list(of: Domain, minimum: Int, maximum: Int)
    /// A mapping with its own fields (as an element of a list; nested structures elsewhere use dotted keys).
    case record([Field])
    /// The domain, or `null`.
    case optional(Domain)

    /// An integer between two bounds, both allowed.
    public static func integer(in range: ClosedRange<Int>) -> Domain { .integer(range.lowerBound, range.upperBound) }
    /// An integer not below the bound.
    public static func integer(in range: PartialRangeFrom<Int>) -> Domain { .integer(range.lowerBound, .max) }
    /// A number between two bounds, both allowed.
    public static func number(in range: ClosedRange<Double>) -> Domain {
        .number(NumberRange(lower: range.lowerBound, upper: range.upperBound))
    }
    /// A finite number not below the bound.
    public static func number(atLeast lower: Double) -> Domain { .number(NumberRange(lower: lower)) }
    /// A finite number above the bound.
    public static func number(above lower: Double) -> Domain { .number(NumberRange(lower: lower, includesLower: false)) }
    /// Any finite number.
    public static var anyNumber: Domain { .number(NumberRange()) }
    /// A list of at least `minimum` elements.
    public static func list(of domain: Domain, minimum: Int = 1) -> Domain { .list(of: domain, minimum: minimum, maximum: .max) }
    /// The raw values of an enumeration.
    public static func cases<Value>(of type: Value.Type) -> Domain where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
        .choice(Value.allCases.map(\.rawValue))
    }
}

/// An interval of finite numbers, each end open, closed or absent.
public struct NumberRange: Sendable, Equatable {
    /// The lower bound; nil for none.
    public var lower: Double?
    /// The upper bound; nil for none.
    public var upper: Double?
    /// Whether the lower bound itself is allowed.
    public var includesLower: Bool
    /// Whether the upper bound itself is allowed.
    public var includesUpper: Bool

    /// All numbers, unless bounds are given.
    public init(lower: Double? = nil, upper: Double? = nil, includesLower: Bool = true, includesUpper: Bool = true) {
        self.lower = lower
        self.upper = upper
        self.includesLower = includesLower
        self.includesUpper = includesUpper
    }

    /// Whether a number lies inside. NaN and infinities never do.
    public func contains(_ value: Double) -> Bool {
        guard value.isFinite else { return false }
        if let lower, includesLower ? value < lower : value <= lower { return false }
        if let upper, includesUpper ? value > upper : value >= upper { return false }
        return true
    }
}

extension Domain {
    /// Whether any text is a value.
    var isText: Bool {
        switch self {
        case .text, .path: true
        case .optional(let domain): domain.isText
        default: false
        }
    }
}

extension Domain: CustomStringConvertible {
    /// The allowed values in words: "an integer from 1 to 200", "one of tanh, relu".
    public var description: String {
        switch self {
        case .boolean: return "true or false"
        case .integer(let lower, let upper):
            switch (lower, upper) {
            case (.min, .max): return "an integer"
            case (_, .max): return "an integer of at least \(lower)"
            case (.min, _): return "an integer of at most \(upper)"
            default: return "an integer from \(lower) to \(upper)"
            }
        case .number(let range): return range.description
        case .text: return "text"
        case .path: return "a file or folder"
        case .choice(let names): return "one of " + names.joined(separator: ", ")
        case .list(let domain, let minimum, let maximum):
            let count =
                switch (minimum, maximum) {
                case (0, .max): ""
                case (1, .max): "of at least 1 element, "
                case (_, .max): "of at least \(minimum) elements, "
                case (_, minimum): "of exactly \(minimum) elements, "
                default: "of \(minimum) to \(maximum) elements, "
                }
            return "a list \(count)each \(domain)"
        case .record(let fields): return "a mapping with " + fields.map { "\($0.key) (\($0.domain))" }.joined(separator: ", ")
        case .optional(let domain): return "\(domain), or null"
        }
    }
}

extension NumberRange: CustomStringConvertible {
    public var description: String {
        let low = lower.map { "\(includesLower ? "at least" : "above") \(compact($0))" }
        let high = upper.map { "\(includesUpper ? "at most" : "below") \(compact($0))" }
        switch (low, high) {
        case (nil, nil): return "a finite number"
        case (let low?, nil): return "a number \(low)"
        case (nil, let high?): return "a number \(high)"
        case (let low?, let high?):
            if includesLower, includesUpper { return "a number from \(compact(lower!)) to \(compact(upper!))" }
            return "a number \(low) and \(high)"
        }
    }
}

/// A number as a person writes it: no trailing `.0`.
func compact(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
}
