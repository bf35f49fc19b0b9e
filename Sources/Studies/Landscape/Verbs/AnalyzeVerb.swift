import BigInt
import Foundation
import LoamRuns

/// The settings of the tools that look at one network.
public struct AnalysisConfiguration: Configuration {
    /// The network.
    public var network = NetworkSettings(run: .badPositive)
    /// The data.
    public var data = DataSettings()
    /// Whether the data are looked at; without them only the invariant set is.
    public var useData = true
    /// |c| ≤ τ(‖w‖² + ‖a‖²) counts as 0.
    public var tolerance = 1e-12
    /// n₊ and n₋ of a teacher.
    public var teacher = [1, 1]
    /// Whether the Betti numbers are checked by sampling and persistent homology.
    public var verify = false
    /// Starts and steps of the search for a good network, where no exact one is known.
    public var searchStarts = 256
    public var searchSteps = 4000

    /// The obstructed start of the illustration.
    public init() {}

    public static let fields: [Field] =
        NetworkSettings.fields(prefix: "network.") + DataSettings.fields(prefix: "data.") + [
            Field("useData", "look at the data too: certificate and repair", .boolean),
            Field("tolerance", "|c| up to this times ‖w‖² + ‖a‖² counts as 0", .number(in: 0...0.1)),
            Field("teacher", "neurons of a teacher with a > 0 and with a < 0", .list(of: .integer(in: 0...1000), minimum: 2, maximum: 2)),
            Field("verify", "check Betti numbers by sampling and persistent homology", .boolean),
            Field("searchStarts", "training runs in search of a good network", .integer(in: 1...1_000_000)),
            Field("searchSteps", "steps of each", .integer(in: 1...10_000_000)),
        ]

    public func validate() throws(ConfigurationError) { try network.validate(prefix: "network.") }

    /// The network and the data of the settings.
    func subject(_ run: RunContext) throws -> (ShallowNetwork, Samples?) {
        let samples = useData || network.run == nil && network.file.isEmpty ? try data.load(seed: run.seed) : nil
        let placeholder = Samples.circle()
        let network = try self.network.network(samples ?? placeholder, seed: run.seed)
        guard useData, let samples else { return (network, nil) }
        _ = try ShallowProblem(network.architecture, samples, data.loss)
        return (network, samples)
    }

    func search(seed: UInt64) -> CertificateSearch { CertificateSearch(starts: searchStarts, steps: searchSteps, seed: seed) }
}

/// Which neurons can change sign, how many components there are, whether the optimum is reachable, and why.
enum AnalyzeVerb: Verb {
    static let name = "analyze"
    static let summary = "classify an initialisation: conserved quantities, frozen signs, components, reachability, certificate, repair"
    static let kind = VerbKind.tool
    static let presets = [
        Preset(
            name: "default", summary: "the obstructed start of the illustration", source: "arXiv 2410.14837",
            quick: AnalysisConfiguration(), paper: AnalysisConfiguration(), quickSeconds: 2, paperSeconds: 2)
    ]

    static func run(_ configuration: AnalysisConfiguration, in run: RunContext) throws {
        let (network, samples) = try configuration.subject(run)
        let analysis = try Analysis(
            network, samples, loss: configuration.data.loss, tolerance: configuration.tolerance,
            teacher: (configuration.teacher[0], configuration.teacher[1]), search: configuration.search(seed: run.seed))
        if let samples { run.note("data: \(samples.name), \(samples.count) samples") }
        for line in analysis.lines { run.note(line) }
        try run.saveText(analysis.lines.joined(separator: "\n") + "\n", to: "analysis.txt")
        let set = analysis.set
        try run.saveCSV(
            Table([
                "neuron": .integers(Array(set.neurons.indices)), "c": .numbers(set.values),
                "kind": .texts(set.neurons.map(\.kind.rawValue)),
                "frozen_output": .integers(set.neurons.map { $0.frozenOutputSign ?? 0 }),
                "frozen_input": .integers(set.neurons.map { $0.frozenInputSign ?? 0 }),
            ]), to: "neurons.csv")
        try run.summarize("components", String(set.counts.componentCount))
        try run.summarize("flowComponents", String(set.counts.flowComponentCount))
        try run.summarize("effectiveComponents", String(set.counts.effectiveComponentCount))
        try run.summarize("label", set.label.description)
        if let certificate = analysis.certificate {
            try run.summarize("verdict", certificate.verdict)
            try run.summarize("componentFloor", certificate.componentFloor)
            try run.summarize("globalBest", certificate.globalBest)
            if let witness = certificate.witness { try run.saveData(NetworkFile.json(witness), to: "networks/witness.json") }
            try run.saveData(NetworkFile.json(certificate.globalWitness), to: "networks/best.json")
        }
        for (index, repair) in analysis.repairs.enumerated() {
            try run.saveData(NetworkFile.json(repair.network), to: "networks/repair-\(index).json")
        }
        run.html("Betti numbers", bettiTable(set))
        if configuration.verify { try verify(set, in: run) }
    }

