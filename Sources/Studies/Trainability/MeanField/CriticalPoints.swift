import Foundation

/// A point of the edge of chaos, χ₁ = 1.
public struct CriticalPoint: Hashable, Codable, Sendable {
    /// σ_w².
    public let weightVariance: Double
    /// σ_b².
    public let biasVariance: Double
    /// q*; `nil` where every q is a fixed point (ReLU at σ_w² = 2, linear at 1).
    public let length: Double?
    /// Whether the length map is stable there, |V′(q*)| < 1.
    public let isStable: Bool
}

extension MeanField {
    /// The variances that make the length `q` a fixed point with χ₁ = 1: σ_w² = 1/E[φ′²], σ_b² = q − E[φ²]/E[φ′²].
    ///
    /// σ_b² is negative where no critical network has that length.
    public func criticalVariances(length q: Double) -> InitialVariances {
        let m = lengthMoments(q)
        return InitialVariances(weight: 1 / m.slope, bias: q - m.value / m.slope)
    }

    /// Every critical σ_w² at that σ_b², with q* in [10⁻⁸, 10⁴] (and q* = 0 at σ_b² = 0), by ascending q*.
    ///
    /// The critical line is parametrised by q; a scan of a logarithmic grid brackets the roots of σ_b²(q), Brent's method polishes them.
    public func criticalPoints(biasVariance: Double) -> [CriticalPoint] {
        precondition(biasVariance >= 0, "criticalPoints: the bias variance must not be negative, found \(biasVariance)")
        if activation.isHomogeneous {
            let weight = 1 / lengthMoments(1).slope
            return biasVariance == 0
                ? [CriticalPoint(weightVariance: weight, biasVariance: 0, length: nil, isStable: false)] : []
        }
        var found: [CriticalPoint] = []
        if biasVariance == 0, activation(0) == 0 {
            let m = lengthMoments(0)
            // V(q) = q + ½V″(0)q²: the slope is 1 exactly and the next order, E[φ²]″ < 0, makes it attract.
            found.append(
                CriticalPoint(
                    weightVariance: 1 / m.slope, biasVariance: 0, length: 0, isStable: lengthMoments(1e-6).growth < m.slope))
        }
        func excess(_ logarithm: Double) -> Double { criticalVariances(length: exp(logarithm)).bias - biasVariance }
        let (low, high) = (log(1e-8), log(1e4))
        let count = 480
        var previous = (at: low, value: excess(low))
        for i in 1...count {
            let at = low + (high - low) * Double(i) / Double(count)
            let value = excess(at)
            // Below this both are rounding of q − E[φ²]/E[φ′²].
            let resolvable = abs(value) + abs(previous.value) > 1e-14 * exp(at)
            if (value > 0) != (previous.value > 0), resolvable, value.isFinite, previous.value.isFinite {
                let q = exp(RootFinder.brent(previous.at, at, tolerance: 1e-16, excess))
                let m = lengthMoments(q)
                found.append(
                    CriticalPoint(
                        weightVariance: 1 / m.slope, biasVariance: biasVariance, length: q, isStable: abs(m.growth / m.slope) < 1))
            }
            previous = (at, value)
        }
        return found
    }

    /// The critical line as points by ascending q; only those with σ_b² ≥ 0.
    public func criticalLine(lengths: [Double]) -> [CriticalPoint] {
        lengths.compactMap { q in
            let v = criticalVariances(length: q)
            guard v.bias >= 0, v.weight.isFinite else { return nil }
            let m = lengthMoments(q)
            return CriticalPoint(weightVariance: v.weight, biasVariance: v.bias, length: q, isStable: abs(m.growth / m.slope) < 1)
        }
    }

    /// β = lim ℓ(1 − c_ℓ) on the edge of chaos for smooth φ: 2E[φ′²]/(q*E[φ″²]); 0 for kinked φ, which decay faster.
    ///
    /// - Reference: Hayou, Doucet and Rousseau (2019), proposition 3.
    public func edgeRate(length q: Double) -> Double {
        let m = lengthMoments(q)
        return m.curvature.isInfinite ? 0 : 2 * m.slope / (q * m.curvature)
    }
}
