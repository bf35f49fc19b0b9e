import LoamTensor

/// Trains a dense head by hand-written gradients, without a tape and without allocating inside the loop.
///
/// Loss: mean over batch and elements of (act(Vz + c) − t)². For a batch of B rows and M outputs,
/// δ = 2/(BM)·(y − t)·act′(y), G = δᵀz, g = Σ_rows δ, then Adam on (V, c).
final class DenseHeadTrainer<Scalar: TensorScalar>: HeadTrainer {
    private let untrained: Head<Scalar>
    private let inputs: Int
    private let outputs: Int
    private let batch: Int
    private let activation: FusedActivation
    private let adam: AdamSettings
    private var steps = 0

    // Parameters, gradient and moments: the weight's M·N entries, then the bias's M.
    private let parameters: UnsafeMutablePointer<Scalar>
    private let gradient: UnsafeMutablePointer<Scalar>
    private let firstMoment: UnsafeMutablePointer<Scalar>
    private let secondMoment: UnsafeMutablePointer<Scalar>
    private let count: Int
    /// Gathered rows of z and t, and y, which becomes δ.
    private let rows: UnsafeMutablePointer<Scalar>
    private let targets: UnsafeMutablePointer<Scalar>
    private let output: UnsafeMutablePointer<Scalar>
    private let squares: UnsafeMutablePointer<Scalar>

    /// - Returns: nil for a head that is not one dense layer with an activation that the matrix product's pass can apply.
    init?(_ head: Head<Scalar>, batch: Int, adam: AdamSettings) {
        guard head.parts.count == 1, head.parts[0].kind == .dense, let fused = head.parts[0].activation.fused else { return nil }
        untrained = head
        let part = head.parts[0]
        inputs = part.weight.shape[1]
        outputs = part.weight.shape[0]
        self.batch = batch
        activation = fused
        self.adam = adam
        count = outputs * inputs + outputs
        func zeros(_ count: Int) -> UnsafeMutablePointer<Scalar> {
            let p = UnsafeMutablePointer<Scalar>.allocate(capacity: count)
            p.initialize(repeating: 0, count: count)
            return p
        }
        parameters = zeros(count)
        gradient = zeros(count)
        firstMoment = zeros(count)
        secondMoment = zeros(count)
        rows = zeros(batch * inputs)
        targets = zeros(batch * outputs)
        output = zeros(batch * outputs)
        squares = zeros(outputs)
        part.weight.withUnsafePointer { parameters.update(from: $0, count: outputs * inputs) }
        part.bias.withUnsafePointer { (parameters + outputs * inputs).update(from: $0, count: outputs) }
    }

    deinit {
        for p in [parameters, gradient, firstMoment, secondMoment, rows, targets, output, squares] { p.deallocate() }
    }

    var head: Head<Scalar> {
        let weight = Tensor<Scalar>(shape: [outputs, inputs]) { $0.baseAddress!.update(from: parameters, count: outputs * inputs) }
        let bias = Tensor<Scalar>(shape: [outputs]) { $0.baseAddress!.update(from: parameters + outputs * inputs, count: outputs) }
        var head = untrained
        head.parts[0].weight = weight
        head.parts[0].bias = bias
        return head
    }

    func step(z: Tensor<Scalar>, target: Tensor<Scalar>, picks: ArraySlice<Int32>) -> Double {
        z.withUnsafePointer { z in target.withUnsafePointer { step(z: z, target: $0, picks: picks) } }
    }

    func step(z: Tensor<Scalar>, target: Tensor<Scalar>) -> Double {
        let rows = target.shape[0]
        return z.withUnsafePointer { z in target.withUnsafePointer { step(z: z, target: $0, rows: rows) } }
    }

    /// One step on the rows `picks` of `z` [n, inputs] and `target` [n, outputs], row-major; returns the loss before the step.
    func step(z: UnsafePointer<Scalar>, target: UnsafePointer<Scalar>, picks: ArraySlice<Int32>) -> Double {
        for (row, pick) in picks.enumerated() {
            (rows + row * inputs).update(from: z + Int(pick) * inputs, count: inputs)
            (targets + row * outputs).update(from: target + Int(pick) * outputs, count: outputs)
        }
        return step(z: rows, target: targets, rows: picks.count)
    }

    /// One step on `rows` contiguous rows; returns the loss before the step.
    func step(z: UnsafePointer<Scalar>, target: UnsafePointer<Scalar>, rows: Int) -> Double {
        let loss = differentiate(z: z, target: target, rows: rows)
        steps += 1
        let update = AdamStep<Scalar>(adam, step: steps)
        Parallel.chunks(count, grain: 32_768) { update.apply(parameters, gradient, firstMoment, secondMoment, $0) }
        return loss
    }

    /// The loss and its gradient, left in ``gradient``.
    private func differentiate(z: UnsafePointer<Scalar>, target: UnsafePointer<Scalar>, rows: Int) -> Double {
        precondition(rows > 0 && rows <= batch, "DenseHeadTrainer: \(rows) rows in buffers for \(batch)")
        Scalar._gemm(
            transposeA: false, transposeB: true, m: rows, n: outputs, k: inputs, alpha: 1, a: z, lda: inputs, b: parameters, ldb: inputs,
            beta: 0, c: output, ldc: outputs)
        Scalar._biasActivation(activation.function, output, parameters + outputs * inputs, rows: rows, columns: outputs)
        let biasGradient = gradient + outputs * inputs
        biasGradient.update(repeating: 0, count: outputs)
        squares.update(repeating: 0, count: outputs)
        let scale = 2 / (Scalar(rows) * Scalar(outputs))
        for row in 0..<rows {
            let offset = row * outputs
            HeadKernels.delta(
                activation, output + offset, target + offset, biasGradient, squares, scale: scale, count: outputs)
        }
        Scalar._gemm(
            transposeA: true, transposeB: false, m: outputs, n: inputs, k: rows, alpha: 1, a: output, lda: outputs, b: z, ldb: inputs,
            beta: 0, c: gradient, ldc: inputs)
        var sum = 0.0
        for column in 0..<outputs { sum += Double(squares[column]) }
        return sum / Double(rows * outputs)
    }

}

enum HeadKernels {
    /// One row of y ← δ = scale·(y − t)·act′(y), with Σδ and Σ(y − t)² added up by column.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    static func delta<Scalar: TensorScalar>(
        _ activation: FusedActivation, _ y: UnsafeMutablePointer<Scalar>, _ t: UnsafePointer<Scalar>, _ sums: UnsafeMutablePointer<Scalar>,
        _ squares: UnsafeMutablePointer<Scalar>, scale: Scalar, count: Int
    ) {
        @inline(__always)
        func loop(_ slope: (Scalar) -> Scalar) {
            for i in 0..<count {
                let value = y[i]
                let difference = value - t[i]
                let delta = scale * difference * slope(value)
                squares[i] += difference * difference
                sums[i] += delta
                y[i] = delta
            }
        }
        switch activation {
        case .identity: loop { _ in 1 }
        case .tanh: loop { 1 - $0 * $0 }
        case .relu: loop { $0 > 0 ? 1 : 0 }
        case .sigmoid: loop { $0 * (1 - $0) }
        }
    }
}
