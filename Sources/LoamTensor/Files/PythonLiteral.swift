/// A reader of the few Python literals that a NumPy header consists of.
struct PythonLiteral {
    private let bytes: [UInt8]
    private let file: String
    private var position = 0

    init(_ bytes: [UInt8], file: String) {
        self.bytes = bytes
        self.file = file
    }

    private func failure(_ problem: String) -> FileFormatError {
        FileFormatError(.malformed, file: file, at: "npy header, character \(position)", problem)
    }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[position]) { position += 1 }
    }

    mutating func accept(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func expect(_ character: Unicode.Scalar) throws {
        guard accept(character) else { throw failure("expected '\(character)'") }
    }

    mutating func isAtEnd() -> Bool {
        skipSpace()
        return position == bytes.count
    }

    /// A string without escapes, in single or double quotes.
    mutating func string() throws -> String {
        let quote: UInt8
        if accept("'") {
            quote = UInt8(ascii: "'")
        } else if accept("\"") {
            quote = UInt8(ascii: "\"")
        } else {
            throw failure("expected a string")
        }
        let rest = bytes[position...]
        guard let end = rest.firstIndex(of: quote), end - position <= 256, !rest[..<end].contains(UInt8(ascii: "\\")) else {
            throw failure("expected a short string without escapes")
        }
        guard let text = String(validating: rest[..<end], as: UTF8.self) else { throw failure("found a string that is not UTF-8") }
        position = end + 1
        return text
    }

    /// The type string; a list there stands for a record type, which is refused.
    mutating func typeDescriptor() throws -> String {
        guard !accept("[") else {
            throw FileFormatError(
                .unsupported, file: file, at: "npy header", "found a record type (named fields), expected one numeric type",
                advice: "save each field as an array of its own")
        }
        return try string()
    }

    mutating func boolean() throws -> Bool {
        skipSpace()
        for (word, value) in [("True", true), ("False", false)] where bytes[position...].starts(with: word.utf8) {
            position += word.utf8.count
            return value
        }
        throw failure("expected True or False")
    }

    /// A tuple of non-negative integers.
    mutating func tuple() throws -> [Int] {
        try expect("(")
        var values: [Int] = []
        while !accept(")") {
            guard values.count < RawArray.maximumRank else { throw failure("found more than \(RawArray.maximumRank) axes") }
            values.append(try integer())
            if !accept(",") {
                try expect(")")
                break
            }
        }
        return values
    }

    private mutating func integer() throws -> Int {
        skipSpace()
        let digits = bytes[position...].prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty, let value = Int(String(decoding: digits, as: UTF8.self)) else {
            throw failure("expected a non-negative integer of at most 64 bits")
        }
        position += digits.count
        // Python 2 wrote long integers with a trailing L.
        if position < bytes.count, bytes[position] == UInt8(ascii: "L") { position += 1 }
        return value
    }
}
