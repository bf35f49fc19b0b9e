/// A number with its derivative along one direction: forward-mode differentiation of whatever is written for any ``TrajectoryScalar``.
@frozen
public struct Dual<Base: TrajectoryScalar>: TrajectoryScalar {
    /// The number.
    public var value: Base
    /// Its derivative.
    public var tangent: Base
    public typealias FloatLiteralType = Double
    public typealias IntegerLiteralType = Int
    public typealias Mask = Base.Mask

    /// A number with a derivative.
    @inlinable @inline(__always)
    public init(_ value: Base, tangent: Base) {
        self.value = value
        self.tangent = tangent
    }
    /// A constant.
    @inlinable @inline(__always)
    public init(_ value: Double) { self.init(Base(value), tangent: Base(0)) }

    @inlinable @inline(__always)
    public static func + (left: Self, right: Self) -> Self { Self(left.value + right.value, tangent: left.tangent + right.tangent) }
    @inlinable @inline(__always)
    public static func - (left: Self, right: Self) -> Self { Self(left.value - right.value, tangent: left.tangent - right.tangent) }
    @inlinable @inline(__always)
    public static func * (left: Self, right: Self) -> Self {
        Self(left.value * right.value, tangent: Base.multiplyAdd(left.value, right.tangent, left.tangent * right.value))
    }
    @inlinable @inline(__always)
    public static func / (left: Self, right: Self) -> Self {
        let quotient = left.value / right.value
        return Self(quotient, tangent: (left.tangent - quotient * right.tangent) / right.value)
    }
    @inlinable @inline(__always)
    public static prefix func - (value: Self) -> Self { Self(-value.value, tangent: -value.tangent) }
    @inlinable @inline(__always)
    public static func multiplyAdd(_ a: Self, _ b: Self, _ c: Self) -> Self {
        Self(
            Base.multiplyAdd(a.value, b.value, c.value),
            tangent: Base.multiplyAdd(a.value, b.tangent, Base.multiplyAdd(a.tangent, b.value, c.tangent)))
    }
    @inlinable @inline(__always)
    public static func < (left: Self, right: Self) -> Mask { left.value < right.value }
    @inlinable @inline(__always)
    public func selected(where mask: Mask, otherwise other: Self) -> Self {
        Self(value.selected(where: mask, otherwise: other.value), tangent: tangent.selected(where: mask, otherwise: other.tangent))
    }
    @inlinable @inline(__always)
    public func squareRoot() -> Self {
        let root = value.squareRoot()
        return Self(root, tangent: tangent / (root + root))
    }
    @inlinable @inline(__always)
    public func exp() -> Self {
        let result = value.exp()
        return Self(result, tangent: result * tangent)
    }
    @inlinable @inline(__always)
    public func log() -> Self { Self(value.log(), tangent: tangent / value) }
    @inlinable @inline(__always)
    public func sineAndCosine() -> (sine: Self, cosine: Self) {
        let (s, c) = value.sineAndCosine()
        return (Self(s, tangent: c * tangent), Self(c, tangent: -(s * tangent)))
    }
    @inlinable @inline(__always)
    public func tanh() -> Self {
        let result = value.tanh()
        return Self(result, tangent: Base.multiplyAdd(-result, result, Base(1)) * tangent)
    }
}
