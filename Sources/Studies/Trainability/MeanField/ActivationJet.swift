import Foundation

/// φ, φ′ and φ″ at one point. At a kink the one-sided values from below are given.
public struct ActivationJet: Hashable, Sendable {
    /// φ.
    public var value: Double
    /// φ′.
    public var slope: Double
    /// φ″.
    public var curvature: Double

    @inline(__always)
    init(_ value: Double, _ slope: Double, _ curvature: Double) {
        self.value = value
        self.slope = slope
        self.curvature = curvature
    }
}

extension Activation {
    /// φ, φ′, φ″ at `x`, in closed form.
    public func jet(at x: Double) -> ActivationJet {
        var jet = ActivationJet(0, 0, 0)
        withUnsafePointer(to: x) { evaluate($0, count: 1, value: &jet.value, slope: &jet.slope, curvature: &jet.curvature) }
        return jet
    }

    /// φ(x).
    public func callAsFunction(_ x: Double) -> Double { jet(at: x).value }

    /// φ, φ′, φ″ at `count` points: one branch on the activation per call, a vectorised loop inside.
    func evaluate(
        _ x: UnsafePointer<Double>, count: Int, value: UnsafeMutablePointer<Double>, slope: UnsafeMutablePointer<Double>,
        curvature: UnsafeMutablePointer<Double>
    ) {
        @inline(__always)
        func loop(_ jet: (Double) -> ActivationJet) {
            for i in 0..<count {
                let j = jet(x[i])
                value[i] = j.value
                slope[i] = j.slope
                curvature[i] = j.curvature
            }
        }
        switch self {
        case .tanh: loop(Jets.tanh)
        case .relu: loop { $0 > 0 ? ActivationJet($0, 1, 0) : ActivationJet(0, 0, 0) }
        case .leakyReLU(let a): loop { $0 > 0 ? ActivationJet($0, 1, 0) : ActivationJet(a * $0, a, 0) }
        case .erf: loop(Jets.errorFunction)
        case .hardTanh: loop { abs($0) < 1 ? ActivationJet($0, 1, 0) : ActivationJet($0 < 0 ? -1 : 1, 0, 0) }
        case .sigmoid: loop(Jets.sigmoid)
        case .gelu: loop(Jets.gelu)
        case .silu: loop(Jets.silu)
        case .elu: loop { Jets.exponentialUnit($0, scale: 1, alpha: 1) }
        case .selu: loop { Jets.exponentialUnit($0, scale: 1.0507009873554805, alpha: 1.6732632423543772) }
        case .sin: loop { ActivationJet(Foundation.sin($0), Foundation.cos($0), -Foundation.sin($0)) }
        case .softplus: loop(Jets.softplus)
        case .linear: loop { ActivationJet($0, 1, 0) }
        case .formula(let expression):
            expression.root.evaluate(x, count: count, value: value, slope: slope, curvature: curvature)
        }
    }

    /// φ and φ′ only, for the two-dimensional integrals.
    func evaluate(
        _ x: UnsafePointer<Double>, count: Int, value: UnsafeMutablePointer<Double>, slope: UnsafeMutablePointer<Double>
    ) {
        if self == .tanh {
            for i in 0..<count {
                let t = hyperbolicTangent(x[i])
                value[i] = t
                slope[i] = 1 - t * t
            }
            return
        }
        withUnsafeTemporaryAllocation(of: Double.self, capacity: count) {
            evaluate(x, count: count, value: value, slope: slope, curvature: $0.baseAddress!)
        }
    }
}

/// The jets of the activations with more than one line.
private enum Jets {
    @inline(__always)
    static func tanh(_ x: Double) -> ActivationJet {
        let t = hyperbolicTangent(x)
        let slope = 1 - t * t
        return ActivationJet(t, slope, -2 * t * slope)
    }

    @inline(__always)
    static func sigmoid(_ x: Double) -> ActivationJet {
        let s = logisticSigmoid(x)
        let slope = s * (1 - s)
        return ActivationJet(s, slope, slope * (1 - 2 * s))
    }

    @inline(__always)
    static func errorFunction(_ x: Double) -> ActivationJet {
        let density = 1.1283791670955126 * exponential(-x * x)
        return ActivationJet(Foundation.erf(x), density, -2 * x * density)
    }

    @inline(__always)
    static func gelu(_ x: Double) -> ActivationJet {
        let cumulative = 0.5 * Foundation.erfc(-x * 0.7071067811865476)
        let density = 0.3989422804014327 * exponential(-0.5 * x * x)
        return ActivationJet(x * cumulative, cumulative + x * density, (2 - x * x) * density)
    }

    @inline(__always)
    static func silu(_ x: Double) -> ActivationJet {
        let s = logisticSigmoid(x)
        let slope = s * (1 - s)
        return ActivationJet(x * s, s + x * slope, slope * (2 + x * (1 - 2 * s)))
    }

    @inline(__always)
    static func softplus(_ x: Double) -> ActivationJet {
        let s = logisticSigmoid(x)
        let value = max(x, 0) + Foundation.log1p(exponential(-abs(x)))
        return ActivationJet(value, s, s * (1 - s))
    }

    @inline(__always)
    static func exponentialUnit(_ x: Double, scale: Double, alpha: Double) -> ActivationJet {
        let e = exponentialMinusOne(x < 0 ? x : 0)
        let weight = scale * alpha
        return x > 0 ? ActivationJet(scale * x, scale, 0) : ActivationJet(weight * e, weight * (e + 1), weight * (e + 1))
    }
}
