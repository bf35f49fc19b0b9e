import LoamTensor

/// How a layer's weight and bias are drawn.
public struct Initialisation: Sendable, Hashable, Codable {
    /// For the weight.
    public var weight: Initialiser
    /// For the bias, with the weight's fan.
    public var bias: Initialiser

    /// Laws of weights and biases.
    public init(weight: Initialiser, bias: Initialiser = .zeros) {
        self.weight = weight
        self.bias = bias
    }

    /// PyTorch's defaults for dense layers and convolutions: both uniform in ±1/√fan-in.
    public static var standard: Initialisation { Initialisation(weight: .uniformByFanIn, bias: .uniformByFanIn) }

    /// The Gaussian ensemble of mean-field theory: W ~ N(0, σ_w²/fan-in), b ~ N(0, σ_b²). The arguments are σ_w and σ_b, not squares.
    public static func gaussian(weightDeviation: Double, biasDeviation: Double) -> Initialisation {
        Initialisation(
            weight: .gaussian(deviation: weightDeviation),
            bias: biasDeviation == 0 ? .zeros : .normal(mean: 0, standardDeviation: biasDeviation))
    }

    /// He's Gaussian weights for rectifiers, zero biases.
    public static var he: Initialisation { Initialisation(weight: .he()) }
    /// Glorot's uniform weights, zero biases.
    public static var glorot: Initialisation { Initialisation(weight: .glorot()) }
    /// LeCun's Gaussian weights, zero biases.
    public static var lecun: Initialisation { Initialisation(weight: .lecun()) }
    /// Orthogonal weights of the given gain, zero biases.
    public static func orthogonal(gain: Double = 1) -> Initialisation { Initialisation(weight: .orthogonal(gain: gain)) }

    /// A weight of this shape and a bias of `outputs` elements.
    func draw<Scalar: TensorScalar>(
        _ shape: Shape, outputs: Int, hasBias: Bool, using generator: inout PhiloxGenerator
    ) -> (weight: Tensor<Scalar>, bias: Tensor<Scalar>?) {
        let drawn: Tensor<Scalar> = weight(shape, using: &generator)
        guard hasBias else { return (drawn, nil) }
        return (drawn, bias([outputs], fan: Fan(weight: shape), using: &generator))
    }
}
