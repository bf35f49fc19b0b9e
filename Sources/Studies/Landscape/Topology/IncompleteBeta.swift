import RealModule

/// The regularised incomplete beta function I_x(a, b), by Lentz's evaluation of its continued fraction (Abramowitz and Stegun 26.5.8).
///
/// Relative accuracy about 1e-14 for moderate a and b. The fraction converges fast for x below (a + 1)/(a + b + 2); otherwise
/// I_x(a, b) = 1 − I_{1−x}(b, a).
public func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    precondition(a > 0 && b > 0 && (0...1).contains(x), "incompleteBeta: I_\(x)(\(a), \(b))")
    if x == 0 || x == 1 { return x }
    if x > (a + 1) / (a + b + 2) { return 1 - incompleteBeta(1 - x, b, a) }
    let front =
        Double.exp(
            Double.logGamma(a + b) - Double.logGamma(a) - Double.logGamma(b) + a * Double.log(x) + b * Double.log(onePlus: -x)) / a
    let tiny = 1e-300
    var c = 1.0
    var d = 1 - (a + b) * x / (a + 1)
    if abs(d) < tiny { d = tiny }
    d = 1 / d
    var fraction = d
    for m in 1...10_000 {
        let m = Double(m)
        for coefficient in [
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ] {
            d = 1 + coefficient * d
            if abs(d) < tiny { d = tiny }
            c = 1 + coefficient / c
            if abs(c) < tiny { c = tiny }
            d = 1 / d
            fraction *= d * c
        }
        if abs(d * c - 1) < 1e-16 { break }
    }
    return front * fraction
}
