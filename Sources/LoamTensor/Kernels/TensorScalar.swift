import RealModule

/// A floating-point type that tensors differentiate: `Float` or `Double`.
///
/// The requirements below the line are the entry points of the kernels, one concrete instance a type, so that generic code pays one
/// call through the protocol for a whole array and never for an element.
public protocol TensorScalar: TensorElement, Real, BinaryFloatingPoint, SIMDScalar, Codable {
    /// `F64` or `F32`, as safetensors names them.
    static var formatName: String { get }

    /// y ← f(x) for `count` neighbouring elements.
    static func _apply(_ function: UnaryFunction, _ x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>, _ count: Int)
    /// y ← f(a, b) for `count` elements; a stride of 0 repeats one element.
    static func _apply(
        _ function: BinaryFunction, _ a: UnsafePointer<Self>, _ aStride: Int, _ b: UnsafePointer<Self>, _ bStride: Int,
        _ y: UnsafeMutablePointer<Self>, _ count: Int)
    /// The reduction of `count` neighbouring elements, in a fixed order.
    static func _reduceRow(_ reduction: Reduction, _ x: UnsafePointer<Self>, _ count: Int) -> Self
    /// The reduction of each of `columns` over `rows` rows that are `rowStride` apart.
    static func _reduceColumns(
        _ reduction: Reduction, _ x: UnsafePointer<Self>, rows: Int, columns: Range<Int>, rowStride: Int, _ y: UnsafeMutablePointer<Self>)
    /// C ← α op(A) op(B) + β C, row-major, m×k times k×n.
    static func _gemm(
        transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, alpha: Self, a: UnsafePointer<Self>, lda: Int, b: UnsafePointer<Self>,
        ldb: Int, beta: Self, c: UnsafeMutablePointer<Self>, ldc: Int)
    /// y ← f(y + bias) for every row; f the identity and bias 0 where nil.
    static func _biasActivation(
        _ function: UnaryFunction?, _ y: UnsafeMutablePointer<Self>, _ bias: UnsafePointer<Self>?, rows: Int, columns: Int)
}

/// A function of one number, applied to every element.
public enum UnaryFunction: Sendable, Hashable {
    case negate, magnitude, sign, square, squareRoot, reciprocal, reciprocalSquareRoot
    case exp, expMinusOne, log, logOnePlus, sin, cos, tanh, erf, sigmoid, softplus, relu, gelu, geluSlope, silu, siluSlope, floor
}

/// A function of two numbers, applied to every pair of elements. Those after the arithmetic are the derivatives of activations,
/// fused: `tanhBackward(g, y)` is g (1 − y²), and so on.
public enum BinaryFunction: Sendable, Hashable {
    case add, subtract, multiply, divide, minimum, maximum, power
    case tanhBackward, sigmoidBackward, reluBackward
}

/// What a reduction keeps of a set of numbers.
public enum Reduction: Sendable, Hashable { case sum, maximum, minimum }

extension Float: TensorScalar {
    public static var formatName: String { "F32" }
}
extension Double: TensorScalar {
    public static var formatName: String { "F64" }
}
