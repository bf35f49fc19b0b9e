import Foundation
import LoamRuns
import LoamTensor

/// The settings of the deep verb.
public struct DeepConfiguration: Configuration {
    /// The data.
    public var data = DataSettings()
    /// Hidden layers.
    public var hidden = [8, 8]
    /// A file with the weights of every layer; empty for random ones.
    public var file = ""
    /// σ.
    public var activation = "relu"
    /// Whether hidden layers have biases.
    public var bias = false
    /// Step sizes of descent, descending.
    public var rates = [0.1, 0.05, 0.025]
    /// η·steps.
    public var horizon = 20.0
    /// Depths of chains whose components are counted.
    public var chains = [2, 3, 4, 5, 6]

    /// Two hidden layers of eight.
    public init() {}

    public static let fields: [Field] =
        DataSettings.fields(prefix: "data.") + [
            Field("hidden", "hidden layers", .list(of: .integer(in: 1...4096))),
            Field("file", "weights of every layer under NAME.weight and NAME.bias; empty for random ones", .path),
            Field("activation", "one of " + Activation.names.joined(separator: ", "), .text),
            Field("bias", "hidden layers have biases", .boolean),
            Field("rates", "step sizes of descent, descending", .list(of: .number(above: 0))),
            Field("horizon", "η·steps of descent", .number(above: 0)),
            Field("chains", "depths of chains of single neurons", .list(of: .integer(in: 2...12), minimum: 0)),
        ]

    public func validate() throws(ConfigurationError) {
        do {
            _ = try Activation(named: activation)
        } catch {
            throw ConfigurationError(key: "activation", error.problem, found: activation, allowed: Activation.names.joined(separator: ", "))
        }
    }
}

/// Invariants and frozen signs of deeper networks.
enum DeepVerb: Verb {
    static let name = "deep"
    static let summary = "deeper networks: their invariants under descent, signs that are certainly frozen, components of chains"
    static let kind = VerbKind.experiment
    static let presets = [
        Preset(
            name: "deep", summary: "2-8-8-1 ReLU on the circle, and chains of 2 to 6 single neurons",
            source: "Du, Hu, Lee 2018; arXiv 2410.14837",
            quick: DeepConfiguration(), paper: paper, quickSeconds: 5, paperSeconds: 60)
    ]

    private static var paper: DeepConfiguration {
        var configuration = DeepConfiguration()
        configuration.rates = [0.1, 0.05, 0.025, 0.0125]
        configuration.horizon = 100
        return configuration
    }

    struct Row: Codable, Sendable {
        var rate, loss, drift, offDiagonal: Double
        /// Largest drift by hidden layer.
        var layers: [Double]
        var flips: Int
    }

    static func run(_ configuration: DeepConfiguration, in run: RunContext) throws {
        let samples = try configuration.data.load(seed: run.seed)
        let activation = try Activation(named: configuration.activation)
        var model = DeepArchitecture(
            [samples.inputCount] + configuration.hidden + [samples.outputCount], activation: activation, hiddenBias: configuration.bias)
        var generator = RandomStreams.initial(trajectory: 0, seed: run.seed)
        var theta = model.initial(using: &generator)
        if !configuration.file.isEmpty {
            let file = URL(filePath: (configuration.file as NSString).expandingTildeInPath)
            (model, theta) = try DeepNetworkFile.read(file, activation: activation)
            guard model.widths.first == samples.inputCount, model.widths.last == samples.outputCount else {
                throw LandscapeError(
                    .badData, file.lastPathComponent,
                    "layers \(model.widths) do not fit data of \(samples.inputCount) inputs and "
                        + "\(samples.outputCount) targets")
            }
        }
        run.note(
            "data: \(samples.name), \(samples.count) samples; network \(model.widths.map(String.init).joined(separator: "-")) \(activation)"
        )
        let frozen = DeepInvariants.frozenSigns(model, theta)
        run.note("certified frozen signs: \(frozen.count) of \(theta.count) weights; more may be frozen")
        try run.summarize("frozenSigns", frozen.count)
        let invariants = DeepInvariants.neurons(model, theta)
        try run.saveCSV(
            Table([
                "layer": .integers(invariants.enumerated().flatMap { h, row in row.map { _ in h + 1 } }),
                "neuron": .integers(invariants.flatMap { Array($0.indices) }), "c": .numbers(invariants.flatMap { $0 }),
            ]), to: "invariants.csv")
        try run.saveCSV(
            Table([
                "layer": .integers(frozen.map { $0.layer + 1 }), "row": .integers(frozen.map(\.row)),
                "column": .integers(frozen.map(\.column)),
                "sign": .integers(frozen.map(\.sign)), "c": .numbers(frozen.map(\.c)),
            ]), to: "frozen.csv")
        let (shape, start) = (model, theta)
        let rows = try run.cells(configuration.rates, id: { "deep-\($0)" }, span: 0...0.9) { rate, _ in
            Self.descend(
                shape, start, samples, configuration.data.loss, rate: rate, steps: Int((configuration.horizon / rate).rounded()), frozen)
        }
        for row in rows { run.note("η = \(short(row.rate)): loss \(brief(row.loss, 5)), |Δc| \(brief(row.drift, 3))") }
        try run.saveCSV(
            Table([
                "rate": .numbers(rows.map(\.rate)), "loss": .numbers(rows.map(\.loss)), "drift": .numbers(rows.map(\.drift)),
                "off_diagonal": .numbers(rows.map(\.offDiagonal)), "flips": .integers(rows.map(\.flips)),
            ]), to: "descent.csv")
        try run.add(figure(rows, activation))
        findings(rows, activation, frozen, isPublished: configuration.file.isEmpty && configuration.horizon >= 20, in: run)
        try chains(configuration, in: run)
    }

