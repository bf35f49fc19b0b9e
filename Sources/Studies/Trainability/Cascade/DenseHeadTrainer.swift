import LoamTensor
import Synchronization

/// Trains a dense head by hand-written gradients, without a tape and without allocating inside the loop.
///
/// Loss: mean over batch and elements of (act(Vz + c) − t)². For a batch of B rows and M outputs,
/// δ = 2/(BM)·(y − t)·act′(y), G = δᵀz, g = Σ_rows δ, then Adam on (V, c).
///
/// Nothing is passed on to z, so output units do not meet: a panel of V's rows goes through forward product, δ, gradient and Adam while
/// it is in the second-level cache (64 rows of 784 are 200 KB), and panels share out the threads with one parallel loop a step.
final class DenseHeadTrainer<Scalar: TensorScalar>: HeadTrainer {
    private let untrained: Head<Scalar>
    private let inputs: Int
    private let outputs: Int
    private let batch: Int
    private let activation: FusedActivation
    private let parameters: TrainedParameters<Scalar>
    /// Rows of V that are worked on together, in equal shares for every slot.
    private let panels: [Range<Int>]
    /// One for every thread: the outputs of a panel, which become δ, and its gradient.
    private let slots: [(output: WorkBuffer<Scalar>, gradient: WorkBuffer<Scalar>)]
    /// Sums over the batch, an entry an output unit.
    private let biasGradient: WorkBuffer<Scalar>
    private let squares: WorkBuffer<Scalar>
    /// Rows of z and t that do not follow one another, gathered; made when first needed.
    private lazy var gathered = (z: WorkBuffer<Scalar>(batch * inputs), target: WorkBuffer<Scalar>(batch * outputs))

    /// - Parameter threads: how many share the work of a step.
    /// - Returns: nil for a head that is not one dense layer with an activation that the matrix product's pass can apply.
    init?(_ head: Head<Scalar>, batch: Int, adam: AdamSettings, threads: Int) {
        guard head.parts.count == 1, head.parts[0].kind == .dense, let fused = head.parts[0].activation.fused else { return nil }
        untrained = head
        let part = head.parts[0]
        let (inputs, outputs) = (part.weight.shape[1], part.weight.shape[0])
        self.inputs = inputs
        self.outputs = outputs
        self.batch = batch
        activation = fused
        parameters = TrainedParameters(weights: outputs * inputs, biases: outputs, adam)
        panels = DenseHeadTrainer.panels(outputs: outputs, inputs: inputs, batch: batch, threads: threads)
        let widest = panels.map(\.count).max() ?? 0
        slots = (0..<threads).map { _ in (WorkBuffer(batch * widest), WorkBuffer(widest * inputs)) }
        biasGradient = WorkBuffer(outputs)
        squares = WorkBuffer(outputs)
        part.weight.withUnsafePointer { parameters.weight.update(from: $0, count: outputs * inputs) }
        part.bias.withUnsafePointer { parameters.bias.update(from: $0, count: outputs) }
    }

    /// Panels of about 64 rows, more where a product of so few would be too small for the library to be at its best.
    private static func panels(outputs: Int, inputs: Int, batch: Int, threads: Int) -> [Range<Int>] {
        let wanted = max(64, (1 << 20) / max(1, batch * inputs) + 8)
        let shares = max(1, (outputs + wanted / 2) / wanted)
        let count = min(max(1, outputs / 8), (shares + threads - 1) / threads * threads)
        // Multiples of eight rows, whole registers; halves stay halves.
        let bounds = (0...count).map { $0 == count ? outputs : outputs * $0 / count / 8 * 8 }
        return zip(bounds, bounds.dropFirst()).map { $0..<$1 }
    }

    var head: Head<Scalar> {
        var head = untrained
        head.parts[0].weight = Tensor(shape: [outputs, inputs]) {
            $0.baseAddress!.update(from: parameters.weight, count: outputs * inputs)
        }
        head.parts[0].bias = Tensor(shape: [outputs]) { $0.baseAddress!.update(from: parameters.bias, count: outputs) }
        return head
    }

    func step(z: Tensor<Scalar>, target: Tensor<Scalar>, picks: ArraySlice<Int32>) -> Double {
        precondition(!picks.isEmpty && picks.count <= batch, "DenseHeadTrainer: \(picks.count) rows in buffers for \(batch)")
        return z.withUnsafePointer { z in
            target.withUnsafePointer { target in
                if let start = picks.startOfRun {
                    return step(z: z + start * inputs, target: target + start * outputs, rows: picks.count)
                }
                for (row, pick) in picks.enumerated() {
                    (gathered.z.base + row * inputs).update(from: z + Int(pick) * inputs, count: inputs)
                    (gathered.target.base + row * outputs).update(from: target + Int(pick) * outputs, count: outputs)
                }
                return step(z: gathered.z.base, target: gathered.target.base, rows: picks.count)
            }
        }
    }

    func step(z: Tensor<Scalar>, target: Tensor<Scalar>) -> Double {
        let rows = target.shape[0]
        precondition(rows > 0 && rows <= batch, "DenseHeadTrainer: \(rows) rows in buffers for \(batch)")
        return z.withUnsafePointer { z in target.withUnsafePointer { step(z: z, target: $0, rows: rows) } }
    }

    /// One step on `rows` contiguous rows; returns the loss before the step.
    private func step(z: UnsafePointer<Scalar>, target: UnsafePointer<Scalar>, rows: Int) -> Double {
        parameters.beginStep()
        let (panels, slots) = (panels, slots)
        // Panels go to whichever thread is free: what a panel computes does not depend on it.
        let next = Atomic<Int>(0)
        Parallel.forEach(slots.count) { slot in
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < panels.count else { return }
                step(panels[index], z: z, target: target, rows: rows, output: slots[slot].output.base, gradient: slots[slot].gradient.base)
            }
        }
        return HeadKernels.sum(squares.base, count: outputs) / Double(rows * outputs)
    }

    /// The step of the rows `panel` of V and of their biases.
    private func step(
        _ panel: Range<Int>, z: UnsafePointer<Scalar>, target: UnsafePointer<Scalar>, rows: Int, output: UnsafeMutablePointer<Scalar>,
        gradient: UnsafeMutablePointer<Scalar>
    ) {
        let (start, width) = (panel.lowerBound, panel.count)
        let (sums, squares) = (biasGradient.base + start, squares.base + start)
        Scalar._gemm(
            transposeA: false, transposeB: true, m: rows, n: width, k: inputs, alpha: 1, a: z, lda: inputs,
            b: parameters.weight + start * inputs, ldb: inputs, beta: 0, c: output, ldc: width)
        Scalar._biasActivation(activation.function, output, parameters.bias + start, rows: rows, columns: width)
        HeadKernels.fill(sums, with: 0, count: width)
        HeadKernels.fill(squares, with: 0, count: width)
        let scale = 2 / (Scalar(rows) * Scalar(outputs))
        for row in 0..<rows {
            HeadKernels.delta(
                activation, output + row * width, target + (row * outputs + start), sums, squares, scale: scale, count: width)
        }
        Scalar._gemm(
            transposeA: true, transposeB: false, m: width, n: inputs, k: rows, alpha: 1, a: output, lda: width, b: z, ldb: inputs,
            beta: 0, c: gradient, ldc: inputs)
        parameters.apply(gradient, to: start * inputs..<panel.upperBound * inputs)
        parameters.apply(sums, to: parameters.weights + start..<parameters.weights + panel.upperBound)
    }
}
