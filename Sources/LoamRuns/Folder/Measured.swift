/// A number that depends on the clock, as part of a cell's value.
///
/// The cell keeps it, so that a resumed run knows what its earlier sessions took. In the files that equal runs have in common
/// (``RunContext/saveJSON(_:to:)``, ``RunContext/record(_:)``) it is `null`; there it is read back as NaN.
@propertyWrapper
public struct Measured: Codable, Sendable {
    /// The number.
    public var wrappedValue: Double

    /// A measured number.
    public init(wrappedValue: Double) { self.wrappedValue = wrappedValue }

    static let isOmitted = CodingUserInfoKey(rawValue: "loam.omitsMeasured")!

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        wrappedValue = container.decodeNil() ? .nan : try container.decode(Double.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if encoder.userInfo[Self.isOmitted] != nil {
            try container.encodeNil()
        } else {
            try container.encode(wrappedValue)
        }
    }
}

extension Measured: Hashable {
    /// Numbers that are not known are equal.
    public static func == (left: Measured, right: Measured) -> Bool {
        left.wrappedValue == right.wrappedValue || (left.wrappedValue.isNaN && right.wrappedValue.isNaN)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(wrappedValue.isNaN ? 0 : wrappedValue) }
}

extension KeyedDecodingContainer {
    /// A measured number; NaN where there is none.
    public func decode(_ type: Measured.Type, forKey key: Key) throws -> Measured {
        try decodeIfPresent(type, forKey: key) ?? Measured(wrappedValue: .nan)
    }
}
