import Foundation

/// `Codable` values as bytes between processes: binary property lists, which keep every bit of a number, infinities and NaN.
enum Wire {
    /// A property list has a container at its top.
    private struct Box<Value: Codable>: Codable { var value: Value }

    static func encode(_ value: some Codable) throws -> Data {
        let encoder = PropertyListEncoder()
        encoder.outputFormat = .binary
        return try encoder.encode(Box(value: value))
    }

    static func decode<Value: Codable>(_ type: Value.Type, from data: Data) throws -> Value {
        try PropertyListDecoder().decode(Box<Value>.self, from: data).value
    }
}

extension Data {
    /// Several pieces of bytes as one: the number of pieces, their lengths, then the pieces.
    public init(joining pieces: [Data]) {
        self.init()
        reserveCapacity(pieces.reduce(8) { $0 + 8 + $1.count })
        for number in [pieces.count] + pieces.map(\.count) {
            Swift.withUnsafeBytes(of: UInt64(number).littleEndian) { append(contentsOf: $0) }
        }
        for piece in pieces { append(piece) }
    }

    /// The pieces that ``init(joining:)`` was given.
    public func pieces() -> [Data] {
        func number(_ index: Int) -> Int {
            Int((0..<8).reduce(UInt64(0)) { $0 | UInt64(self[startIndex + 8 * index + $1]) << UInt64(8 * $1) })
        }
        let count = number(0)
        var position = startIndex + 8 * (count + 1)
        return (0..<count).map { index in
            defer { position += number(index + 1) }
            return self[position..<position + number(index + 1)]
        }
    }
}
