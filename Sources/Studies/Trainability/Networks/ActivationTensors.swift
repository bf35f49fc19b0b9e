import LoamTensor

extension Activation {
    /// φ of every element; differentiable.
    public func applied<Scalar: TensorScalar>(to x: Tensor<Scalar>) -> Tensor<Scalar> {
        switch self {
        case .tanh: x.tanh()
        case .relu: x.relu()
        case .leakyReLU(let slope): x.leakyReLU(slope: Scalar(slope))
        case .erf: x.erf()
        case .hardTanh: x.clamped(-1, 1)
        case .sigmoid: x.sigmoid()
        case .gelu: x.gelu()
        case .silu: x.silu()
        case .elu: x.elu()
        case .selu: x.selu()
        case .sin: x.sin()
        case .softplus: x.softplus()
        case .linear: x
        case .formula(let expression): expression.root.applied(to: x)
        }
    }

    /// The activation that a dense layer can apply in its own pass, where there is one.
    var fused: FusedActivation? {
        switch self {
        case .tanh: .tanh
        case .relu: .relu
        case .sigmoid: .sigmoid
        case .linear: .identity
        default: nil
        }
    }
}
