/// Adam's constants (Kingma and Ba 2015), no weight decay, ε added to the root after bias correction.
public struct AdamSettings: Hashable, Codable, Sendable {
    /// η.
    public var learningRate = 1e-3
    /// β₁.
    public var firstDecay = 0.9
    /// β₂.
    public var secondDecay = 0.999
    /// ε, added to the root after bias correction.
    public var epsilon = 1e-8

    /// Kingma and Ba's values by default.
    public init(learningRate: Double = 1e-3, firstDecay: Double = 0.9, secondDecay: Double = 0.999, epsilon: Double = 1e-8) {
        self.learningRate = learningRate
        self.firstDecay = firstDecay
        self.secondDecay = secondDecay
        self.epsilon = epsilon
    }
}
