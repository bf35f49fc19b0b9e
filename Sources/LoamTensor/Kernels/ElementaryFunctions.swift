/// Elementary functions over a vector register, accurate to a few units in the last place; special values as in IEEE 754.
extension Vector {
    /// k = round(x/ln 2) and p = e^(x − k ln 2) − 1, the shared core of `exp`, `expm1`, `tanh` and `sigmoid`.
    @inline(__always)
    static func reducedExpm1(_ x: Self) -> (k: Self, p: Self) {
        let magic = Self(roundingMagic)
        let k = fusedMultiplyAdd(x, Self(1.442_695_040_888_963_4), magic) - magic
        let r = fusedMultiplyAdd(k, Self(-log2Low), fusedMultiplyAdd(k, Self(-log2High), x))
        return (k, fusedMultiplyAdd(r * r, expm1Remainder(r), r))
    }

    @inline(__always)
    private static func clampedToExpRange(_ x: Self) -> Self {
        let low = Self(expRange.low)
        let high = Self(expRange.high)
        let notLow = low.selected(where: x < low, otherwise: x)  // NaN passes both comparisons
        return high.selected(where: high < notLow, otherwise: notLow)
    }

    /// eˣ. The power of two is applied in two halves, so that results run smoothly into the subnormals and to infinity.
    @inline(__always)
    static func exp(_ x: Self) -> Self {
        let (k, p) = reducedExpm1(clampedToExpRange(x))
        let magic = Self(roundingMagic)
        let half = fusedMultiplyAdd(k, Self(0.5), magic) - magic
        return fusedMultiplyAdd(p, powerOfTwo(half), powerOfTwo(half)) * powerOfTwo(k - half)
    }

    /// eˣ − 1, without cancellation near 0: 2ᵏ p + (2ᵏ − 1).
    @inline(__always)
    static func expm1(_ x: Self) -> Self {
        let high = Self(expRange.high - 1)
        let large = exp(x)
        let low = Self(-45)
        let bounded = minimumKeepingNaN(maximumKeepingNaN(x, low), high)
        let (k, p) = reducedExpm1(bounded)
        let scale = powerOfTwo(k)
        let result = fusedMultiplyAdd(scale, p, scale - Self(1))
        let regular = large.selected(where: high < x, otherwise: result)
        return x.selected(where: x == Self(0), otherwise: regular)  // −0 stays −0
    }

    @inline(__always) static func minimumKeepingNaN(_ x: Self, _ bound: Self) -> Self { bound.selected(where: bound < x, otherwise: x) }
    @inline(__always) static func maximumKeepingNaN(_ x: Self, _ bound: Self) -> Self { bound.selected(where: x < bound, otherwise: x) }

    /// tanh x = t/(t + 2), t = e^(2|x|) − 1. Beyond |x| = 20 the result is ±1 to the last bit in both precisions.
    @inline(__always)
    static func tanh(_ x: Self) -> Self {
        let a = minimumKeepingNaN(x.magnitude, Self(20))
        let (k, p) = reducedExpm1(a + a)
        let scale = powerOfTwo(k)
        let t = fusedMultiplyAdd(scale, p, scale - Self(1))
        return (t / (t + Self(2))).withSign(of: x)
    }

    /// 1/(1 + e⁻ˣ), as eˣ/(1 + eˣ) for negative x, so that it fades out through the subnormals like eˣ.
    @inline(__always)
    static func sigmoid(_ x: Self) -> Self {
        let e = exp(-x.magnitude)
        return e.selected(where: x < Self(0), otherwise: Self(1)) / (Self(1) + e)
    }

    /// x σ(x); −0 at −∞.
    @inline(__always)
    static func silu(_ x: Self) -> Self { maximumKeepingNaN(x, Self(-1000)) * sigmoid(x) }

    /// σ + x σ (1 − σ), the derivative of `silu`; 0 and 1 at ∓∞.
    @inline(__always)
    static func siluSlope(_ x: Self) -> Self {
        let bounded = minimumKeepingNaN(maximumKeepingNaN(x, Self(-1000)), Self(1000))
        let s = sigmoid(x)
        return fusedMultiplyAdd(bounded * s, Self(1) - s, s)
    }

    /// Natural logarithm: x = 2ᵉ m, ln m = 2 artanh((m − 1)/(m + 1)) as an odd series.
    @inline(__always)
    static func log(_ x: Self) -> Self {
        let tiny = Self(Scalar.leastNormalMagnitude)
        let isSubnormal = x < tiny
        // 2⁶⁴ lifts every subnormal of either precision into the normal range. (As an integer literal it would overflow: generic
        // literals pass through Int64.)
        let lifted = (x * Self(0x1p64)).selected(where: isSubnormal, otherwise: x)
        let (exponent, mantissa) = lifted.exponentAndMantissa
        let e = (exponent - Self(64)).selected(where: isSubnormal, otherwise: exponent)
        let f = mantissa - Self(1)
        let s = f / (mantissa + Self(1))
        let u = s * s
        // 2s = f − f s exactly in real numbers; written so, the leading term f carries no rounding error.
        let series = fusedMultiplyAdd(s, u * logRemainder(u) - f, f)
        let result = fusedMultiplyAdd(e, Self(log2High), fusedMultiplyAdd(e, Self(log2Low), series))
        let infinity = Self(Scalar.infinity)
        let finite = result.selected(where: x < infinity, otherwise: x)  // +∞ and NaN stay themselves
        let positive = finite.selected(where: Self(0) < x, otherwise: Self(Scalar.nan))
        let withZero = (-infinity).selected(where: x == Self(0), otherwise: positive)
        return withZero
    }

    /// ln(1 + x) by Kahan's correction of the rounding of 1 + x.
    @inline(__always)
    static func log1p(_ x: Self) -> Self {
        let u = Self(1) + x
        let corrected = log(u) * (x / (u - Self(1)))
        let infinity = Self(Scalar.infinity)
        let regular = corrected.selected(where: u < infinity, otherwise: log(u))
        let atMinusOne = log(u).selected(where: u == Self(0), otherwise: regular)
        return x.selected(where: u == Self(1), otherwise: atMinusOne)
    }

    /// ln(1 + eˣ) = max(x, 0) + ln(1 + e^(−|x|)).
    @inline(__always)
    static func softplus(_ x: Self) -> Self {
        let zero = Self(0)
        let positivePart = x.selected(where: zero < x, otherwise: zero)
        let result = positivePart + log1p(exp(-x.magnitude))
        return result.selected(where: x == x, otherwise: x)
    }

    /// x Φ(x), Φ the standard normal distribution function; 0 at −∞.
    @inline(__always)
    static func gelu(_ x: Self) -> Self {
        let half = Self(0.5) * maximumKeepingNaN(x, Self(-100))
        return fusedMultiplyAdd(half, errorFunction(x * Self(0.707_106_781_186_547_5)), half)
    }

    /// Φ(x) + x φ(x), the derivative of `gelu`.
    @inline(__always)
    static func geluSlope(_ x: Self) -> Self {
        let bounded = minimumKeepingNaN(maximumKeepingNaN(x, Self(-100)), Self(100))
        let density = exp(Self(-0.5) * bounded * bounded) * Self(0.398_942_280_401_432_7)
        return fusedMultiplyAdd(bounded, density, Self(0.5) + Self(0.5) * errorFunction(x * Self(0.707_106_781_186_547_5)))
    }
}
