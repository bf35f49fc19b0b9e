import LoamTensor

/// Sets elements to 0 with a given probability while training and scales the others by 1/(1 − p) (Srivastava et al. 2014); the
/// identity in inference.
public struct Dropout<Scalar: TensorScalar>: Layer {
    /// p.
    public var probability: Double
    /// Whether whole channels are dropped, as PyTorch's `Dropout2d` and `Dropout3d` do with inputs [N, C, …].
    public var dropsChannels: Bool

    /// A layer that drops with probability `probability` < 1.
    public init(_ probability: Double = 0.5, dropsChannels: Bool = false) {
        precondition((0..<1).contains(probability), "Dropout: the probability \(probability) is not in [0, 1)")
        self.probability = probability
        self.dropsChannels = dropsChannels
    }

    public mutating func visit<Visitor: ParameterVisitor>(_ visitor: inout Visitor) where Visitor.Scalar == Scalar {}

    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public func callAsFunction(_ x: Tensor<Scalar>, in context: inout ForwardContext) -> Tensor<Scalar> {
        guard context.isTraining, probability > 0 else { return x }
        var shape = x.shape
        if dropsChannels { for axis in 2..<max(2, x.rank) { shape[axis] = 1 } }
        var mask = Tensor<Scalar>(uniform: shape, using: &context.generator)
        let (limit, kept) = (Scalar(probability), Scalar(1 / (1 - probability)))
        let count = mask.count
        mask.withUnsafeMutablePointer { values in for i in 0..<count { values[i] = values[i] < limit ? 0 : kept } }
        return x * mask
    }
}
