import LoamTensor

/// The head of one stage in closed form: (Ṽ) = (Z̃ᵀZ̃ + nλI)⁻¹ Z̃ᵀT by Cholesky decomposition, with an appended column of ones whose
/// weight, the bias, is not penalised.
///
/// The rows of Z̃ are what one output value is an affine function of: a sample's whole activation for a dense head; for a transposed
/// convolution, whose weights all output pixels share, the kernel's neighbourhood of one pixel, and n counts pixels. T holds the targets
/// before the head's activation: artanh of them, kept within ±0.999, for tanh, the logit for the sigmoid, themselves for ReLU and the
/// identity.
/// Z̃ᵀZ̃ and Z̃ᵀT are added up in double precision over one pass over the data, so nothing depends on a learning rate or on the order of
/// the samples.
struct RidgeHead<Scalar: TensorScalar> {
    private let untrained: Head<Scalar>
    private let part: Head<Scalar>.Part
    private let pooling: (kernel: Int, stride: Int)?
    private let lifted: @Sendable (Tensor<Double>) -> Tensor<Double>
    /// Columns of Z̃ and of T.
    private let order, outputs: Int
    private var gram, cross: [Double]
    /// Rows of Z̃ so far.
    private(set) var rows = 0

    /// Values further out have no finite preimage under tanh.
    static var bound: Double { 0.999 }

    /// - Returns: nil for a head of no or several layers, which has no closed form.
    init?(_ head: Head<Scalar>, of stage: Stage) {
        guard head.parts.count == 1, let lifted = RidgeHead.preimage(head.parts[0].activation) else { return nil }
        untrained = head
        part = head.parts[0]
        self.lifted = lifted
        switch part.kind {
        case .dense: (order, outputs) = (part.weight.shape[1] + 1, part.weight.shape[0])
        case .transposedConvolution:
            (order, outputs) = (part.weight.shape[0] * part.weight.shape[2] * part.weight.shape[3] + 1, part.weight.shape[1])
        }
        if case .maxPool(let kernel, let stride) = stage.kind, head.unpools { pooling = (kernel, stride) } else { pooling = nil }
        gram = [Double](repeating: 0, count: order * order)
        cross = [Double](repeating: 0, count: order * outputs)
    }

    /// What the head's activation maps to its targets; nil where there is nothing of the kind.
    private static func preimage(_ activation: HeadActivation) -> (@Sendable (Tensor<Double>) -> Tensor<Double>)? {
        // artanh t = ½ ln((1 + t)/(1 − t)), vectorised.
        @Sendable func inverseTanh(_ t: Tensor<Double>) -> Tensor<Double> {
            let t = t.clamped(-bound, bound)
            return ((1 + t) / (1 - t)).log() * 0.5
        }
        switch activation {
        case .identity, .relu: return { $0 }
        case .tanh: return { inverseTanh($0) }
        // sigmoid(x) = (1 + tanh(x/2))/2.
        case .sigmoid: return { inverseTanh($0 * 2 - 1) * 2 }
        case .tanhShrink: return nil
        }
    }

    /// What is in front of the affine map, unpooled where the head unpools.
    private func prepared(_ z: Tensor<Scalar>, _ target: Tensor<Scalar>) -> Tensor<Scalar> {
        guard let pooling else { return z }
        let indices = maxPoolingWithIndices(target, kernel: AxisValues(pooling.kernel), stride: AxisValues(pooling.stride)).indices
        return maxUnpooling(z, indices: indices, extents: Array(part.output.dropFirst()))
    }

    /// Adds samples: outputs `z` and inputs `target` of the stage.
    mutating func add(z: Tensor<Scalar>, target: Tensor<Scalar>) {
        let z = prepared(z, target)
        switch part.kind {
        case .dense: addDense(z, target)
        case .transposedConvolution(let stride): addPatches(z, target, stride: stride)
        }
    }

    private mutating func addDense(_ z: Tensor<Scalar>, _ target: Tensor<Scalar>) {
        let count = z.shape[0]
        let design = Tensor.concatenated(
            [Tensor<Double>(casting: z.reshaped([count, z.count / count])), Tensor<Double>(repeating: 1, shape: [count, 1])], axis: 1)
        let targets = lifted(Tensor<Double>(casting: target.reshaped([count, outputs])))
        add(design: design, targets: targets, transposed: false, rows: count)
    }

    /// Adds Z̃ᵀZ̃ and Z̃ᵀT; `transposed` where the columns of both tensors are the rows of Z̃ and T.
    private mutating func add(design: Tensor<Double>, targets: Tensor<Double>, transposed: Bool, rows count: Int) {
        let (order, outputs) = (order, outputs)
        design.withUnsafePointer { design in
            BLAS.gemm(
                transposeA: !transposed, transposeB: transposed, m: order, n: order, k: count, a: design, lda: transposed ? count : order,
                b: design, ldb: transposed ? count : order, beta: 1, c: &gram, ldc: order)
            targets.withUnsafePointer { targets in
                BLAS.gemm(
                    transposeA: !transposed, transposeB: transposed, m: order, n: outputs, k: count, a: design,
                    lda: transposed ? count : order, b: targets, ldb: transposed ? count : outputs, beta: 1, c: &cross, ldc: outputs)
            }
        }
        rows += count
    }