    /// The kinds of quadrics in the set, their Betti numbers and what each freezes.
    private static func bettiTable(_ set: InvariantSet) -> String {
        let counts = set.counts
        func row(_ name: String, _ count: Int, _ single: QuadricCounts, _ frozen: String) -> String {
            let polynomial = (try? single.poincarePolynomial()).map(QuadricCounts.text) ?? single.closedForm
            return "<tr><td>\(name)</td><td>\(count)</td><td>\(polynomial)</td><td>\(single.componentCount)</td>"
                + "<td>\(single.flowComponentCount)</td><td>\(frozen)</td></tr>"
        }
        func single(_ positive: Int, _ negative: Int, _ zero: Int) -> QuadricCounts {
            QuadricCounts(positive: positive, negative: negative, zero: zero, incoming: set.incoming, outputs: set.outputs)
        }
        let input = set.incoming == 1 ? "sign of w" : "nothing"
        let output = set.outputs == 1 ? "sign of a" : "nothing"
        let both = [set.incoming == 1 ? "sign of w" : nil, set.outputs == 1 ? "sign of a" : nil].compactMap { $0 }
        let rows = [
            row("c &gt; 0", counts.positive, single(1, 0, 0), input), row("c &lt; 0", counts.negative, single(0, 1, 0), output),
            row("c = 0", counts.zero, single(0, 0, 1), both.isEmpty ? "nothing" : both.joined(separator: ", ")),
        ]
        return "<table><tr><th>quadric</th><th>neurons</th><th>Σ β<sub>i</sub> t<sup>i</sup> of one</th><th>components</th>"
            + "<th>under the flow</th><th>frozen</th></tr>\(rows.joined())</table><p>All together: "
            + "\(counts.closedForm), \(counts.effectiveComponentCount) components up to symmetry.</p>"
    }

    /// Betti numbers of each kind of quadric in the set, by two numerical routes.
    private static func verify(_ set: InvariantSet, in run: RunContext) throws {
        var kinds: [QuadricKind: Double] = [:]
        for neuron in set.neurons where neuron.kind == .positive || neuron.kind == .negative { kinds[neuron.kind] = neuron.c }
        for (kind, c) in kinds.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let counts = QuadricCounts(
                positive: kind == .positive ? 1 : 0, negative: kind == .negative ? 1 : 0, incoming: set.incoming, outputs: set.outputs)
            let expected = try counts.poincarePolynomial()
            guard set.incoming + set.outputs <= 6 else {
                run.warn("neurons of \(set.incoming) + \(set.outputs) weights have too many dimensions for a check by sampling")
                return
            }
            // Every quadric of one sign is a scaled copy of the unit one.
            let sample = QuadricSample(incoming: set.incoming, outputs: set.outputs, c: c > 0 ? 1 : -1, count: 800, seed: run.seed)
            let source = "case table: P(t) = \(QuadricCounts.text(expected))"
            run.add(
                Finding(
                    id: "components.\(kind.rawValue)", quantity: "components of a quadric with c \(c > 0 ? ">" : "<") 0, by sampling",
                    value: Double(sample.componentCount()), .within(reference: Double(expected[0]), tolerance: 0), source: source))
            let top = min(2, max(1, (c > 0 ? set.incoming : set.outputs) - 1))
            let near = QuadricSample(
                incoming: set.incoming, outputs: set.outputs, c: c > 0 ? 1 : -1, count: 4000, radius: 1.6, seed: run.seed)
            let homology = PersistentHomology(near.landmarks(top == 2 ? 70 : 120), top: top, limit: 2.2)
            for dimension in 1...top {
                let reference = expected.indices.contains(dimension) ? Double(expected[dimension]) : 0
                run.add(
                    Finding(
                        id: "betti.\(dimension).\(kind.rawValue)",
                        quantity: "β_\(dimension) of a quadric with c \(c > 0 ? ">" : "<") 0, by persistent homology",
                        value: Double(homology.bettiNumber(dimension)), .within(reference: reference, tolerance: 0), source: source))
            }
        }
    }
}

/// Whether gradient flow from an initialisation can reach the optimum: exit status 0 it can, 10 it cannot, 11 undecided.
enum CertifyVerb: Verb {
    static let name = "certify"
    static let summary = "prove that an initialisation is obstructed, and by how much loss (exit status 0 not, 10 obstructed, 11 undecided)"
    static let kind = VerbKind.tool
    static let presets = AnalyzeVerb.presets

    static func run(_ configuration: AnalysisConfiguration, in run: RunContext) throws {
        var configuration = configuration
        configuration.useData = true
        let (network, samples) = try configuration.subject(run)
        guard let samples else { return }
        let analysis = try Analysis(
            network, samples, loss: configuration.data.loss, tolerance: configuration.tolerance,
            search: configuration.search(seed: run.seed))
        guard let certificate = analysis.certificate else { return }
        run.note("data: \(samples.name), \(samples.count) samples")
        for line in analysis.lines.suffix(analysis.repairs.isEmpty ? 1 : 2) { run.note(line) }
        try run.summarize("verdict", certificate.verdict)
        try run.summarize("componentFloor", certificate.componentFloor)
        try run.summarize("floorIsExact", certificate.isFloorExact)
        try run.summarize("globalBest", certificate.globalBest)
        try run.summarize("method", certificate.method)
        if let witness = certificate.witness { try run.saveData(NetworkFile.json(witness), to: "networks/witness.json") }
        try run.saveData(NetworkFile.json(certificate.globalWitness), to: "networks/best.json")
        switch certificate.verdict {
        case .notObstructed: break
        case .obstructed: run.setExitStatus(10)
        case .undecided: run.setExitStatus(11)
        }
    }
}
