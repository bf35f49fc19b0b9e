import LoamTensor

/// A model's parameters, or anything shaped like them (gradients, directions, moments), as one vector.
///
/// The coordinates are the tensors in ``names``' order. Arithmetic is that of the vector space, written in tensor operations, so it
/// is differentiable; the methods that work in place are not.
public struct ParameterVector<Scalar: TensorScalar>: Sendable {
    /// Names and shapes.
    public let layout: ParameterLayout
    /// The tensors, in the order of the names.
    public private(set) var tensors: [Tensor<Scalar>]

    /// A vector of tensors whose shapes are those of `layout`.
    public init(layout: ParameterLayout, tensors: [Tensor<Scalar>]) {
        precondition(
            tensors.count == layout.shapes.count, "ParameterVector: \(tensors.count) tensors for \(layout.shapes.count) parameters")
        for (index, tensor) in tensors.enumerated() {
            precondition(
                tensor.shape == layout.shapes[index],
                "ParameterVector: '\(layout.names[index])' has shape \(layout.shapes[index]), not \(tensor.shape)")
        }
        self.layout = layout
        self.tensors = tensors
    }

    /// A vector from one flat tensor of all scalars, in order.
    public init(unflattening flat: Tensor<Scalar>, layout: ParameterLayout) {
        precondition(
            flat.shape == [layout.scalarCount], "ParameterVector: shape \(flat.shape) cannot be unflattened into \(layout.scalarCount) scalars")
        self.init(
            layout: layout,
            tensors: layout.shapes.indices.map { flat[layout.offsets[$0]..<layout.offsets[$0 + 1], axis: 0].reshaped(layout.shapes[$0]) })
    }

    /// The zero vector.
    public static func zeros(_ layout: ParameterLayout) -> ParameterVector {
        ParameterVector(layout: layout, tensors: layout.shapes.map { Tensor.zeros($0) })
    }

    /// Independent standard normal coordinates, for random directions and probes.
    public static func normal(_ layout: ParameterLayout, using generator: inout PhiloxGenerator) -> ParameterVector {
        ParameterVector(layout: layout, tensors: layout.shapes.map { Tensor(normal: $0, using: &generator) })
    }

    /// Dotted names in order.
    public var names: [String] { layout.names }

    /// The number of scalars: the dimension of the vector.
    public var count: Int { layout.scalarCount }

    /// The tensor `name`, which must exist; assigning needs the same shape.
    public subscript(name: String) -> Tensor<Scalar> {
        get { tensors[position(of: name)] }
        set {
            let index = position(of: name)
            precondition(
                newValue.shape == layout.shapes[index],
                "ParameterVector: '\(name)' has shape \(layout.shapes[index]), not \(newValue.shape)")
            tensors[index] = newValue
        }
    }

    private func position(of name: String) -> Int {
        guard let index = layout.position(of: name) else {
            preconditionFailure("ParameterVector: there is no parameter '\(name)' among \(layout.names.joined(separator: ", "))")
        }
        return index
    }

    /// All scalars as one tensor of shape [count].
    public func flattened() -> Tensor<Scalar> {
        tensors.isEmpty ? Tensor([]) : Tensor.concatenated(tensors.map { $0.flattened() })
    }

    /// The same value as a constant: no history.
    public func detached() -> ParameterVector { map { $0.detached() } }

    /// Every tensor transformed; shapes must stay.
    public func map(_ transform: (Tensor<Scalar>) throws -> Tensor<Scalar>) rethrows -> ParameterVector {
        ParameterVector(layout: layout, tensors: try tensors.map(transform))
    }

    /// Every pair of tensors combined; shapes must stay.
    public func zip(
        _ other: ParameterVector, named operation: StaticString = "zip",
        _ combine: (Tensor<Scalar>, Tensor<Scalar>) throws -> Tensor<Scalar>
    ) rethrows -> ParameterVector {
        requireSameLayout(other, operation)
        return ParameterVector(layout: layout, tensors: try tensors.indices.map { try combine(tensors[$0], other.tensors[$0]) })
    }

    func requireSameLayout(_ other: ParameterVector, _ operation: StaticString) {
        precondition(
            layout == other.layout,
            "\(operation): the two parameter vectors have different layouts (\(names.count) and \(other.names.count) tensors)")
    }

    /// Calls `body` with each tensor to change it in place.
    mutating func updateEach(_ body: (Int, inout Tensor<Scalar>) -> Void) {
        for index in tensors.indices { body(index, &tensors[index]) }
    }

    /// The name of the first tensor that holds a NaN or an infinity, or nil.
    public var firstNonFinite: String? {
        for (index, tensor) in tensors.enumerated() where !FiniteCheck.isFinite(tensor) { return layout.names[index] }
        return nil
    }
}

extension ParameterVector: Equatable {
    /// The same layout and equal scalars; NaN differs from itself.
    public static func == (left: ParameterVector, right: ParameterVector) -> Bool {
        left.layout == right.layout && left.tensors == right.tensors
    }
}
