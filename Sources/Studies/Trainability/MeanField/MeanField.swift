import Foundation

/// Which side of the edge of chaos a network is on.
public enum MeanFieldPhase: String, Codable, Hashable, Sendable {
    /// χ₁ < 1: inputs become equal, gradients vanish.
    case ordered
    /// |χ₁ − 1| < 10⁻¹².
    case critical
    /// χ₁ > 1: close inputs are driven apart, gradients explode.
    case chaotic
}

/// The stable fixed point of the length and correlation maps at one (σ_w², σ_b²).
public struct FixedPoint: Hashable, Codable, Sendable {
    /// q*, the variance of the pre-activations.
    public let length: Double
    /// χ₁ = σ_w² E[φ′(√q* z)²].
    public let slope: Double
    /// V′(q*), the slope of the length map.
    public let lengthSlope: Double
    /// δ* = 1 − c*, exact also where c* rounds to 1.
    public let decorrelation: Double
    /// C′(c*), the slope of the correlation map at its stable fixed point.
    public let correlationSlope: Double

    /// c*, the correlation that any two inputs tend to.
    public var correlation: Double { 1 - decorrelation }
    /// ξ_q = −1/ln|V′(q*)|, in layers.
    public var lengthScale: Double { FixedPoint.scale(abs(lengthSlope)) }
    /// ξ_c = −1/ln C′(c*), in layers: how deep the correlation of two inputs is felt.
    public var correlationScale: Double { FixedPoint.scale(correlationSlope) }
    /// ξ_∇ = 1/|ln χ₁|, in layers: how deep gradients keep their order of magnitude.
    public var gradientScale: Double { abs(FixedPoint.scale(slope)) }
    /// The side of the edge of chaos, by χ₁.
    public var phase: MeanFieldPhase { abs(slope - 1) < 1e-12 ? .critical : (slope < 1 ? .ordered : .chaotic) }

    private static func scale(_ slope: Double) -> Double {
        if abs(slope - 1) < 1e-12 { return .infinity }
        return slope <= 0 ? 0 : -1 / log(slope)
    }
}

/// Mean-field theory of infinitely wide dense networks (Poole et al. 2016; Schoenholz et al. 2017).
///
/// h = Wz + b with W_ij ~ N(0, σ_w²/N), b ~ N(0, σ_b²), z = φ(h). The variance of h obeys q ← V(q) = σ_w² E[φ(√q z)²] + σ_b²,
/// the correlation of two inputs at q* obeys c ← C(c). Correlations are tracked as δ = 1 − c, so nothing is lost near c = 1.
public struct MeanField: Sendable {
    /// φ.
    public let activation: Activation
    /// Relative accuracy asked of the Gaussian integrals.
    public let tolerance: Double
    let integrals: GaussianIntegrals
    private let usesClosedForms: Bool

    /// - Parameters:
    ///   - tolerance: two successive quadratures must agree to this, relatively.
    ///   - closedForms: `false` forces the quadrature also for activations whose moments are known in closed form.
    public init(_ activation: Activation, tolerance: Double = 1e-13, closedForms: Bool = true) {
        precondition(tolerance > 0 && tolerance < 0.1, "MeanField: tolerance \(tolerance) is not in (0, 0.1)")
        self.activation = activation
        self.tolerance = tolerance
        usesClosedForms = closedForms
        integrals = GaussianIntegrals(activation, tolerance: tolerance)
    }

    /// E[φ²], E[φ′²], dE[φ²]/dq and E[φ″²] for u ~ N(0, q), q ≥ 0.
    public func lengthMoments(_ q: Double) -> LengthMoments { moments(q).moments }

    /// ½E[(φ(u₁) − φ(u₂))²] and E[φ′(u₁)φ′(u₂)] for a Gaussian pair of variance q and correlation 1 − δ, δ in [0, 2].
    public func pairMoments(_ q: Double, delta: Double) -> PairMoments { pair(q, delta, level: nil) }

