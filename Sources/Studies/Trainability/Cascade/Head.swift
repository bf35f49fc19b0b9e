import LoamNN
import LoamTensor

/// A small network that maps the output of stage ℓ back to its input: one inverse layer, two for a residual block, none for a flattening.
public struct Head<Scalar: TensorScalar>: Layer {
    /// One inverse layer.
    public struct Part: Sendable {
        /// What the weight does.
        public enum Kind: Hashable, Sendable {
            /// Vz + c; V is [outputs, inputs].
            case dense
            /// The transposed convolution of z with V plus c, cropped to the target's size; V is [inputs, outputs, k, k].
            case transposedConvolution(stride: Int)
        }

        /// What the weight does.
        public var kind: Kind
        /// V.
        public var weight: Tensor<Scalar>
        /// c: one number an output unit or channel.
        public var bias: Tensor<Scalar>
        /// Applied after the affine map.
        public var activation: HeadActivation
        /// The shape of an output sample.
        public var output: Shape
    }

    /// The inverse layers in order.
    public var parts: [Part]
    /// The shape of a reconstructed sample.
    public let output: Shape
    /// Where max pooling is undone by putting every value back where it came from, before ``parts``.
    public let unpools: Bool

    /// A dense head z ↦ act(Vz + c), V [outputs, inputs], c [outputs].
    public init(weight: Tensor<Scalar>, bias: Tensor<Scalar>, activation: HeadActivation) {
        output = [weight.shape[0]]
        parts = [Part(kind: .dense, weight: weight, bias: bias, activation: activation, output: output)]
        unpools = false
    }

    /// The untrained head of stage ℓ, weights and biases from U(±1/√fan_in).
    ///
    /// For a transposed convolution fan_in is outputs·k·k: what the framework of the published program counts.
    public init(of layer: Int, in architecture: Architecture, rule: HeadActivationRule, unpool: Bool = false, seed: UInt64) {
        let stage = architecture.stages[layer - 1]
        let (target, source) = (architecture.shapes[layer - 1], architecture.shapes[layer])
        let activation = rule.activation(layer: layer, in: architecture)
        output = target
        func part(_ index: Int, _ kind: Part.Kind, _ shape: Shape, outputs: Int, fan: Int) -> Part {
            var generator = RandomStreams.head(layer: layer, part: index, seed: seed)
            let bound = Scalar(1 / Double(fan).squareRoot())
            let weight = Tensor<Scalar>(uniform: shape, in: -bound..<bound, using: &generator)
            let bias = Tensor<Scalar>(uniform: [outputs], in: -bound..<bound, using: &generator)
            return Part(kind: kind, weight: weight, bias: bias, activation: activation, output: target)
        }
        func dense(_ index: Int) -> Part {
            let (inputs, outputs) = (source.elementCount, target.elementCount)
            return part(index, .dense, [outputs, inputs], outputs: outputs, fan: inputs)
        }
        func transposed(_ index: Int, kernel: Int, stride: Int, from channels: Int) -> Part {
            part(
                index, .transposedConvolution(stride: stride), [channels, target[0], kernel, kernel], outputs: target[0],
                fan: target[0] * kernel * kernel)
        }
        switch stage.kind {
        case .dense, .residualPre: parts = [dense(0)]
        case .residualDense: parts = [dense(0), dense(1)]
        case .convolution(_, let kernel, let stride, _): parts = [transposed(0, kernel: kernel, stride: stride, from: source[0])]
        case .periodicConvolution(_, let kernel): parts = [transposed(0, kernel: kernel, stride: 1, from: source[0])]
        case .residualConvolution(let kernel): parts = (0..<2).map { transposed($0, kernel: kernel, stride: 1, from: target[0]) }
        case .maxPool(let kernel, let stride):
            parts = [transposed(0, kernel: unpool ? 3 : kernel, stride: unpool ? 1 : stride, from: source[0])]
        case .averagePool(let kernel): parts = [transposed(0, kernel: kernel, stride: kernel, from: source[0])]
        case .adaptiveAveragePool(let side):
            let ratio = max(1, target[1] / side)
            parts = [transposed(0, kernel: ratio, stride: ratio, from: source[0])]
        case .flatten: parts = []
        }
        if case .maxPool = stage.kind { unpools = unpool } else { unpools = false }
    }

    public mutating func visit<Visitor: ParameterVisitor>(_ visitor: inout Visitor) where Visitor.Scalar == Scalar {
        let isBlock = parts.count > 1
        for index in parts.indices {
            if isBlock { visitor.enter(String(index)) }
            visitor.parameter("weight", &parts[index].weight)
            visitor.parameter("bias", &parts[index].bias)
            if isBlock { visitor.leave() }
        }
    }

    public func callAsFunction(_ z: Tensor<Scalar>, in context: inout ForwardContext) -> Tensor<Scalar> { self(z, switches: nil) }

    /// The reconstruction of z^{ℓ−1} from a batch z^ℓ.
    ///
    /// - Parameter switches: where the maxima came from (`maxPoolingWithIndices`), for a head that ``unpools``.
    public func callAsFunction(_ z: Tensor<Scalar>, switches: Tensor<Int32>?) -> Tensor<Scalar> {
        var z = z
        if unpools, let switches { z = maxUnpooling(z, indices: switches, extents: Array(output.dropFirst())) }
        z = parts.reduce(z) { $1($0) }
        let shape = Shape([z.shape[0]] + Array(output))
        return z.shape == shape ? z : z.reshaped(shape)
    }

    /// Multiply-adds of one sample's reconstruction.
    func multiplications(_ source: Shape) -> Double {
        var input = unpools ? output : source
        return parts.reduce(0) { sum, part in
            defer { input = part.output }
            switch part.kind {
            case .dense: return sum + Double(part.weight.count)
            // Every input position adds the whole kernel.
            case .transposedConvolution: return sum + Double(part.weight.count) * Double(input[1] * input[2])
            }
        }
    }
}

extension Head.Part {
    /// act(Vz + c) for a batch.
    func callAsFunction(_ z: Tensor<Scalar>) -> Tensor<Scalar> {
        switch kind {
        case .dense:
            let rows = z.rank == 2 ? z : z.reshaped([z.shape[0], weight.shape[1]])
            if let fused = activation.fused { return linear(rows, weight: weight, bias: bias, activation: fused) }
            return activation.applied(to: linear(rows, weight: weight, bias: bias))
        case .transposedConvolution(let stride):
            // Centred, an odd surplus cut at the end: the even part of it is the padding of the transposed convolution.
            let kernel = weight.shape[2]
            let surplus = (0..<2).map { (z.shape[$0 + 2] - 1) * stride + kernel - output[$0 + 1] }
            var y = transposedConvolution(
                z, weight, bias: bias, stride: AxisValues(stride), padding: AxisValues(surplus.map { max(0, $0 / 2) }),
                outputPadding: AxisValues(surplus.map { max(0, -$0) }))
            for axis in 0..<2 where y.shape[axis + 2] > output[axis + 1] { y = y.sliced(0..<output[axis + 1], axis: axis + 2) }
            return activation.applied(to: y)
        }
    }
}
