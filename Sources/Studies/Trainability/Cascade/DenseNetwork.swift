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

/// A random dense network as a value: z^ℓ = φ(W^ℓ z^{ℓ−1} + b^ℓ), ℓ = 1 … depth.
public struct DenseNetwork<Scalar: TensorScalar>: Sendable {
    /// N_0 … N_depth.
    public let widths: [Int]
    /// φ, of every layer.
    public let activation: Activation
    /// W^ℓ: [N_ℓ, N_{ℓ−1}].
    public var weights: [Tensor<Scalar>]
    /// b^ℓ: [N_ℓ].
    public var biases: [Tensor<Scalar>]

    /// The number of layers.
    public var depth: Int { weights.count }

    /// Draws the weights: W = σ_w·G/√fan_in, b = σ_b·g.
    ///
    /// - Parameters:
    ///   - widths: N_0 … N_depth, at least two.
    ///   - variant: networks of one seed and variant share the noise G and g whatever their variances, so that a sweep over σ_w² has
    ///     smooth boundaries; another variant draws independent noise.
    public init(widths: [Int], activation: Activation, variances: InitialVariances, seed: UInt64, variant: Int = 0) {
        precondition(widths.count >= 2 && widths.allSatisfy { $0 > 0 }, "DenseNetwork: widths \(widths) do not make a network")
        self.widths = widths
        self.activation = activation
        let bias = Scalar(variances.bias.squareRoot())
        weights = []
        biases = []
        for layer in 1..<widths.count {
            let shape: Shape = [widths[layer], widths[layer - 1]]
            let deviation = Scalar((variances.weight / Double(widths[layer - 1])).squareRoot())
            var generator = RandomStreams.weights(layer: layer, variant: variant, seed: seed)
            switch variances.scheme {
            case .gaussian: weights.append(Tensor(normal: shape, using: &generator) * deviation)
            case .uniform:
                let bound = Scalar(3.0.squareRoot())
                weights.append(Tensor(uniform: shape, in: -bound..<bound, using: &generator) * deviation)
            case .orthogonal:
                weights.append(DenseNetwork.orthogonal(shape, &generator) * Scalar(variances.weight.squareRoot()))
            }
            generator = RandomStreams.biases(layer: layer, variant: variant, seed: seed)
            biases.append(Tensor(normal: [widths[layer]], using: &generator) * bias)
        }
    }

    /// Q of the QR factorisation of a Gaussian matrix with the diagonal of R positive: Haar-distributed (Mezzadri 2007).
    private static func orthogonal(_ shape: Shape, _ generator: inout PhiloxGenerator) -> Tensor<Scalar> {
        let isWide = shape[1] > shape[0]
        let tall: Shape = isWide ? [shape[1], shape[0]] : shape
        guard let q = try? qr(Tensor<Scalar>(normal: tall, using: &generator), positiveDiagonal: true).q else {
            preconditionFailure("DenseNetwork: a Gaussian matrix of shape \(tall) has no QR factorisation")
        }
        return isWide ? q.transposed() : q
    }

    /// h^ℓ = W^ℓ z + b^ℓ for a batch of rows, ℓ from 1.
    public func preActivation(_ layer: Int, of z: Tensor<Scalar>) -> Tensor<Scalar> {
        linear(z, weight: weights[layer - 1], bias: biases[layer - 1])
    }

    /// z^ℓ from z^{ℓ−1} for a batch of rows, ℓ from 1.
    public func layer(_ layer: Int, of z: Tensor<Scalar>) -> Tensor<Scalar> {
        if let fused = activation.fused {
            return linear(z, weight: weights[layer - 1], bias: biases[layer - 1], activation: fused)
        }
        return activation.applied(to: preActivation(layer, of: z))
    }

    /// z^1 … z^depth for a batch of inputs [n, N_0].
    public func activations(of x: Tensor<Scalar>) -> [Tensor<Scalar>] {
        var z = x
        return (1...depth).map { layer in
            z = self.layer(layer, of: z)
            return z
        }
    }
}
