import Glibc

/// Numbers of several trajectories side by side in vector registers, one a *lane*. Everything happens lane by lane, so what a trajectory
/// computes does not depend on its neighbours.
public protocol LaneVector: TrajectoryScalar {
    /// The type of one lane's number.
    associatedtype Scalar: BinaryFloatingPoint & SIMDScalar & TrajectoryScalar & Sendable
    /// How many trajectories.
    static var width: Int { get }
    /// The number in every lane.
    init(repeating value: Scalar)
    /// Consecutive numbers from memory.
    init(load source: UnsafePointer<Scalar>)
    /// Writes the lanes to consecutive places.
    func store(to destination: UnsafeMutablePointer<Scalar>)
    /// One lane.
    subscript(lane: Int) -> Scalar { get set }
    /// The nearest integers, for numbers of less than half the precision's largest exact integer.
    func roundedToInteger() -> Self
    /// Whether the mask holds in any lane.
    static func any(_ mask: Mask) -> Bool
}

/// The elementary functions of a vector register: accurate to a few units in the last place, as LoamTensor's kernels, whose methods and
/// coefficients these are.
protocol ElementaryLanes: LaneVector {
    associatedtype Sign
    static func powerOfTwo(_ k: Self) -> Self
    var exponentAndMantissa: (exponent: Self, mantissa: Self) { get }
    var quadrant: (isOdd: Mask, sign: Sign) { get }
    func flipped(_ sign: Sign) -> Self
    static var expRange: (low: Self, high: Self) { get }
    static var halfPiParts: (Self, Self, Self) { get }
    static var reductionLimit: Double { get }
    static var log2Parts: (high: Self, low: Self) { get }
    static func expm1Remainder(_ r: Self) -> Self
    static func logRemainder(_ u: Self) -> Self
    static func sineRemainder(_ u: Self) -> Self
    static func cosineRemainder(_ u: Self) -> Self
}

extension ElementaryLanes {
    /// `self`·x + c: one step of Horner's scheme.
    @inline(__always)
    func horner(_ x: Self, _ c: Double) -> Self { Self.multiplyAdd(self, x, Self(c)) }

    /// k = round(x/ln 2) and e^(x − k ln 2) − 1.
    @inline(__always)
    private var reducedExpm1: (k: Self, p: Self) {
        let k = (self * Self(1.442_695_040_888_963_4)).roundedToInteger()
        let (high, low) = Self.log2Parts
        let r = Self.multiplyAdd(-k, low, Self.multiplyAdd(-k, high, self))
        return (k, Self.multiplyAdd(r * r, Self.expm1Remainder(r), r))
    }

    /// eˣ: 0 below the smallest normal number, infinite above the largest, NaN for NaN.
    @inline(__always)
    var exponential: Self {
        let (low, high) = Self.expRange
        let bounded = high.selected(where: high < self, otherwise: low.selected(where: self < low, otherwise: self))
        let (k, p) = bounded.reducedExpm1
        // In two halves: 2^1024 is not a number, e^709.5 is.
        let half = (k * Self(0.5)).roundedToInteger()
        let regular = Self.multiplyAdd(p, Self.powerOfTwo(half), Self.powerOfTwo(half)) * Self.powerOfTwo(k - half)
        let noUnderflow = Self(0).selected(where: self < low, otherwise: regular)
        return Self(Double.infinity).selected(where: high < self, otherwise: noUnderflow)
    }

    /// ln x for normal x; −∞ at 0, NaN below.
    @inline(__always)
    var naturalLogarithm: Self {
        let (e, mantissa) = exponentAndMantissa
        let f = mantissa - Self(1)
        let s = f / (mantissa + Self(1))
        let u = s * s
        let series = Self.multiplyAdd(s, u * Self.logRemainder(u) - f, f)
        let (high, low) = Self.log2Parts
        let result = Self.multiplyAdd(e, high, Self.multiplyAdd(e, low, series))
        let infinity = Self(Double.infinity)
        let finite = result.selected(where: self < infinity, otherwise: self)
        let notNegative = Self(Double.nan).selected(where: self < Self(0), otherwise: finite)
        return (-infinity).selected(where: magnitude < Self(repeating: Scalar.leastNormalMagnitude), otherwise: notNegative)
    }

    @inline(__always)
    var hyperbolicTangent: Self {
        let a = Self.smaller(magnitude, Self(20))
        let (k, p) = (a + a).reducedExpm1
        let scale = Self.powerOfTwo(k)
        let t = Self.multiplyAdd(scale, p, scale - Self(1))
        let result = t / (t + Self(2))
        let signed = (-result).selected(where: self < Self(0), otherwise: result)
        return self.selected(where: magnitude < Self(1e-9), otherwise: signed)
    }

    /// Sine and cosine by reduction to |r| ≤ π/4 in three parts of π/2; arguments beyond the reduction's reach go through the C library.
    @inline(__always)
    var sineCosine: (sine: Self, cosine: Self) {
        let k = (self * Self(0.636_619_772_367_581_34)).roundedToInteger()
        let (a, b, c) = Self.halfPiParts
        let r = Self.multiplyAdd(-k, c, Self.multiplyAdd(-k, b, Self.multiplyAdd(-k, a, self)))
        let u = r * r
        let sine = Self.multiplyAdd(r * u, Self.sineRemainder(u), r)
        let cosine = Self.multiplyAdd(u * u, Self.cosineRemainder(u), Self.multiplyAdd(u, Self(-0.5), Self(1)))
        let (isOdd, sineSign) = k.quadrant
        let (_, cosineSign) = (k + Self(1)).quadrant
        let result = (
            sine: cosine.selected(where: isOdd, otherwise: sine).flipped(sineSign),
            cosine: sine.selected(where: isOdd, otherwise: cosine).flipped(cosineSign)
        )
        if Self.any(Self(Self.reductionLimit) < magnitude) { return sineCosineByLibrary }
        return result
    }

    @inline(never)
    private var sineCosineByLibrary: (sine: Self, cosine: Self) {
        var (sine, cosine) = (self, self)
        for lane in 0..<Self.width {
            let (s, c) = Double(self[lane]).sineAndCosine()
            sine[lane] = Scalar(s)
            cosine[lane] = Scalar(c)
        }
        return (sine, cosine)
    }
}

extension DoubleLanes: ElementaryLanes {
    public func exp() -> DoubleLanes { exponential }
    public func log() -> DoubleLanes { naturalLogarithm }
    public func tanh() -> DoubleLanes { hyperbolicTangent }
    public func sineAndCosine() -> (sine: DoubleLanes, cosine: DoubleLanes) { sineCosine }
}
