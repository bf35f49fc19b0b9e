import LoamTensor

/// SynFlow = Σ θ·∂R/∂θ, R the sum of the outputs of the network whose parameters θ are replaced by their absolute values, for an input of
/// ones (Tanaka et al. 2020), in logarithms.
///
/// All numbers on the way are positive, so every activation is on the positive branch of a ReLU: the identity. R grows by a factor of the
/// order of √N a stage: after every stage the values and the slopes are divided by their largest, whose logarithm is kept, so no depth
/// overflows. A stage's values are homogeneous in its parameters, which gives Σ θ·∂R/∂θ = ⟨∂R/∂z, z⟩ for a stage of one affine map
/// without any slope of a weight.
public struct SynapticFlow: Sendable {
    /// ln R.
    public let logSum: Double
    /// ln Σ θ·∂R/∂θ over the parameters of every stage; −∞ where it has none. Without biases each is ln R.
    public let stages: [Double]

    /// ln of the score.
    public var logScore: Double {
        guard let largest = stages.max(), largest.isFinite else { return stages.max() ?? -.infinity }
        return largest + Double.log(stages.reduce(0) { $0 + Double.exp($1 - largest) })
    }

    /// The flow through a network.
    public init<Scalar: TensorScalar>(_ network: Network<Scalar>) {
        let positive = network.stages.map { $0.positive() }
        var z = Tensor<Scalar>(repeating: 1, shape: Shape([1] + Array(network.architecture.input)))
        var scale = 0.0  // ln of what z is to be multiplied by
        var inputs: [Tensor<Scalar>] = []
        var inputScales: [Double] = []
        var pullbacks: [(Tensor<Scalar>) -> [Tensor<Scalar>]] = []
        var outputs: [Tensor<Scalar>] = []
        for stage in positive {
            inputs.append(z)
            inputScales.append(scale)
            // Biases in the units of the scaled values: they vanish beside large ones.
            let scaled = stage.biasesMultiplied(by: min(Scalar(Double.exp(-scale)), .greatestFiniteMagnitude))
            let isBlock = scaled.weights[0].count > 1
            let parameters = isBlock ? scaled.weights[0] + scaled.biases[0] : []
            let (next, pullback) = valueWithPullback(at: [z] + parameters) { inputs in
                (isBlock ? scaled.replacing(Array(inputs.dropFirst())) : scaled).stage(1, of: inputs[0])
            }
            outputs.append(next)
            pullbacks.append { cotangent in
                var cotangents = pullback(cotangent)
                for (index, parameter) in parameters.enumerated() { cotangents[index + 1] = cotangents[index + 1] * parameter }
                return cotangents
            }
            let largest = next.maximum().item
            guard largest > 0, largest.isFinite else { break }
            z = next * (1 / largest)
            scale += Double.log(Double(largest))
        }
        guard outputs.count == network.depth, Double(outputs.last!.sum().item) > 0, outputs.last!.hasFiniteSum else {
            // Nothing flows through a stage of zeros.
            logSum = -.infinity
            stages = network.architecture.stages.map { _ in -.infinity }
            return
        }
        logSum = inputScales.last! + Double.log(Double(outputs.last!.sum().item))
        // ∂R/∂z of a stage's scaled output is e^slopeScale times `slope`.
        var slope = Tensor<Scalar>(repeating: 1, shape: outputs.last!.shape)
        var slopeScale = 0.0
        var logs: [Double] = []
        for index in positive.indices.reversed() {
            let cotangents = pullbacks[index](slope)
            var flow = 0.0
            switch network.architecture.stages[index].kind {
            case .maxPool, .averagePool, .adaptiveAveragePool, .flatten: break
            case .residualPre: flow = Double((slope * (outputs[index] - inputs[index])).sum().item)
            case .residualDense, .residualConvolution: flow = cotangents.dropFirst().reduce(0) { $0 + Double($1.sum().item) }
            case .dense, .convolution, .periodicConvolution: flow = Double((slope * outputs[index]).sum().item)
            }
            logs.append(flow > 0 ? Double.log(flow) + slopeScale + inputScales[index] : -.infinity)
            let largest = cotangents[0].maximum().item
            guard index > 0 else { break }
            slope = (largest > 0 ? cotangents[0] * (1 / largest) : cotangents[0]).reshaped(outputs[index - 1].shape)
            if largest > 0 { slopeScale += Double.log(Double(largest)) }
        }
        stages = logs.reversed()
    }

    /// Counted operations: forwards and back to the input once.
    static func operations(_ architecture: Architecture) -> Double { 4 * architecture.multiplications }
}

extension Network {
    /// The network of the absolute values of all parameters, its activations the identity.
    fileprivate func positive() -> Network {
        let stages = architecture.stages.map { Stage($0.kind, .linear, hasBias: $0.hasBias) }
        // The shapes do not depend on activations.
        let linear = try! Architecture(name: architecture.name, input: architecture.input, stages: stages)
        return Network(linear, weights: weights.map { $0.map { $0.magnitude() } }, biases: biases.map { $0.map { $0.magnitude() } })
    }

    fileprivate func biasesMultiplied(by factor: Scalar) -> Network {
        Network(architecture, weights: weights, biases: biases.map { $0.map { $0 * factor } })
    }
}
