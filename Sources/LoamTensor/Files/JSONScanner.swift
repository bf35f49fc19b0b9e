/// A strict reader of the little JSON that safetensors headers are made of: it never recurses and never builds a tree, so
/// hostile text costs no more memory than the names that it holds.
struct JSONScanner {
    private let bytes: [UInt8]
    private let file: String
    private(set) var position = 0

    init(_ bytes: [UInt8], file: String) {
        self.bytes = bytes
        self.file = file
    }

    func failure(_ problem: String) -> FileFormatError {
        FileFormatError(
            .malformed, file: file, at: "header byte \(position)", problem, advice: "the file is damaged or is not a safetensors file")
    }

    mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[position]) { position += 1 }
    }

    /// Whether the next character is this one; if so it is consumed.
    mutating func accept(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func expect(_ character: Unicode.Scalar) throws {
        guard accept(character) else {
            throw failure("found \(found), expected '\(character)'")
        }
    }

    /// Whether only white space is left.
    mutating func isAtEnd() -> Bool {
        skipSpace()
        return position == bytes.count
    }

    private var found: String {
        guard position < bytes.count else { return "the end" }
        let byte = bytes[position]
        return (0x21...0x7E).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "the byte \(byte)"
    }

    /// A non-negative integer without sign, fraction or exponent.
    mutating func integer() throws -> Int {
        skipSpace()
        let start = position
        var value = 0
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
            let (product, overflowed) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) = product.addingReportingOverflow(Int(bytes[position] - 0x30))
            guard !overflowed, !carried else { throw failure("found an integer too large for 64 bits") }
            value = sum
            position += 1
        }
        guard position > start else { throw failure("found \(found), expected a non-negative integer") }
        guard position - start == 1 || bytes[start] != 0x30 else { throw failure("found an integer with a leading zero") }
        return value
    }

    /// A list of non-negative integers, at most `limit` of them.
    mutating func integers(limit: Int) throws -> [Int] {
        try expect("[")
        var values: [Int] = []
        if accept("]") { return values }
        repeat {
            guard values.count < limit else { throw failure("found a list of more than \(limit) numbers") }
            values.append(try integer())
        } while accept(",")
        try expect("]")
        return values
    }

    /// A string with its escapes resolved; it must be valid UTF-8.
    mutating func string() throws -> String {
        try expect("\"")
        var text: [UInt8] = []
        while true {
            guard position < bytes.count else { throw failure("found the end inside a string") }
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                guard let result = String(validating: text, as: UTF8.self) else { throw failure("found a string that is not UTF-8") }
                return result
            case UInt8(ascii: "\\"):
                position += 1
                text.append(contentsOf: try escape().utf8)
            case 0..<0x20:
                throw failure("found a control character inside a string")
            default:
                text.append(byte)
                position += 1
            }
        }
    }

    private mutating func escape() throws -> String {
        guard position < bytes.count else { throw failure("found the end inside a string") }
        defer { position += 1 }
        switch bytes[position] {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let unit = try hexadecimal()
            guard UTF16.isLeadSurrogate(unit) else {
                guard let scalar = Unicode.Scalar(UInt32(unit)) else { throw failure("found half a surrogate pair") }
                return String(Character(scalar))
            }
            guard position + 2 < bytes.count, bytes[position + 1] == UInt8(ascii: "\\"), bytes[position + 2] == UInt8(ascii: "u") else {
                throw failure("found half a surrogate pair")
            }
            position += 2
            let second = try hexadecimal()
            guard UTF16.isTrailSurrogate(second) else { throw failure("found half a surrogate pair") }
            return String(decoding: [unit, second], as: UTF16.self)
        default: throw failure("found an unknown escape in a string")
        }
    }

    /// Four hexadecimal digits after the current position, which ends on the last of them.
    private mutating func hexadecimal() throws -> UInt16 {
        guard position + 4 < bytes.count else { throw failure("found the end inside an escape") }
        var value: UInt16 = 0
        for _ in 0..<4 {
            position += 1
            guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
                throw failure("found \(found), expected a hexadecimal digit")
            }
            value = value << 4 | UInt16(digit)
        }
        return value
    }

    /// Text as a JSON string with quotes; non-ASCII characters stay as they are.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\0"..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
