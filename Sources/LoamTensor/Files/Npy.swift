import FoundationEssentials

/// NumPy's file of one array (`.npy`).
///
/// Reads versions 1.0 to 3.0, both byte orders and both memory orders; writes version 1.0, little-endian, row-major.
/// Arrays of Python objects, records, strings and complex numbers are refused by name.
public enum Npy {
    /// Reads an array.
    /// - Throws: ``FileFormatError``.
    public static func read(_ url: URL) throws -> RawArray {
        try read(ByteSource(url))
    }

    /// Reads an array from a file's content.
    /// - Throws: ``FileFormatError``.
    public static func read(_ source: ByteSource) throws -> RawArray {
        let header = try NpyHeader(source)
        guard let byteCount = header.kind.byteCount(shape: header.shape) else {
            throw FileFormatError(.malformed, file: source.name, at: "npy header", "found the shape \(header.shape), whose size overflows")
        }
        let available = source.count - header.dataStart
        guard available == byteCount else {
            throw FileFormatError(
                .malformed, file: source.name,
                "found \(available) bytes of data, expected \(byteCount) for shape \(header.shape) of \(header.kind.rawValue): "
                    + (available < byteCount ? "the file is truncated" : "something follows the array"))
        }
        var bytes = try source.bytes(at: header.dataStart, count: byteCount)
        if header.isBigEndian { reverse(&bytes, width: header.kind.byteCount) }
        if header.isFortranOrder, header.shape.count > 1 {
            bytes = rowMajor(bytes, shape: header.shape, width: header.kind.byteCount)
        }
        let array = RawArray(kind: header.kind, shape: header.shape, bytes: bytes)
        if let index = array.firstIllegalBool {
            throw FileFormatError(
                .malformed, file: source.name, at: "element \(index)", "found the byte \(bytes[index]), expected a Boolean: 0 or 1")
        }
        return array
    }

    /// Writes an array, replacing the file atomically.
    /// - Throws: ``FileFormatError``; bfloat16 has no NumPy type.
    public static func write(_ array: RawArray, to url: URL) throws {
        let header = try header(array, file: url.path)
        try AtomicFile.write(to: url) { writer in
            try writer.write(header)
            try writer.write(array.bytes)
        }
    }

    /// The bytes that ``write(_:to:)`` puts into a file.
    public static func encoded(_ array: RawArray, file: String = "npy") throws -> [UInt8] {
        try header(array, file: file) + array.bytes
    }

    private static func header(_ array: RawArray, file: String) throws -> [UInt8] {
        guard let descriptor = NpyHeader.descriptor(array.kind) else {
            throw FileFormatError(
                .unsupported, file: file, "NumPy has no type for \(array.kind.rawValue)",
                advice: "convert it first (stored(as: .float32) is exact), or write safetensors")
        }
        return NpyHeader.encoded(descriptor: descriptor, shape: array.shape)
    }

    private static func reverse(_ bytes: inout [UInt8], width: Int) {
        for start in stride(from: 0, to: bytes.count, by: width) {
            bytes[start..<start + width].reverse()
        }
    }

    /// Column-major numbers (first axis fastest) brought into row-major order.
    private static func rowMajor(_ bytes: [UInt8], shape: [Int], width: Int) -> [UInt8] {
        guard !bytes.isEmpty else { return bytes }
        var strides = [Int](repeating: width, count: shape.count)
        for axis in shape.indices.dropFirst() { strides[axis] = strides[axis - 1] * shape[axis - 1] }
        var index = [Int](repeating: 0, count: shape.count)
        var offset = 0
        return [UInt8](unsafeUninitializedCapacity: bytes.count) { buffer, initialized in
            var written = 0
            while written < bytes.count {
                for byte in 0..<width { buffer[written + byte] = bytes[offset + byte] }
                written += width
                var axis = shape.count - 1
                while axis >= 0 {
                    index[axis] += 1
                    offset += strides[axis]
                    if index[axis] < shape[axis] { break }
                    offset -= strides[axis] * shape[axis]
                    index[axis] = 0
                    axis -= 1
                }
            }
            initialized = written
        }
    }
}
