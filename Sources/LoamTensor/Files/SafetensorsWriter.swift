import FoundationEssentials

extension Safetensors {
    /// Writes named arrays, replacing the file atomically.
    ///
    /// The header lists the arrays in the order given, and metadata by key, so equal content gives equal files. The bytes are
    /// laid out by decreasing size of their numbers and the header is padded to 8 bytes, so every array is aligned.
    ///
    /// - Throws: ``FileFormatError`` where a name occurs twice or is reserved, or the file cannot be written.
    public static func write(_ arrays: [(name: String, array: RawArray)], metadata: [String: String] = [:], to url: URL) throws {
        let order = layout(arrays.map(\.array))
        let header = try header(arrays, order: order, metadata: metadata, file: url.path)
        try AtomicFile.write(to: url) { writer in
            try writer.write(header)
            for index in order { try writer.write(arrays[index].array.bytes) }
        }
    }

    /// The bytes that ``write(_:metadata:to:)`` puts into a file.
    public static func encoded(_ arrays: [(name: String, array: RawArray)], metadata: [String: String] = [:]) throws -> [UInt8] {
        let order = layout(arrays.map(\.array))
        var bytes = try header(arrays, order: order, metadata: metadata, file: "safetensors")
        for index in order { bytes += arrays[index].array.bytes }
        return bytes
    }

    private static func layout(_ arrays: [RawArray]) -> [Int] {
        [8, 4, 2, 1].flatMap { size in arrays.indices.filter { arrays[$0].kind.byteCount == size } }
    }

    private static func header(
        _ arrays: [(name: String, array: RawArray)], order: [Int], metadata: [String: String], file: String
    ) throws -> [UInt8] {
        var offsets = [Int](repeating: 0, count: arrays.count)
        var end = 0
        for index in order {
            offsets[index] = end
            end += arrays[index].array.bytes.count
        }
        var fields: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }.map { "\(JSONScanner.quoted($0.key)):\(JSONScanner.quoted($0.value))" }
            fields.append("\(JSONScanner.quoted(SafetensorsHeader.metadataKey)):{\(pairs.joined(separator: ","))}")
        }
        var seen: Set<String> = []
        for (index, (name, array)) in arrays.enumerated() {
            guard name != SafetensorsHeader.metadataKey, seen.insert(name).inserted else {
                throw FileFormatError(
                    .unsupported, file: file, at: "tensor '\(name)'", "expected distinct names other than \(SafetensorsHeader.metadataKey)")
            }
            let shape = array.shape.map(String.init).joined(separator: ",")
            fields.append(
                "\(JSONScanner.quoted(name)):{\"dtype\":\"\(array.kind.rawValue)\",\"shape\":[\(shape)],"
                    + "\"data_offsets\":[\(offsets[index]),\(offsets[index] + array.bytes.count)]}")
        }
        var text = Array("{\(fields.joined(separator: ","))}".utf8)
        text += [UInt8](repeating: 0x20, count: (8 - text.count % 8) % 8)
        guard text.count <= SafetensorsHeader.maximumByteCount else {
            throw FileFormatError(
                .unsupported, file: file,
                "the header would take \(text.count) bytes, expected at most \(SafetensorsHeader.maximumByteCount)")
        }
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(UInt64(text.count))
        return bytes + text
    }
}
