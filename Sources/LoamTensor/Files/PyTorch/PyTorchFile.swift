import FoundationEssentials

/// Weights that `torch.save` wrote (`.pth`, `.pt`): a zip archive with a pickle of names and one entry of numbers a storage.
///
/// The pickle is read as data by a machine that knows tensors, dictionaries and plain values; a file that asks for anything else is refused
/// with the name of what it asks for, and nothing is ever executed. Numbers are read when asked for.
public struct PyTorchFile: Sendable {
    /// The tensors' names in order; those of the dictionary `state_dict` (or the only one with tensors) where a file holds more.
    public let names: [String]
    private let tensors: [String: PickleTensor]
    private let archive: ZipArchive
    private let prefix: String
    let file: String

    /// Opens a file.
    /// - Throws: ``FileFormatError``; for files of PyTorch before 1.6 with the two lines that convert them.
    public static func read(_ url: URL) throws -> PyTorchFile { try PyTorchFile(ByteSource(url)) }

    /// Opens a file's content.
    /// - Throws: ``FileFormatError``.
    public init(_ source: ByteSource) throws {
        if try source.bytes(at: 0, count: min(1, source.count)) == [0x80] { throw Self.old(source.name) }
        try self.init(ZipArchive(source), file: source.name)
    }

    /// The file is a bare pickle, as PyTorch wrote it before 1.6.
    static func old(_ file: String) -> FileFormatError {
        FileFormatError(
            .unsupported, file: file, "found the format that PyTorch wrote before version 1.6, expected a zip archive",
            advice: """
                convert it once with these two lines of Python:
                import torch
                torch.save(torch.load("old.pth", map_location="cpu", weights_only=True), "new.pth")
                """)
    }

    init(_ archive: ZipArchive, file: String) throws {
        let pickles = archive.names.filter { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") }
        guard let entry = pickles.first, pickles.count == 1 else {
            throw FileFormatError(
                .malformed, file: file, "found \(pickles.count) entries named data.pkl, expected one: this is not a file of torch.save")
        }
        prefix = String(entry.dropLast("data.pkl".count))
        self.archive = archive
        self.file = file
        guard archive.count(named: entry)! <= Pickle.maximumByteCount else {
            throw FileFormatError(
                .malformed, file: file, at: entry,
                "found \(archive.count(named: entry)!) bytes, expected at most \(Pickle.maximumByteCount): this is no list of tensors")
        }
        if archive.names.contains(prefix + "byteorder") {
            let order = String(decoding: try archive.bytes(named: prefix + "byteorder").prefix(16), as: UTF8.self)
            guard order == "little" else {
                throw FileFormatError(.unsupported, file: file, "found the byte order ‘\(order)’, expected ‘little’")
            }
        }
        let pickle = try Pickle(archive.bytes(named: entry), file: file)
        let found = try PyTorchFile.tensors(of: pickle, file: file)
        names = found.map(\.name)
        tensors = Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0.tensor) })
    }

    /// The tensors of the dictionary that is the root, or of the one inside it that holds tensors.
    private static func tensors(of pickle: Pickle, file: String) throws -> [(name: String, tensor: PickleTensor)] {
        let advice = "save the weights alone: torch.save(model.state_dict(), \"weights.pth\")"
        func entries(_ index: Int) -> [(name: String, value: Int)]? {
            guard case .dictionary(let entries) = pickle.values[index] else { return nil }
            return entries.compactMap { entry in
                guard case .text(let name) = pickle.values[entry.key] else { return nil }
                return (name, entry.value)
            }
        }
        func tensors(_ index: Int) throws -> [(name: String, tensor: PickleTensor)] {
            var seen: Set<String> = []
            var result: [(name: String, tensor: PickleTensor)] = []
            for (name, value) in entries(index) ?? [] {
                guard case .tensor(let tensor) = pickle.values[value] else { continue }
                guard seen.insert(name).inserted else {
                    throw FileFormatError(.malformed, file: file, "found two tensors named '\(name)', expected distinct names")
                }
                result.append((name, tensor))
            }
            return result
        }
        guard let top = entries(pickle.root) else {
            throw FileFormatError(.unsupported, file: file, "found no dictionary of tensors", advice: advice)
        }
        let own = try tensors(pickle.root)
        if !own.isEmpty { return own }
        var seen: Set<String> = []
        let inner = try top.filter { seen.insert($0.name).inserted }.map { (name: $0.name, tensors: try tensors($0.value)) }
            .filter { !$0.tensors.isEmpty }
        if let chosen = inner.first(where: { $0.name == "state_dict" }) ?? (inner.count == 1 ? inner[0] : nil) { return chosen.tensors }
        throw FileFormatError(
            .unsupported, file: file,
            inner.isEmpty
                ? "found a dictionary without tensors"
                : "found tensors in several dictionaries (\(inner.map(\.name).joined(separator: ", "))), expected one", advice: advice)
    }

    /// The shape of a tensor, or nil where there is none of that name.
    public func shape(named name: String) -> [Int]? { tensors[name]?.shape }

    /// How a tensor's numbers are stored, or nil where there is none of that name.
    public func kind(named name: String) -> ScalarKind? { tensors[name]?.storage.kind }

    /// A tensor in row-major order.
    /// - Throws: ``FileFormatError``, of kind `notFound` where there is none of that name.
    public func array(named name: String) throws -> RawArray {
        guard let tensor = tensors[name] else { throw FileFormatError(.notFound, file: file, ArrayNames.missing(name, among: names)) }
        let kind = tensor.storage.kind
        let entry = "\(prefix)data/\(tensor.storage.key)"
        let expected = tensor.storage.count.multipliedReportingOverflow(by: kind.byteCount)
        guard let count = archive.count(named: entry), !expected.overflow, count == expected.partialValue else {
            throw FileFormatError(
                .malformed, file: file, at: "tensor '\(name)'",
                "found \(archive.count(named: entry).map { "\($0) bytes" } ?? "no entry") under '\(entry)', expected "
                    + "\(tensor.storage.count) numbers of \(kind.byteCount) bytes: the file is truncated or damaged")
        }
        let bytes = try archive.bytes(named: entry)
        let array = RawArray(kind: kind, shape: tensor.shape, bytes: tensor.bytes(in: bytes))
        if let index = array.firstIllegalBool {
            throw FileFormatError(
                .malformed, file: file, at: "tensor '\(name)', element \(index)",
                "found the byte \(array.bytes[index]), expected a Boolean: 0 or 1")
        }
        return array
    }
}

extension PickleTensor {
    /// The tensor's numbers in row-major order, out of its storage's bytes.
    func bytes(in storage: [UInt8]) -> [UInt8] {
        let size = self.storage.kind.byteCount
        let count = shape.reduce(1, *)
        if isContiguous {
            return count == self.storage.count ? storage : Array(storage[(offset * size)..<((offset + count) * size)])
        }
        var result: [UInt8] = []
        result.reserveCapacity(count * size)
        var index = [Int](repeating: 0, count: shape.count)
        var place = offset
        for _ in 0..<count {
            result += storage[(place * size)..<((place + 1) * size)]
            var axis = shape.count - 1
            while axis >= 0 {
                index[axis] += 1
                place += strides[axis]
                if index[axis] < shape[axis] { break }
                place -= shape[axis] * strides[axis]
                index[axis] = 0
                axis -= 1
            }
        }
        return result
    }
}
