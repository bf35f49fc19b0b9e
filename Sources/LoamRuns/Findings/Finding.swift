/// One measured quantity beside its reference: a published number, a theorem or a closed form.
public struct Finding: Sendable, Equatable {
    /// How the value is judged.
    public enum Comparison: Sendable, Equatable {
        /// |value − reference| ≤ tolerance.
        case within(reference: Double, tolerance: Double)
        /// value ≥ reference − tolerance.
        case atLeast(reference: Double, tolerance: Double)
        /// value ≤ reference + tolerance.
        case atMost(reference: Double, tolerance: Double)
        /// lower − tolerance ≤ value ≤ upper + tolerance.
        case between(lower: Double, upper: Double, tolerance: Double)
        /// Shown, not judged; with the number it stands beside where there is one.
        case informational(reference: Double?)
    }

    /// How a finding came out.
    public enum Verdict: String, Codable, Sendable, CaseIterable {
        case passed, failed, informational
    }

    /// Stable, unique within a run: `front.sigma-w2-1.0`.
    public let id: String
    /// What was measured, in words and symbols, with its unit.
    public let quantity: String
    /// The measured number.
    public let value: Double
    /// Standard error of the value, where it was estimated.
    public let standardError: Double?
    /// How it is judged, with its reference.
    public let comparison: Comparison
    /// Where the reference comes from: a figure, an equation, a theorem.
    public let source: String

    /// A measured value beside its reference.
    public init(
        id: String, quantity: String, value: Double, standardError: Double? = nil, _ comparison: Comparison, source: String
    ) {
        self.id = id
        self.quantity = quantity
        self.value = value
        self.standardError = standardError
        self.comparison = comparison
        self.source = source
    }

    /// Computed from the numbers. A value that is NaN fails every judged comparison; equal infinities agree.
    public var verdict: Verdict {
        let holds: Bool
        switch comparison {
        case .within(let reference, let tolerance): holds = value == reference || abs(value - reference) <= tolerance
        case .atLeast(let reference, let tolerance): holds = value >= reference - tolerance
        case .atMost(let reference, let tolerance): holds = value <= reference + tolerance
        case .between(let lower, let upper, let tolerance): holds = value >= lower - tolerance && value <= upper + tolerance
        case .informational: return .informational
        }
        return holds ? .passed : .failed
    }

    /// The number the value stands beside: `nil` for an interval and where there is none.
    public var reference: Double? {
        switch comparison {
        case .within(let reference, _), .atLeast(let reference, _), .atMost(let reference, _): reference
        case .between: nil
        case .informational(let reference): reference
        }
    }

    /// Absolute tolerance; `nil` where nothing is judged.
    public var tolerance: Double? {
        switch comparison {
        case .within(_, let tolerance), .atLeast(_, let tolerance), .atMost(_, let tolerance), .between(_, _, let tolerance): tolerance
        case .informational: nil
        }
    }
}

extension Finding: Codable {
    private enum Key: String, CodingKey {
        case id, quantity, value, standardError, comparison, reference, tolerance, lower, upper, source, verdict
    }

    private enum Kind: String, Codable { case within, atLeast, atMost, between, informational }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(id, forKey: .id)
        try container.encode(quantity, forKey: .quantity)
        try container.encode(value, forKey: .value)
        try container.encodeIfPresent(standardError, forKey: .standardError)
        try container.encodeIfPresent(reference, forKey: .reference)
        try container.encodeIfPresent(tolerance, forKey: .tolerance)
        let kind: Kind
        switch comparison {
        case .within: kind = .within
        case .atLeast: kind = .atLeast
        case .atMost: kind = .atMost
        case .informational: kind = .informational
        case .between(let lower, let upper, _):
            kind = .between
            try container.encode(lower, forKey: .lower)
            try container.encode(upper, forKey: .upper)
        }
        try container.encode(kind, forKey: .comparison)
        try container.encode(source, forKey: .source)
        try container.encode(verdict, forKey: .verdict)
    }

    /// The verdict is not read back: it follows from the numbers.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let number = { (key: Key) in try container.decode(Double.self, forKey: key) }
        let comparison: Comparison
        switch try container.decode(Kind.self, forKey: .comparison) {
        case .within: comparison = .within(reference: try number(.reference), tolerance: try number(.tolerance))
        case .atLeast: comparison = .atLeast(reference: try number(.reference), tolerance: try number(.tolerance))
        case .atMost: comparison = .atMost(reference: try number(.reference), tolerance: try number(.tolerance))
        case .between:
            comparison = .between(lower: try number(.lower), upper: try number(.upper), tolerance: try number(.tolerance))
        case .informational: comparison = .informational(reference: try container.decodeIfPresent(Double.self, forKey: .reference))
        }
        self.init(
            id: try container.decode(String.self, forKey: .id), quantity: try container.decode(String.self, forKey: .quantity),
            value: try number(.value), standardError: try container.decodeIfPresent(Double.self, forKey: .standardError), comparison,
            source: try container.decode(String.self, forKey: .source))
    }
}
