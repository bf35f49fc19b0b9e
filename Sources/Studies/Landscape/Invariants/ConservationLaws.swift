import Foundation

/// What the gradient of a loss must satisfy whatever the data, and what discrete steps do to the conserved quantities.
public enum ConservationLaws {
    /// The largest |⟨w_k, ∂L/∂w_k⟩ − κ⟨a_k, ∂L/∂a_k⟩| over neurons, relative to the sizes of the two terms.
    ///
    /// Zero for every loss, every data set and every minibatch where σ is homogeneous of degree κ (Euler's identity s σ′ = κσ).
    public static func eulerViolation(
        _ architecture: ShallowArchitecture, parameters: [Double], gradient: [Double], degree: Double
    ) -> Double {
        var worst = 0.0
        for k in 0..<architecture.hidden {
            let start = k * architecture.neuronSize
            let middle = start + architecture.incoming
            let end = start + architecture.neuronSize
            var (left, right, size) = (0.0, 0.0, 0.0)
            for i in start..<middle {
                left += parameters[i] * gradient[i]
                size += abs(parameters[i] * gradient[i])
            }
            for i in middle..<end {
                right += parameters[i] * gradient[i]
                size += degree * abs(parameters[i] * gradient[i])
            }
            if size > 0 { worst = max(worst, abs(left - degree * right) / size) }
        }
        return worst
    }

    /// c_k(θ − ηg) − c_k(θ) = η²(‖g_w‖² − κ‖g_a‖²): exact for one step of gradient descent, also on a minibatch.
    public static func stepDrift(_ architecture: ShallowArchitecture, gradient: [Double], step: Double, degree: Double) -> [Double] {
        (0..<architecture.hidden).map { k in
            let start = k * architecture.neuronSize
            let middle = start + architecture.incoming
            let w = gradient[start..<middle].reduce(0) { $0 + $1 * $1 }
            let a = gradient[middle..<start + architecture.neuronSize].reduce(0) { $0 + $1 * $1 }
            return step * step * (w - degree * a)
        }
    }

    /// c(t) = c(0) e^{−2λt}: gradient flow of the loss with (λ/2)‖θ‖² added.
    public static func decayed(_ c: Double, decay: Double, time: Double) -> Double { c * exp(-2 * decay * time) }

    /// ‖w_k‖² − κ‖a_k‖² of every neuron.
    public static func invariants(_ architecture: ShallowArchitecture, _ parameters: [Double], degree: Double) -> [Double] {
        parameters.withUnsafeBufferPointer { theta in
            (0..<architecture.hidden).map { k in
                let start = k * architecture.neuronSize
                var c = 0.0
                for i in start..<start + architecture.incoming { c += theta[i] * theta[i] }
                for i in start + architecture.incoming..<start + architecture.neuronSize { c -= degree * theta[i] * theta[i] }
                return c
            }
        }
    }
}
