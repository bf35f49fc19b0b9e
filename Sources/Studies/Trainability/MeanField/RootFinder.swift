/// Roots of one-dimensional functions inside a bracket.
enum RootFinder {
    /// Newton's iteration on `f` (value and slope), falling back to bisection whenever it would leave the bracket.
    ///
    /// - Precondition: f(low) and f(high) differ in sign.
    static func newton(
        _ low: Double, _ high: Double, relativeTolerance: Double, _ f: (Double) -> (value: Double, slope: Double)
    ) -> Double {
        var (low, high) = (low, high)
        let lowSign = f(low).value > 0
        var x = 0.5 * (low + high)
        for _ in 0..<200 {
            let (value, slope) = f(x)
            if value == 0 { return x }
            if (value > 0) == lowSign { low = x } else { high = x }
            var next = x - value / slope
            if !(next > low && next < high) { next = 0.5 * (low + high) }
            if abs(next - x) <= relativeTolerance * abs(next) || high - low <= relativeTolerance * abs(next) { return next }
            x = next
        }
        return x
    }

    /// Brent's method: inverse quadratic interpolation and secant steps, guarded by bisection.
    ///
    /// - Precondition: f(low) and f(high) differ in sign.
    /// - Reference: Brent, Algorithms for Minimization without Derivatives (1973), chapter 4.
    static func brent(_ low: Double, _ high: Double, tolerance: Double, _ f: (Double) -> Double) -> Double {
        var (a, b) = (low, high)
        var (fa, fb) = (f(a), f(b))
        var (c, fc) = (a, fa)
        var step = b - a
        var previous = step
        for _ in 0..<200 {
            if (fb > 0) == (fc > 0) {
                (c, fc) = (a, fa)
                step = b - a
                previous = step
            }
            if abs(fc) < abs(fb) {
                (a, b, c) = (b, c, b)
                (fa, fb, fc) = (fb, fc, fb)
            }
            let small = 2 * Double.ulpOfOne * abs(b) + 0.5 * tolerance
            let middle = 0.5 * (c - b)
            if abs(middle) <= small || fb == 0 { return b }
            if abs(previous) >= small, abs(fa) > abs(fb) {
                let s = fb / fa
                var p: Double
                var q: Double
                if a == c {
                    p = 2 * middle * s
                    q = 1 - s
                } else {
                    let r = fb / fc
                    let t = fa / fc
                    p = s * (2 * middle * t * (t - r) - (b - a) * (r - 1))
                    q = (t - 1) * (r - 1) * (s - 1)
                }
                if p > 0 { q = -q } else { p = -p }
                if 2 * p < min(3 * middle * q - abs(small * q), abs(previous * q)) {
                    previous = step
                    step = p / q
                } else {
                    step = middle
                    previous = middle
                }
            } else {
                step = middle
                previous = middle
            }
            (a, fa) = (b, fb)
            b += abs(step) > small ? step : (middle > 0 ? small : -small)
            fb = f(b)
        }
        return b
    }
}
