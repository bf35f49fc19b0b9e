// Branch-free elementary functions in double precision. Inlined into a loop over an array they vectorise,
// which calls into the C library do not; the mean-field integrals evaluate them some 10⁸ times per phase plane.

/// eˣ − 1 to about two units in the last place, also relatively for small x; arguments beyond ±700 are clamped.
///
/// x = k ln 2 + r with |r| ≤ ln 2/2, a Taylor polynomial of degree 13 in r, and eˣ − 1 = 2ᵏ(eʳ − 1) + (2ᵏ − 1).
@inline(__always)
func exponentialMinusOne(_ x: Double) -> Double {
    let (scale, tail) = splitExponential(x)
    return scale * tail + (scale - 1)
}

/// eˣ to about two units in the last place; arguments beyond ±700 are clamped.
@inline(__always)
func exponential(_ x: Double) -> Double {
    let (scale, tail) = splitExponential(x)
    return scale * tail + scale
}

/// 2ᵏ and eʳ − 1 such that eˣ = 2ᵏ(1 + (eʳ − 1)).
@inline(__always)
private func splitExponential(_ x: Double) -> (scale: Double, tail: Double) {
    let limited = x < -700 ? -700 : (x > 700 ? 700 : x)
    // Adding 1.5·2⁵² rounds to an integer and leaves that integer in the low bits of the pattern.
    let rounder = 6_755_399_441_055_744.0
    let shifted = limited * 1.4426950408889634 + rounder
    let k = shifted - rounder
    let r = (limited - k * 0.6931471803691238) - k * 1.9082149292705877e-10
    var p = 1.0 / 6_227_020_800
    p = p * r + 1.0 / 479_001_600
    p = p * r + 1.0 / 39_916_800
    p = p * r + 1.0 / 3_628_800
    p = p * r + 1.0 / 362_880
    p = p * r + 1.0 / 40_320
    p = p * r + 1.0 / 5_040
    p = p * r + 1.0 / 720
    p = p * r + 1.0 / 120
    p = p * r + 1.0 / 24
    p = p * r + 1.0 / 6
    p = p * r + 0.5
    let tail = p * r * r + r
    let scale = Double(bitPattern: (shifted.bitPattern &+ 1023) &<< 52)
    return (scale, tail)
}

/// tanh x, relatively accurate for small x.
@inline(__always)
func hyperbolicTangent(_ x: Double) -> Double {
    let magnitude = x < 0 ? -x : x
    let e = exponentialMinusOne(2 * (magnitude < 30 ? magnitude : 30))
    let t = e / (e + 2)
    return x < 0 ? -t : t
}

/// 1/(1 + e^{−x}).
@inline(__always)
func logisticSigmoid(_ x: Double) -> Double { 1 / (1 + exponential(-x)) }
