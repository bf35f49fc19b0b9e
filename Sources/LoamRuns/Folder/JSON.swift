import Foundation

/// JSON as run folders use it: keys sorted, NaN and infinities as the strings "nan", "inf" and "-inf".
public enum JSON {
    /// The value as JSON; dates are ISO 8601.
    /// - Throws: ``LoamError`` of category `internal` where the value cannot be written.
    public static func encode(_ value: some Encodable, pretty: Bool = false) throws -> Data {
        try encode(value, pretty: pretty, omitsMeasured: false)
    }

    /// The value as JSON; with `omitsMeasured` every ``Measured`` number is `null`.
    static func encode(_ value: some Encodable, pretty: Bool = false, omitsMeasured: Bool) throws -> Data {
        let encoder = JSONEncoder()
        if omitsMeasured { encoder.userInfo[Measured.isOmitted] = true }
        encoder.outputFormatting =
            pretty ? [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        encoder.dateEncodingStrategy = .iso8601
        do {
            return try encoder.encode(value)
        } catch {
            throw LoamError(.internal, "a value of type \(type(of: value)) cannot be written as JSON: \(error)")
        }
    }

    /// The value that ``encode(_:pretty:)`` wrote.
    /// - Throws: `DecodingError`.
    public static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(type, from: data)
    }
}
