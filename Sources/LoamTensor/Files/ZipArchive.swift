import FoundationEssentials

/// A zip archive: named byte strings, stored or deflated, also larger than 4 GiB (zip64).
///
/// Opening checks the directory: entries must lie inside the file and may not overlap, so a small file cannot stand for more
/// data than deflate can hold. Reading an entry allocates what it declares, after checking that this much could be there, and
/// compares length and CRC-32.
public struct ZipArchive: Sendable {
    /// The entries' names in the directory's order.
    public let names: [String]
    private let entries: [String: ZipDirectory.Entry]
    private let source: ByteSource
    private let dataRanges: [String: Range<Int>]

    /// Opens an archive.
    /// - Throws: ``FileFormatError``.
    public static func read(_ url: URL) throws -> ZipArchive {
        try ZipArchive(ByteSource(url))
    }

    /// Opens an archive's content.
    /// - Throws: ``FileFormatError``.
    public init(_ source: ByteSource) throws {
        let directory = try ZipDirectory(source)
        self.source = source
        names = directory.entries.map(\.name)
        var entries: [String: ZipDirectory.Entry] = [:]
        var ranges: [String: Range<Int>] = [:]
        var end = 0
        for entry in directory.entries.sorted(by: { $0.headerOffset < $1.headerOffset }) {
            let range = try Self.dataRange(entry, source, directoryStart: directory.start)
            guard entry.headerOffset >= end else {
                throw Self.failure(source, entry.name, "it overlaps the entry before it")
            }
            end = range.upperBound
            entries[entry.name] = entry
            ranges[entry.name] = range
        }
        self.entries = entries
        dataRanges = ranges
    }

    /// The number of bytes that an entry declares, or nil where there is none of that name.
    public func count(named name: String) -> Int? { entries[name]?.count }

    /// An entry's content.
    /// - Throws: ``FileFormatError``, of kind `notFound` where there is none of that name.
    public func bytes(named name: String) throws -> [UInt8] {
        guard let entry = entries[name], let range = dataRanges[name] else {
            throw FileFormatError(.notFound, file: source.name, ArrayNames.missing(name, among: names))
        }
        let bytes: [UInt8]
        switch entry.method {
        case 0:
            guard entry.count == range.count else {
                throw Self.failure(source, name, "found \(range.count) stored bytes, expected \(entry.count)")
            }
            bytes = try source.bytes(at: range.lowerBound, count: range.count)
        case 8: bytes = try inflated(entry, range)
        default:
            throw FileFormatError(
                .unsupported, file: source.name, at: "entry '\(name)'",
                "found compression method \(entry.method), expected stored or deflated",
                advice: "pack the archive again with deflate")
        }
        let checksum = Checksum.crc32(bytes)
        guard checksum == entry.checksum else {
            throw Self.failure(
                source, name,
                "found the CRC-32 \(String(checksum, radix: 16)), expected \(String(entry.checksum, radix: 16)): the content is damaged")
        }
        return bytes
    }

    private func inflated(_ entry: ZipDirectory.Entry, _ range: Range<Int>) throws -> [UInt8] {
        guard entry.count / Inflater.maximumRatio <= range.count else {
            throw Self.failure(
                source, entry.name, "it declares \(entry.count) bytes, which \(range.count) compressed bytes cannot hold")
        }
        let inflater = try Inflater(source, range: range, frame: .raw, place: "entry '\(entry.name)'")
        let bytes = try [UInt8](unsafeUninitializedCapacity: entry.count) { buffer, initialized in
            let found = try inflater.read(into: UnsafeMutableRawBufferPointer(buffer))
            guard found == entry.count else {
                throw Self.failure(source, entry.name, "found \(found) bytes, expected \(entry.count)")
            }
            initialized = found
        }
        guard try inflater.isAtEnd() else { throw Self.failure(source, entry.name, "found more than the \(entry.count) bytes declared") }
        return bytes
    }

    private static func failure(_ source: ByteSource, _ name: String, _ problem: String) -> FileFormatError {
        FileFormatError(.malformed, file: source.name, at: "entry '\(name)'", problem, advice: "fetch or write the file again")
    }

    /// Where an entry's bytes lie: behind its local header, whose name and extra field have their own lengths.
    private static func dataRange(_ entry: ZipDirectory.Entry, _ source: ByteSource, directoryStart: Int) throws -> Range<Int> {
        guard entry.flags & 1 == 0 else {
            throw FileFormatError(.unsupported, file: source.name, at: "entry '\(entry.name)'", "found an encrypted entry")
        }
        guard entry.headerOffset <= directoryStart - 30 else {
            throw failure(source, entry.name, "found its header at byte \(entry.headerOffset), expected it before byte \(directoryStart)")
        }
        let header = try source.bytes(at: entry.headerOffset, count: 30)
        guard header.littleEndian(0, as: UInt32.self) == ZipDirectory.localSignature else {
            throw failure(source, entry.name, "found no header at byte \(entry.headerOffset)")
        }
        let nameCount = Int(header.littleEndian(26, as: UInt16.self))
        let start = entry.headerOffset + 30 + nameCount + Int(header.littleEndian(28, as: UInt16.self))
        guard start <= directoryStart, entry.compressedCount <= directoryStart - start else {
            throw failure(source, entry.name, "it declares \(entry.compressedCount) bytes, which reach into the directory")
        }
        guard try source.bytes(at: entry.headerOffset + 30, count: nameCount) == Array(entry.name.utf8) else {
            throw failure(source, entry.name, "its header has another name than the directory")
        }
        return start..<(start + entry.compressedCount)
    }
}
