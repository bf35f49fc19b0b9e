import Glibc
import LoamTensor

/// One step of ``Adam`` on raw memory, for training loops that keep their own buffers.
///
/// p ← p − η/(1 − β₁ᵗ) · m/(√v/√(1 − β₂ᵗ) + ε) after m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², in one pass: 4 reads and 3 writes an
/// element. The same arithmetic as ``Adam``'s, to the bit.
public struct AdamUpdate<Scalar: TensorScalar>: Sendable {
    let constants: UpdateKernels.AdamConstants

    /// Step number `step`, counted from 1.
    public init(learningRate: Double = 1e-3, firstDecay: Double = 0.9, secondDecay: Double = 0.999, epsilon: Double = 1e-8, step: Int) {
        precondition(step >= 1, "AdamUpdate: steps count from 1, not \(step)")
        constants = .init(
            learningRate: learningRate, firstDecay: firstDecay, secondDecay: secondDecay, epsilon: epsilon, step: step, coupledDecay: 0,
            parameterFactor: 1)
    }

    /// Updates `count` parameters and their moments `first` (m) and `second` (v), on all threads outside a parallel loop.
    public func callAsFunction(
        _ parameters: UnsafeMutablePointer<Scalar>, gradient: UnsafePointer<Scalar>, first: UnsafeMutablePointer<Scalar>,
        second: UnsafeMutablePointer<Scalar>, count: Int
    ) {
        UpdateKernels.adam(.init(parameter: parameters, gradient: gradient, first: first, second: second), constants, count)
    }
}

extension UpdateKernels.AdamConstants {
    /// The constants of step `step` with the bias corrections folded in.
    init(
        learningRate: Double, firstDecay: Double, secondDecay: Double, epsilon: Double, step: Int, coupledDecay: Double,
        parameterFactor: Double
    ) {
        let t = Double(step)
        self.init(
            firstRate: 1 - firstDecay, secondDecay: secondDecay, secondRate: 1 - secondDecay,
            stepSize: learningRate / (1 - pow(firstDecay, t)), denominatorScale: 1 / (1 - pow(secondDecay, t)).squareRoot(),
            epsilon: epsilon, coupledDecay: coupledDecay, parameterFactor: parameterFactor)
    }
}
