import FoundationEssentials

extension ZipArchive {
    /// How an entry is packed.
    public enum Packing: Sendable {
        /// The bytes as they are.
        case stored
        /// Compressed by deflate.
        case deflated
    }

    /// Writes an archive, replacing the file atomically. Entries carry no time, so equal content gives equal files; sizes
    /// are always recorded in 64 bits.
    ///
    /// `content` is called once per entry, in order, when its turn comes, so only one entry needs to be in memory.
    ///
    /// - Throws: ``FileFormatError`` where a name occurs twice, is empty or too long, or the file cannot be written.
    public static func write(
        _ names: [String], packing: Packing = .stored, to url: URL, content: (String) throws -> [UInt8]
    ) throws {
        var seen: Set<String> = []
        for name in names {
            guard !name.isEmpty, name.utf8.count <= Int(UInt16.max), seen.insert(name).inserted else {
                throw FileFormatError(
                    .unsupported, file: url.path, at: "entry '\(name)'", "expected distinct, non-empty names of at most 65535 bytes")
            }
        }
        try AtomicFile.write(to: url) { writer in
            var directory: [UInt8] = []
            for name in names {
                let bytes = try content(name)
                let packed = packing == .stored ? bytes : Deflate.raw(bytes)
                let offset = writer.count
                let fixed = fixedFields(packing, checksum: Checksum.crc32(bytes), name: name)
                try writer.write(header(ZipDirectory.localSignature, fixed: fixed, name: name, sizes: [bytes.count, packed.count]))
                try writer.write(packed)
                directory += header(
                    ZipDirectory.centralSignature, fixed: fixed, name: name, sizes: [bytes.count, packed.count, offset])
            }
            let start = writer.count
            try writer.write(directory)
            try writer.write(ending(entryCount: names.count, directoryCount: directory.count, start: start))
        }
    }

    /// Version needed (4.5), UTF-8 names, method, 1 January 1980, checksum, saturated sizes, the lengths of name and extra field.
    private static func fixedFields(_ packing: Packing, checksum: UInt32, name: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for value: UInt16 in [45, 0x0800, packing == .stored ? 0 : 8, 0, 0x0021] { bytes.appendLittleEndian(value) }
        for value: UInt32 in [checksum, .max, .max] { bytes.appendLittleEndian(value) }
        bytes.appendLittleEndian(UInt16(name.utf8.count))
        return bytes
    }

    /// A local header, or, with three sizes, a directory entry; the true sizes are in the zip64 extra field.
    private static func header(_ signature: UInt32, fixed: [UInt8], name: String, sizes: [Int]) -> [UInt8] {
        let isCentral = sizes.count == 3
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(signature)
        // Made by version 4.5 on Unix, which gives the meaning of the permissions below.
        if isCentral { bytes.appendLittleEndian(UInt16(3 << 8 | 45)) }
        bytes += fixed
        bytes.appendLittleEndian(UInt16(4 + 8 * sizes.count))
        if isCentral {
            for value: UInt16 in [0, 0, 0] { bytes.appendLittleEndian(value) }
            bytes.appendLittleEndian(UInt32(0o100644) << 16)
            bytes.appendLittleEndian(UInt32.max)
        }
        bytes += Array(name.utf8)
        bytes.appendLittleEndian(UInt16(1))
        bytes.appendLittleEndian(UInt16(8 * sizes.count))
        for size in sizes { bytes.appendLittleEndian(UInt64(size)) }
        return bytes
    }

    /// The zip64 record, its locator and the classic record, whose fields are saturated where they are too narrow.
    private static func ending(entryCount: Int, directoryCount: Int, start: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(ZipDirectory.end64Signature)
        bytes.appendLittleEndian(UInt64(44))
        for value: UInt16 in [3 << 8 | 45, 45] { bytes.appendLittleEndian(value) }
        for value: UInt32 in [0, 0] { bytes.appendLittleEndian(value) }
        for value in [entryCount, entryCount, directoryCount, start] { bytes.appendLittleEndian(UInt64(value)) }
        bytes.appendLittleEndian(ZipDirectory.locator64Signature)
        bytes.appendLittleEndian(UInt32(0))
        bytes.appendLittleEndian(UInt64(start + directoryCount))
        bytes.appendLittleEndian(UInt32(1))
        bytes.appendLittleEndian(ZipDirectory.endSignature)
        for value: UInt16 in [0, 0] { bytes.appendLittleEndian(value) }
        for _ in 0..<2 { bytes.appendLittleEndian(UInt16(clamping: entryCount)) }
        for value in [directoryCount, start] { bytes.appendLittleEndian(UInt32(clamping: value)) }
        bytes.appendLittleEndian(UInt16(0))
        return bytes
    }
}
