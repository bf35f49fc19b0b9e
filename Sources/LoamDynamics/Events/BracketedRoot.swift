/// The root of a function in an interval at whose ends its signs differ, closed in on from both sides until the bracket is at most
/// `tolerance` wide; the bracket's far end, where the function is zero or has the sign of `end` already.
///
/// Chandrupatla's method (1997): inverse quadratic interpolation where the function is nearly straight inside the bracket, bisection
/// elsewhere. About as many evaluations as Brent's method, and the bracket itself shrinks, so that the answer never lies on the near side.
///
/// - Parameters:
///   - start: an end of the interval.
///   - end: the other end; may be below `start`, the far end is then the lower one.
///   - startValue: the function at `start`, not zero.
///   - endValue: the function at `end`, zero or of the other sign.
///   - tolerance: the width of the final bracket; at least the spacing of numbers there is used.
public func bracketedRoot(
    from start: Double, to end: Double, startValue: Double, endValue: Double, tolerance: Double, of function: (Double) throws -> Double
) rethrows -> Double {
    precondition(
        startValue != 0 && (startValue < 0) != (endValue < 0) || endValue == 0,
        "bracketedRoot: the values \(startValue) and \(endValue) at the ends have the same sign")
    let isNegative = startValue < 0
    func isNear(_ value: Double) -> Bool { value != 0 && (value < 0) == isNegative }
    // a is the newest point, b the other end of the bracket, c the point before.
    var (a, b, c) = (end, start, start)
    var (fa, fb, fc) = (endValue, startValue, startValue)
    var fraction = 0.5
    for _ in 0..<200 {
        let width = (b - a).magnitude
        let finest = max(tolerance, 2 * max(a.magnitude, b.magnitude).ulp)
        if width <= finest { break }
        let x = a + fraction * (b - a)
        let fx = try function(x)
        if isNear(fx) == isNear(fa) {
            (c, fc) = (a, fa)
        } else {
            (c, fc) = (b, fb)
            (b, fb) = (a, fa)
        }
        (a, fa) = (x, fx)
        let limit = min(0.5, 0.5 * finest / (b - a).magnitude)
        let xi = (a - b) / (c - b)
        let phi = (fa - fb) / (fc - fb)
        if phi * phi < xi && (1 - phi) * (1 - phi) < 1 - xi {
            fraction = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
        } else {
            fraction = 0.5
        }
        if !fraction.isFinite { fraction = 0.5 }
        fraction = min(1 - limit, max(limit, fraction))
    }
    return isNear(fa) ? b : a
}
