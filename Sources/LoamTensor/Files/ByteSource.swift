import FoundationEssentials
import Glibc

/// Bytes that are read at any position: a file on disk (through `pread`, so that several threads may read at once and a file
/// that another process shortens gives an error instead of a bus fault), or an array in memory.
///
/// No read allocates more than the source holds.
public final class ByteSource: Sendable {
    private enum Backing: Sendable {
        case descriptor(Int32)
        case memory([UInt8])
    }

    /// The name that errors carry: the path as given.
    public let name: String
    /// The number of bytes.
    public let count: Int
    private let backing: Backing

    /// Opens a regular file for reading.
    /// - Throws: ``FileFormatError`` of kind `notFound` or `inputOutput`.
    public init(_ url: URL) throws {
        let path = url.path
        name = path
        // A pipe or a device could block for ever, so the file's sort is looked at before it is opened.
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw ByteSource.systemError(path, "cannot be opened")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let found = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "not a regular file"
            throw FileFormatError(.inputOutput, file: path, "found \(found), expected a file")
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ByteSource.systemError(path, "cannot be opened") }
        guard fstat(descriptor, &status) == 0 else {
            let failure = ByteSource.systemError(path, "cannot be examined")
            close(descriptor)
            throw failure
        }
        count = Int(status.st_size)
        backing = .descriptor(descriptor)
    }

    /// Wraps bytes in memory; `name` stands for the path in errors.
    public init(_ bytes: [UInt8], name: String) {
        self.name = name
        count = bytes.count
        backing = .memory(bytes)
    }

    deinit {
        if case .descriptor(let descriptor) = backing { close(descriptor) }
    }

    /// Fills `buffer` with the bytes that start at `offset`.
    /// - Throws: ``FileFormatError`` where the source ends earlier, or the system cannot read.
    public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws {
        guard offset >= 0, offset <= count, buffer.count <= count - offset else {
            throw truncated(at: offset, wanted: buffer.count)
        }
        guard let base = buffer.baseAddress else { return }
        switch backing {
        case .memory(let bytes):
            bytes.withUnsafeBytes { base.copyMemory(from: $0.baseAddress! + offset, byteCount: buffer.count) }
        case .descriptor(let descriptor):
            var done = 0
            while done < buffer.count {
                let step = pread(descriptor, base + done, buffer.count - done, off_t(offset + done))
                if step < 0 {
                    if errno == EINTR { continue }
                    throw ByteSource.systemError(name, "cannot be read")
                }
                guard step > 0 else { throw truncated(at: offset, wanted: buffer.count) }
                done += step
            }
        }
    }

    /// The `count` bytes that start at `offset`.
    public func bytes(at offset: Int, count wanted: Int) throws -> [UInt8] {
        guard wanted >= 0, offset >= 0, offset <= count, wanted <= count - offset else {
            throw truncated(at: offset, wanted: wanted)
        }
        return try [UInt8](unsafeUninitializedCapacity: wanted) { buffer, initialized in
            try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
            initialized = wanted
        }
    }

    /// All bytes.
    public func bytes() throws -> [UInt8] {
        if case .memory(let bytes) = backing { return bytes }
        return try bytes(at: 0, count: count)
    }

    private func truncated(at offset: Int, wanted: Int) -> FileFormatError {
        FileFormatError(
            .malformed, file: name, at: "byte \(offset)",
            "found \(max(0, count - offset)) bytes, expected \(wanted): the file is truncated or damaged",
            advice: "fetch or write the file again")
    }

    /// The current `errno` as an error about `path`.
    static func systemError(_ path: String, _ problem: String) -> FileFormatError {
        let code = errno
        return FileFormatError(
            code == ENOENT || code == ENOTDIR ? .notFound : .inputOutput, file: path, "\(problem): \(String(cString: strerror(code)))")
    }
}

extension UnsafeRawBufferPointer {
    /// The little-endian integer at `offset`, which must lie inside.
    func littleEndian<Integer: FixedWidthInteger>(_ offset: Int, as type: Integer.Type = Integer.self) -> Integer {
        Integer(littleEndian: loadUnaligned(fromByteOffset: offset, as: type))
    }
}

extension Array where Element == UInt8 {
    /// The little-endian integer at `offset`, which must lie inside.
    func littleEndian<Integer: FixedWidthInteger>(_ offset: Int, as type: Integer.Type = Integer.self) -> Integer {
        withUnsafeBytes { $0.littleEndian(offset, as: type) }
    }

    /// Appends an integer in little-endian order.
    mutating func appendLittleEndian(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}
