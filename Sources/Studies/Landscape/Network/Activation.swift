import Foundation

/// The activation σ of the hidden neurons.
///
/// Positively homogeneous of degree κ: σ(s) = α₊ s^κ for s ≥ 0 and α₋ |s|^κ for s < 0. Then s σ′(s) = κ σ(s) for every s, also at the kink
/// with any element of the Clarke interval; from this identity all conservation laws of the study follow. At 0 the derivative is the
/// left one.
public enum Activation: Sendable, Hashable {
    /// σ(s) = s.
    case linear
    /// σ(s) = max(0, s).
    case relu
    /// σ(s) = s for s ≥ 0 and βs below.
    case leakyReLU(Double)
    /// σ(s) = max(0, s)^κ, κ ≥ 2.
    case reluPower(Int)
    /// Smooth activations without a conserved quantity, for comparison.
    case tanh, gelu, silu

    /// κ; nil for an activation that is not homogeneous.
    public var homogeneityDegree: Double? {
        switch self {
        case .linear, .relu, .leakyReLU: 1
        case .reluPower(let degree): Double(degree)
        case .tanh, .gelu, .silu: nil
        }
    }

    /// Whether σ ≥ 0 everywhere, so that the sign of an output weight is the sign of the neuron's contribution.
    public var isNonNegative: Bool {
        switch self {
        case .relu, .reluPower: true
        default: false
        }
    }

    /// Whether σ is linear on either side of 0 (κ = 1).
    public var isPiecewiseLinear: Bool { homogeneityDegree == 1 }

    /// The slopes (left, right) of 0 of a piecewise linear activation.
    var slopes: (negative: Double, positive: Double) {
        switch self {
        case .linear: (1, 1)
        case .leakyReLU(let slope): (slope, 1)
        default: (0, 1)
        }
    }

    /// σ(s).
    public func value(_ s: Double) -> Double {
        switch self {
        case .linear: s
        case .relu: s > 0 ? s : 0
        case .leakyReLU(let slope): s > 0 ? s : slope * s
        case .reluPower(let degree): s > 0 ? Self.power(s, degree) : 0
        case .tanh: Foundation.tanh(s)
        case .gelu: 0.5 * s * (1 + erf(s * 0.5.squareRoot()))
        case .silu: s / (1 + exp(-s))
        }
    }

    /// σ′(s), at a kink the left derivative.
    public func derivative(_ s: Double) -> Double {
        switch self {
        case .linear: return 1
        case .relu: return s > 0 ? 1 : 0
        case .leakyReLU(let slope): return s > 0 ? 1 : slope
        case .reluPower(let degree): return s > 0 ? Double(degree) * Self.power(s, degree - 1) : 0
        case .tanh:
            let t = Foundation.tanh(s)
            return 1 - t * t
        case .gelu:
            return 0.5 * (1 + erf(s * 0.5.squareRoot())) + s * exp(-0.5 * s * s) / (2 * Double.pi).squareRoot()
        case .silu:
            let g = 1 / (1 + exp(-s))
            return g * (1 + s * (1 - g))
        }
    }

    private static func power(_ s: Double, _ degree: Int) -> Double {
        var result = 1.0
        for _ in 0..<degree { result *= s }
        return result
    }
}

extension Activation: CustomStringConvertible {
    /// The name that ``init(named:)`` reads back.
    public var description: String {
        switch self {
        case .linear: "linear"
        case .relu: "relu"
        case .leakyReLU(let slope): "leaky-relu(\(short(slope)))"
        case .reluPower(let degree): "relu^\(degree)"
        case .tanh: "tanh"
        case .gelu: "gelu"
        case .silu: "silu"
        }
    }

    /// What ``init(named:)`` reads.
    public static let names = ["linear", "relu", "leaky-relu", "leaky-relu(SLOPE)", "relu^DEGREE", "tanh", "gelu", "silu"]

    /// An activation by its name: `relu`, `leaky-relu` (slope 0.01), `leaky-relu(0.2)`, `relu^2`, …
    /// - Throws: ``LandscapeError`` for a name that is none, or a slope or degree out of range.
    public init(named name: String) throws(LandscapeError) {
        switch name {
        case "linear", "identity": self = .linear
        case "relu": self = .relu
        case "leaky-relu": self = .leakyReLU(0.01)
        case "tanh": self = .tanh
        case "gelu": self = .gelu
        case "silu": self = .silu
        default:
            if name.hasPrefix("relu^"), let degree = Int(name.dropFirst(5)), (1...8).contains(degree) {
                self = degree == 1 ? .relu : .reluPower(degree)
            } else if name.hasPrefix("leaky-relu("), name.hasSuffix(")"), let slope = Double(name.dropFirst(11).dropLast()),
                slope.isFinite, abs(slope) < 1
            {
                self = .leakyReLU(slope)
            } else {
                throw LandscapeError(
                    .usage, "activation", "'\(name)' is not known",
                    advice: "Choose one of \(Self.names.joined(separator: ", ")), with |slope| < 1 and a degree from 1 to 8.")
            }
        }
    }
}

extension Activation: Codable {
    public init(from decoder: any Decoder) throws { try self.init(named: decoder.singleValueContainer().decode(String.self)) }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
