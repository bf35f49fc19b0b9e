import FoundationEssentials
import LoamTensor

// State dictionaries as safetensors files, which PyTorch's `safetensors.torch.load_file` and `save_file` read and write; read also from
// `.npz` and `torch.save` files.

extension StateDictionary {
    /// Reads all tensors of a safetensors, `.npz` or PyTorch (`.pth`) file. Floating-point tensors are converted to `Scalar`; an integer
    /// of rank 0 becomes a count.
    ///
    /// - Throws: `FileFormatError` where the file is damaged or holds something else, such as an integer array.
    public init(contentsOf url: URL) throws {
        try self.init(TensorFile.read(url))
    }

    /// Takes all tensors of an open safetensors file whose names start with `prefix`, without the prefix.
    public init(_ file: Safetensors, prefix: String = "") throws { try self.init(.safetensors(file), prefix: prefix) }

    /// Takes all tensors of an open file whose names start with `prefix`, without the prefix.
    public init(_ file: TensorFile, prefix: String = "") throws {
        self.init()
        for name in file.names where name.hasPrefix(prefix) {
            let array = try file.array(named: name)
            let short = String(name.dropFirst(prefix.count))
            if array.kind.isFloatingPoint {
                self[short] = .tensor(try array.tensor(scalar: Scalar.self, file: name))
            } else {
                guard array.shape.isEmpty else {
                    throw FileFormatError(
                        .unsupported, file: name,
                        "found an array of \(array.kind.rawValue) of shape \(array.shape), expected floating-point numbers")
                }
                self[short] = .integer(try array.scalars(as: Int.self, file: name)[0])
            }
        }
    }

    /// Writes all entries to a safetensors file, replacing it atomically.
    ///
    /// - Throws: `FileFormatError` where the file cannot be written.
    public func write(to url: URL, metadata: [String: String] = [:]) throws {
        try Safetensors.write(storedArrays(), metadata: metadata, to: url)
    }

    /// The entries as a file holds them, in order, each name preceded by `prefix`.
    public func storedArrays(prefix: String = "") -> [(name: String, array: RawArray)] {
        names.map { name in
            switch self[name]! {
            case .tensor(let tensor): (prefix + name, RawArray(scalarTensor: tensor))
            case .integer(let value): (prefix + name, RawArray([value], shape: []))
            }
        }
    }
}

extension RawArray {
    /// The numbers of a floating-point tensor, exactly.
    init<Scalar: TensorScalar>(scalarTensor tensor: Tensor<Scalar>) {
        if let tensor = tensor as? Tensor<Float> {
            self.init(tensor)
        } else if let tensor = tensor as? Tensor<Double> {
            self.init(tensor)
        } else {
            preconditionFailure("RawArray: tensors of \(Scalar.self) have no file form")
        }
    }

    /// A floating-point tensor, converted to `Scalar`.
    func tensor<Scalar: TensorScalar>(scalar: Scalar.Type, file: String) throws -> Tensor<Scalar> {
        if Scalar.self == Float.self { return try tensor(as: Float.self, file: file) as! Tensor<Scalar> }
        return try tensor(as: Double.self, file: file) as! Tensor<Scalar>
    }
}
