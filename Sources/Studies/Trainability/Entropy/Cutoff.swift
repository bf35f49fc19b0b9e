/// The depth up to which a curve over layers still moves.
public struct Cutoff: Hashable, Codable, Sendable {
    /// ℓ_c, counted from 1; 0 when the curve is flat from the first layer on ("lost at the first layer").
    public let depth: Int
    /// Whether the curve still moves at the last layer but one, so that the true cutoff lies beyond the measured depth.
    public let isCensored: Bool

    /// All members.
    public init(depth: Int, isCensored: Bool) {
        self.depth = depth
        self.isCensored = isCensored
    }

    /// The largest ℓ with |m_ℓ − m_K| > atol + rtol·|m_K|.
    ///
    /// - Parameters:
    ///   - curve: m_1 … m_K; layers from the first that is not finite on are left out.
    ///   - relativeTolerance: 0.005 for dense networks, 0.01 for convolutional and residual ones.
    public init(curve: [Double], relativeTolerance: Double, absoluteTolerance: Double = 1e-8) {
        let finite = Array(curve.prefix { $0.isFinite })
        guard let last = finite.last else {
            self.init(depth: 0, isCensored: false)
            return
        }
        let allowed = absoluteTolerance + relativeTolerance * abs(last)
        let depth = (finite.lastIndex { abs($0 - last) > allowed } ?? -1) + 1
        self.init(depth: depth, isCensored: depth > 0 && depth == finite.count - 1)
    }

    /// The cutoff of a batch: every sample's curve divided by its last value, then the median over samples.
    ///
    /// - Parameter curves: one curve e_1 … e_K a sample; samples with a value that is not finite are left out.
    public init(curves: [[Double]], relativeTolerance: Double, absoluteTolerance: Double = 1e-8) {
        self.init(
            curve: Cutoff.medianCurve(curves), relativeTolerance: relativeTolerance, absoluteTolerance: absoluteTolerance)
    }

    /// The median over samples of e_ℓ/e_K.
    public static func medianCurve(_ curves: [[Double]]) -> [Double] {
        let normalized = curves.compactMap { curve -> [Double]? in
            guard let last = curve.last, last != 0, curve.allSatisfy(\.isFinite) else { return nil }
            return curve.map { $0 / last }
        }
        guard let depth = normalized.first?.count else { return [] }
        return (0..<depth).map { layer in Quantiles(normalized.map { $0[layer] }).median }
    }
}

/// The depth at which the differential entropy falls through a threshold.
public enum Front {
    /// Where an absolute threshold lies for dense networks, and for convolutional and residual ones.
    public static let denseThreshold = -13.0
    /// θ for convolutional and residual networks.
    public static let convolutionalThreshold = -9.0

    /// The smallest depth with S_diff < `threshold`, linearly interpolated between layers (counted from 1); `nil` if there is none.
    public static func depth(_ curve: [Double], threshold: Double) -> Double? {
        guard let index = curve.firstIndex(where: { $0 < threshold }) else { return nil }
        guard index > 0, curve[index].isFinite, curve[index - 1].isFinite else { return Double(index + 1) }
        let (above, below) = (curve[index - 1], curve[index])
        return Double(index) + (above - threshold) / (above - below)
    }

    /// Halfway between the plateau (the highest value) and the floor (the lowest finite value) of a map.
    public static func relativeThreshold(_ curves: [[Double]]) -> Double? {
        let values = curves.joined().filter(\.isFinite)
        guard let high = values.max(), let low = values.min(), high > low else { return nil }
        return 0.5 * (high + low)
    }
}