    /// V(q) = σ_w² E[φ(√q z)²] + σ_b².
    public func lengthMap(_ q: Double, _ v: InitialVariances) -> Double { v.weight * lengthMoments(q).value + v.bias }

    /// V′(q), from Stein's lemma: χ₁ + σ_w² E[φφ″].
    public func lengthMapSlope(_ q: Double, _ v: InitialVariances) -> Double { v.weight * lengthMoments(q).growth }

    /// q¹ = σ_w² (1/N₀) Σ xᵢ² + σ_b², the pre-activation variance of the first layer for an input of that mean square.
    public func firstLayerLength(meanSquare: Double, _ v: InitialVariances) -> Double { v.weight * meanSquare + v.bias }

    /// One step of the correlation map at length q = q*: δ ↦ δ′ = (σ_w²/q) · ½E[(φ(u₁) − φ(u₂))²].
    public func correlationMap(delta: Double, q: Double, _ v: InitialVariances) -> Double {
        v.weight * pairMoments(q, delta: delta).gap / q
    }

    /// C′(c) at c = 1 − δ: σ_w² E[φ′(u₁)φ′(u₂)].
    public func correlationMapSlope(delta: Double, q: Double, _ v: InitialVariances) -> Double {
        v.weight * pairMoments(q, delta: delta).slope
    }

    // MARK: Fixed points

    /// The stable fixed point that the recursion reaches from a pre-activation variance `start`; `nil` when q grows without bound.
    public func fixedPoint(_ v: InitialVariances, from start: Double = 1) -> FixedPoint? {
        fixedPoint(v, start: start, scan: nil, lengthGuess: nil, decorrelationGuess: nil)
    }

    /// As ``fixedPoint(_:from:)`` with guesses from a neighbouring point of a sweep.
    ///
    /// - Parameter scan: E[φ²] around `start`, where the caller has it.
    func fixedPoint(
        _ v: InitialVariances, start: Double, scan: LengthScan?, lengthGuess: Double?, decorrelationGuess: Double?
    ) -> FixedPoint? {
        guard let q = stableLength(v, start: start, scan: scan, guess: lengthGuess) else { return nil }
        let (m, level) = moments(q)
        let slope = v.weight * m.slope
        let lengthSlope = v.weight * m.growth
        guard lengthSlope < 1 || (q == 0 && lengthSlope < 1 + 1e-12) else { return nil }
        guard slope > 1 + 1e-12, q > 0 else {
            return FixedPoint(length: q, slope: slope, lengthSlope: lengthSlope, decorrelation: 0, correlationSlope: slope)
        }
        let delta = stableDecorrelation(q, m, level, v, guess: decorrelationGuess)
        return FixedPoint(
            length: q, slope: slope, lengthSlope: lengthSlope, decorrelation: delta,
            correlationSlope: v.weight * pair(q, delta, level: level).slope)
    }

    private func stableLength(_ v: InitialVariances, start: Double, scan: LengthScan?, guess: Double?) -> Double? {
        if activation.isHomogeneous {
            let gain = v.weight * lengthMoments(1).value
            return gain < 1 ? v.bias / (1 - gain) : nil
        }
        func excess(_ q: Double) -> (value: Double, slope: Double) {
            let m = lengthMoments(q)
            return (v.weight * m.value + v.bias - q, v.weight * m.growth - 1)
        }
        // The recursion moves monotonically to the nearest root on the side that the sign of V(q) − q points to.
        let start = max(start, LengthScan.shortest)
        func sign(_ step: Int) -> Bool? {
            let q = LengthScan.length(start, step)
            let difference = v.weight * (scan?[step] ?? lengthMoments(q).value) + v.bias - q
            return difference == 0 ? nil : difference > 0
        }
        guard let grows = sign(0) else { return start }
        if let guess, let root = polishedLength(guess, excess), (root > start) == grows { return root }
        var step = 0
        while true {
            let next = step + (grows ? 1 : -1)
            let q = LengthScan.length(start, next)
            if q > LengthScan.longest { return nil }
            if q < LengthScan.shortest { return lengthMap(0, v) == 0 ? 0 : nil }
            if sign(next) != grows {
                let (low, high) = (LengthScan.length(start, min(step, next)), LengthScan.length(start, max(step, next)))
                return RootFinder.newton(low, high, relativeTolerance: 1e-15, excess)
            }
            step = next
        }
    }

