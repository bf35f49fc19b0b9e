import Foundation

/// A discrete method that follows the gradient step by step.
public enum DiscreteOptimiser: Sendable, Hashable, Codable {
    /// θ ← θ − ηg. With minibatches, stochastic gradient descent.
    case descent
    /// Heavy ball: v ← μv + g, θ ← θ − ηv.
    case momentum(Double)
    /// Nesterov's: v ← μv + g, θ ← θ − η(g + μv).
    case nesterov(Double)
    /// Adam (Kingma and Ba 2015), with β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
    case adam
    /// Adam with the decay applied to the weights themselves (Loshchilov and Hutter 2019).
    case adamW
    /// RMSProp: v ← 0.99 v + 0.01 g², θ ← θ − ηg/(√v + 1e-8).
    case rmsProp

    /// Names that ``init(named:momentum:)`` reads.
    public static let names = ["gd", "sgd", "momentum", "nesterov", "adam", "adamw", "rmsprop"]

    /// A method by its name; `momentum` is μ.
    public init?(named name: String, momentum: Double = 0.9) {
        switch name {
        case "gd", "sgd": self = .descent
        case "momentum": self = .momentum(momentum)
        case "nesterov": self = .nesterov(momentum)
        case "adam": self = .adam
        case "adamw": self = .adamW
        case "rmsprop": self = .rmsProp
        default: return nil
        }
    }

    /// Vectors of state a parameter.
    var stateCount: Int {
        switch self {
        case .descent: 0
        case .momentum, .nesterov, .rmsProp: 1
        case .adam, .adamW: 2
        }
    }

    /// One step of all trajectories of a block.
    @inline(__always)
    func update<V: Lanes>(
        _ theta: UnsafeMutablePointer<V>, _ gradient: UnsafeMutablePointer<V>, _ state: UnsafeMutablePointer<V>, count: Int, step: Int,
        rate: Double, decay: Double
    ) {
        let eta = V(repeating: V.Scalar(-rate))
        let lambda = V(repeating: V.Scalar(decay))
        if decay != 0, self != .adamW { for p in 0..<count { gradient[p] = gradient[p].adding(lambda, theta[p]) } }
        switch self {
        case .descent:
            for p in 0..<count { theta[p] = theta[p].adding(eta, gradient[p]) }
        case .momentum(let mu), .nesterov(let mu):
            let m = V(repeating: V.Scalar(mu))
            let looksAhead = if case .nesterov = self { true } else { false }
            for p in 0..<count {
                let v = gradient[p].adding(m, state[p])
                state[p] = v
                theta[p] = theta[p].adding(eta, looksAhead ? gradient[p].adding(m, v) : v)
            }
        case .adam, .adamW:
            let (first, second) = (V(repeating: 0.9), V(repeating: 0.999))
            let (newFirst, newSecond) = (V(repeating: V.Scalar(1 - 0.9)), V(repeating: V.Scalar(1 - 0.999)))
            let correction1 = V(repeating: V.Scalar(1 / (1 - pow(0.9, Double(step)))))
            let correction2 = V(repeating: V.Scalar(1 / (1 - pow(0.999, Double(step)))))
            let epsilon = V(repeating: V.Scalar(1e-8))
            let shrink = V(repeating: V.Scalar(1 - rate * decay))
            for p in 0..<count {
                let g = gradient[p]
                let m = (state[p] * first).adding(newFirst, g)
                let v = (state[count + p] * second).adding(newSecond, g * g)
                (state[p], state[count + p]) = (m, v)
                if self == .adamW { theta[p] = theta[p] * shrink }
                theta[p] = theta[p].adding(eta, m * correction1 / ((v * correction2).squareRoot() + epsilon))
            }
        case .rmsProp:
            let (old, new, epsilon) = (V(repeating: 0.99), V(repeating: V.Scalar(0.01)), V(repeating: V.Scalar(1e-8)))
            for p in 0..<count {
                let v = (state[p] * old).adding(new, gradient[p] * gradient[p])
                state[p] = v
                theta[p] = theta[p].adding(eta, gradient[p] / (v.squareRoot() + epsilon))
            }
        }
    }
}
