import LoamTensor

/// φ(x Wᵀ + b), PyTorch's `Linear` with an activation fused into it.
///
/// Input [..., inputs], output [..., outputs]. Parameters: `weight` [outputs, inputs], `bias` [outputs].
public struct Dense<Scalar: TensorScalar>: Layer {
    /// W: [outputs, inputs].
    public var weight: Tensor<Scalar>
    /// b: [outputs], or nil.
    public var bias: Tensor<Scalar>?
    /// φ, computed in the same pass as the bias is added.
    public var activation: FusedActivation

    /// A layer with drawn parameters.
    public init(
        _ inputs: Int, _ outputs: Int, bias hasBias: Bool = true, activation: FusedActivation = .identity,
        initialisation: Initialisation = .standard, using generator: inout PhiloxGenerator
    ) {
        precondition(inputs > 0 && outputs > 0, "Dense: \(inputs) inputs and \(outputs) outputs")
        (weight, bias) = initialisation.draw([outputs, inputs], outputs: outputs, hasBias: hasBias, using: &generator)
        self.activation = activation
    }

    /// A layer with the given parameters.
    public init(weight: Tensor<Scalar>, bias: Tensor<Scalar>?, activation: FusedActivation = .identity) {
        self.weight = weight
        self.bias = bias
        self.activation = activation
    }

    public mutating func visit<Visitor: ParameterVisitor>(_ visitor: inout Visitor) where Visitor.Scalar == Scalar {
        visitor.parameter("weight", &weight)
        visitor.parameter("bias", &bias)
    }

    public func callAsFunction(_ x: Tensor<Scalar>, in context: inout ForwardContext) -> Tensor<Scalar> { self(x) }

    /// The result for `x` [..., inputs]: [..., outputs], the same in training and inference.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        linear(x, weight: weight, bias: bias, activation: activation)
    }
}
