import LoamTensor

/// Layers one after another, named `0`, `1`, … as in PyTorch.
///
/// ```swift
/// var generator = PhiloxGenerator(seed: 1)
/// let model = Sequential<Float> {
///     Dense(2, 64, activation: .tanh, using: &generator)
///     Dense(64, 1, using: &generator)
/// }
/// ```
public struct Sequential<Scalar: TensorScalar>: Layer {
    /// The layers in order.
    public var layers: [any Layer<Scalar>]

    /// Layers in order.
    public init(_ layers: [any Layer<Scalar>]) { self.layers = layers }

    /// Layers listed in a block; `if`, `for` and arrays work inside it.
    public init(@LayerBuilder<Scalar> _ layers: () -> [any Layer<Scalar>]) { self.layers = layers() }

    public mutating func visit<Visitor: ParameterVisitor>(_ visitor: inout Visitor) where Visitor.Scalar == Scalar {
        for index in layers.indices { visitor.child(String(index), &layers[index]) }
    }

    public mutating func callAsFunction(_ x: Tensor<Scalar>, in context: inout ForwardContext) -> Tensor<Scalar> {
        var value = x
        for index in layers.indices { value = layers[index](value, in: &context) }
        return value
    }
}

/// Gathers layers from a block.
@resultBuilder
public enum LayerBuilder<Scalar: TensorScalar> {
    /// One layer of the block.
    public static func buildExpression(_ layer: any Layer<Scalar>) -> [any Layer<Scalar>] { [layer] }
    /// Several layers in an array.
    public static func buildExpression(_ layers: [any Layer<Scalar>]) -> [any Layer<Scalar>] { layers }
    /// The layers of a block in order.
    public static func buildBlock(_ parts: [any Layer<Scalar>]...) -> [any Layer<Scalar>] { parts.flatMap { $0 } }
    /// Layers behind `if`.
    public static func buildOptional(_ part: [any Layer<Scalar>]?) -> [any Layer<Scalar>] { part ?? [] }
    /// Layers behind `if … else`.
    public static func buildEither(first: [any Layer<Scalar>]) -> [any Layer<Scalar>] { first }
    /// Layers behind `else`.
    public static func buildEither(second: [any Layer<Scalar>]) -> [any Layer<Scalar>] { second }
    /// Layers from a `for` loop.
    public static func buildArray(_ parts: [[any Layer<Scalar>]]) -> [any Layer<Scalar>] { parts.flatMap { $0 } }
}

/// shortcut(x) + body(x): a residual connection around any layer. Children: `body`, and `shortcut` where there is one.
public struct Residual<Scalar: TensorScalar>: Layer {
    /// The branch.
    public var body: any Layer<Scalar>
    /// What the input passes through on its way around; nil for the identity.
    public var shortcut: (any Layer<Scalar>)?

    /// A connection around `body`.
    public init(_ body: any Layer<Scalar>, shortcut: (any Layer<Scalar>)? = nil) {
        self.body = body
        self.shortcut = shortcut
    }

    public mutating func visit<Visitor: ParameterVisitor>(_ visitor: inout Visitor) where Visitor.Scalar == Scalar {
        visitor.child("body", &body)
        if shortcut != nil { visitor.child("shortcut", &shortcut!) }
    }

    public mutating func callAsFunction(_ x: Tensor<Scalar>, in context: inout ForwardContext) -> Tensor<Scalar> {
        let branch = body(x, in: &context)
        let direct = shortcut == nil ? x : shortcut!(x, in: &context)
        precondition(
            branch.shape == direct.shape, "Residual: the body gives \(branch.shape), the shortcut \(direct.shape); they cannot be added")
        return branch + direct
    }
}
