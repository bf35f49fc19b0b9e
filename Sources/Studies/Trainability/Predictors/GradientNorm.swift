import LoamTensor

/// GradNorm = Σ_W ‖∂ℒ/∂W‖_F over the weight matrices and kernels of a network (Abdelfattah et al. 2021).
public enum GradientNorm {
    /// From the slopes of the loss.
    public static func score<Scalar>(_ pass: GradientPass<Scalar>) -> Double {
        pass.weightSlopes.joined().reduce(0) { $0 + Double($1.squared().sum().item).squareRoot() }
    }
}