    private static func descend(
        _ model: DeepArchitecture, _ start: [Double], _ samples: Samples, _ loss: Loss, rate: Double, steps: Int,
        _ frozen: [DeepInvariants.FrozenSign]
    ) -> Row {
        var theta = Tensor(start)
        let first = DeepInvariants.matrices(model, start)
        var (layers, off) = ([Double](repeating: 0, count: first.count), 0.0)
        var flipped: Set<Int> = []
        for step in 1...max(1, steps) {
            let gradient = gradient(at: theta) { model.loss($0, samples, loss) }
            theta = theta - gradient * rate
            guard step % 10 == 0 || step == steps else { continue }
            let numbers = theta.scalars
            for (h, matrix) in DeepInvariants.matrices(model, numbers).enumerated() {
                for j in matrix.indices {
                    for k in matrix.indices {
                        let change = abs(matrix[j][k] - first[h][j][k])
                        if j == k { layers[h] = max(layers[h], change) } else { off = max(off, change) }
                    }
                }
            }
            for (index, sign) in frozen.enumerated() {
                let offset = model.offsets(sign.layer).weights + sign.row * model.widths[sign.layer] + sign.column
                if numbers[offset] * Double(sign.sign) < 0 { flipped.insert(index) }
            }
        }
        return Row(
            rate: rate, loss: model.loss(theta, samples, loss).item, drift: layers.max() ?? 0, offDiagonal: off, layers: layers,
            flips: flipped.count)
    }

    private static func figure(_ rows: [Row], _ activation: Activation) -> Figure {
        let sorted = rows.sorted { $0.rate < $1.rate }
        var marks: [Mark] = (sorted.first?.layers.indices ?? 0..<0).flatMap { h -> [Mark] in
            let style = MarkStyle(color: FlowFigures.colors[h % 8], width: 2)
            let y = sorted.map { $0.layers[h] }
            return [
                .line(x: sorted.map(\.rate), y: y, label: "hidden layer \(h + 1)", style: style),
                .points(x: sorted.map(\.rate), y: y, style: style),
            ]
        }
        marks.append(
            .line(
                x: sorted.map(\.rate), y: sorted.map(\.offDiagonal), label: "off the diagonal",
                style: MarkStyle(color: .grey, width: 2, dash: .dashed)))
        return Figure(
            name: "deep-drift", title: "Drift of the invariants of a deep network against the step size",
            caption:
                "Neuron by neuron the invariants of every layer drift with the step alone. Off the diagonal of W_h W_hᵀ − W_{h+1}ᵀ W_{h+1} "
                + (activation == .linear ? "they are conserved as well." : "nothing is conserved: that part moves whatever the step."),
            panel: Panel(
                x: Axis("step size η", scale: .logarithmic), y: Axis("largest change", scale: .logarithmic), legend: .below, marks: marks))
    }

