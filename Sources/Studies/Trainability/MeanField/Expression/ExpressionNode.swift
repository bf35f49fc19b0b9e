/// A formula in x as a tree.
indirect enum ExpressionNode: Hashable, Sendable {
    case number(Double)
    case variable
    case negated(ExpressionNode)
    case sum(ExpressionNode, ExpressionNode)
    case difference(ExpressionNode, ExpressionNode)
    case product(ExpressionNode, ExpressionNode)
    case quotient(ExpressionNode, ExpressionNode)
    /// A power whose exponent does not contain x.
    case power(ExpressionNode, Double)
    case maximum(ExpressionNode, ExpressionNode)
    case minimum(ExpressionNode, ExpressionNode)
    case call(ExpressionFunction, ExpressionNode)
}

/// A function of one argument that formulas may use.
enum ExpressionFunction: Hashable, Sendable {
    /// One of the named activations.
    case activation(Activation)
    case exponential, logarithm, cosine, squareRoot, magnitude

    /// The functions by the names that formulas call them.
    static let named: [String: ExpressionFunction] = {
        var functions: [String: ExpressionFunction] = [
            "exp": .exponential, "log": .logarithm, "cos": .cosine, "sqrt": .squareRoot, "abs": .magnitude,
            "hardtanh": .activation(.hardTanh),
        ]
        for activation in [Activation.tanh, .relu, .erf, .sigmoid, .gelu, .silu, .elu, .selu, .sin, .softplus] {
            functions[activation.name] = .activation(activation)
        }
        return functions
    }()
}

/// What is known of f(−x).
enum ExpressionParity: Hashable, Sendable {
    case even, odd, neither
}

extension ExpressionNode {
    /// The operands.
    var children: [ExpressionNode] {
        switch self {
        case .number, .variable: []
        case .negated(let a), .power(let a, _), .call(_, let a): [a]
        case .sum(let a, let b), .difference(let a, let b), .product(let a, let b), .quotient(let a, let b), .maximum(let a, let b),
            .minimum(let a, let b):
            [a, b]
        }
    }

    /// Whether x occurs.
    var containsVariable: Bool { self == .variable || children.contains(where: \.containsVariable) }

    /// Every node of the tree, this one first.
    var nodes: [ExpressionNode] { [self] + children.flatMap(\.nodes) }

    /// The longest way from here to a leaf, in nodes.
    var height: Int { 1 + (children.map(\.height).max() ?? 0) }

    /// The symmetry that follows from the structure: sums keep a common parity, products multiply parities, a function of an even
    /// argument is even. `neither` where nothing follows, which is not a proof of asymmetry.
    var parity: ExpressionParity {
        switch self {
        case .number: return .even
        case .variable: return .odd
        case .negated(let a): return a.parity
        case .sum(let a, let b), .difference(let a, let b): return a.parity == b.parity ? a.parity : .neither
        case .product(let a, let b), .quotient(let a, let b):
            let (p, q) = (a.parity, b.parity)
            return p == .neither || q == .neither ? .neither : (p == q ? .even : .odd)
        case .power(let a, let exponent):
            let parity = a.parity
            guard parity == .odd else { return parity }
            guard exponent == exponent.rounded(), abs(exponent) < 1e9 else { return .neither }
            return Int(exponent) % 2 == 0 ? .even : .odd
        case .maximum(let a, let b), .minimum(let a, let b): return a.parity == .even && b.parity == .even ? .even : .neither
        case .call(let function, let a):
            let parity = a.parity
            guard parity == .odd else { return parity }
            switch function {
            case .activation(let activation): return activation.isOdd ? .odd : .neither
            case .cosine, .magnitude: return .even
            default: return .neither
            }
        }
    }

    /// The n for which f(ax) = aⁿf(x) for all a > 0 follows from the structure; `nil` where nothing follows.
    var degree: Double? {
        switch self {
        case .number(let number): return number == 0 ? nil : 0
        case .variable: return 1
        case .negated(let a), .call(.magnitude, let a): return a.degree
        case .sum(let a, let b), .difference(let a, let b): return a.degree == b.degree ? a.degree : nil
        case .maximum(let a, let b), .minimum(let a, let b):
            // 0 has every degree.
            if a == .number(0) { return b.degree }
            return b == .number(0) || a.degree == b.degree ? a.degree : nil
        case .product(let a, let b): return a.degree.flatMap { n in b.degree.map { n + $0 } }
        case .quotient(let a, let b): return a.degree.flatMap { n in b.degree.map { n - $0 } }
        case .power(let a, let exponent): return a.degree.map { $0 * exponent }
        case .call(.squareRoot, let a): return a.degree.map { $0 / 2 }
        case .call(.activation(let activation), let a): return activation.isHomogeneous ? a.degree : (a.degree == 0 ? 0 : nil)
        case .call(_, let a): return a.degree == 0 ? 0 : nil
        }
    }

    /// Functions of x at whose zeros this formula may fail to be analytic: arguments of |·|, √, ln, divisors, the two sides of max and
    /// min, and the arguments of activations with kinks.
    var switches: [ExpressionNode] {
        nodes.flatMap { node -> [ExpressionNode] in
            switch node {
            case .quotient(_, let b): return [b]
            case .power(let a, let exponent): return exponent == exponent.rounded() && exponent >= 0 ? [] : [a]
            case .maximum(let a, let b), .minimum(let a, let b): return [.difference(a, b)]
            case .call(.squareRoot, let a), .call(.logarithm, let a), .call(.magnitude, let a): return [a]
            case .call(.activation(let activation), let a):
                return activation.kinks.map { $0 == 0 ? a : .difference(a, .number($0)) }
            default: return []
            }
        }.filter(\.containsVariable)
    }
}
