import Foundation

/// What a network of finite width is expected to show at one layer: mean-field theory and a standard deviation of order 1/√N.
public struct FiniteWidthLayer: Hashable, Sendable {
    /// A mean over random networks and their standard deviation about it.
    public struct Expectation: Hashable, Sendable {
        /// The mean-field value.
        public let mean: Double
        /// The standard deviation from network to network.
        public let deviation: Double

        /// Whether a measured value is within that many standard deviations; 10⁻⁶ of the value is left for rounding.
        public func contains(_ value: Double, deviations: Double = 2) -> Bool {
            abs(value - mean) <= deviations * deviation + 1e-6 * max(1, abs(mean))
        }
    }

    /// ℓ, from 1.
    public let layer: Int
    /// q̂_ℓ, averaged over inputs.
    public let length: Expectation
    /// ĉ_ℓ, averaged over neighbouring pairs of inputs.
    public let correlation: Expectation
    /// χ̂_ℓ, averaged over inputs.
    public let gain: Expectation
}

/// Fluctuations of random dense networks of width N about mean-field theory, to leading order in 1/N.
///
/// Given the activations of layer ℓ, the pre-activations of unit i in layer ℓ+1 for all inputs are one Gaussian vector, independent over
/// i, with the empirical covariance K = σ_w² (1/N)Σ_j φ_j φ_jᵀ + σ_b². Let Ĝ_ℓ be the empirical second moments of the h_i. Two facts make
/// Ĝ_ℓ a Markov chain to this order. (1) Ĝ_ℓ is sufficient for K_ℓ, so the regression of any mean (1/N)Σ f(h_i) on Ĝ_ℓ has the slope
/// ∂E[f]/∂K (the covariance of f with hhᵀ times the inverse of that of hhᵀ, which is Price's theorem); hence the mean of K_{ℓ+1} given Ĝ_ℓ
/// is the mean-field map F(Ĝ_ℓ). (2) What regression leaves has the covariance (S − J W Jᵀ)/N, and drawing N units adds W′/N:
///
///     P_{ℓ+1} = J P_ℓ Jᵀ + (1/N)[S_ℓ − J W_ℓ Jᵀ + W_{ℓ+1}],      P_1 = 0 (the first layer is as measured),
///
/// where J is the Jacobian of F, W the covariance of hhᵀ over units, S that of σ_w² φφᵀ. F acts on lengths and pairs one by one, so
/// averages over inputs and over neighbouring pairs close among themselves; with inputs alike P is a 2 × 2 matrix for the averaged
/// length and the averaged gap g = ½(h_a − h_b)², and ĉ = 1 − g/q. Inputs share the weights, so averaging over more of them does not remove the
/// fluctuation (``SharedInputMoments``).
///
/// χ̂ is a mean of σ_w² φ′² y² with Gaussian y, independent of h: per unit its variance is σ_w⁴(3E[φ′⁴] − E[φ′²]²) for one input and
/// σ_w⁴(Cov(φ′_a², φ′_b²) + 2ρ²E[φ′_a²φ′_b²]) between two, whose tangents have the mean square correlation ρ²; ρ² grows from 1/N₀ as
/// ρ² ← r²ρ² + k(1 + ρ²)/N, r = E[φ′_aφ′_b]/E[φ′²], k = E[φ′_a²φ′_b²]/E[φ′²]².
public struct FiniteWidthTheory: Sendable {
    /// φ.
    public let activation: Activation
    /// σ_w², σ_b².
    public let variances: InitialVariances
    /// N, units of every layer.
    public let width: Int
    /// B, inputs that measured values are averaged over.
    public let inputs: Int
    private let theory: MeanField

    /// - Parameters:
    ///   - width: N ≥ 2.
    ///   - inputs: B ≥ 2.
    public init(_ activation: Activation, _ variances: InitialVariances, width: Int, inputs: Int) {
        precondition(width >= 2 && inputs >= 2, "FiniteWidthTheory: width \(width) and \(inputs) inputs must be at least 2")
        self.activation = activation
        self.variances = variances
        self.width = width
        self.inputs = inputs
        theory = MeanField(activation, tolerance: 1e-9)
    }

