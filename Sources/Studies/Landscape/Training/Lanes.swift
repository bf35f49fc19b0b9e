/// Two registers' worth of trajectories, with the operations that the batched kernel is written in.
///
/// The kernel is generic over this protocol rather than over `SIMD`, because the standard library's generic SIMD operators work lane by
/// lane; here every operation is the concrete one.
protocol Lanes {
    associatedtype Scalar: BinaryFloatingPoint & SIMDScalar & Sendable
    static var width: Int { get }
    init(repeating value: Scalar)
    subscript(index: Int) -> Scalar { get set }
    static func + (left: Self, right: Self) -> Self
    static func - (left: Self, right: Self) -> Self
    static func * (left: Self, right: Self) -> Self
    static func / (left: Self, right: Self) -> Self
    /// self + a·b, rounded once.
    func adding(_ a: Self, _ b: Self) -> Self
    /// max(self, 0).
    var positivePart: Self { get }
    /// min(self, 0).
    var negativePart: Self { get }
    /// `self` where `condition` is positive, `other` elsewhere.
    func wherePositive(_ condition: Self, otherwise other: Self) -> Self
    var magnitude: Self { get }
    func larger(_ other: Self) -> Self
    func squareRoot() -> Self
}

/// Eight trajectories in double precision.
struct DoubleLanes: Lanes {
    typealias Scalar = Double
    typealias Vector = SIMD8<Double>
    var value: Vector
    @inline(__always) static var width: Int { 8 }
    @inline(__always) init(_ value: Vector) { self.value = value }
    @inline(__always) init(repeating value: Double) { self.value = Vector(repeating: value) }
    @inline(__always) subscript(index: Int) -> Double {
        get { value[index] }
        set { value[index] = newValue }
    }
    @inline(__always) static func + (left: Self, right: Self) -> Self { Self(left.value + right.value) }
    @inline(__always) static func - (left: Self, right: Self) -> Self { Self(left.value - right.value) }
    @inline(__always) static func * (left: Self, right: Self) -> Self { Self(left.value * right.value) }
    @inline(__always) static func / (left: Self, right: Self) -> Self { Self(left.value / right.value) }
    @inline(__always) func adding(_ a: Self, _ b: Self) -> Self { Self(value.addingProduct(a.value, b.value)) }
    @inline(__always) var positivePart: Self { Self(value.replacing(with: 0, where: value .<= 0)) }
    @inline(__always) var negativePart: Self { Self(value.replacing(with: 0, where: value .> 0)) }
    @inline(__always) func wherePositive(_ condition: Self, otherwise other: Self) -> Self {
        Self(other.value.replacing(with: value, where: condition.value .> 0))
    }
    @inline(__always) var magnitude: Self { Self((0 - value).replacing(with: value, where: value .> 0)) }
    @inline(__always) func larger(_ other: Self) -> Self { Self(value.replacing(with: other.value, where: other.value .> value)) }
    @inline(__always) func squareRoot() -> Self { Self(value.squareRoot()) }
}

/// Sixteen trajectories in single precision.
struct FloatLanes: Lanes {
    typealias Scalar = Float
    typealias Vector = SIMD16<Float>
    var value: Vector
    @inline(__always) static var width: Int { 16 }
    @inline(__always) init(_ value: Vector) { self.value = value }
    @inline(__always) init(repeating value: Float) { self.value = Vector(repeating: value) }
    @inline(__always) subscript(index: Int) -> Float {
        get { value[index] }
        set { value[index] = newValue }
    }
    @inline(__always) static func + (left: Self, right: Self) -> Self { Self(left.value + right.value) }
    @inline(__always) static func - (left: Self, right: Self) -> Self { Self(left.value - right.value) }
    @inline(__always) static func * (left: Self, right: Self) -> Self { Self(left.value * right.value) }
    @inline(__always) static func / (left: Self, right: Self) -> Self { Self(left.value / right.value) }
    @inline(__always) func adding(_ a: Self, _ b: Self) -> Self { Self(value.addingProduct(a.value, b.value)) }
    @inline(__always) var positivePart: Self { Self(value.replacing(with: 0, where: value .<= 0)) }
    @inline(__always) var negativePart: Self { Self(value.replacing(with: 0, where: value .> 0)) }
    @inline(__always) func wherePositive(_ condition: Self, otherwise other: Self) -> Self {
        Self(other.value.replacing(with: value, where: condition.value .> 0))
    }
    @inline(__always) var magnitude: Self { Self((0 - value).replacing(with: value, where: value .> 0)) }
    @inline(__always) func larger(_ other: Self) -> Self { Self(value.replacing(with: other.value, where: other.value .> value)) }
    @inline(__always) func squareRoot() -> Self { Self(value.squareRoot()) }
}
