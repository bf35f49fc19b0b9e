import Foundation

/// An activation given as a formula in x, such as `x*tanh(x)` or `max(x, 0.1*x)`.
///
/// Operators + − * / ^, parentheses, numbers, `pi`, `e`; functions abs, cos, elu, erf, exp, gelu, hardtanh, log, max, min, relu, selu,
/// sigmoid, silu, sin, softplus, sqrt, tanh. A value of this type can be used everywhere: its syntax is correct, it is finite, continuous
/// and has bounded slopes, and its kinks are known.
public struct ActivationExpression: Sendable {
    /// The formula in lower case without spaces; equal texts are equal activations.
    public let text: String
    /// Whether φ(−x) = −φ(x) follows from the structure of the formula.
    public let isOdd: Bool
    /// Whether φ(ax) = aφ(x) for a > 0 follows from the structure of the formula.
    public let isHomogeneous: Bool
    /// The points where φ is not analytic, ascending.
    public let kinks: [Double]
    /// Whether φ′ jumps, at each of the ``kinks``.
    let slopeJumps: [Bool]
    let root: ExpressionNode

    /// Reads a formula.
    ///
    /// - Throws: ``TrainabilityError`` naming the position of a mistake, or the x at which the formula is undefined or not differentiable.
    public init(_ source: String) throws {
        root = try ExpressionParser.parse(source)
        text = source.lowercased().filter { !$0.isWhitespace }
        isOdd = root.parity == .odd
        isHomogeneous = root.degree == 1
        let smoothness = try ExpressionSmoothness(root, text: text)
        kinks = smoothness.kinks
        slopeJumps = smoothness.slopeJumps
    }

    /// Whether φ′ (not only a higher derivative) jumps at that kink.
    func hasSlopeJump(at kink: Double) -> Bool { kinks.firstIndex(of: kink).map { slopeJumps[$0] } ?? false }
}

extension ActivationExpression: Hashable {
    public static func == (a: Self, b: Self) -> Bool { a.text == b.text }
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
