import LoamNN
import LoamTensor

/// A network as a value: an ``Architecture`` and its numbers.
///
/// Its parameters are named `ℓ.weight` and `ℓ.bias`, ℓ from 1; those of residual blocks `ℓ.0.weight`, … `ℓ.1.bias`.
public struct Network<Scalar: TensorScalar>: Layer {
    /// The stages and shapes.
    public let architecture: Architecture
    /// The weights of every stage: none, one or two.
    public private(set) var weights: [[Tensor<Scalar>]]
    /// The biases beside ``weights``; an empty list where a stage has none.
    public private(set) var biases: [[Tensor<Scalar>]]

    /// The number of stages.
    public var depth: Int { architecture.depth }

    /// A random network.
    ///
    /// - Parameter variant: 0 draws the noise that all cells of a map share, W(σ_w) = σ_w·G/√fan_in with one G for all σ_w², which gives
    ///     smooth boundaries; another variant draws independent noise.
    public init(_ architecture: Architecture, variances: InitialVariances, seed: UInt64, variant: Int = 0) {
        self.architecture = architecture
        weights = []
        biases = []
        let initialiser = variances.initialiser
        let deviation = Scalar(variances.bias.squareRoot())
        for (index, stage) in architecture.stages.enumerated() {
            var weights: [Tensor<Scalar>] = []
            var biases: [Tensor<Scalar>] = []
            for (part, shape) in stage.weightShapes(architecture.shapes[index]).enumerated() {
                var generator = RandomStreams.weights(layer: index + 1, part: part, variant: variant, seed: seed)
                weights.append(initialiser(shape)(shape, using: &generator))
                generator = RandomStreams.biases(layer: index + 1, part: part, variant: variant, seed: seed)
                if stage.hasBias { biases.append(Tensor(normal: [shape[0]], using: &generator) * deviation) }
            }
            self.weights.append(weights)
            self.biases.append(biases)
        }
    }

    /// A network with given numbers, `weights[stage][part]` and `biases[stage][part]`.
    ///
    /// - Precondition: the shapes are those of the architecture.
    public init(_ architecture: Architecture, weights: [[Tensor<Scalar>]], biases: [[Tensor<Scalar>]]) {
        precondition(weights.count == architecture.depth && biases.count == architecture.depth, "Network: one list a stage is needed")
        for (index, stage) in architecture.stages.enumerated() {
            let shapes = stage.weightShapes(architecture.shapes[index])
            precondition(
                weights[index].map(\.shape) == shapes && biases[index].map(\.shape) == (stage.hasBias ? shapes.map { [$0[0]] } : []),
                "Network: stage \(index + 1) needs weights of shapes \(shapes), not \(weights[index].map(\.shape))")
        }
        self.architecture = architecture
        self.weights = weights
        self.biases = biases
    }

    /// The first `count` stages with their numbers.
    public func prefix(_ count: Int) -> Network {
        Network(architecture.prefix(count), weights: Array(weights.prefix(count)), biases: Array(biases.prefix(count)))
    }

    public mutating func visit<Visitor: ParameterVisitor>(_ visitor: inout Visitor) where Visitor.Scalar == Scalar {
        for index in weights.indices where !weights[index].isEmpty {
            visitor.enter(String(index + 1))
            let isBlock = weights[index].count > 1
            for part in weights[index].indices {
                if isBlock { visitor.enter(String(part)) }
                visitor.parameter("weight", &weights[index][part])
                if part < biases[index].count { visitor.parameter("bias", &biases[index][part]) }
                if isBlock { visitor.leave() }
            }
            visitor.leave()
        }
    }

    /// The output of the last stage for a batch of inputs; the same in training and inference.
    public func callAsFunction(_ x: Tensor<Scalar>, in context: inout ForwardContext) -> Tensor<Scalar> {
        (1...depth).reduce(x) { stage($1, of: $0) }
    }

    // MARK: Stages

    /// z^ℓ from a batch z^{ℓ−1}, ℓ from 1.
    public func stage(_ layer: Int, of z: Tensor<Scalar>) -> Tensor<Scalar> {
        let stage = architecture.stages[layer - 1]
        if case .dense = stage.kind, let fused = stage.activation.fused {
            return linear(rows(z), weight: weights[layer - 1][0], bias: biases[layer - 1].first, activation: fused)
        }
        return output(layer, from: preActivation(layer, of: z), of: z)
    }

    /// z^ℓ from what ``preActivation(_:of:)`` gave for z^{ℓ−1}.
    func output(_ layer: Int, from h: Tensor<Scalar>, of z: Tensor<Scalar>) -> Tensor<Scalar> {
        let stage = architecture.stages[layer - 1]
        switch stage.kind {
        case .dense, .residualDense, .convolution, .residualConvolution: return stage.activation.applied(to: h)
        case .periodicConvolution(_, let kernel): return padded(stage.activation.applied(to: h), kernel)
        case .residualPre: return rows(z) + stage.activation.applied(to: h)
        case .maxPool, .averagePool, .adaptiveAveragePool, .flatten: return h
        }
    }

    /// What the activation of stage ℓ is applied to (the outer one in a residual block); the output itself of a stage without one.
    public func preActivation(_ layer: Int, of z: Tensor<Scalar>) -> Tensor<Scalar> {
        let stage = architecture.stages[layer - 1]
        let weights = weights[layer - 1]
        let biases = biases[layer - 1]
        func bias(_ part: Int) -> Tensor<Scalar>? { biases.isEmpty ? nil : biases[part] }
        switch stage.kind {
        case .dense, .residualPre: return linear(rows(z), weight: weights[0], bias: bias(0))
        case .residualDense:
            let inner = stage.activation.applied(to: linear(rows(z), weight: weights[0], bias: bias(0)))
            return linear(inner, weight: weights[1], bias: bias(1)) + rows(z)
        case .convolution(_, _, let stride, let padding):
            return convolution(z, weights[0], bias: bias(0), stride: AxisValues(stride), padding: ConvolutionPadding(padding))
        case .periodicConvolution: return convolution(z, weights[0], bias: bias(0))
        case .residualConvolution(let kernel):
            let inner = stage.activation.applied(to: padded(convolution(z, weights[0], bias: bias(0)), kernel))
            return padded(convolution(inner, weights[1], bias: bias(1)), kernel) + z
        case .maxPool(let kernel, let stride): return maxPooling(z, kernel: AxisValues(kernel), stride: AxisValues(stride))
        case .averagePool(let kernel): return averagePooling(z, kernel: AxisValues(kernel))
        case .adaptiveAveragePool(let side): return adaptiveAveragePooling(z, output: AxisValues(side))
        case .flatten: return rows(z)
        }
    }

    /// z^1 … z^k for a batch of inputs; all stages by default.
    public func activations(of x: Tensor<Scalar>, through count: Int? = nil) -> [Tensor<Scalar>] {
        var z = x
        return (1...(count ?? depth)).map { layer in
            z = stage(layer, of: z)
            return z
        }
    }

    private func rows(_ z: Tensor<Scalar>) -> Tensor<Scalar> { z.rank == 2 ? z : z.reshaped([z.shape[0], z.count / max(1, z.shape[0])]) }

    private func padded(_ z: Tensor<Scalar>, _ kernel: Int) -> Tensor<Scalar> {
        z.paddedSpatially(before: AxisValues((kernel - 1) / 2), after: AxisValues(kernel / 2), mode: .circular)
    }
}
