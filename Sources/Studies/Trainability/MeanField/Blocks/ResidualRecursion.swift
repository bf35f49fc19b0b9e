import Foundation

/// The mean-field state of a pair of inputs in the stream of a residual network.
public struct StreamState: Hashable, Sendable {
    /// p = ⟨x²⟩, the mean square of the stream.
    public var power: Double
    /// ⟨x⟩: an activation of non-zero mean shifts the stream.
    public var mean: Double
    /// p − ⟨xy⟩ = ½⟨(x − y)²⟩ for the two inputs.
    public var gap: Double

    /// The uncentred correlation ⟨xy⟩/p.
    public var correlation: Double { 1 - decorrelation }
    /// 1 − c.
    public var decorrelation: Double { power > 0 ? gap / power : 0 }

    /// A stream of mean square `power` in which the inputs' uncentred correlation is 1 − `decorrelation`.
    public init(power: Double, decorrelation: Double, mean: Double = 0) {
        self.power = power
        self.mean = mean
        gap = power * decorrelation
    }
}

extension MeanField {
    /// (p_ℓ, c_ℓ) of x^ℓ = x^{ℓ−1} + φ(W x^{ℓ−1} + b) for `depth` layers after `start`, which is not part of the result.
    ///
    /// h is Gaussian with variance q = σ_w² p + σ_b² and independent of x, so the recursion closes:
    /// p ← p + 2⟨x⟩E[φ] + E[φ²], ⟨x⟩ ← ⟨x⟩ + E[φ], and the gap p − ⟨xy⟩ grows by ½E[(φ(h) − φ(h′))²], since the mean's part is common.
    /// For odd φ the mean stays 0.
    ///
    /// - Reference: Yang and Schoenholz, NeurIPS 2017, theorems 2 and 5 (there for odd φ).
    public func residualTrajectory(from start: StreamState, depth: Int, _ v: InitialVariances) -> [StreamState] {
        var state = start
        return (0..<depth).map { _ in
            let q = v.weight * state.power + v.bias
            let (m, level) = moments(q)
            let mean = activation.isOdd ? 0 : integrals.mean(q)
            let gap = q > 0 ? pair(q, min(2, v.weight * state.gap / q), level: level).gap : 0
            state.power += 2 * state.mean * mean + m.value
            state.mean += mean
            state.gap += gap
            return state
        }
    }

    /// E[φ(√q z)], q ≥ 0.
    public func mean(_ q: Double) -> Double { activation.isOdd ? 0 : integrals.mean(q) }
}

extension GaussianIntegrals {
    /// E[φ] by composite Gauss–Legendre panels between the kinks, halved until two values agree.
    func mean(_ q: Double) -> Double {
        let root = max(q, 1e-30).squareRoot()
        let kinks = activation.kinks.map { $0 / root }.filter { abs($0) < radius }
        var width = 1.5
        var last = Double.nan
        for _ in 0..<8 {
            let rule = GaussLegendreRule.order20.composite(breakpoints: [-radius, radius] + kinks, width: width)
            let sums = zip(rule.nodes, rule.weights).reduce((mean: 0.0, size: 0.0)) { sums, node in
                let value = node.1 * normalDensity(node.0) * activation(root * node.0)
                return (sums.mean + value, sums.size + abs(value))
            }
            if abs(sums.mean - last) <= tolerance * sums.size { return sums.mean }
            last = sums.mean
            width /= 2
        }
        return last
    }
}
