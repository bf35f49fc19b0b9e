/// A smooth field that obeys the conservation laws exactly: σ(s) becomes s g(s/ε) and σ′(s) becomes g(s/ε), with
/// g(u) = σ′₋ + (σ′₊ − σ′₋) ramp(u) and the C² ramp (8 + 15u − 10u³ + 3u⁵)/16 on [−1, 1].
///
/// It is the gradient of no loss, but s · g = σ as Euler's identity wants, so ⟨w, ẇ⟩ = ⟨a, ȧ⟩ holds for every ε.
struct RampField: Sendable {
    let problem: ShallowProblem
    let epsilon: Double
    let decay: Double

    init(_ problem: ShallowProblem, epsilon: Double, decay: Double) {
        self.problem = problem
        self.epsilon = epsilon
        self.decay = decay
    }

    /// The ramp from 0 at u ≤ −1 to 1 at u ≥ 1.
    static func ramp(_ u: Double) -> Double {
        if u <= -1 { return 0 }
        if u >= 1 { return 1 }
        return 0.5 + u * (15 - u * u * (10 - 3 * u * u)) / 16
    }

    func velocity(_ theta: UnsafePointer<Double>, _ rate: UnsafeMutablePointer<Double>) {
        let shape = problem.architecture
        let (width, e, l, size) = (shape.incoming, shape.outputs, shape.hidden, shape.neuronSize)
        let slopes = shape.activation.slopes
        let scale = 1 / Double(problem.samples.count)
        for index in 0..<shape.parameterCount { rate[index] = -decay * theta[index] }
        withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * e + 2 * l) { scratch in
            let f = scratch.baseAddress!
            let residual = f + e
            let gates = residual + e
            let values = gates + l
            for i in 0..<problem.samples.count {
                for o in 0..<e { f[o] = shape.outputBias ? theta[l * size + o] : 0 }
                for k in 0..<l {
                    var z = 0.0
                    for d in 0..<width { z += theta[k * size + d] * problem.rows[i * width + d] }
                    gates[k] = slopes.negative + (slopes.positive - slopes.negative) * Self.ramp(z / epsilon)
                    values[k] = z * gates[k]
                    for o in 0..<e { f[o] += theta[k * size + width + o] * values[k] }
                }
                problem.samples.targets.withUnsafeBufferPointer {
                    _ = problem.loss.evaluate(f, $0.baseAddress! + i * e, residual, count: e)
                }
                for o in 0..<e { residual[o] *= scale }
                for k in 0..<l {
                    var back = 0.0
                    for o in 0..<e {
                        rate[k * size + width + o] -= residual[o] * values[k]
                        back += residual[o] * theta[k * size + width + o]
                    }
                    back *= gates[k]
                    for d in 0..<width { rate[k * size + d] -= back * problem.rows[i * width + d] }
                }
                if shape.outputBias { for o in 0..<e { rate[l * size + o] -= residual[o] } }
            }
        }
    }
}
