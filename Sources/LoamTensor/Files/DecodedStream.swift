/// A file read from front to end, decompressed on the way if it is a gzip file (recognised by its content, not its name).
public final class DecodedStream {
    private let source: ByteSource
    private let inflater: Inflater?
    private var position = 0
    /// The number of decoded bytes given out so far.
    public private(set) var offset = 0

    /// Begins at the front of `source`.
    /// - Throws: ``FileFormatError`` where the source cannot be read.
    public init(_ source: ByteSource) throws {
        self.source = source
        let isGzip = try source.count >= 2 && source.bytes(at: 0, count: 2) == [0x1F, 0x8B]
        inflater = isGzip ? try Inflater(source, range: 0..<source.count, frame: .gzip) : nil
    }

    /// The name that errors carry.
    public var name: String { source.name }

    /// A bound on the decoded size that holds for any content of this length: a file that declares more is lying, which is
    /// known before anything is allocated for it.
    public var maximumCount: Int {
        guard inflater != nil else { return source.count }
        let (product, overflow) = source.count.multipliedReportingOverflow(by: Inflater.maximumRatio)
        return overflow ? .max : product
    }

    /// Reads up to `buffer.count` bytes; fewer come only at the end.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let count: Int
        if let inflater {
            count = try inflater.read(into: buffer)
        } else {
            count = min(buffer.count, source.count - position)
            try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]), at: position)
            position += count
        }
        offset += count
        return count
    }

    /// The next `count` bytes, all of them.
    /// - Throws: ``FileFormatError`` where fewer are left.
    public func bytes(_ count: Int) throws -> [UInt8] {
        let start = offset
        func truncated(_ found: Int) -> FileFormatError {
            FileFormatError(
                .malformed, file: name, at: "byte \(start)\(inflater == nil ? "" : " of the decompressed content")",
                "found \(found) bytes, expected \(count): the file is truncated or damaged", advice: "fetch or write the file again")
        }
        guard count <= maximumCount - start else { throw truncated(maximumCount - start) }
        return try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            let found = try read(into: UnsafeMutableRawBufferPointer(buffer))
            guard found == count else { throw truncated(found) }
            initialized = count
        }
    }

    /// Whether everything has been read and the file ends properly.
    public func isAtEnd() throws -> Bool {
        if let inflater { return try inflater.isAtEnd() }
        return position == source.count
    }

    /// Everything that is left.
    /// - Throws: ``FileFormatError`` where that is more than `limit` bytes.
    public func rest(limit: Int) throws -> [UInt8] {
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = try chunk.withUnsafeMutableBytes { try read(into: $0) }
            if count == 0 { return result }
            guard result.count + count <= limit else {
                throw FileFormatError(.unsupported, file: name, "found more than \(limit) bytes of content, which is the limit")
            }
            result.append(contentsOf: chunk[..<count])
        }
    }
}
