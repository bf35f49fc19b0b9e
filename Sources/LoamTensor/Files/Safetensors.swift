import FoundationEssentials

/// A safetensors file: named arrays, the exchange format of PyTorch weights.
///
/// Layout: the header's length (unsigned 64-bit little-endian), the header (JSON), the arrays' bytes. Reading opens the file
/// and checks the whole header; an array's bytes are read when asked for, so a large file costs only what is used.
///
/// Reference: <https://github.com/huggingface/safetensors>, whose checks (header of at most 100 MB, no holes, no overlaps) are
/// made here too, besides that of names occurring twice.
public struct Safetensors: Sendable {
    /// The tensors' names in the order of the header.
    public let names: [String]
    /// The free text that the file carries.
    public let metadata: [String: String]
    private let entries: [String: SafetensorsHeader.Entry]
    private let source: ByteSource
    private let dataStart: Int

    /// Opens a file.
    /// - Throws: ``FileFormatError``.
    public static func read(_ url: URL) throws -> Safetensors {
        try Safetensors(ByteSource(url))
    }

    /// Opens a file's content.
    /// - Throws: ``FileFormatError``.
    public init(_ source: ByteSource) throws {
        guard source.count >= 8 else {
            throw FileFormatError(
                .malformed, file: source.name, "found \(source.count) bytes, expected a safetensors header, which takes at least 8")
        }
        let length: UInt64 = try source.bytes(at: 0, count: 8).littleEndian(0)
        guard length <= UInt64(SafetensorsHeader.maximumByteCount) else {
            throw FileFormatError(
                .malformed, file: source.name,
                "found a header of \(length) bytes, expected at most \(SafetensorsHeader.maximumByteCount): this is not a safetensors file")
        }
        guard Int(length) <= source.count - 8 else {
            throw FileFormatError(
                .malformed, file: source.name,
                "found a header of \(length) bytes, but only \(source.count - 8) follow: the file is truncated or is not a safetensors file"
            )
        }
        dataStart = 8 + Int(length)
        let header = try SafetensorsHeader(
            source.bytes(at: 8, count: Int(length)), dataCount: source.count - dataStart, file: source.name)
        names = header.names
        metadata = header.metadata
        entries = header.entries
        self.source = source
    }

    /// The shape of a tensor, or nil where there is none of that name.
    public func shape(named name: String) -> [Int]? { entries[name]?.shape }

    /// How a tensor's numbers are stored, or nil where there is none of that name.
    public func kind(named name: String) -> ScalarKind? { entries[name]?.kind }

    /// A tensor exactly as stored.
    /// - Throws: ``FileFormatError``, of kind `notFound` where there is none of that name.
    public func array(named name: String) throws -> RawArray {
        guard let entry = entries[name] else {
            throw FileFormatError(.notFound, file: source.name, ArrayNames.missing(name, among: names))
        }
        let array = RawArray(
            kind: entry.kind, shape: entry.shape,
            bytes: try source.bytes(at: dataStart + entry.range.lowerBound, count: entry.range.count))
        if let index = array.firstIllegalBool {
            throw FileFormatError(
                .malformed, file: source.name, at: "tensor '\(name)', element \(index)",
                "found the byte \(array.bytes[index]), expected a Boolean: 0 or 1")
        }
        return array
    }

    /// The file's name for errors.
    var file: String { source.name }
}

/// Messages about names that are not there.
enum ArrayNames {
    static func missing(_ name: String, among names: [String]) -> String {
        let shown = names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", … (\(names.count) in all)" : "")
        return "there is no array named '\(name)'; the file holds \(names.isEmpty ? "none" : shown)"
    }
}
