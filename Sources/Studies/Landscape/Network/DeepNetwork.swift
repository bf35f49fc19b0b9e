import LoamTensor

/// A network of any depth with one activation: θ is one vector, W_1, b_1, W_2, b_2, …, each matrix row by row.
public struct DeepArchitecture: Sendable, Hashable, Codable {
    /// Inputs, hidden layers, outputs.
    public var widths: [Int]
    /// σ of the hidden layers.
    public var activation: Activation
    /// Whether every hidden layer has biases.
    public var hiddenBias: Bool
    /// Whether the output layer has biases.
    public var outputBias: Bool

    /// A shape. There must be two layers at least and no empty one.
    public init(_ widths: [Int], activation: Activation = .relu, hiddenBias: Bool = false, outputBias: Bool = false) {
        precondition(widths.count >= 2 && widths.allSatisfy { $0 > 0 }, "DeepArchitecture: widths \(widths)")
        self.widths = widths
        self.activation = activation
        self.hiddenBias = hiddenBias
        self.outputBias = outputBias
    }

    /// Layers of weights: L.
    public var depth: Int { widths.count - 1 }

    func hasBias(_ layer: Int) -> Bool { layer == depth - 1 ? outputBias : hiddenBias }

    /// Where W of a layer begins in θ, counting from 0, and where its biases do.
    func offsets(_ layer: Int) -> (weights: Int, bias: Int) {
        var offset = 0
        for h in 0..<layer { offset += widths[h] * widths[h + 1] + (hasBias(h) ? widths[h + 1] : 0) }
        return (offset, offset + widths[layer] * widths[layer + 1])
    }

    /// Entries of θ.
    public var parameterCount: Int {
        let last = offsets(depth - 1)
        return last.bias + (outputBias ? widths[depth] : 0)
    }

    /// The outputs [n, e] of inputs [n, d], differentiable in θ to any order.
    public func outputs(_ parameters: Tensor<Double>, _ inputs: Tensor<Double>) -> Tensor<Double> {
        precondition(parameters.count == parameterCount, "DeepArchitecture: \(parameters.count) parameters for \(parameterCount)")
        var x = inputs
        for layer in 0..<depth {
            let (start, bias) = offsets(layer)
            let weights = parameters.sliced(start..<bias, axis: 0).reshaped([widths[layer + 1], widths[layer]])
            x = matmul(x, weights, transposeB: true)
            if hasBias(layer) { x = x + parameters.sliced(bias..<bias + widths[layer + 1], axis: 0) }
            if layer < depth - 1 { x = activation.apply(x) }
        }
        return x
    }

    /// The mean loss over data; squared and logistic and softmax as in ``Loss``.
    public func loss(_ parameters: Tensor<Double>, _ samples: Samples, _ loss: Loss = .squared) -> Tensor<Double> {
        let x = Tensor(samples.inputs, shape: [samples.count, samples.inputCount])
        let y = Tensor(samples.targets, shape: [samples.count, samples.outputCount])
        let f = outputs(parameters, x)
        let n = Double(samples.count)
        switch loss {
        case .squared: return (f - y).squared().sum() / (2 * n)
        case .logistic: return (f.softplus() - y * f).sum() / n
        case .softmax:
            let top = f.maximum(axes: [1], keepingAxes: true).detached()
            let logSum = top + (f - top).exp().sum(axes: [1], keepingAxes: true).log()
            return (y * (logSum - f)).sum() / n
        }
    }

    /// Random weights with variance gain/fan-in and zero biases.
    public func initial(gain: Double = 2, using generator: inout PhiloxGenerator) -> [Double] {
        var result = [Double](repeating: 0, count: parameterCount)
        for layer in 0..<depth {
            let (start, bias) = offsets(layer)
            let deviation = (gain / Double(widths[layer])).squareRoot()
            for index in start..<bias { result[index] = deviation * generator.normal() }
        }
        return result
    }
}

extension Activation {
    /// σ of every entry, differentiable.
    func apply(_ x: Tensor<Double>) -> Tensor<Double> {
        switch self {
        case .linear: return x
        case .relu: return x.relu()
        case .leakyReLU(let slope): return x.leakyReLU(slope: slope)
        case .reluPower(let degree):
            let positive = x.relu()
            var result = positive
            for _ in 1..<degree { result = result * positive }
            return result
        case .tanh: return x.tanh()
        case .gelu: return x.gelu()
        case .silu: return x * x.sigmoid()
        }
    }
}
