import LoamTensor

/// Layer normalisation (Ba, Kiros and Hinton 2016), PyTorch's `LayerNorm`: each example's trailing axes get mean 0 and variance 1,
/// then scale and shift. Parameters `weight` and `bias` of the normalised shape.
public struct LayerNormalisation<Scalar: TensorScalar>: Layer {
    /// Scale, or nil without an affine map.
    public var weight: Tensor<Scalar>?
    /// Shift, or nil without an affine map.
    public var bias: Tensor<Scalar>?
    /// The extents that are normalised over.
    public let shape: Shape
    /// ε, which keeps the root away from zero.
    public var epsilon: Double

    /// A layer over the trailing axes `shape`, with weight 1 and bias 0 where affine.
    public init(_ shape: Shape, epsilon: Double = 1e-5, affine: Bool = true) {
        precondition(shape.rank >= 1, "LayerNormalisation: needs at least one axis")
        self.shape = shape
        weight = affine ? Tensor.ones(shape) : nil
        bias = affine ? Tensor.zeros(shape) : nil
        self.epsilon = epsilon
    }

    public mutating func visit<Visitor: ParameterVisitor>(_ visitor: inout Visitor) where Visitor.Scalar == Scalar {
        visitor.parameter("weight", &weight)
        visitor.parameter("bias", &bias)
    }

    public func callAsFunction(_ x: Tensor<Scalar>, in context: inout ForwardContext) -> Tensor<Scalar> {
        precondition(
            x.rank >= shape.rank && Array(x.shape.suffix(shape.rank)) == Array(shape),
            "LayerNormalisation: input \(x.shape) does not end in \(shape)")
        return layerNormalisation(x, axes: shape.rank, scale: weight, shift: bias, epsilon: Scalar(epsilon))
    }
}

/// Group normalisation (Wu and He 2018), PyTorch's `GroupNorm`: mean 0 and variance 1 over each group of channels of each example.
/// Input [N, C, …]. Parameters `weight` and `bias` [C].
public struct GroupNormalisation<Scalar: TensorScalar>: Layer {
    /// Scale, or nil without an affine map.
    public var weight: Tensor<Scalar>?
    /// Shift, or nil without an affine map.
    public var bias: Tensor<Scalar>?
    /// The number of groups, a divisor of the channels.
    public let groups: Int
    /// ε, which keeps the root away from zero.
    public var epsilon: Double

    /// A layer with weight 1 and bias 0 where affine.
    public init(groups: Int, channels: Int, epsilon: Double = 1e-5, affine: Bool = true) {
        precondition(groups > 0 && channels > 0 && channels % groups == 0, "GroupNormalisation: \(channels) channels in \(groups) groups")
        self.groups = groups
        weight = affine ? Tensor.ones([channels]) : nil
        bias = affine ? Tensor.zeros([channels]) : nil
        self.epsilon = epsilon
    }

    public mutating func visit<Visitor: ParameterVisitor>(_ visitor: inout Visitor) where Visitor.Scalar == Scalar {
        visitor.parameter("weight", &weight)
        visitor.parameter("bias", &bias)
    }

    public func callAsFunction(_ x: Tensor<Scalar>, in context: inout ForwardContext) -> Tensor<Scalar> {
        groupNormalisation(x, groups: groups, scale: weight, shift: bias, epsilon: Scalar(epsilon))
    }
}

/// Instance normalisation (Ulyanov, Vedaldi and Lempitsky 2016), PyTorch's `InstanceNorm`: mean 0 and variance 1 over each channel of each
/// example. Input [N, C, spatial…]. Parameters `weight` and `bias` [C] where affine; that is the default here (it is not in
/// PyTorch), because that is how networks use it.
public struct InstanceNormalisation<Scalar: TensorScalar>: Layer {
    /// Scale, or nil without an affine map.
    public var weight: Tensor<Scalar>?
    /// Shift, or nil without an affine map.
    public var bias: Tensor<Scalar>?
    /// The number of channels.
    public let channels: Int
    /// ε, which keeps the root away from zero.
    public var epsilon: Double

    /// A layer with weight 1 and bias 0 where affine.
    public init(_ channels: Int, epsilon: Double = 1e-5, affine: Bool = true) {
        precondition(channels > 0, "InstanceNormalisation: \(channels) channels")
        self.channels = channels
        weight = affine ? Tensor.ones([channels]) : nil
        bias = affine ? Tensor.zeros([channels]) : nil
        self.epsilon = epsilon
    }

    public mutating func visit<Visitor: ParameterVisitor>(_ visitor: inout Visitor) where Visitor.Scalar == Scalar {
        visitor.parameter("weight", &weight)
        visitor.parameter("bias", &bias)
    }

    public func callAsFunction(_ x: Tensor<Scalar>, in context: inout ForwardContext) -> Tensor<Scalar> {
        precondition(x.rank >= 3 && x.shape[1] == channels, "InstanceNormalisation: input \(x.shape) must be [N, \(channels), spatial…]")
        return instanceNormalisation(x, scale: weight, shift: bias, epsilon: Scalar(epsilon))
    }
}
