import LoamTensor

/// A table of vectors looked up by index, PyTorch's `Embedding`. Parameter: `weight` [entries, dimensions], drawn from N(0, 1).
public struct Embedding<Scalar: TensorScalar>: Module {
    /// The table: [entries, dimensions].
    public var weight: Tensor<Scalar>

    /// A table with drawn entries.
    public init(
        _ entries: Int, _ dimensions: Int, initialiser: Initialiser = .normal(mean: 0, standardDeviation: 1),
        using generator: inout PhiloxGenerator
    ) {
        precondition(entries > 0 && dimensions > 0, "Embedding: \(entries) entries of \(dimensions) dimensions")
        weight = initialiser([entries, dimensions], using: &generator)
    }

    /// A table with the given entries.
    public init(weight: Tensor<Scalar>) {
        precondition(weight.rank == 2, "Embedding: the table has shape \(weight.shape), not [entries, dimensions]")
        self.weight = weight
    }

    public mutating func visit<Visitor: ParameterVisitor>(_ visitor: inout Visitor) where Visitor.Scalar == Scalar {
        visitor.parameter("weight", &weight)
    }

    /// The vectors at `indices`: one more axis, of the dimensions, at the end.
    public func callAsFunction(_ indices: Tensor<Int32>) -> Tensor<Scalar> {
        var shape = indices.shape
        shape.append(weight.shape[1])
        return weight.gathered(indices.flattened()).reshaped(shape)
    }
}
