/// Sixteen trajectories' numbers in single precision, side by side: two registers, so that one operation need not wait for the one before.
@frozen
public struct FloatLanes: LaneVector {
    @usableFromInline var low: FloatRegister
    @usableFromInline var high: FloatRegister
    public typealias FloatLiteralType = Double
    public typealias IntegerLiteralType = Int
    public typealias Scalar = Float

    /// The outcomes of comparisons, lane by lane.
    @frozen
    public struct Mask: Sendable {
        @usableFromInline var low: SIMDMask<SIMD8<Int32>>
        @usableFromInline var high: SIMDMask<SIMD8<Int32>>
        @inlinable @inline(__always)
        init(low: SIMDMask<SIMD8<Int32>>, high: SIMDMask<SIMD8<Int32>>) {
            self.low = low
            self.high = high
        }
    }

    @inlinable @inline(__always)
    init(low: FloatRegister, high: FloatRegister) {
        self.low = low
        self.high = high
    }
    @inlinable @inline(__always)
    public static var width: Int { 16 }
    @inlinable @inline(__always)
    public init(_ value: Double) { self.init(repeating: Float(value)) }
    @inlinable @inline(__always)
    public init(repeating value: Float) { self.init(low: FloatRegister(repeating: value), high: FloatRegister(repeating: value)) }
    @inlinable @inline(__always)
    public init(load source: UnsafePointer<Float>) { self.init(low: FloatRegister(load: source), high: FloatRegister(load: source + 8)) }
    @inlinable @inline(__always)
    public func store(to destination: UnsafeMutablePointer<Float>) {
        low.store(to: destination)
        high.store(to: destination + 8)
    }
    @inlinable @inline(__always)
    public subscript(lane: Int) -> Float {
        get { lane < 8 ? low[lane] : high[lane - 8] }
        set { if lane < 8 { low[lane] = newValue } else { high[lane - 8] = newValue } }
    }
    @inlinable @inline(__always)
    public static func + (left: Self, right: Self) -> Self { Self(low: left.low + right.low, high: left.high + right.high) }
    @inlinable @inline(__always)
    public static func - (left: Self, right: Self) -> Self { Self(low: left.low - right.low, high: left.high - right.high) }
    @inlinable @inline(__always)
    public static func * (left: Self, right: Self) -> Self { Self(low: left.low * right.low, high: left.high * right.high) }
    @inlinable @inline(__always)
    public static func / (left: Self, right: Self) -> Self { Self(low: left.low / right.low, high: left.high / right.high) }
    @inlinable @inline(__always)
    public static prefix func - (value: Self) -> Self { Self(low: -value.low, high: -value.high) }
    @inlinable @inline(__always)
    public static func multiplyAdd(_ a: Self, _ b: Self, _ c: Self) -> Self {
        Self(low: FloatRegister.multiplyAdd(a.low, b.low, c.low), high: FloatRegister.multiplyAdd(a.high, b.high, c.high))
    }
    @inlinable @inline(__always)
    public static func < (left: Self, right: Self) -> Mask { Mask(low: left.low < right.low, high: left.high < right.high) }
    @inlinable @inline(__always)
    public func selected(where mask: Mask, otherwise other: Self) -> Self {
        Self(low: low.selected(where: mask.low, otherwise: other.low), high: high.selected(where: mask.high, otherwise: other.high))
    }
    @inlinable @inline(__always)
    public func squareRoot() -> Self { Self(low: low.squareRoot(), high: high.squareRoot()) }
    @inlinable @inline(__always)
    public var magnitude: Self { Self(low: low.magnitude, high: high.magnitude) }
    @inlinable @inline(__always)
    public func roundedToInteger() -> Self { Self(low: low.roundedToInteger(), high: high.roundedToInteger()) }
    /// Whether the mask holds in any lane.
    @inlinable @inline(__always)
    public static func any(_ mask: Mask) -> Bool { FloatRegister.any(mask.low .| mask.high) }
    public func exp() -> FloatLanes { FloatLanes(low: low.exponential, high: high.exponential) }
    public func log() -> FloatLanes { FloatLanes(low: low.naturalLogarithm, high: high.naturalLogarithm) }
    public func tanh() -> FloatLanes { FloatLanes(low: low.hyperbolicTangent, high: high.hyperbolicTangent) }
    public func sineAndCosine() -> (sine: FloatLanes, cosine: FloatLanes) {
        let (a, b) = (low.sineCosine, high.sineCosine)
        return (FloatLanes(low: a.sine, high: b.sine), FloatLanes(low: a.cosine, high: b.cosine))
    }
}
