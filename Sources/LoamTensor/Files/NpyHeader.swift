/// The header of a NumPy array file: the literal of a Python dictionary with the keys `descr`, `fortran_order` and `shape`.
///
/// Reference: NumPy's `numpy.lib.format` documentation (versions 1.0, 2.0 and 3.0).
struct NpyHeader {
    /// The largest header that is read; NumPy itself stops at ten thousand characters by default.
    static let maximumByteCount = 1 << 20

    var kind: ScalarKind
    var isBigEndian: Bool
    var isFortranOrder: Bool
    var shape: [Int]
    /// Where the numbers begin.
    var dataStart: Int

    init(_ source: ByteSource) throws {
        func failure(_ problem: String) -> FileFormatError { FileFormatError(.malformed, file: source.name, at: "npy header", problem) }
        guard source.count >= 10 else { throw failure("found \(source.count) bytes, expected at least 10") }
        let start = try source.bytes(at: 0, count: min(12, source.count))
        guard start[0] == 0x93, start[1...5].elementsEqual("NUMPY".utf8) else {
            throw failure("found \(start[0...5].map { String($0) }.joined(separator: " ")), expected the NumPy signature 147 N U M P Y")
        }
        let version = start[6]
        guard (1...3).contains(version), start[7] == 0 else {
            throw failure("found format version \(version).\(start[7]), expected 1.0, 2.0 or 3.0")
        }
        let prefix = version == 1 ? 10 : 12
        guard source.count >= prefix else { throw failure("found \(source.count) bytes, expected at least \(prefix)") }
        let length = version == 1 ? Int(start.littleEndian(8, as: UInt16.self)) : Int(start.littleEndian(8, as: UInt32.self))
        guard length <= Self.maximumByteCount else {
            throw failure("found a header of \(length) bytes, expected at most \(Self.maximumByteCount)")
        }
        guard length <= source.count - prefix else {
            throw failure("found a header of \(length) bytes, but only \(source.count - prefix) follow: the file is truncated")
        }
        dataStart = prefix + length
        var literal = PythonLiteral(try source.bytes(at: prefix, count: length), file: source.name)
        var descriptor: String?
        var order: Bool?
        var shape: [Int]?
        try literal.expect("{")
        while !literal.accept("}") {
            let key = try literal.string()
            try literal.expect(":")
            switch key {
            case "descr" where descriptor == nil: descriptor = try literal.typeDescriptor()
            case "fortran_order" where order == nil: order = try literal.boolean()
            case "shape" where shape == nil: shape = try literal.tuple()
            default: throw failure("found the key '\(key)', expected descr, fortran_order and shape, once each")
            }
            if !literal.accept(",") {
                try literal.expect("}")
                break
            }
        }
        guard literal.isAtEnd() else { throw failure("found text after the header's closing brace") }
        guard let descriptor, let order, let shape else {
            throw failure("expected the keys descr, fortran_order and shape, and at least one is missing")
        }
        (kind, isBigEndian) = try Self.kind(descriptor, file: source.name)
        isFortranOrder = order
        self.shape = shape
    }

    /// A NumPy type string such as `<f4`.
    static func kind(_ descriptor: String, file: String) throws -> (ScalarKind, isBigEndian: Bool) {
        let known: [String: ScalarKind] = [
            "f8": .float64, "f4": .float32, "f2": .float16, "i8": .int64, "i4": .int32, "i2": .int16, "i1": .int8,
            "u8": .uint64, "u4": .uint32, "u2": .uint16, "u1": .uint8, "b1": .bool,
        ]
        let byteOrder = descriptor.first
        guard let byteOrder, "<>|=".contains(byteOrder), let kind = known[String(descriptor.dropFirst())],
            byteOrder != "|" || kind.byteCount == 1
        else {
            let isObject = descriptor.hasSuffix("O")
            throw FileFormatError(
                .unsupported, file: file,
                isObject
                    ? "found an array of Python objects, which only running code from the file could read"
                    : "found the type '\(descriptor)', expected one of \(known.keys.sorted().joined(separator: ", "))",
                advice: "save it from NumPy with an explicit numeric type, for example array.astype(\"float32\")")
        }
        return (kind, byteOrder == ">" && kind.byteCount > 1)
    }

    /// The type string of a kind, or nil where NumPy has none.
    static func descriptor(_ kind: ScalarKind) -> String? {
        switch kind {
        case .float64: "<f8"
        case .float32: "<f4"
        case .float16: "<f2"
        case .bfloat16: nil
        case .int64: "<i8"
        case .int32: "<i4"
        case .int16: "<i2"
        case .int8: "|i1"
        case .uint64: "<u8"
        case .uint32: "<u4"
        case .uint16: "<u2"
        case .uint8: "|u1"
        case .bool: "|b1"
        }
    }

    /// A version 1.0 header, padded so that the numbers begin at a multiple of 64 bytes.
    static func encoded(descriptor: String, shape: [Int]) -> [UInt8] {
        let list = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
        var text = Array("{'descr': '\(descriptor)', 'fortran_order': False, 'shape': (\(list)), }".utf8)
        text += [UInt8](repeating: 0x20, count: 63 - (10 + text.count) % 64)
        text.append(0x0A)
        var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]
        bytes.appendLittleEndian(UInt16(text.count))
        return bytes + text
    }
}
