import FoundationEssentials
import LoamTensor

/// The format of MNIST's files: a magic number with the type and the number of axes, the extents, the numbers, big-endian.
/// Files compressed with gzip are recognised by their content.
///
/// Reference: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
public enum IDX {
    /// Reads an array.
    /// - Throws: `FileFormatError`.
    public static func read(_ url: URL) throws -> RawArray {
        try read(ByteSource(url))
    }

    /// Reads an array from a file's content.
    /// - Throws: `FileFormatError`.
    public static func read(_ source: ByteSource) throws -> RawArray {
        func failure(_ place: String, _ problem: String) -> FileFormatError {
            FileFormatError(.malformed, file: source.name, at: place, problem)
        }
        let stream = try DecodedStream(source)
        let magic = try stream.bytes(4)
        guard magic[0] == 0, magic[1] == 0, let kind = kind(code: magic[2]) else {
            throw failure(
                "magic number",
                "found \(magic.map { String($0) }.joined(separator: " ")), expected 0 0, a type (8, 9, 11, 12, 13 or 14) and the number of axes"
            )
        }
        let rank = Int(magic[3])
        guard (1...Shape.maximumRank).contains(rank) else {
            throw failure("magic number", "found \(rank) axes, expected 1 to \(Shape.maximumRank)")
        }
        let extents = try stream.bytes(4 * rank)
        let shape = (0..<rank).map { axis in extents[(4 * axis)..<(4 * axis + 4)].reduce(0) { $0 << 8 | Int($1) } }
        guard let byteCount = kind.byteCount(shape: shape) else { throw failure("extents", "found \(shape), whose size overflows") }
        guard byteCount <= stream.maximumCount - stream.offset else {
            throw failure("extents", "found \(shape), which takes \(byteCount) bytes, more than a file of \(source.count) bytes can hold")
        }
        var bytes = try stream.bytes(byteCount)
        guard try stream.isAtEnd() else {
            throw failure("byte \(stream.offset)", "found data after the \(byteCount) bytes of shape \(shape), expected the end")
        }
        reverseEach(&bytes, width: kind.byteCount)
        return RawArray(kind: kind, shape: shape, bytes: bytes)
    }

    /// Writes an array, replacing the file atomically.
    /// - Throws: `FileFormatError`, also where IDX has no such type or shape.
    public static func write(_ array: RawArray, gzip: Bool = false, to url: URL) throws {
        guard let code = code(kind: array.kind), (1...255).contains(array.shape.count), array.shape.allSatisfy({ $0 <= Int(UInt32.max) })
        else {
            throw FileFormatError(
                .unsupported, file: url.path, "IDX cannot hold an array of kind \(array.kind.rawValue) and shape \(array.shape)")
        }
        var bytes: [UInt8] = [0, 0, code, UInt8(array.shape.count)]
        for extent in array.shape { withUnsafeBytes(of: UInt32(extent).bigEndian) { bytes.append(contentsOf: $0) } }
        var content = array.bytes
        reverseEach(&content, width: array.kind.byteCount)
        bytes += content
        try AtomicFile.write(gzip ? Deflate.gzip(bytes) : bytes, to: url)
    }

    private static let codes: [(UInt8, ScalarKind)] = [
        (0x08, .uint8), (0x09, .int8), (0x0B, .int16), (0x0C, .int32), (0x0D, .float32), (0x0E, .float64),
    ]

    private static func kind(code: UInt8) -> ScalarKind? { codes.first { $0.0 == code }?.1 }
    private static func code(kind: ScalarKind) -> UInt8? { codes.first { $0.1 == kind }?.0 }

    private static func reverseEach(_ bytes: inout [UInt8], width: Int) {
        guard width > 1 else { return }
        for start in stride(from: 0, to: bytes.count, by: width) { bytes[start..<(start + width)].reverse() }
    }
}
