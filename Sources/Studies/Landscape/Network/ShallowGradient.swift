/// The loss of a shallow network and its gradient, sample by sample.
///
/// About n l (4D + 2e + 3) operations and no memory beyond one row of outputs: the form that single trajectories use. Many trajectories
/// at once go through ``TrajectoryBatch``.
public struct ShallowProblem: Sendable {
    /// The shape of the networks.
    public let architecture: ShallowArchitecture
    /// The data.
    public let samples: Samples
    /// The loss.
    public let loss: Loss
    /// n×D.
    let rows: [Double]

    /// Networks of a shape on data.
    /// - Throws: ``LandscapeError`` where data, shape and loss do not fit.
    public init(_ architecture: ShallowArchitecture, _ samples: Samples, _ loss: Loss = .squared) throws(LandscapeError) {
        guard samples.inputCount == architecture.inputs else {
            throw LandscapeError(
                .badData, samples.name, "samples of \(samples.inputCount) inputs for a network of \(architecture.inputs)")
        }
        guard samples.outputCount == architecture.outputs else {
            throw LandscapeError(
                .badData, samples.name, "samples of \(samples.outputCount) targets for a network of \(architecture.outputs) outputs")
        }
        try loss.check(outputs: architecture.outputs, targets: samples.targets)
        self.architecture = architecture
        self.samples = samples
        self.loss = loss
        rows = samples.rows(hiddenBias: architecture.hiddenBias)
    }

    /// L(θ) = (1/n) Σ ℓ(f(x_i), y_i).
    public func loss(_ parameters: [Double]) -> Double { evaluate(parameters, gradient: nil) }

    /// L(θ) and ∇L(θ); of the samples in `minibatch` where there are some.
    public func lossAndGradient(_ parameters: [Double], minibatch: [Int]? = nil) -> (loss: Double, gradient: [Double]) {
        var gradient = [Double](repeating: 0, count: parameters.count)
        let loss = gradient.withUnsafeMutableBufferPointer { evaluate(parameters, gradient: $0.baseAddress!, minibatch: minibatch) }
        return (loss, gradient)
    }

    /// Adds ∇L to `gradient` and returns L.
    func evaluate(_ parameters: [Double], gradient: UnsafeMutablePointer<Double>?, minibatch: [Int]? = nil) -> Double {
        parameters.withUnsafeBufferPointer { evaluate($0.baseAddress!, gradient: gradient, minibatch: minibatch) }
    }

    func evaluate(
        _ theta: UnsafePointer<Double>, gradient: UnsafeMutablePointer<Double>?, minibatch: [Int]? = nil
    ) -> Double {
        let (width, e, l, size) = (architecture.incoming, architecture.outputs, architecture.hidden, architecture.neuronSize)
        let count = minibatch?.count ?? samples.count
        let scale = 1 / Double(count)
        let activation = architecture.activation
        var total = 0.0
        withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * e + 2 * l) { scratch in
            let outputs = scratch.baseAddress!
            let residual = outputs + e
            let hidden = residual + e
            let slopes = hidden + l
            rows.withUnsafeBufferPointer { rows in
                samples.targets.withUnsafeBufferPointer { targets in
                    for index in 0..<count {
                        let i = minibatch.map { $0[index] } ?? index
                        let x = rows.baseAddress! + i * width
                        for o in 0..<e { outputs[o] = architecture.outputBias ? theta[l * size + o] : 0 }
                        for k in 0..<l {
                            let w = theta + k * size
                            var z = 0.0
                            for d in 0..<width { z += w[d] * x[d] }
                            let s = activation.value(z)
                            hidden[k] = s
                            slopes[k] = activation.derivative(z)
                            for o in 0..<e { outputs[o] += w[width + o] * s }
                        }
                        total += loss.evaluate(outputs, targets.baseAddress! + i * e, residual, count: e)
                        guard let gradient else { continue }
                        for o in 0..<e { residual[o] *= scale }
                        for k in 0..<l {
                            let w = theta + k * size
                            let g = gradient + k * size
                            var back = 0.0
                            for o in 0..<e {
                                g[width + o] += residual[o] * hidden[k]
                                back += residual[o] * w[width + o]
                            }
                            back *= slopes[k]
                            for d in 0..<width { g[d] += back * x[d] }
                        }
                        if architecture.outputBias { for o in 0..<e { gradient[l * size + o] += residual[o] } }
                    }
                }
            }
        }
        return total * scale
    }

    /// Which neurons are active on no sample: z ≤ 0 everywhere for an activation that is flat there.
    public func deadNeurons(_ parameters: [Double]) -> [Int] {
        guard architecture.activation.isNonNegative else { return [] }
        let (width, size) = (architecture.incoming, architecture.neuronSize)
        return (0..<architecture.hidden).filter { k in
            !(0..<samples.count).contains { i in
                var z = 0.0
                for d in 0..<width { z += parameters[k * size + d] * rows[i * width + d] }
                return z > 0
            }
        }
    }
}
