/// The list of contents at the end of a zip archive.
///
/// Reference: PKWARE's APPNOTE.TXT, sections 4.3.12 (central directory), 4.3.14 to 4.3.16 (its end, with zip64).
struct ZipDirectory {
    struct Entry: Hashable {
        var name: String
        var flags: UInt16
        var method: UInt16
        var checksum: UInt32
        var compressedCount: Int
        var count: Int
        var headerOffset: Int
    }

    static let endSignature: UInt32 = 0x0605_4B50
    static let end64Signature: UInt32 = 0x0606_4B50
    static let locator64Signature: UInt32 = 0x0706_4B50
    static let centralSignature: UInt32 = 0x0201_4B50
    static let localSignature: UInt32 = 0x0403_4B50
    /// The largest directory that is read.
    static let maximumByteCount = 100_000_000

    let entries: [Entry]
    /// Where the directory begins, which is where entries' data must end.
    let start: Int

    private struct Location {
        var start: UInt64
        var byteCount: UInt64
        var entryCount: UInt64
    }

    init(_ source: ByteSource) throws {
        let (location, end) = try Self.locate(source)
        guard location.byteCount <= UInt64(Self.maximumByteCount), location.start <= UInt64(end),
            location.byteCount <= UInt64(end) - location.start, location.entryCount <= location.byteCount / 46
        else {
            throw Self.failure(
                source,
                "found a directory of \(location.entryCount) entries and \(location.byteCount) bytes at byte \(location.start), "
                    + "which does not fit before byte \(end)")
        }
        start = Int(location.start)
        let bytes = try source.bytes(at: start, count: Int(location.byteCount))
        var entries: [Entry] = []
        var names: Set<String> = []
        var position = 0
        for _ in 0..<Int(location.entryCount) {
            let entry = try Self.entry(bytes, at: &position, source)
            guard names.insert(entry.name).inserted else { throw Self.failure(source, "found two entries named '\(entry.name)'") }
            entries.append(entry)
        }
        guard position == bytes.count else {
            throw Self.failure(source, "found \(bytes.count - position) bytes after the directory's \(location.entryCount) entries")
        }
        self.entries = entries
    }

    private static func failure(_ source: ByteSource, _ problem: String) -> FileFormatError {
        FileFormatError(.malformed, file: source.name, at: "zip directory", problem, advice: "fetch or write the file again")
    }

    /// Finds the directory through the record at the archive's end, which a comment of up to 65535 bytes may follow.
    private static func locate(_ source: ByteSource) throws -> (Location, end: Int) {
        let tail = min(source.count, 22 + 65_535)
        let base = source.count - tail
        let bytes = try source.bytes(at: base, count: tail)
        var position = tail - 22
        while position >= 0 {
            if bytes.littleEndian(position, as: UInt32.self) == endSignature,
                Int(bytes.littleEndian(position + 20, as: UInt16.self)) == tail - position - 22
            {
                break
            }
            position -= 1
        }
        guard position >= 0 else {
            throw failure(source, "found no end-of-archive record: the file is truncated or is not a zip archive")
        }
        guard bytes.littleEndian(position + 4, as: UInt16.self) == 0, bytes.littleEndian(position + 6, as: UInt16.self) == 0 else {
            throw FileFormatError(.unsupported, file: source.name, "found an archive split over several files")
        }
        let entryCount: UInt16 = bytes.littleEndian(position + 10)
        let byteCount: UInt32 = bytes.littleEndian(position + 12)
        let start: UInt32 = bytes.littleEndian(position + 16)
        let end = base + position
        if end >= 20 {
            let locator = try source.bytes(at: end - 20, count: 20)
            if locator.littleEndian(0, as: UInt32.self) == locator64Signature {
                return try locate64(source, record: locator.littleEndian(8, as: UInt64.self), locatorStart: end - 20)
            }
        }
        guard entryCount != .max, byteCount != .max, start != .max else {
            throw failure(source, "found sizes that only zip64 can hold, and no zip64 record")
        }
        return (Location(start: UInt64(start), byteCount: UInt64(byteCount), entryCount: UInt64(entryCount)), end)
    }

