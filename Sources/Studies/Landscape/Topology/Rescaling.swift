import RealModule

extension ShallowNetwork {
    /// The network with neurons moved along their rescaling orbits, (w, a) → (αw, α^{−κ}a), to prescribed c. The function stays the same.
    ///
    /// With κ‖a‖² for ‖a‖² and degree κ = 1, α² = (c + √(c² + 4‖w‖²‖a‖²)) / 2‖w‖²; for c < 0 the conjugate form is used, which has no
    /// cancellation and covers w = 0. For κ > 1, α solves α²‖w‖² − κα^{−2κ}‖a‖² = c, a rising function of α.
    /// - Parameter c: one value a neuron.
    /// - Throws: ``LandscapeError`` for a value that no rescaling of the neuron has: c ≥ 0 with w = 0, c ≤ 0 with a = 0.
    public func rescaled(toInvariants c: [Double]) throws(LandscapeError) -> ShallowNetwork {
        guard let degree = architecture.activation.homogeneityDegree else {
            throw LandscapeError(
                .usage, "activation", "\(architecture.activation) is not homogeneous", advice: "Its neurons cannot be rescaled.")
        }
        guard c.count == architecture.hidden, c.allSatisfy(\.isFinite) else {
            throw LandscapeError(
                .usage, "invariants", "\(c.count) values for \(architecture.hidden) neurons, or one is not finite")
        }
        var result = self
        for k in 0..<architecture.hidden {
            let norms = squaredNorms(k)
            let alpha = try Self.factor(c[k], incoming: norms.incoming, outgoing: degree * norms.outgoing, degree: degree, neuron: k)
            result.scale(k, incoming: alpha, outgoing: Self.power(alpha, -degree))
        }
        return result
    }

    private static func power(_ alpha: Double, _ exponent: Double) -> Double {
        exponent == -1 ? 1 / alpha : Double.pow(alpha, exponent)
    }

    /// α of one neuron with ‖w‖² = `incoming` and κ‖a‖² = `outgoing`.
    static func factor(
        _ c: Double, incoming w: Double, outgoing a: Double, degree: Double, neuron k: Int
    ) throws(LandscapeError) -> Double {
        if w == 0, a == 0, c == 0 { return 1 }
        guard w > 0 || c < 0 else {
            throw LandscapeError(
                .usage, "neuron \(k)", "c = \(short(c)) cannot be reached: its incoming weights are all 0, so c stays negative")
        }
        guard a > 0 || c > 0 else {
            throw LandscapeError(
                .usage, "neuron \(k)", "c = \(short(c)) cannot be reached: its outgoing weights are all 0, so c stays positive")
        }
        guard degree == 1 else { return try general(c, w, a, degree) }
        // √(c² + 4wa) without overflow or underflow of the squares.
        let root = hypotenuse(c, 2 * w.squareRoot() * a.squareRoot())
        let square = c >= 0 ? (c + root) / (2 * w) : 2 * a / (root - c)
        return square.squareRoot()
    }

    private static func hypotenuse(_ x: Double, _ y: Double) -> Double { Double.hypot(x, y) }

    private static func general(_ c: Double, _ w: Double, _ a: Double, _ degree: Double) throws(LandscapeError) -> Double {
        guard w > 0 else { return Double.pow(-a / c, 1 / (2 * degree)) }
        guard a > 0 else { return (c / w).squareRoot() }
        // Bisection on log α between bounds that double until they hold the root.
        func value(_ logarithm: Double) -> Double { w * Double.exp(2 * logarithm) - a * Double.exp(-2 * degree * logarithm) - c }
        var (low, high) = (-1.0, 1.0)
        while value(low) > 0 { low *= 2 }
        while value(high) < 0 { high *= 2 }
        for _ in 0..<200 {
            let middle = 0.5 * (low + high)
            if middle == low || middle == high { break }
            if value(middle) < 0 { low = middle } else { high = middle }
        }
        return Double.exp(0.5 * (low + high))
    }
}