    /// What layers 1 … `depth` are expected to show when the first one shows q̂_1 = `length` and ĉ_1 = `correlation`.
    ///
    /// Inputs are taken as alike; the spread of their own lengths and correlations enters at second order. Correlations below 0 count
    /// as 0 in the deviations.
    public func layers(length: Double, correlation: Double, depth: Int) -> [FiniteWidthLayer] {
        var (q, delta) = (length, min(2, max(0, 1 - correlation)))
        var spread = Symmetric2()
        var tangents = 1 / Double(width)
        var result: [FiniteWidthLayer] = []
        for layer in 1...max(1, depth) where layer <= depth {
            let moments = SharedInputMoments(activation, length: q, decorrelation: delta, inputs: inputs)
            let sampling = Symmetric2(SharedInputMoments(identityOfLength: q, decorrelation: delta, inputs: inputs))
            result.append(
                FiniteWidthLayer(
                    layer: layer, length: .init(mean: q, deviation: max(0, spread.a).squareRoot()),
                    correlation: .init(mean: 1 - delta, deviation: correlationDeviation(spread, q, delta)),
                    gain: gain(moments, q, spread.a, sampling.a, tangents)))
            guard layer < depth, q > 0 else { continue }
            let (next, jacobian) = step(q, delta)
            let nextSampling = Symmetric2(
                SharedInputMoments(identityOfLength: next.length, decorrelation: next.decorrelation, inputs: inputs))
            let scale = variances.weight * variances.weight
            var noise = Symmetric2(moments).scaled(scale) + nextSampling
            noise = noise + sampling.transformed(jacobian).scaled(-1)
            spread = spread.transformed(jacobian) + noise.scaled(1 / Double(width))
            let square = moments.slope * moments.slope
            if square > 0 {
                let keep = moments.slopePair / moments.slope
                tangents = min(1, keep * keep * tangents + moments.slopeSquarePair / square * (1 + tangents) / Double(width))
            }
            (q, delta) = (next.length, next.decorrelation)
        }
        return result
    }

    /// ĉ = 1 − g/q to first order.
    private func correlationDeviation(_ spread: Symmetric2, _ q: Double, _ delta: Double) -> Double {
        guard q > 0 else { return 0 }
        return max(0, spread.c - 2 * delta * spread.b + delta * delta * spread.a).squareRoot() / q
    }

    private func gain(
        _ moments: SharedInputMoments, _ q: Double, _ lengthSpread: Double, _ sampling: Double, _ tangents: Double
    ) -> FiniteWidthLayer.Expectation {
        let b = Double(inputs)
        let square = moments.slope * moments.slope
        let own = 3 * moments.slopeFourth - square
        let shared = moments.slopeSquarePair * (1 + 2 * tangents) - square
        let scale = variances.weight * variances.weight
        let mean = theory.lengthMoments(q).slope
        let h = 1e-4 * q
        let change = q > 0 ? (theory.lengthMoments(q + h).slope - theory.lengthMoments(q - h).slope) / (2 * h) : 0
        let variance =
            scale * ((own / b + (1 - 1 / b) * shared) / Double(width) + change * change * (lengthSpread - sampling / Double(width)))
        return .init(mean: variances.weight * mean, deviation: max(0, variance).squareRoot())
    }

    /// One step of the map (q, g) ↦ (σ_w²E[φ²] + σ_b², σ_w²·½E[(φ_a − φ_b)²]) and its Jacobian.
    private func step(_ q: Double, _ delta: Double) -> (MeanFieldState, Jacobian2) {
        let m = theory.lengthMoments(q)
        let p = theory.pairMoments(q, delta: delta)
        let length = variances.weight * m.value + variances.bias
        let gap = q * delta
        // At fixed g the correlation moves with q.
        let h = 1e-4 * q
        let up = theory.pairMoments(q + h, delta: min(2, gap / (q + h))).gap
        let down = theory.pairMoments(q - h, delta: min(2, gap / (q - h))).gap
        let jacobian = Jacobian2(
            lengthByLength: variances.weight * m.growth, gapByLength: variances.weight * (up - down) / (2 * h),
            gapByGap: variances.weight * p.slope)
        let state = MeanFieldState(length: length, decorrelation: length > 0 ? min(2, variances.weight * p.gap / length) : 0)
        return (state, jacobian)
    }
}

/// The Jacobian of (q, g) ↦ (q′, g′); q′ does not depend on g.
private struct Jacobian2 {
    let lengthByLength, gapByLength, gapByGap: Double
}

/// A symmetric matrix [[a, b], [b, c]].
private struct Symmetric2 {
    var a = 0.0
    var b = 0.0
    var c = 0.0

    init() {}

    /// The covariance of lengths and gaps.
    init(_ moments: SharedInputMoments) { (a, b, c) = (moments.lengthVariance, moments.covariance, moments.gapVariance) }

    /// J M Jᵀ.
    func transformed(_ j: Jacobian2) -> Symmetric2 {
        var result = Symmetric2()
        let (p, r, s) = (j.lengthByLength, j.gapByLength, j.gapByGap)
        result.a = p * p * a
        result.b = p * (r * a + s * b)
        result.c = r * r * a + 2 * r * s * b + s * s * c
        return result
    }

    func scaled(_ factor: Double) -> Symmetric2 {
        var result = self
        result.a *= factor
        result.b *= factor
        result.c *= factor
        return result
    }

    static func + (x: Symmetric2, y: Symmetric2) -> Symmetric2 {
        var result = x
        result.a += y.a
        result.b += y.b
        result.c += y.c
        return result
    }
}
