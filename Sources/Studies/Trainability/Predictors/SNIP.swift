import LoamTensor

/// SNIP = Σ |W ∘ ∂ℒ/∂W|: how much the loss depends on the presence of each weight (Lee et al. 2019).
public enum SNIP {
    /// From the slopes of the loss at the weights of `network`.
    public static func score<Scalar>(_ network: Network<Scalar>, _ pass: GradientPass<Scalar>) -> Double {
        zip(network.weights.joined(), pass.weightSlopes.joined()).reduce(0) { $0 + Double(($1.0 * $1.1).magnitude().sum().item) }
    }
}
