import LoamTensor

/// How many independent conserved quantities gradient flow has, found numerically.
///
/// Whatever the loss, gradient flow moves along combinations of the fields ∇_θ f_o(x; θ). What every such field conserves is conserved by
/// all their brackets, so that at a generic θ the number of laws is the number of parameters less the dimension of the Lie algebra that
/// the fields generate (Marcotte, Gribonval and Peyré, *Abide by the law and follow the flow*, NeurIPS 2023).
public struct LawCount: Sendable, Hashable {
    /// Parameters.
    public let parameters: Int
    /// The dimension of the span of the fields, then with first brackets, with second, … until it is stable; one list a draw of θ.
    public let ranks: [[Int]]
    /// Parameters less the largest final rank over the draws. Draws with dead units have more laws, local ones.
    public var laws: Int { parameters - (ranks.compactMap(\.last).max() ?? 0) }
    /// The smallest ratio, over draws and depths, of a singular value that counts to one that does not.
    public let gap: Double
}

/// Counts the conservation laws of a network's gradient flow.
///
/// Brackets [X, Y] = DY·X − DX·Y are evaluated exactly, by nested dual numbers; the algebra is spanned by brackets [g₁, [g₂, [… g_n]]] of
/// the fields themselves, of which random ones are taken, twice as many a depth as there are parameters.
///
/// - Parameters:
///   - inputs: random inputs that give fields at depth 0; twice the parameters where nil.
///   - maximumDepth: brackets up to this depth; it stops earlier where the rank stays the same twice.
///   - draws: random θ.
///   - cutoff: singular values below this times the largest count as zero.
public func conservationLaws(
    _ model: DeepArchitecture, inputs: Int? = nil, maximumDepth: Int = 5, draws: Int = 5, cutoff: Double = 1e-9, seed: UInt64 = 0
) throws -> LawCount {
    let p = model.parameterCount
    guard p <= 200 else {
        throw LandscapeError(
            .usage, "laws", "\(p) parameters are too many for the rank of their Lie algebra", advice: "Use a network of at most 200.")
    }
    var ranks: [[Int]] = []
    var gap = Double.infinity
    for draw in 0..<draws {
        var generator = RandomStreams.laws(draw: draw, seed: seed)
        let theta = (0..<p).map { _ in generator.normal() }
        func field() -> OutputField {
            OutputField(input: (0..<model.widths[0]).map { _ in generator.normal() }, output: generator.integer(below: model.widths.last!))
        }
        var rows = (0..<(inputs ?? 2 * p)).map { _ in LieField.output(field()).value(model, theta) }
        var levels = [try rank(rows, cutoff, &gap)]
        for depth in 1...max(1, maximumDepth) {
            if levels.last == p { break }
            for _ in 0..<2 * p {
                var nested = LieField.output(field())
                for _ in 0..<depth { nested = .bracket(field(), nested) }
                let value = nested.value(model, theta)
                // Brackets of fields that commute are rounding, not directions.
                if norm(value) > 1e-10 * nested.size(model, theta) { rows.append(value) }
            }
            levels.append(try rank(rows, cutoff, &gap))
            if levels.count >= 3, Set(levels.suffix(3)).count == 1 { break }
        }
        ranks.append(levels)
    }
    return LawCount(parameters: p, ranks: ranks, gap: gap)
}

/// ∇_θ f_o(x; θ) of one input and output.
private struct OutputField {
    var input: [Double]
    var output: Int
}

/// A field, or the bracket of one with another.
private indirect enum LieField {
    case output(OutputField)
    case bracket(OutputField, LieField)

    /// The product of the norms of the fields in it.
    func size(_ model: DeepArchitecture, _ theta: [Double]) -> Double {
        switch self {
        case .output(let field): return norm(model.outputGradient(theta, input: field.input, output: field.output))
        case .bracket(let field, let other):
            return norm(model.outputGradient(theta, input: field.input, output: field.output)) * other.size(model, theta)
        }
    }

    /// The field at θ, in any numbers: a derivative along it needs one layer of duals more.
    @inline(never)
    func value<N: FieldNumber>(_ model: DeepArchitecture, _ theta: [N]) -> [N] {
        switch self {
        case .output(let field): return model.outputGradient(theta, input: field.input, output: field.output)
        case .bracket(let field, let other):
            let x = model.outputGradient(theta, input: field.input, output: field.output)
            let y = other.value(model, theta)
            let alongX = other.value(model, zip(theta, x).map { Dual($0, $1) })
            let alongY = model.outputGradient(zip(theta, y).map { Dual($0, $1) }, input: field.input, output: field.output)
            return zip(alongX, alongY).map { $0.slope - $1.slope }
        }
    }
}

private func norm(_ v: [Double]) -> Double { v.reduce(0) { $0 + $1 * $1 }.squareRoot() }

private func rank(_ rows: [[Double]], _ cutoff: Double, _ gap: inout Double) throws -> Int {
    let normalised = rows.compactMap { row -> [Double]? in
        let length = norm(row)
        return length > 0 ? row.map { $0 / length } : nil
    }
    guard let width = normalised.first?.count else { return 0 }
    let values = try singularValues(Tensor(Array(normalised.joined()), shape: [normalised.count, width])).scalars
    let threshold = cutoff * (values.first ?? 0)
    let rank = values.count { $0 > threshold }
    if rank < values.count, rank > 0 { gap = min(gap, values[rank - 1] / max(values[rank], 1e-17)) }
    return rank
}
