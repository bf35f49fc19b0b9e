import LoamTensor

/// One way forwards through an untrained network, with the activation codes of the batch, and one back to the images.
public struct JacobianPass<Scalar: TensorScalar>: Sendable {
    /// The codes of all stages.
    public let codes: ActivationCodes
    /// Row n: the slope of Σ_k f_k, the sum of the network's outputs, with respect to image n: [n, values of an image].
    public let jacobian: Tensor<Scalar>
    /// Seconds of the way forwards, and of both ways.
    let forwardSeconds, seconds: Double

    /// - Parameter images: [n, input…].
    public init(_ network: Network<Scalar>, images: Tensor<Scalar>) {
        let clock = ContinuousClock()
        let begin = clock.now
        var z = images
        var codes = ActivationCodes(images: images.shape[0])
        var pullbacks: [(Tensor<Scalar>) -> Tensor<Scalar>] = []
        for layer in 1...network.depth {
            let isNonlinear = network.architecture.stages[layer - 1].activation != .linear && !network.weights[layer - 1].isEmpty
            if isNonlinear, let inner = network.innerPreActivation(layer, of: z) { codes.append(inner) }
            let (next, pullback) = valueWithPullback(at: z) { z in
                let h = network.preActivation(layer, of: z)
                if isNonlinear { codes.append(h.detached()) }
                return network.output(layer, from: h, of: z)
            }
            z = next
            pullbacks.append(pullback)
        }
        forwardSeconds = begin.duration(to: clock.now).seconds
        let slope = pullbacks.reversed().reduce(Tensor<Scalar>(repeating: 1, shape: z.shape)) { $1($0) }
        jacobian = slope.reshaped([images.shape[0], images.count / images.shape[0]])
        self.codes = codes
        seconds = begin.duration(to: clock.now).seconds
    }

    /// Counted operations forwards, and both ways: a matrix product a stage each.
    static func operations(_ architecture: Architecture, samples: Int) -> (forward: Double, both: Double) {
        let product = 2 * Double(samples) * architecture.multiplications
        return (product, 2 * product)
    }
}

extension Network {
    /// What the inner activation of a residual block of two layers is applied to; nil for other stages.
    func innerPreActivation(_ layer: Int, of z: Tensor<Scalar>) -> Tensor<Scalar>? {
        let (weights, bias) = (weights[layer - 1], biases[layer - 1].first)
        switch architecture.stages[layer - 1].kind {
        case .residualDense: return linear(z.reshaped([z.shape[0], z.count / z.shape[0]]), weight: weights[0], bias: bias)
        case .residualConvolution: return convolution(z, weights[0], bias: bias)
        default: return nil
        }
    }
}
