import Glibc

extension Double: TrajectoryScalar {
    public typealias Mask = Bool
    @inlinable @inline(__always)
    public static func multiplyAdd(_ a: Double, _ b: Double, _ c: Double) -> Double { c.addingProduct(a, b) }
    @inlinable @inline(__always)
    public func selected(where mask: Bool, otherwise other: Double) -> Double { mask ? self : other }
    public func exp() -> Double { Glibc.exp(self) }
    public func log() -> Double { Glibc.log(self) }
    public func sineAndCosine() -> (sine: Double, cosine: Double) { (Glibc.sin(self), Glibc.cos(self)) }
    public func tanh() -> Double { Glibc.tanh(self) }
}

extension Float: TrajectoryScalar {
    public typealias Mask = Bool
    @inlinable @inline(__always)
    public static func multiplyAdd(_ a: Float, _ b: Float, _ c: Float) -> Float { c.addingProduct(a, b) }
    @inlinable @inline(__always)
    public func selected(where mask: Bool, otherwise other: Float) -> Float { mask ? self : other }
    public func exp() -> Float { Glibc.expf(self) }
    public func log() -> Float { Glibc.logf(self) }
    public func sineAndCosine() -> (sine: Float, cosine: Float) { (Glibc.sinf(self), Glibc.cosf(self)) }
    public func tanh() -> Float { Glibc.tanhf(self) }
}

/// eˣ − 1 without cancellation near 0.
@usableFromInline
func expMinusOne(_ x: Double) -> Double { Glibc.expm1(x) }