    private static func locate64(_ source: ByteSource, record: UInt64, locatorStart: Int) throws -> (Location, end: Int) {
        guard locatorStart >= 56, record <= UInt64(locatorStart - 56) else {
            throw failure(source, "found a zip64 record at byte \(record), expected it before byte \(locatorStart)")
        }
        let bytes = try source.bytes(at: Int(record), count: 56)
        guard bytes.littleEndian(0, as: UInt32.self) == end64Signature else {
            throw failure(source, "found no zip64 record at byte \(record)")
        }
        return (
            Location(
                start: bytes.littleEndian(48, as: UInt64.self), byteCount: bytes.littleEndian(40, as: UInt64.self),
                entryCount: bytes.littleEndian(32, as: UInt64.self)), Int(record)
        )
    }

    private static func entry(_ bytes: [UInt8], at position: inout Int, _ source: ByteSource) throws -> Entry {
        let start = position
        guard bytes.count - start >= 46, bytes.littleEndian(start, as: UInt32.self) == centralSignature else {
            throw failure(source, "found no entry at its byte \(start)")
        }
        let nameCount = Int(bytes.littleEndian(start + 28, as: UInt16.self))
        let extraCount = Int(bytes.littleEndian(start + 30, as: UInt16.self))
        let commentCount = Int(bytes.littleEndian(start + 32, as: UInt16.self))
        guard bytes.count - start - 46 >= nameCount + extraCount + commentCount else {
            throw failure(source, "found an entry at its byte \(start) that reaches beyond the end")
        }
        position = start + 46 + nameCount + extraCount + commentCount
        let nameBytes = bytes[(start + 46)..<(start + 46 + nameCount)]
        guard let name = String(validating: nameBytes, as: UTF8.self), !name.isEmpty, !name.unicodeScalars.contains("\0") else {
            throw failure(source, "found an entry at its byte \(start) whose name is empty or not UTF-8")
        }
        var sizes: [UInt64] = [
            UInt64(bytes.littleEndian(start + 24, as: UInt32.self)), UInt64(bytes.littleEndian(start + 20, as: UInt32.self)),
            UInt64(bytes.littleEndian(start + 42, as: UInt32.self)),
        ]
        if sizes.contains(UInt64(UInt32.max)) {
            let extra = Array(bytes[(start + 46 + nameCount)..<(start + 46 + nameCount + extraCount)])
            guard widen(&sizes, from: extra) else { throw failure(source, "found the entry '\(name)' without the zip64 sizes it needs") }
        }
        guard sizes.allSatisfy({ $0 <= UInt64(Int.max) }) else {
            throw failure(source, "found the entry '\(name)' with sizes beyond 63 bits")
        }
        return Entry(
            name: name, flags: bytes.littleEndian(start + 8), method: bytes.littleEndian(start + 10),
            checksum: bytes.littleEndian(start + 16), compressedCount: Int(sizes[1]), count: Int(sizes[0]), headerOffset: Int(sizes[2]))
    }

    /// Replaces the sizes that are saturated by those of the zip64 extra field (tag 1), in the field's order.
    private static func widen(_ sizes: inout [UInt64], from extra: [UInt8]) -> Bool {
        var position = 0
        while extra.count - position >= 4 {
            let tag: UInt16 = extra.littleEndian(position)
            let end = position + 4 + Int(extra.littleEndian(position + 2, as: UInt16.self))
            guard end <= extra.count else { return false }
            var field = position + 4
            if tag == 1 {
                for index in sizes.indices where sizes[index] == UInt64(UInt32.max) {
                    guard end - field >= 8 else { return false }
                    sizes[index] = extra.littleEndian(field)
                    field += 8
                }
                return true
            }
            position = end
        }
        return false
    }
}
