/// Element-wise operations on activations that are in a convolution's blocked layout. Each answers nil when its operands are not,
/// and the caller takes the row-major route.
enum BlockedElementwise {
    static func sum<Scalar: TensorScalar>(_ a: Tensor<Scalar>, _ b: Tensor<Scalar>) -> Tensor<Scalar>? { nil }
    static func apply<Scalar: TensorScalar>(_ function: UnaryFunction, _ x: Tensor<Scalar>) -> Tensor<Scalar>? { nil }
    static func reluBackward<Scalar: TensorScalar>(_ g: Tensor<Scalar>, _ y: Tensor<Scalar>) -> Tensor<Scalar>? { nil }
}
