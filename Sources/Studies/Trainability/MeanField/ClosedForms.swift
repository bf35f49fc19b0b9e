import Foundation

/// Gaussian moments in closed form for the activations that have one.
///
/// erf: Williams (1997); ReLU: the arc-cosine kernels of Cho and Saul (2009) with their slope; sin, linear: elementary;
/// hard tanh: lengths elementary, pairs through Plackett's identity for the bivariate normal probability of a square.
enum ClosedForms {
    static func lengthMoments(_ activation: Activation, _ q: Double) -> LengthMoments? {
        switch activation {
        case .erf:
            let s = 1 + 4 * q
            let value = 2 / Double.pi * asin(2 * q / (1 + 2 * q))
            let slope = 4 / Double.pi / s.squareRoot()
            // E[φ″²] = (4/π)·4q·E over the tilted Gaussian = (16/π) q (1+4q)^{−3/2}.
            return LengthMoments(
                value: value, slope: slope, growth: slope / (1 + 2 * q), curvature: 16 / Double.pi * q / (s * s.squareRoot()))
        case .sin:
            let decay = exp(-2 * q)
            return LengthMoments(value: -0.5 * expm1(-2 * q), slope: 0.5 * (1 + decay), growth: decay, curvature: -0.5 * expm1(-2 * q))
        case .relu: return leaky(0, q)
        case .leakyReLU(let slope): return leaky(slope, q)
        case .linear: return leaky(1, q)
        case .hardTanh:
            guard q > 0 else { return LengthMoments(value: 0, slope: 1, growth: 1, curvature: .infinity) }
            let a = 1 / q.squareRoot()
            let inside = Foundation.erf(a / 2.0.squareRoot())
            let edge = a * (2 / Double.pi).squareRoot() * exp(-0.5 * a * a)
            return LengthMoments(
                value: q * (inside - edge) + erfc(a / 2.0.squareRoot()), slope: inside, growth: inside - edge, curvature: .infinity)
        default: return nil
        }
    }

    static func pairMoments(_ activation: Activation, _ q: Double, _ delta: Double) -> PairMoments? {
        switch activation {
        case .erf: return errorFunctionPair(q, delta)
        case .sin:
            let c = 1 - delta
            // e^{−q}(cosh q − cosh… ): sinh q − sinh qc = 2 cosh(q(1+c)/2) sinh(qδ/2); exponents kept at or below 0.
            let gap = 0.5 * (1 + exp(-q * (1 + c))) * -expm1(-q * delta)
            return PairMoments(gap: gap, slope: 0.5 * (exp(-q * delta) + exp(-q * (1 + c))))
        case .relu: return leakyPair(0, q, delta)
        case .leakyReLU(let slope): return leakyPair(slope, q, delta)
        case .linear: return PairMoments(gap: q * delta, slope: 1)
        case .hardTanh: return hardTanhPair(q, delta)
        default: return nil
        }
    }

    private static func leaky(_ slope: Double, _ q: Double) -> LengthMoments {
        let gain = 0.5 * (1 + slope * slope)
        return LengthMoments(value: gain * q, slope: gain, growth: gain, curvature: slope == 1 ? 0 : .infinity)
    }

    /// φ(x) = mx + n|x|, m = (1+α)/2, n = (1−α)/2; the mixed terms vanish by parity.
    private static func leakyPair(_ alpha: Double, _ q: Double, _ delta: Double) -> PairMoments {
        let m = 0.5 * (1 + alpha)
        let n = 0.5 * (1 - alpha)
        let angle = correlationAngle(delta)
        let sine = max(0, delta * (2 - delta)).squareRoot()
        let bend = 2 / Double.pi * (sine - (1 - delta) * angle)
        return PairMoments(
            gap: q * (m * m * delta + n * n * (delta - bend)), slope: m * m + n * n * (1 - 2 * angle / Double.pi))
    }

    private static func errorFunctionPair(_ q: Double, _ delta: Double) -> PairMoments {
        let c = 1 - delta
        let x = 2 * q / (1 + 2 * q)
        let full = (1 - x * x).squareRoot()
        let part = (1 - x * x * c * c).squareRoot()
        let slope = 4 / Double.pi / ((1 + 2 * q) * part)
        // asin x − asin xc through the sine of the difference: x² − x²c² = x²δ(2−δ) without cancellation.
        let difference =
            c >= 0 ? asin(min(1, x * x * delta * (2 - delta) / (x * part + x * c * full))) : asin(x) - asin(x * c)
        return PairMoments(gap: q == 0 ? 0 : 2 / Double.pi * difference, slope: slope)
    }

    /// With c = cos θ: P(|u₁|<1, |u₂|<1) = P₀ − ∫₀^θ g, g(s) = (1/π)[e^{−a²/(1+cos s)} − e^{−a²/(1−cos s)}], a² = 1/q,
    /// and gap = q∫₀^θ P(s) sin s ds = q[P₀δ − ∫₀^θ g(s)(cos s − cos θ) ds].
    private static func hardTanhPair(_ q: Double, _ delta: Double) -> PairMoments {
        let square = 1 / q
        let inside = Foundation.erf((0.5 * square).squareRoot())
        let theta = correlationAngle(delta)
        let rule = GaussLegendreRule.order20
        var lost = 0.0
        var lostGap = 0.0
        var high = theta
        for panel in 0..<8 {
            let low = panel == 7 ? 0 : high / 2
            let half = 0.5 * (high - low)
            for (x, w) in zip(rule.nodes, rule.weights) {
                let s = low + half * (1 + x)
                let sine = Foundation.sin(0.5 * s)
                let cosine = Foundation.cos(0.5 * s)
                let g = (exponential(-0.5 * square / (cosine * cosine)) - exponential(-0.5 * square / (sine * sine))) / Double.pi
                lost += half * w * g
                lostGap += half * w * g * 2 * Foundation.sin(0.5 * (theta + s)) * Foundation.sin(0.5 * (theta - s))
            }
            high = low
        }
        return PairMoments(gap: q * (inside * delta - lostGap), slope: inside - lost)
    }

    /// arccos(1 − δ), accurate for small δ.
    static func correlationAngle(_ delta: Double) -> Double { 2 * asin(min(1, max(0, 0.5 * delta).squareRoot())) }
}
