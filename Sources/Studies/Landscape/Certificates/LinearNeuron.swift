import RealModule

/// Gradient flow of one linear neuron on scalar data in closed form: f = aw, loss ½(aw − y)².
///
/// s = aw obeys ds/dt = (y − s)√(c² + 4s²) with c = w² − a². The linear neuron reaches every target even with c < 0, since the sign of w
/// is free: obstruction needs σ(wx) ≥ 0.
public struct LinearNeuron: Sendable, Hashable {
    /// The initial weights.
    public let w, a: Double
    /// The target.
    public let target: Double

    /// A neuron and its target.
    public init(w: Double, a: Double, target: Double) {
        self.w = w
        self.a = a
        self.target = target
    }

    /// c = w² − a².
    public var c: Double { (w - a) * (w + a) }

    /// s = a w at time t.
    public func product(at time: Double) -> Double {
        let (y, s0) = (target, a * w)
        let k = abs(c)
        if k == 0 {
            // On the cone |w| = |a|, ds/dt = 2(y − s)|s|: s keeps its sign.
            if s0 == 0 { return 0 }
            let r: Double = s0 > 0 ? 1 : -1
            if y == 0 { return s0 / (1 + 2 * abs(s0) * time) }
            // With u = |s| and v = r·y: du/dt = 2(v − u)u.
            let v = r * y
            let decay = Double.exp(-2 * v * time)
            let ratio: Double = v / abs(s0) - 1
            return r * v / (1 + ratio * decay)
        }
        let signs: (w: Double, a: Double) = (w >= 0 ? 1 : -1, a >= 0 ? 1 : -1)
        let signed: Double = c > 0 ? a * signs.w : w * signs.a
        let x0 = signed / k.squareRoot()
        let phi = Double.asinh(x0)
        let root = Double.hypot(2 * y, k)
        let plus: Double = (2 * y + root) / k
        let minus: Double = (2 * y - root) / k
        let u0 = Double.exp(2 * phi)
        let ratio: Double = (u0 - plus) / (u0 - minus)
        let decay: Double = ratio * Double.exp(-root * time)
        let u = (plus - minus * decay) / (1 - decay)
        return k / 4 * (u - 1 / u)
    }
}
