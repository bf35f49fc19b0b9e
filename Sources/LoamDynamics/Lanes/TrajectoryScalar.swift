/// What right-hand sides, forces and event functions are written in: a number, or one number for each of several trajectories that are
/// computed side by side, or either of these together with a derivative.
///
/// Code that is generic over `Number: TrajectoryScalar` is written once, as for one trajectory, and runs as
///
/// - `Double` or `Float`: one trajectory;
/// - ``DoubleLanes``, ``FloatLanes``: eight or sixteen trajectories in the processor's vector registers;
/// - ``Dual`` of either: the same with a directional derivative carried along, from which Jacobians are made.
///
/// Decisions that depend on the state cannot be `if`s, since trajectories side by side may decide differently: write
/// `a.selected(where: x < 0, otherwise: b)`. Constants of the system that are `Double` are converted by `Number(value)`; literals convert
/// themselves.
public protocol TrajectoryScalar: Sendable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    /// The outcome of a comparison.
    associatedtype Mask
    /// The number everywhere.
    init(_ value: Double)
    static func + (left: Self, right: Self) -> Self
    static func - (left: Self, right: Self) -> Self
    static func * (left: Self, right: Self) -> Self
    static func / (left: Self, right: Self) -> Self
    static prefix func - (value: Self) -> Self
    /// `a * b + c`, rounded once.
    static func multiplyAdd(_ a: Self, _ b: Self, _ c: Self) -> Self
    static func < (left: Self, right: Self) -> Mask
    /// `self` where the mask holds, `other` elsewhere.
    func selected(where mask: Mask, otherwise other: Self) -> Self
    /// √x.
    func squareRoot() -> Self
    /// eˣ.
    func exp() -> Self
    /// ln x.
    func log() -> Self
    /// sin x and cos x, for the price of little more than one of them.
    func sineAndCosine() -> (sine: Self, cosine: Self)
    /// tanh x.
    func tanh() -> Self
}

extension TrajectoryScalar {
    @inlinable @inline(__always)
    public static func > (left: Self, right: Self) -> Mask { right < left }
    @inlinable @inline(__always)
    public static func += (left: inout Self, right: Self) { left = left + right }
    @inlinable @inline(__always)
    public static func -= (left: inout Self, right: Self) { left = left - right }
    @inlinable @inline(__always)
    public static func *= (left: inout Self, right: Self) { left = left * right }
    @inlinable @inline(__always)
    public static func /= (left: inout Self, right: Self) { left = left / right }
    /// sin x.
    @inlinable @inline(__always)
    public func sin() -> Self { sineAndCosine().sine }
    /// cos x.
    @inlinable @inline(__always)
    public func cos() -> Self { sineAndCosine().cosine }
    /// The larger of two numbers; the second where either is NaN.
    @inlinable @inline(__always)
    public static func larger(_ a: Self, _ b: Self) -> Self { a.selected(where: b < a, otherwise: b) }
    /// The smaller of two numbers; the second where either is NaN.
    @inlinable @inline(__always)
    public static func smaller(_ a: Self, _ b: Self) -> Self { a.selected(where: a < b, otherwise: b) }
    /// |x|; its derivative at 0 is taken to be 1.
    @inlinable @inline(__always)
    public var magnitude: Self { (-self).selected(where: self < 0, otherwise: self) }
    /// xⁿ for n ≥ 0, by repeated squaring.
    @inlinable @inline(__always)
    public func power(_ exponent: Int) -> Self {
        var (result, square, rest) = (Self(1), self, exponent)
        while rest > 0 {
            if rest & 1 == 1 { result *= square }
            rest >>= 1
            if rest > 0 { square *= square }
        }
        return result
    }
    /// x^p for x > 0.
    @inlinable @inline(__always)
    public func power(_ exponent: Double) -> Self { (Self(exponent) * log()).exp() }
    /// 1/(1 + e⁻ˣ).
    @inlinable @inline(__always)
    public func sigmoid() -> Self { Self.multiplyAdd(0.5, (0.5 * self).tanh(), 0.5) }
}

extension TrajectoryScalar where FloatLiteralType == Double {
    @inlinable @inline(__always)
    public init(floatLiteral value: Double) { self.init(value) }
}

extension TrajectoryScalar where IntegerLiteralType == Int {
    @inlinable @inline(__always)
    public init(integerLiteral value: Int) { self.init(Double(value)) }
}
