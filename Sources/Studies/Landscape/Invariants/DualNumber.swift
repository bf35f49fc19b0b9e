import Foundation

/// Numbers that gradients of networks can be evaluated in: plain ones, and ones that carry a derivative.
protocol FieldNumber {
    init(_ value: Double)
    static func + (left: Self, right: Self) -> Self
    static func - (left: Self, right: Self) -> Self
    static func * (left: Self, right: Self) -> Self
    /// The number itself, without derivatives.
    var primal: Double { get }
    func exponential() -> Self
    func reciprocal() -> Self
    func errorFunction() -> Self
}

extension Double: FieldNumber {
    var primal: Double { self }
    func exponential() -> Double { Foundation.exp(self) }
    func reciprocal() -> Double { 1 / self }
    func errorFunction() -> Double { Foundation.erf(self) }
}

/// a + bε with ε² = 0. Nested, it carries derivatives of any order: each layer one more directional derivative.
struct Dual<Base: FieldNumber>: FieldNumber {
    var value: Base
    var slope: Base

    init(_ value: Base, _ slope: Base) {
        self.value = value
        self.slope = slope
    }

    init(_ value: Double) { self.init(Base(value), Base(0)) }
    static func + (left: Dual, right: Dual) -> Dual { Dual(left.value + right.value, left.slope + right.slope) }
    static func - (left: Dual, right: Dual) -> Dual { Dual(left.value - right.value, left.slope - right.slope) }
    static func * (left: Dual, right: Dual) -> Dual {
        Dual(left.value * right.value, left.slope * right.value + left.value * right.slope)
    }
    var primal: Double { value.primal }
    func exponential() -> Dual {
        let e = value.exponential()
        return Dual(e, e * slope)
    }
    func reciprocal() -> Dual {
        let r = value.reciprocal()
        return Dual(r, Base(0) - r * r * slope)
    }
    func errorFunction() -> Dual {
        let bell = (Base(0) - value * value).exponential() * Base(2 / Double.pi.squareRoot())
        return Dual(value.errorFunction(), bell * slope)
    }
}

extension Activation {
    /// σ(s) and σ′(s) in any numbers.
    func jet<N: FieldNumber>(_ s: N) -> (value: N, slope: N) {
        switch self {
        case .linear: return (s, N(1))
        case .relu: return s.primal > 0 ? (s, N(1)) : (N(0), N(0))
        case .leakyReLU(let slope): return s.primal > 0 ? (s, N(1)) : (N(slope) * s, N(slope))
        case .reluPower(let degree):
            guard s.primal > 0 else { return (N(0), N(0)) }
            var lower = N(1)
            for _ in 1..<degree { lower = lower * s }
            return (lower * s, N(Double(degree)) * lower)
        case .tanh:
            // 1 − 2/(1 + e^{2s}).
            let t = N(1) - N(2) * (N(1) + (s + s).exponential()).reciprocal()
            return (t, N(1) - t * t)
        case .silu:
            let g = (N(1) + (N(0) - s).exponential()).reciprocal()
            return (s * g, g + s * g * (N(1) - g))
        case .gelu:
            let half = N(0.5) * (N(1) + (s * N(0.5.squareRoot())).errorFunction())
            let bell = (N(-0.5) * s * s).exponential() * N(1 / (2 * Double.pi).squareRoot())
            return (s * half, half + s * bell)
        }
    }
}

extension DeepArchitecture {
    /// ∇_θ f_o(x; θ) in any numbers.
    @inline(never)
    func outputGradient<N: FieldNumber>(_ theta: [N], input: [Double], output: Int) -> [N] {
        var layers: [[N]] = [input.map { N($0) }]
        var slopes: [[N]] = []
        for layer in 0..<depth {
            let (start, bias) = offsets(layer)
            let (rows, columns) = (widths[layer + 1], widths[layer])
            var (values, derivatives): ([N], [N]) = ([], [])
            for j in 0..<rows {
                var z = hasBias(layer) ? theta[bias + j] : N(0)
                for i in 0..<columns { z = z + theta[start + j * columns + i] * layers[layer][i] }
                let jet = layer < depth - 1 ? activation.jet(z) : (z, N(1))
                values.append(jet.0)
                derivatives.append(jet.1)
            }
            layers.append(values)
            slopes.append(derivatives)
        }
        var gradient = [N](repeating: N(0), count: theta.count)
        var back = (0..<widths[depth]).map { N($0 == output ? 1 : 0) }
        for layer in stride(from: depth - 1, through: 0, by: -1) {
            let (start, bias) = offsets(layer)
            let (rows, columns) = (widths[layer + 1], widths[layer])
            var next = [N](repeating: N(0), count: columns)
            for j in 0..<rows {
                let delta = back[j] * slopes[layer][j]
                if hasBias(layer) { gradient[bias + j] = delta }
                for i in 0..<columns {
                    gradient[start + j * columns + i] = delta * layers[layer][i]
                    next[i] = next[i] + delta * theta[start + j * columns + i]
                }
            }
            back = next
        }
        return gradient
    }
}
