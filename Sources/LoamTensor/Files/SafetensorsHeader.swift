/// The index at the start of a safetensors file: a JSON object of `name: {dtype, shape, data_offsets}` and `__metadata__`.
struct SafetensorsHeader {
    struct Entry: Hashable {
        var kind: ScalarKind
        var shape: [Int]
        /// Where the tensor's bytes lie, counted from the end of the header.
        var range: Range<Int>
    }

    /// The largest header that is read, as in the reference implementation.
    static let maximumByteCount = 100_000_000
    static let metadataKey = "__metadata__"

    var names: [String] = []
    var entries: [String: Entry] = [:]
    var metadata: [String: String] = [:]

    /// Parses a header; `dataCount` is the number of bytes that follow it, all of which must belong to exactly one tensor.
    init(_ bytes: [UInt8], dataCount: Int, file: String) throws {
        var scanner = JSONScanner(bytes, file: file)
        try scanner.expect("{")
        if !scanner.accept("}") {
            var sawMetadata = false
            repeat {
                let name = try scanner.string()
                try scanner.expect(":")
                if name == Self.metadataKey {
                    guard !sawMetadata else { throw scanner.failure("found \(Self.metadataKey) twice") }
                    sawMetadata = true
                    metadata = try Self.parseMetadata(&scanner)
                } else {
                    let entry = try Self.parseEntry(&scanner, name: name, file: file)
                    guard entries.updateValue(entry, forKey: name) == nil else {
                        throw FileFormatError(.malformed, file: file, "found two tensors named '\(name)', expected distinct names")
                    }
                    names.append(name)
                }
            } while scanner.accept(",")
            try scanner.expect("}")
        }
        guard scanner.isAtEnd() else { throw scanner.failure("found text after the header's closing brace") }
        try checkCoverage(dataCount: dataCount, file: file)
    }

    private static func parseMetadata(_ scanner: inout JSONScanner) throws -> [String: String] {
        var result: [String: String] = [:]
        try scanner.expect("{")
        if scanner.accept("}") { return result }
        repeat {
            let key = try scanner.string()
            try scanner.expect(":")
            guard result.updateValue(try scanner.string(), forKey: key) == nil else {
                throw scanner.failure("found the metadata key '\(key)' twice")
            }
        } while scanner.accept(",")
        try scanner.expect("}")
        return result
    }

    private static func parseEntry(_ scanner: inout JSONScanner, name: String, file: String) throws -> Entry {
        func failure(_ kind: FileFormatError.Kind, _ problem: String) -> FileFormatError {
            FileFormatError(kind, file: file, at: "tensor '\(name)'", problem)
        }
        var typeName: String?
        var shape: [Int]?
        var offsets: [Int]?
        try scanner.expect("{")
        repeat {
            let key = try scanner.string()
            try scanner.expect(":")
            let isRepeated: Bool
            switch key {
            case "dtype":
                isRepeated = typeName != nil
                typeName = try scanner.string()
            case "shape":
                isRepeated = shape != nil
                shape = try scanner.integers(limit: RawArray.maximumRank)
            case "data_offsets":
                isRepeated = offsets != nil
                offsets = try scanner.integers(limit: 2)
            default: throw failure(.malformed, "found the key '\(key)', expected dtype, shape and data_offsets")
            }
            guard !isRepeated else { throw failure(.malformed, "found the key '\(key)' twice") }
        } while scanner.accept(",")
        try scanner.expect("}")
        guard let typeName, let shape, let offsets, offsets.count == 2 else {
            throw failure(.malformed, "expected dtype, shape and two data_offsets, and at least one is missing")
        }
        guard let kind = ScalarKind(rawValue: typeName) else {
            let known = ScalarKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw failure(.unsupported, "found the dtype '\(typeName)', expected one of \(known)")
        }
        guard let byteCount = kind.byteCount(shape: shape) else {
            throw failure(.malformed, "found the shape \(shape), whose size overflows")
        }
        guard offsets[0] <= offsets[1], offsets[1] - offsets[0] == byteCount else {
            throw failure(
                .malformed,
                "found the offsets \(offsets[0]) to \(offsets[1]), expected \(byteCount) bytes for shape \(shape) of \(typeName)")
        }
        return Entry(kind: kind, shape: shape, range: offsets[0]..<offsets[1])
    }

    /// Tensors must lie one after another without overlaps, holes or a rest, as the format demands.
    private func checkCoverage(dataCount: Int, file: String) throws {
        let ordered = names.sorted {
            let (first, second) = (entries[$0]!.range, entries[$1]!.range)
            return (first.lowerBound, first.upperBound) < (second.lowerBound, second.upperBound)
        }
        var end = 0
        for name in ordered {
            let range = entries[name]!.range
            guard range.upperBound <= dataCount else {
                throw FileFormatError(
                    .malformed, file: file, at: "tensor '\(name)'",
                    "found data up to byte \(range.upperBound), but the file holds \(dataCount) bytes of data: it is truncated or damaged",
                    advice: "fetch or write the file again")
            }
            guard range.lowerBound == end else {
                throw FileFormatError(
                    .malformed, file: file, at: "tensor '\(name)'",
                    "found data from byte \(range.lowerBound), expected \(end): \(range.lowerBound < end ? "tensors overlap" : "there is a hole")"
                )
            }
            end = range.upperBound
        }
        guard end == dataCount else {
            throw FileFormatError(
                .malformed, file: file, "found \(dataCount) bytes of data, expected \(end), which is what the tensors take")
        }
    }
}
