import FoundationEssentials

/// Named arrays in any of the formats that weights come in: safetensors, NumPy's `.npz`, PyTorch's `.pth`. The content tells which.
public enum TensorFile: Sendable {
    case safetensors(Safetensors)
    case npz(Npz)
    case pyTorch(PyTorchFile)

    /// Opens a file.
    /// - Throws: ``FileFormatError``.
    public static func read(_ url: URL) throws -> TensorFile { try read(ByteSource(url)) }

    /// Opens a file's content.
    /// - Throws: ``FileFormatError``.
    public static func read(_ source: ByteSource) throws -> TensorFile {
        let start = try source.bytes(at: 0, count: min(4, source.count))
        if start == [0x50, 0x4B, 3, 4] || start == [0x50, 0x4B, 5, 6] {
            let archive = try ZipArchive(source)
            let isPickled = archive.names.contains { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") }
            return isPickled ? .pyTorch(try PyTorchFile(archive, file: source.name)) : .npz(try Npz(source))
        }
        // A safetensors file begins with its header's length, then a brace; a bare pickle with its protocol.
        let brace = try source.bytes(at: min(8, source.count), count: min(1, max(0, source.count - 8)))
        if start.first == 0x80, start.count > 1, (1...5).contains(start[1]), brace != [UInt8(ascii: "{")] {
            throw PyTorchFile.old(source.name)
        }
        return .safetensors(try Safetensors(source))
    }

    /// The arrays' names in the file's order.
    public var names: [String] {
        switch self {
        case .safetensors(let file): file.names
        case .npz(let file): file.names
        case .pyTorch(let file): file.names
        }
    }

    /// The file's name for errors.
    public var file: String {
        switch self {
        case .safetensors(let file): file.file
        case .npz(let file): file.file
        case .pyTorch(let file): file.file
        }
    }

    /// An array exactly as stored, in row-major order.
    /// - Throws: ``FileFormatError``, of kind `notFound` where there is none of that name.
    public func array(named name: String) throws -> RawArray {
        switch self {
        case .safetensors(let file): try file.array(named: name)
        case .npz(let file): try file.array(named: name)
        case .pyTorch(let file): try file.array(named: name)
        }
    }

    /// An array as a tensor, converted by the rules of ``RawArray/scalars(as:file:)``: narrower floating-point kinds are widened.
    /// - Throws: ``FileFormatError``, of kind `notFound` where there is none of that name.
    public func tensor<Element: TensorElement & StorableElement>(
        named name: String, as type: Element.Type = Element.self
    ) throws -> Tensor<Element> {
        try array(named: name).tensor(as: type, file: "\(file), tensor '\(name)'")
    }
}
