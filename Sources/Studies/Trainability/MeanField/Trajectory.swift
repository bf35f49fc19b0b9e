/// The statistics of a pair of inputs at one layer of an infinitely wide network.
public struct MeanFieldState: Hashable, Sendable {
    /// The variance q of the pre-activations.
    public let length: Double
    /// δ = 1 − c.
    public let decorrelation: Double
    /// The correlation c of the two inputs' pre-activations.
    public var correlation: Double { 1 - decorrelation }
}

extension MeanField {
    /// (q_ℓ, c_ℓ) for `depth` layers after (q₀, c₀), both inputs having the same length.
    ///
    /// q_{ℓ+1} = V(q_ℓ), δ_{ℓ+1} = σ_w² ½E[(φ(u₁) − φ(u₂))²]/q_{ℓ+1}; the starting state is not part of the result.
    public func trajectory(length q0: Double, correlation c0: Double, depth: Int, _ v: InitialVariances) -> [MeanFieldState] {
        trajectory(length: q0, decorrelation: 1 - c0, depth: depth, v)
    }

    /// As ``trajectory(length:correlation:depth:_:)``, started from δ₀ = 1 − c₀.
    public func trajectory(length q0: Double, decorrelation: Double, depth: Int, _ v: InitialVariances) -> [MeanFieldState] {
        var (q, delta) = (q0, decorrelation)
        return (0..<depth).map { _ in
            let (m, level) = moments(q)
            let gap = q > 0 ? pair(q, delta, level: level).gap : 0
            q = v.weight * m.value + v.bias
            delta = q > 0 ? min(2, v.weight * gap / q) : 0
            return MeanFieldState(length: q, decorrelation: delta)
        }
    }
}
