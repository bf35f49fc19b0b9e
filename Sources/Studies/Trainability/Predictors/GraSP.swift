import LoamTensor

/// GraSP = −Σ W ∘ (Hg), g = ∂ℒ/∂W and H the loss's Hessian over all weights (Wang et al. 2020; biases stay constant): positive where
/// growing weights make the gradient smaller.
public enum GraSP {
    /// - Parameter pass: of the same network, with curvatures.
    public static func score<Scalar: TensorScalar>(_ network: Network<Scalar>, _ pass: GradientPass<Scalar>) -> Double {
        guard let curvatures = pass.curvatures else { preconditionFailure("GraSP.score: the pass was made without curvatures") }
        return -zip(network.weights.joined(), curvatures.joined()).reduce(0) { $0 + Double(($1.0 * $1.1).sum().item) }
    }
}
