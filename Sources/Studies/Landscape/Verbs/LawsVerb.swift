import Foundation
import LoamRuns

/// The settings of the laws verb.
public struct LawsConfiguration: Configuration {
    /// Whether the table of networks with known numbers is counted.
    public var table = true
    /// Layers of the user's network; empty for none.
    public var widths: [Int] = []
    /// σ.
    public var activation = "relu"
    /// Whether its hidden layers have biases.
    public var bias = false
    /// Random θ.
    public var draws = 5
    /// Brackets up to this depth.
    public var depth = 5

    /// The table.
    public init() {}

    public static let fields: [Field] = [
        Field("table", "count the laws of the table of networks with known numbers", .boolean),
        Field("widths", "layers of a network of your own: inputs, hidden, outputs", .list(of: .integer(in: 1...100), minimum: 0)),
        Field("activation", "one of " + Activation.names.joined(separator: ", "), .text),
        Field("bias", "hidden layers have biases", .boolean),
        Field("draws", "random θ at which the algebra's dimension is taken", .integer(in: 1...1000)),
        Field("depth", "largest depth of brackets", .integer(in: 1...7)),
    ]

    public func validate() throws(ConfigurationError) {
        guard widths.isEmpty || widths.count >= 2 else {
            throw ConfigurationError(key: "widths", "a network has inputs and outputs", found: "\(widths)", allowed: "two widths or more")
        }
        do {
            _ = try Activation(named: activation)
        } catch {
            throw ConfigurationError(key: "activation", error.problem, found: activation, allowed: Activation.names.joined(separator: ", "))
        }
    }
}

/// How many independent conserved quantities gradient flow has.
enum LawsVerb: Verb {
    static let name = "laws"
    static let summary =
        "count the independent conservation laws of a network: parameters less the dimension of the Lie algebra of its fields"
    static let kind = VerbKind.experiment
    static let presets = [
        Preset(
            name: "laws", summary: "linear, leaky, ReLU and tanh networks with known numbers of laws",
            source: "Marcotte, Gribonval, Peyré 2023",
            quick: LawsConfiguration(), paper: LawsConfiguration(), quickSeconds: 5, paperSeconds: 5)
    ]

    struct Row: Codable, Sendable {
        var name: String
        var parameters, laws: Int
        var known: Int?
        var ranks: [[Int]]
        var gap: Double
    }

    static func run(_ configuration: LawsConfiguration, in run: RunContext) throws {
        var models: [(DeepArchitecture, Int?)] = []
        if configuration.table {
            models = [
                (DeepArchitecture([2, 2, 2], activation: .linear), 3), (DeepArchitecture([1, 3, 1], activation: .linear), 5),
                (DeepArchitecture([3, 2, 2], activation: .linear), 3), (DeepArchitecture([2, 2, 2, 2], activation: .linear), 6),
                (DeepArchitecture([2, 3, 1], activation: .leakyReLU(0.2)), 3),
                (DeepArchitecture([2, 3, 2], activation: .relu, hiddenBias: true), 3),
                (DeepArchitecture([2, 3, 3, 1], activation: .relu), 6),
                (DeepArchitecture([2, 3, 1], activation: .tanh), 0),
            ]
        }
        if !configuration.widths.isEmpty {
            models.append(
                (
                    DeepArchitecture(
                        configuration.widths, activation: try Activation(named: configuration.activation), hiddenBias: configuration.bias),
                    nil
                ))
        }
        let jobs = models.enumerated().map { Job(index: $0, model: $1.0, known: $1.1) }
        let seed = run.seed
        let rows = try run.cells(jobs, id: { "laws-\($0.index)-\($0.name)" }) { job, _ -> Row in
            let count = try conservationLaws(job.model, maximumDepth: configuration.depth, draws: configuration.draws, seed: seed)
            return Row(
                name: job.name, parameters: count.parameters, laws: count.laws, known: job.known, ranks: count.ranks,
                gap: count.gap.isFinite ? count.gap : 0)
        }
        for row in rows {
            run.note("\(row.name): \(row.laws) laws of \(row.parameters) parameters; dimension by depth of brackets \(row.ranks[0])")
            guard let known = row.known else { continue }
            run.add(
                Finding(
                    id: "laws.\(row.name.map { $0.isLetter || $0.isNumber ? String($0) : "-" }.joined())",
                    quantity: "independent conservation laws of \(row.name)", value: Double(row.laws),
                    .within(reference: Double(known), tolerance: 0),
                    source: row.name.contains("linear") ? "closed form r(r+1)/2 and its kin" : "one a hidden neuron; none for tanh"))
        }
        try run.saveCSV(
            Table([
                "network": .texts(rows.map(\.name)), "parameters": .integers(rows.map(\.parameters)), "laws": .integers(rows.map(\.laws)),
                "known": .texts(rows.map { $0.known.map(String.init) ?? "" }),
                "ranks": .texts(rows.map { $0.ranks.map { "\($0)" }.joined(separator: " ") }), "gap": .numbers(rows.map(\.gap)),
            ]), to: "laws.csv")
        let depth = rows.map { $0.ranks[0].count }.max() ?? 1
        try run.add(
            Figure(
                name: "algebra", title: "Dimension of the Lie algebra by depth of brackets",
                caption:
                    "Each line grows until it is stable; what it lacks to the number of parameters (share 1) is the number of conservation laws.",
                panel: Panel(
                    x: Axis("depth of brackets", from: -0.1, to: Double(depth) - 0.9), y: Axis("dimension / parameters", from: 0, to: 1.05),
                    legend: .right,
                    marks: rows.enumerated().map { index, row in
                        .line(
                            x: row.ranks[0].indices.map(Double.init), y: row.ranks[0].map { Double($0) / Double(row.parameters) },
                            label: row.name, style: MarkStyle(color: FlowFigures.colors[index % 8], width: 2))
                    })))
    }

    private struct Job: Sendable {
        var index: Int
        var model: DeepArchitecture
        var known: Int?
        var name: String {
            "\(model.activation) \(model.widths.map(String.init).joined(separator: "-"))\(model.hiddenBias ? " with biases" : "")"
        }
    }
}
