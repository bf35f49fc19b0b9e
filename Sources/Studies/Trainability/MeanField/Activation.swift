/// An activation function φ, with what mean-field theory needs to know about it.
public enum Activation: Hashable, Sendable {
    case tanh
    case relu
    /// x for x > 0, αx otherwise.
    case leakyReLU(Double)
    /// The error function (2/√π)∫₀ˣ e^{−t²} dt.
    case erf
    /// x clipped to [−1, 1].
    case hardTanh
    /// 1/(1 + e^{−x}).
    case sigmoid
    /// x·Φ(x) with the exact normal distribution function.
    case gelu
    /// x·sigmoid(x).
    case silu
    /// x for x > 0, eˣ − 1 otherwise.
    case elu
    /// λx for x > 0, λα(eˣ − 1) otherwise, with the self-normalising constants.
    case selu
    case sin
    /// ln(1 + eˣ).
    case softplus
    case linear
    /// A formula in x; ``expression(_:)`` reads one.
    case formula(ActivationExpression)

    /// The activation that a formula in x describes: `try .expression("x*tanh(x)")`.
    ///
    /// - Throws: ``TrainabilityError`` naming the position of a mistake, or where the formula is not differentiable.
    public static func expression(_ text: String) throws -> Activation { .formula(try ActivationExpression(text)) }

    /// One of each named activation, `leakyReLU` with slope 0.01.
    public static let all: [Activation] = [
        .tanh, .relu, .leakyReLU(0.01), .erf, .hardTanh, .sigmoid, .gelu, .silu, .elu, .selu, .sin, .softplus, .linear,
    ]

    /// Whether φ(−x) = −φ(x).
    public var isOdd: Bool {
        switch self {
        case .tanh, .erf, .hardTanh, .sin, .linear: true
        case .leakyReLU(let slope): slope == 1
        case .formula(let expression): expression.isOdd
        default: false
        }
    }

    /// The points where φ is not analytic (a kink of φ or of φ′); empty for analytic φ.
    public var kinks: [Double] {
        switch self {
        case .relu, .leakyReLU, .elu, .selu: [0]
        case .hardTanh: [-1, 1]
        case .formula(let expression): expression.kinks
        default: []
        }
    }

    /// Whether φ(ax) = aφ(x) for a > 0, so that the length map is linear in q.
    public var isHomogeneous: Bool {
        switch self {
        case .relu, .leakyReLU, .linear: true
        case .formula(let expression): expression.isHomogeneous
        default: false
        }
    }

    /// What ``init(named:)`` understands, in the order shown to the user.
    public static var names: [String] {
        all.map(\.name).map { $0.hasPrefix("leaky-relu") ? "leaky-relu:SLOPE" : $0 } + ["a formula in x such as x*tanh(x)"]
    }

    /// The name, or the formula, in options and configuration files; ``init(named:)`` reads it back.
    public var name: String {
        switch self {
        case .tanh: "tanh"
        case .relu: "relu"
        case .leakyReLU(let slope): "leaky-relu:\(slope)"
        case .erf: "erf"
        case .hardTanh: "hard-tanh"
        case .sigmoid: "sigmoid"
        case .gelu: "gelu"
        case .silu: "silu"
        case .elu: "elu"
        case .selu: "selu"
        case .sin: "sin"
        case .softplus: "softplus"
        case .linear: "linear"
        case .formula(let expression): expression.text
        }
    }

    /// The activation with that name, where case and hyphens do not matter (`hardTanh`, `hard-tanh`, `hardtanh`), or of that formula in x.
    ///
    /// - Throws: ``TrainabilityError`` with the list of names, or with the mistake in the formula.
    public init(named text: String) throws {
        let parts = text.lowercased().split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let key = parts[0].filter { $0 != "-" && $0 != "_" }
        if key == "leakyrelu" {
            guard let slope = parts.count == 2 ? Double(parts[1]) : 0.01, slope.isFinite else {
                throw TrainabilityError("activation", "“\(text)” has no readable slope; write leaky-relu:0.01")
            }
            self = .leakyReLU(slope)
        } else if parts.count == 1, let found = Activation.all.first(where: { $0.name.filter { $0 != "-" } == key }) {
            self = found
        } else if Activation.isWord(text) {
            throw TrainabilityError("activation", "“\(text)” is unknown; choose one of \(Activation.names.joined(separator: ", "))")
        } else {
            self = try .expression(text)
        }
    }

    /// Whether a text can only be a name: letters and digits, perhaps joined by hyphens, and no x on its own.
    static func isWord(_ text: String) -> Bool {
        let words = text.lowercased().split(omittingEmptySubsequences: false) { $0 == "-" || $0 == "_" }
        return words.allSatisfy { $0.first?.isLetter == true && $0 != "x" && $0.allSatisfy { $0.isLetter || $0.isNumber } } || text.isEmpty
    }
}

extension Activation: Codable {
    public init(from decoder: any Decoder) throws {
        try self.init(named: try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}

extension Activation: CustomStringConvertible {
    public var description: String { name }
}
