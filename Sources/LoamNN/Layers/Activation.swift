import LoamTensor

/// An element-wise function, by PyTorch's definitions.
public enum ActivationFunction: Sendable, Hashable, Codable {
    case identity, relu, tanh, sigmoid, softplus, silu, selu, sine
    /// x Φ(x), exact.
    case gelu
    /// slope·x below 0.
    case leakyReLU(slope: Double)
    /// alpha (eˣ − 1) below 0.
    case elu(alpha: Double)

    /// The function of every element.
    public func callAsFunction<Scalar: TensorScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        switch self {
        case .identity: x
        case .relu: x.relu()
        case .tanh: x.tanh()
        case .sigmoid: x.sigmoid()
        case .softplus: x.softplus()
        case .silu: x.silu()
        case .selu: x.selu()
        case .sine: x.sin()
        case .gelu: x.gelu()
        case .leakyReLU(let slope): x.leakyReLU(slope: Scalar(slope))
        case .elu(let alpha): x.elu(alpha: Scalar(alpha))
        }
    }
}

/// An element-wise function as a layer. It has no parameters.
public struct Activation<Scalar: TensorScalar>: Layer {
    /// The function.
    public var function: ActivationFunction

    /// A layer that applies `function`.
    public init(_ function: ActivationFunction) { self.function = function }

    public mutating func visit<Visitor: ParameterVisitor>(_ visitor: inout Visitor) where Visitor.Scalar == Scalar {}

    public func callAsFunction(_ x: Tensor<Scalar>, in context: inout ForwardContext) -> Tensor<Scalar> { function(x) }
}

/// Joins all axes from `startAxis` on into one: [N, C, H, W] to [N, C·H·W].
public struct Flatten<Scalar: TensorScalar>: Layer {
    /// The first of the axes that are joined.
    public var startAxis: Int

    /// Joins the axes from `startAxis` ≥ 0 on.
    public init(startAxis: Int = 1) {
        precondition(startAxis >= 0, "Flatten: axis \(startAxis) is negative")
        self.startAxis = startAxis
    }

    public mutating func visit<Visitor: ParameterVisitor>(_ visitor: inout Visitor) where Visitor.Scalar == Scalar {}

    public func callAsFunction(_ x: Tensor<Scalar>, in context: inout ForwardContext) -> Tensor<Scalar> {
        precondition(startAxis < x.rank, "Flatten: axis \(startAxis) of input \(x.shape)")
        return x.reshaped(Shape(Array(x.shape.prefix(startAxis)) + [x.shape.dropFirst(startAxis).reduce(1, *)]))
    }
}

/// Gives every example of the batch another shape: [N, …] to [N] + `shape`.
public struct Reshape<Scalar: TensorScalar>: Layer {
    /// The shape of an example afterwards.
    public var shape: Shape

    /// Gives every example `shape`.
    public init(_ shape: Shape) { self.shape = shape }

    public mutating func visit<Visitor: ParameterVisitor>(_ visitor: inout Visitor) where Visitor.Scalar == Scalar {}

    public func callAsFunction(_ x: Tensor<Scalar>, in context: inout ForwardContext) -> Tensor<Scalar> {
        precondition(x.rank >= 1, "Reshape: the input has no batch axis")
        return x.reshaped(Shape([x.shape[0]] + Array(shape)))
    }
}