    /// Newton's iteration from a good guess; `nil` if it leaves the neighbourhood or does not settle.
    private func polishedLength(_ guess: Double, _ excess: (Double) -> (value: Double, slope: Double)) -> Double? {
        guard guess > 0 else { return nil }
        var q = guess
        for _ in 0..<12 {
            let f = excess(q)
            guard f.slope < 0 else { return nil }
            let next = q - f.value / f.slope
            guard next > 0.25 * q, next < 4 * q else { return nil }
            // Convergence is quadratic: the error after a step of relative size s is of order s².
            if abs(next - q) <= max(1e-15, tolerance.squareRoot() * 1e-1) * q { return next }
            q = next
        }
        return nil
    }

    /// The root of D(δ)/δ = 1 in (0, 1] for χ₁ > 1, D(δ) = σ_w²·gap/q.
    ///
    /// D is concave on [0, 1] (its expansion in c has non-negative coefficients), so Newton's iteration from the right of the
    /// root descends to it without overshooting; D(δ)/δ ≥ χ₁ − Kδ/2 with K = σ_w² q E[φ″²] bounds the root from below.
    private func stableDecorrelation(_ q: Double, _ m: LengthMoments, _ level: Int, _ v: InitialVariances, guess: Double?) -> Double {
        if activation.isOdd && v.bias == 0 { return 1 }
        let excess = v.weight * m.slope - 1
        let lower = m.curvature.isFinite ? 2 * excess / (v.weight * q * m.curvature) : 0
        // There the next term of the series is below rounding.
        if m.curvature.isFinite, lower < 1e-7 { return lower }
        func step(_ delta: Double) -> (value: Double, slope: Double) {
            let p = pair(q, delta, level: level)
            return (v.weight * p.gap / q - delta, v.weight * p.slope - 1)
        }
        var delta = min(1, guess ?? max(2 * lower, 1e-3))
        var f = step(delta)
        while delta < 1, f.value > 0 || f.slope >= 0 {
            // Left of the root, Newton's step (concave, beyond the maximum) lands right of it; before the maximum double.
            delta = f.slope < 0 ? min(1, delta - f.value / f.slope) : min(1, 2 * delta)
            f = step(delta)
        }
        for _ in 0..<80 where f.slope < 0 {
            let next = max(delta - f.value / f.slope, lower)
            if abs(next - delta) <= max(1e-14, tolerance * 0.1) * delta { return next }
            let settled = abs(next - delta) <= tolerance.squareRoot() * 0.1 * delta
            delta = next
            if settled { return delta }
            f = step(delta)
        }
        return delta
    }

    // MARK: Moments by the chosen route

    func moments(_ q: Double) -> (moments: LengthMoments, level: Int) {
        precondition(q >= 0, "MeanField: the variance q must not be negative, found \(q)")
        if usesClosedForms, let closed = ClosedForms.lengthMoments(activation, q) { return (closed, 0) }
        if q == 0 && activation.kinks.isEmpty {
            let jet = activation.jet(at: 0)
            let slope = jet.slope * jet.slope
            return (
                LengthMoments(
                    value: jet.value * jet.value, slope: slope, growth: slope + jet.value * jet.curvature,
                    curvature: jet.curvature * jet.curvature), 0
            )
        }
        return integrals.lengthMoments(max(q, 1e-30))
    }

    func pair(_ q: Double, _ delta: Double, level: Int?) -> PairMoments {
        precondition(delta >= 0 && delta <= 2, "MeanField: δ = 1 − c must be in [0, 2], found \(delta)")
        if usesClosedForms, let closed = ClosedForms.pairMoments(activation, q, delta) { return closed }
        return integrals.pairMoments(max(q, 1e-30), delta, level: level ?? moments(q).level)
    }
}
