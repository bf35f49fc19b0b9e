import LoamTensor

/// One step of a network: what gets a head of its own, a row of the phase map and a picture.
///
/// z is the stage's input, φ its activation, W and b a weight and a bias, ∗ the cross-correlation of a batch with a set of kernels.
public struct Stage: Hashable, Sendable {
    /// What a stage computes.
    public enum Kind: Hashable, Sendable {
        /// φ(Wz + b); inputs with spatial axes are flattened.
        case dense(units: Int)
        /// φ(W₂φ(W₁z + b₁) + b₂ + z): the published residual block, dense.
        case residualDense
        /// z + φ(Wz + b): the residual layer of Yang and Schoenholz (2017).
        case residualPre
        /// φ(W ∗ z + b), zeros beyond the borders.
        case convolution(channels: Int, kernel: Int, stride: Int, padding: Int)
        /// φ(W ∗ z + b) without padding, then padded periodically to the input's size: the vanilla convolutional layer of the paper.
        case periodicConvolution(channels: Int, kernel: Int)
        /// φ(F(z) + z), F = convolution, periodic padding, φ, convolution, periodic padding: the published residual block.
        case residualConvolution(kernel: Int)
        /// The largest element of every window.
        case maxPool(kernel: Int, stride: Int)
        /// The mean of every window; windows do not overlap.
        case averagePool(kernel: Int)
        /// Means over windows that divide the image into `side` × `side`.
        case adaptiveAveragePool(side: Int)
        /// All axes joined to one.
        case flatten
    }

    /// What is computed.
    public var kind: Kind
    /// φ; of no meaning to pooling and flattening.
    public var activation: Activation
    /// Whether there is a b.
    public var hasBias: Bool

    /// A stage; with biases by default.
    public init(_ kind: Kind, _ activation: Activation = .linear, hasBias: Bool = true) {
        self.kind = kind
        self.activation = activation
        self.hasBias = hasBias
    }

    /// The shapes of the weights, for an input sample of that shape.
    public func weightShapes(_ input: Shape) -> [Shape] {
        let count = input.elementCount
        switch kind {
        case .dense(let units): return [[units, count]]
        case .residualDense: return [[count, count], [count, count]]
        case .residualPre: return [[count, count]]
        case .convolution(let channels, let kernel, _, _), .periodicConvolution(let channels, let kernel):
            return [[channels, input[0], kernel, kernel]]
        case .residualConvolution(let kernel):
            let shape: Shape = [input[0], input[0], kernel, kernel]
            return [shape, shape]
        case .maxPool, .averagePool, .adaptiveAveragePool, .flatten: return []
        }
    }

    /// The shape of an output sample.
    ///
    /// - Throws: ``TrainabilityError`` where the input is too small or has no spatial axes.
    func outputShape(_ input: Shape) throws(TrainabilityError) -> Shape {
        func image(_ smallest: Int, _ what: String) throws(TrainabilityError) {
            guard input.rank == 3 else {
                throw TrainabilityError("architecture", "\(what) needs images [channels, height, width], its input has shape \(input)")
            }
            guard min(input[1], input[2]) >= smallest else {
                throw TrainabilityError(
                    "architecture", "\(what) needs at least \(smallest)×\(smallest) pixels, its input has \(input[1])×\(input[2])")
            }
        }
        switch kind {
        case .dense(let units): return [units]
        case .residualDense, .residualPre: return [input.elementCount]
        case .convolution(let channels, let kernel, let stride, let padding):
            try image(max(1, kernel - 2 * padding), "a \(kernel)×\(kernel) convolution")
            return Shape([channels] + Stage.positions(input, kernel: kernel, stride: stride, padding: padding))
        case .periodicConvolution(let channels, let kernel):
            // Padded from what the convolution leaves, n − kernel + 1 pixels, by (kernel − 1)/2 on either side.
            try image(kernel + kernel / 2 - 1, "a periodic \(kernel)×\(kernel) convolution")
            return [channels, input[1], input[2]]
        case .residualConvolution(let kernel):
            try image(kernel + kernel / 2 - 1, "a residual block of \(kernel)×\(kernel) convolutions")
            return input
        case .maxPool(let kernel, let stride):
            try image(kernel, "max pooling over \(kernel)×\(kernel)")
            return Shape([input[0]] + Stage.positions(input, kernel: kernel, stride: stride))
        case .averagePool(let kernel):
            try image(kernel, "average pooling over \(kernel)×\(kernel)")
            return Shape([input[0]] + Stage.positions(input, kernel: kernel, stride: kernel))
        case .adaptiveAveragePool(let side):
            try image(side, "average pooling to \(side)×\(side)")
            return [input[0], side, side]
        case .flatten: return [input.elementCount]
        }
    }

    /// How often a window fits along the two axes of an image [channels, height, width].
    private static func positions(_ input: Shape, kernel: Int, stride: Int, padding: Int = 0) -> [Int] {
        [input[1], input[2]].map { ($0 + 2 * padding - kernel) / stride + 1 }
    }

    /// Multiply-adds of the weights for one input sample: a product for every weight and position.
    func multiplications(_ input: Shape) -> Double {
        let weights = weightShapes(input).reduce(0.0) { $0 + Double($1.elementCount) }
        guard input.rank == 3 else { return weights }
        switch kind {
        case .convolution(_, let kernel, let stride, let padding):
            return weights * Double(Stage.positions(input, kernel: kernel, stride: stride, padding: padding).reduce(1, *))
        case .periodicConvolution(_, let kernel), .residualConvolution(let kernel):
            return weights * Double(Stage.positions(input, kernel: kernel, stride: 1).reduce(1, *))
        default: return weights
        }
    }
}
