import FoundationEssentials

extension RawArray {
    /// A tensor's numbers and shape, stored exactly as they are.
    public init<Element: TensorElement & StorableElement>(_ tensor: Tensor<Element>) {
        self.init(tensor.scalars, shape: Array(tensor.shape))
    }

    /// The array as a tensor, converted by the rules of ``scalars(as:file:)``.
    ///
    /// - Parameter file: the name that an error carries.
    /// - Throws: ``FileFormatError`` where the conversion does not exist, a value does not fit, or there are more than eight axes.
    public func tensor<Element: TensorElement & StorableElement>(
        as type: Element.Type = Element.self, file: String = "array"
    ) throws -> Tensor<Element> {
        guard shape.count <= Shape.maximumRank else {
            throw FileFormatError(.unsupported, file: file, "found \(shape.count) axes, expected at most \(Shape.maximumRank)")
        }
        if kind == Element.scalarKind, kind != .bool {
            // Large weights are copied once.
            return Tensor(shape: Shape(shape)) { buffer in UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes) }
        }
        return Tensor(try scalars(as: type, file: file), shape: Shape(shape))
    }
}

extension Safetensors {
    /// A tensor, converted by the rules of ``RawArray/scalars(as:file:)``: narrower floating-point kinds are widened.
    /// - Throws: ``FileFormatError``, of kind `notFound` where there is none of that name.
    public func tensor<Element: TensorElement & StorableElement>(
        named name: String, as type: Element.Type = Element.self
    ) throws -> Tensor<Element> {
        try array(named: name).tensor(as: type, file: "\(file), tensor '\(name)'")
    }
}

extension Npz {
    /// An array as a tensor, converted by the rules of ``RawArray/scalars(as:file:)``.
    /// - Throws: ``FileFormatError``, of kind `notFound` where there is none of that name.
    public func tensor<Element: TensorElement & StorableElement>(
        named name: String, as type: Element.Type = Element.self
    ) throws -> Tensor<Element> {
        try array(named: name).tensor(as: type, file: "\(file), array '\(name)'")
    }
}

extension Npy {
    /// Reads an array as a tensor, converted by the rules of ``RawArray/scalars(as:file:)``.
    /// - Throws: ``FileFormatError``.
    public static func tensor<Element: TensorElement & StorableElement>(
        _ url: URL, as type: Element.Type = Element.self
    ) throws -> Tensor<Element> {
        try read(url).tensor(as: type, file: url.path)
    }
}
