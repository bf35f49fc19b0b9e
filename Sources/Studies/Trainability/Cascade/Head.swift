import LoamTensor

/// What the heads apply after their affine map.
public enum HeadActivationRule: String, Codable, CaseIterable, Hashable, Sendable {
    /// tanh everywhere, as published for dense networks.
    case authors
    /// Identity in image space, elsewhere the function whose range is that of the previous layer's activation.
    case match

    /// The activation of the head that maps z^ℓ back to z^{ℓ−1}, ℓ from 1.
    func activation(layer: Int, after activation: Activation) -> FusedActivation {
        guard self == .match else { return .tanh }
        if layer == 1 { return .identity }
        switch activation {
        case .tanh, .erf, .hardTanh, .sin: return .tanh
        case .relu: return .relu
        case .sigmoid: return .sigmoid
        default: return .identity
        }
    }
}

/// A one-layer network that maps the activation of layer ℓ back to that of layer ℓ−1: z ↦ act(Vz + c).
public struct Head<Scalar: TensorScalar>: Sendable {
    /// V: [N_{ℓ−1}, N_ℓ].
    public var weight: Tensor<Scalar>
    /// c: [N_{ℓ−1}].
    public var bias: Tensor<Scalar>
    /// act, applied after the affine map.
    public var activation: FusedActivation

    /// A head with the given parameters.
    public init(weight: Tensor<Scalar>, bias: Tensor<Scalar>, activation: FusedActivation) {
        self.weight = weight
        self.bias = bias
        self.activation = activation
    }

    /// Weight and bias drawn from U(±1/√fan_in), fan_in = N_ℓ.
    init(inputs: Int, outputs: Int, activation: FusedActivation, layer: Int, seed: UInt64) {
        let bound = Scalar(1 / Double(inputs).squareRoot())
        var generator = RandomStreams.head(layer: layer, seed: seed)
        weight = Tensor(uniform: [outputs, inputs], in: -bound..<bound, using: &generator)
        bias = Tensor(uniform: [outputs], in: -bound..<bound, using: &generator)
        self.activation = activation
    }

    /// The reconstruction of z^{ℓ−1} from rows z^ℓ.
    public func callAsFunction(_ z: Tensor<Scalar>) -> Tensor<Scalar> {
        linear(z, weight: weight, bias: bias, activation: activation)
    }
}
