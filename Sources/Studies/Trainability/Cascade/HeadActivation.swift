import LoamTensor

/// What a head applies after its affine map.
public enum HeadActivation: String, Codable, CaseIterable, Hashable, Sendable {
    case identity, tanh, relu, sigmoid
    /// x − tanh x, of the published heads of dense residual blocks.
    case tanhShrink

    /// The function of every element; differentiable.
    public func applied<Scalar: TensorScalar>(to x: Tensor<Scalar>) -> Tensor<Scalar> {
        switch self {
        case .identity: x
        case .tanh: x.tanh()
        case .relu: x.relu()
        case .sigmoid: x.sigmoid()
        case .tanhShrink: x - x.tanh()
        }
    }

    /// The same function inside a dense layer's own pass, where there is one.
    var fused: FusedActivation? {
        switch self {
        case .identity: .identity
        case .tanh: .tanh
        case .relu: .relu
        case .sigmoid: .sigmoid
        case .tanhShrink: nil
        }
    }
}

/// How the activations of heads are chosen.
public enum HeadActivationRule: String, Codable, CaseIterable, Hashable, Sendable {
    /// As published: tanh, in ReLU networks ReLU, x − tanh x for dense residual blocks, none after pooling.
    case authors
    /// Identity in image space, elsewhere the function whose range is that of the stage that is reconstructed.
    case match

    /// The activation of the head that maps the output of stage ℓ back to its input, ℓ from 1.
    func activation(layer: Int, in architecture: Architecture) -> HeadActivation {
        let stage = architecture.stages[layer - 1]
        switch stage.kind {
        case .maxPool, .averagePool, .adaptiveAveragePool, .flatten, .residualPre: return .identity
        case .residualDense where self == .authors: return .tanhShrink
        default: break
        }
        guard self == .match else { return stage.activation == .relu ? .relu : .tanh }
        // Pooling and flattening keep the range of what is before them.
        for previous in architecture.stages.prefix(layer - 1).reversed() {
            switch previous.kind {
            case .maxPool, .averagePool, .adaptiveAveragePool, .flatten: continue
            case .residualPre: return .identity
            case .dense, .residualDense, .convolution, .periodicConvolution, .residualConvolution:
                switch previous.activation {
                case .tanh, .erf, .hardTanh, .sin: return .tanh
                case .relu: return .relu
                case .sigmoid: return .sigmoid
                default: return .identity
                }
            }
        }
        return .identity
    }
}