    private static func findings(
        _ rows: [Row], _ activation: Activation, _ frozen: [DeepInvariants.FrozenSign], isPublished: Bool, in run: RunContext
    ) {
        guard activation.homogeneityDegree != nil else {
            run.warn("\(activation) has no conserved quadric: the drift is reported, and nothing is expected of it")
            return
        }
        let sorted = rows.sorted { $0.rate > $1.rate }
        for (coarse, fine) in zip(sorted, sorted.dropFirst()) {
            let slope = log(coarse.drift / fine.drift) / log(coarse.rate / fine.rate)
            // Kinks are met at different steps: the order is near one, not exactly.
            run.add(
                Finding(
                    id: "slope.\(short(fine.rate))",
                    quantity: "order of the drift of deep invariants between η = \(short(coarse.rate)) and \(short(fine.rate))",
                    value: slope, .within(reference: 1, tolerance: 0.1), source: "theorem: conserved by the flow"))
        }
        if let finest = sorted.last {
            run.add(
                Finding(
                    id: "flips", quantity: "certified frozen signs that changed, of \(frozen.count), η = \(short(finest.rate))",
                    value: Double(finest.flips), .within(reference: 0, tolerance: 0), source: "theorem: frozen under the flow"))
            if activation == .relu || activation != .linear && activation.isPiecewiseLinear {
                run.add(
                    Finding(
                        id: "off", quantity: "change off the diagonal over that on it, η = \(short(finest.rate))",
                        value: finest.offDiagonal / finest.drift,
                        isPublished ? .atLeast(reference: 10, tolerance: 0) : .informational(reference: nil),
                        source: "only the diagonal is conserved"))
            }
        }
    }

    private static func chains(_ configuration: DeepConfiguration, in run: RunContext) throws {
        var table = (depth: [Int](), ties: [Int](), components: [Int](), counted: [Int]())
        for depth in configuration.chains {
            for ties in 1...depth {
                let weights = (0..<depth).map { layer -> Double in layer < ties ? 0.5 : 1 + 0.1 * Double(layer) }
                let counted = ChainCensus.components(weights)
                table.depth.append(depth)
                table.ties.append(ties)
                table.components.append(Chain.componentCount(weights))
                table.counted.append(counted)
                guard depth <= 6 else { continue }
                run.add(
                    Finding(
                        id: "chain.\(depth).\(ties)",
                        quantity: "components of a chain of \(depth) weights, \(ties) of them smallest together, by joining sampled points",
                        value: Double(counted), .within(reference: Double(1 << (depth - ties)), tolerance: 0), source: "closed form 2^{L−m}"
                    ))
            }
        }
        try run.saveCSV(
            Table([
                "depth": .integers(table.depth), "ties": .integers(table.ties), "closed_form": .integers(table.components),
                "counted": .integers(table.counted),
            ]), to: "chains.csv")
    }
}

/// Components of a chain's level set {w_h² − w_{h+1}² = const}, counted on points: squares move together, so that the set is a union of
/// curves, one for each pattern of signs, that meet where a weight is 0.
enum ChainCensus {
    static func components(_ weights: [Double], points: Int = 8) -> Int {
        let depth = weights.count
        let squares = weights.map { $0 * $0 }
        let least = squares.min()!
        // Points along each of 2^L half curves, from the end where the smallest weight is 0.
        var sets = DisjointSets((1 << depth) * points)
        var all: [[Double]] = []
        for pattern in 0..<(1 << depth) {
            for step in 0..<points {
                let shift = Double(step) * 0.1 - least
                all.append(
                    (0..<depth).map { h in
                        (pattern >> h & 1 == 1 ? -1 : 1) * max(0, squares[h] + shift).squareRoot()
                    })
            }
        }
        for pattern in 0..<(1 << depth) {
            for step in 1..<points { sets.join(pattern * points + step, pattern * points + step - 1) }
        }
        // Ends that are the same point.
        for a in 0..<(1 << depth) {
            for b in 0..<a where zip(all[a * points], all[b * points]).allSatisfy({ abs($0 - $1) < 1e-12 }) {
                sets.join(a * points, b * points)
            }
        }
        return sets.count
    }
}
