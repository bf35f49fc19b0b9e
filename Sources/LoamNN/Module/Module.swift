import LoamTensor

/// A model or a part of one: a value that holds tensors.
///
/// A model is a struct of tensors and of other modules. `let teacher = model` is a snapshot; assigning to a copy never changes the
/// original. The one requirement is to name what is inside, by the names that PyTorch uses, always in the same order:
///
/// ```swift
/// struct Perceptron: Layer {
///     var fc1: Dense<Float>
///     var fc2: Dense<Float>
///
///     mutating func visit<Visitor: ParameterVisitor<Float>>(_ visitor: inout Visitor) {
///         visitor.child("fc1", &fc1)
///         visitor.child("fc2", &fc2)
///     }
///
///     mutating func callAsFunction(_ x: Tensor<Float>, in context: inout ForwardContext) -> Tensor<Float> {
///         fc2(fc1(x, in: &context).tanh(), in: &context)
///     }
/// }
/// ```
///
/// Everything else follows from it: ``parameters``, ``stateDictionary``, ``load(_:strict:)``, gradients
/// (`valueAndGradient(at:layout:of:)`), optimisers and checkpoints.
public protocol Module<Scalar>: Sendable {
    /// The floating-point type of the parameters: `Float` unless the model has a `typealias Scalar` or a generic parameter of that name.
    associatedtype Scalar: TensorScalar = Float

    /// Hands every parameter, buffer and child to `visitor`, in a fixed order, by PyTorch's names.
    ///
    /// The method is `mutating` because visitors may replace what they see; one that only reads leaves the module as it was.
    mutating func visit<Visitor: ParameterVisitor>(_ visitor: inout Visitor) where Visitor.Scalar == Scalar
}

/// A module that maps one tensor to another.
///
/// The forward pass is written once, as the mutating `callAsFunction(_:in:)`. It is mutating because training changes more than
/// parameters: batch normalisation keeps running statistics. What varies from pass to pass without belonging to the model, the
/// phase and the random numbers of dropout, is in the ``ForwardContext``, which the caller owns and checkpoints.
/// For inference, `model(x)` calls the same code on a copy in a context that is not training.
///
/// - Important: Inside a forward pass call children with the context, `bn1(x, in: &context)`; without it they would run in
///   inference mode.
public protocol Layer<Scalar>: Module {
    /// The result for `x`; changes running statistics when the context is training.
    mutating func callAsFunction(_ x: Tensor<Scalar>, in context: inout ForwardContext) -> Tensor<Scalar>
}

extension Layer {
    /// The result for `x` in inference mode. The layer is not changed.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        var copy = self
        var context = ForwardContext.inference
        return copy(x, in: &context)
    }
}

/// What a forward pass needs besides the model and its input: the phase, and the random numbers of that pass.
public struct ForwardContext: Sendable, Hashable, Codable {
    /// True while training: dropout drops, batch normalisation uses the batch's statistics and updates the running ones.
    public var isTraining: Bool
    /// Where dropout draws from. Its position advances with every draw, so saving the context saves the sequence.
    public var generator: PhiloxGenerator

    /// A context of either phase.
    public init(isTraining: Bool, generator: PhiloxGenerator) {
        self.isTraining = isTraining
        self.generator = generator
    }

    /// A context for training whose random numbers come from `seed`.
    public static func training(seed: UInt64) -> ForwardContext {
        ForwardContext(isTraining: true, generator: PhiloxGenerator(seed: seed, stream: 0x6472_6f70))
    }

    /// The context of inference: nothing is random, nothing is updated.
    public static var inference: ForwardContext { ForwardContext(isTraining: false, generator: PhiloxGenerator(seed: 0)) }
}