    /// Several samples at a time, the rows of Z̃ as columns, one a pixel of the output: line (channel, i, j) of the design holds what
    /// kernel element (i, j) multiplies.
    private mutating func addPatches(_ z: Tensor<Scalar>, _ target: Tensor<Scalar>, stride: Int) {
        let pixels = part.output[1] * part.output[2]
        let atATime = max(1, 4096 / pixels)
        for start in Swift.stride(from: 0, to: z.shape[0], by: atATime) {
            let range = start..<min(start + atATime, z.shape[0])
            let columns = range.count * pixels
            let targets = lifted(Tensor<Double>(casting: target[range, axis: 0].permuted([1, 0, 2, 3])))
            add(
                design: Tensor(patches(z[range, axis: 0], stride: stride), shape: [order, columns]),
                targets: targets.reshaped([outputs, columns]), transposed: true, rows: columns)
        }
    }

    /// Output pixel (y, x) takes input pixel ((y + before − i)/stride, …) times kernel element (i, j), where that is a pixel.
    private func patches(_ z: Tensor<Scalar>, stride: Int) -> [Double] {
        let (samples, channels, kernel) = (z.shape[0], z.shape[1], part.weight.shape[2])
        let (height, width) = (part.output[1], part.output[2])
        let (inputHeight, inputWidth) = (z.shape[2], z.shape[3])
        let columns = samples * height * width
        // What the head cuts off in front.
        func before(_ input: Int, _ output: Int) -> Int { max(0, ((input - 1) * stride + kernel - output) / 2) }
        let (top, left) = (before(inputHeight, height), before(inputWidth, width))
        var design = [Double](repeating: 0, count: (order - 1) * columns) + [Double](repeating: 1, count: columns)
        z.withUnsafePointer { z in
            design.withUnsafeMutableBufferPointer { design in
                for channel in 0..<channels {
                    for i in 0..<kernel {
                        for j in 0..<kernel {
                            let line = design.baseAddress! + ((channel * kernel + i) * kernel + j) * columns
                            for sample in 0..<samples {
                                let image = z + (sample * channels + channel) * inputHeight * inputWidth
                                for inputY in 0..<inputHeight {
                                    let y = inputY * stride + i - top
                                    guard y >= 0, y < height else { continue }
                                    let row = line + (sample * height + y) * width
                                    for inputX in 0..<inputWidth {
                                        let x = inputX * stride + j - left
                                        if x >= 0, x < width { row[x] = Double(image[inputY * inputWidth + inputX]) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        return design
    }

    /// The head of what has been added.
    ///
    /// - Parameter ridge: λ ≥ 0.
    /// - Throws: `LinearAlgebraError` where λ = 0 and Z̃ᵀZ̃ is singular, or where samples were not finite.
    func solved(ridge: Double) throws -> Head<Scalar> {
        var system = gram
        for column in 0..<(order - 1) { system[column * order + column] += Double(rows) * ridge }
        let factor = try cholesky(Tensor(system, shape: [order, order]))
        let solution = Tensor<Scalar>(casting: try choleskySolve(factor: factor, Tensor(cross, shape: [order, outputs])))
        var head = untrained
        let weight = solution[0..<(order - 1), axis: 0]
        switch part.kind {
        case .dense: head.parts[0].weight = Tensor(weight.transposed().scalars, shape: part.weight.shape)
        case .transposedConvolution:
            let kernel = part.weight.shape[2]
            let kernels = weight.reshaped([part.weight.shape[0], kernel, kernel, outputs]).permuted([0, 3, 1, 2])
            head.parts[0].weight = Tensor(kernels.scalars, shape: part.weight.shape)
        }
        head.parts[0].bias = Tensor(solution.select(order - 1, axis: 0).scalars)
        return head
    }

    /// Counted operations of `samples` samples: both products, the decomposition and two triangular solutions.
    static func operations(_ head: Head<Scalar>, samples: Int) -> Double {
        guard let part = head.parts.first else { return 0 }
        let order: Double
        var rows = Double(samples)
        switch part.kind {
        case .dense: order = Double(part.weight.shape[1] + 1)
        case .transposedConvolution:
            order = Double(part.weight.count / part.weight.shape[1] + 1)
            rows *= Double(part.output[1] * part.output[2])
        }
        let outputs = Double(part.bias.count)
        return 2 * rows * order * (order + outputs) + order * order * (order / 3 + 2 * outputs)
    }
}
