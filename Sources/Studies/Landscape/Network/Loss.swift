import Foundation

/// The loss of one sample; the loss of a network is its mean over the samples.
public enum Loss: String, Sendable, Hashable, Codable, CaseIterable {
    /// ½‖f − y‖².
    case squared
    /// Binary cross-entropy of the logit f, y ∈ {0, 1}; one output.
    case logistic
    /// Cross-entropy of the logits f, y one-hot; at least two outputs.
    case softmax

    /// ℓ(f, y) of one sample, and ∂ℓ/∂f into `residual`. All three have one entry an output.
    @inline(__always)
    func evaluate(
        _ outputs: UnsafePointer<Double>, _ targets: UnsafePointer<Double>, _ residual: UnsafeMutablePointer<Double>, count: Int
    ) -> Double {
        switch self {
        case .squared:
            var sum = 0.0
            for o in 0..<count {
                let r = outputs[o] - targets[o]
                residual[o] = r
                sum += r * r
            }
            return 0.5 * sum
        case .logistic:
            let (f, y) = (outputs[0], targets[0])
            residual[0] = Self.sigmoid(f) - y
            // log(1 + e^f) − y f, without overflow.
            return max(f, 0) - y * f + log1p(exp(-abs(f)))
        case .softmax:
            var top = outputs[0]
            for o in 1..<count { top = max(top, outputs[o]) }
            var sum = 0.0
            for o in 0..<count { sum += exp(outputs[o] - top) }
            let logSum = top + log(sum)
            var value = 0.0
            for o in 0..<count {
                residual[o] = exp(outputs[o] - logSum) - targets[o]
                value += targets[o] * (logSum - outputs[o])
            }
            return value
        }
    }

    @inline(__always) static func sigmoid(_ f: Double) -> Double {
        if f >= 0 { return 1 / (1 + exp(-f)) }
        let e = exp(f)
        return e / (1 + e)
    }

    /// Whether a number of outputs fits the loss.
    func check(outputs: Int, targets: [Double]) throws(LandscapeError) {
        switch self {
        case .squared: return
        case .logistic:
            guard outputs == 1 else {
                throw LandscapeError(.usage, "loss", "logistic needs one output; found \(outputs)", advice: "Use softmax.")
            }
            if let bad = targets.first(where: { $0 != 0 && $0 != 1 }) {
                throw LandscapeError(.badData, "targets", "logistic needs labels 0 and 1; found \(short(bad))")
            }
            guard targets.contains(0), targets.contains(1) else {
                throw LandscapeError(.badData, "targets", "all samples are of one class", advice: "Logistic loss needs samples of both.")
            }
        case .softmax:
            guard outputs >= 2 else {
                throw LandscapeError(.usage, "loss", "softmax needs two outputs or more; found \(outputs)", advice: "Use logistic.")
            }
        }
    }
}
