import Foundation
import LoamRuns

/// The settings of the probability verb.
public struct ProbabilityConfiguration: Configuration {
    /// d and l up to these.
    public var inputs = 100
    public var hidden = 100
    /// e.
    public var outputs = 1
    /// Schemes; those without a closed form are counted.
    public var schemes: [InitialisationScheme] = [.xavier, .kaiming]
    /// n₊ and n₋ of a teacher.
    public var teacher = [1, 1]
    /// d and l at which random networks are counted.
    public var sampled = [1, 2, 5, 10, 50]
    /// Random networks a cell.
    public var draws = 2000

    /// The published maps.
    public init() {}

    public static let fields: [Field] = [
        Field("inputs", "largest input dimension d of the maps", .integer(in: 1...1000)),
        Field("hidden", "largest number l of hidden neurons of the maps", .integer(in: 1...1000)),
        Field("outputs", "outputs e", .integer(in: 1...100)),
        Field("schemes", "initialisations", .list(of: .cases(of: InitialisationScheme.self))),
        Field("teacher", "neurons of a teacher with a > 0 and with a < 0", .list(of: .integer(in: 0...1000), minimum: 2, maximum: 2)),
        Field("sampled", "d and l at which random networks are counted", .list(of: .integer(in: 1...1000), minimum: 0)),
        Field("draws", "random networks a cell", .integer(in: 1...100_000_000)),
    ]
}

/// How likely a random initialisation is to have a disconnected invariant set, or to miss a teacher.
enum ProbabilityVerb: Verb {
    static let name = "probability"
    static let summary = "exact probability that an initialisation is obstructed, over input dimension and width, beside counted networks"
    static let kind = VerbKind.experiment
    static let presets = [
        Preset(
            name: "probability", summary: "maps over d and l for Xavier and Kaiming", source: "arXiv 2410.14837, heat maps",
            quick: ProbabilityConfiguration(), paper: paper, quickSeconds: 6, paperSeconds: 120)
    ]

    private static var paper: ProbabilityConfiguration {
        var configuration = ProbabilityConfiguration()
        configuration.draws = 100_000
        configuration.schemes = [.xavier, .kaiming, .kaimingFanOut, .xavierUniform, .kaimingUniform, .truncatedXavier]
        return configuration
    }

    private struct Job: Sendable {
        var scheme: InitialisationScheme
        var d, l, index: Int
    }

    static func run(_ configuration: ProbabilityConfiguration, in run: RunContext) throws {
        let (ds, ls) = (Array(1...configuration.inputs), Array(1...configuration.hidden))
        var table = (schemes: [String](), d: [Int](), l: [Int](), q: [Double](), disconnected: [Double](), unreachable: [Double]())
        var panels: [Panel] = []
        for scheme in configuration.schemes where scheme.isGaussian {
            try run.checkInterruption()
            var maps = [[[Double]]](repeating: [], count: 2)
            for l in ls {
                var rows: ([Double], [Double]) = ([], [])
                for d in ds {
                    let q = ObstructionProbability.negative(inputs: d, hidden: l, outputs: configuration.outputs, scheme)!
                    // With several outputs a negative quadric is connected: nothing is frozen.
                    let isScalar = configuration.outputs == 1
                    let disconnected = isScalar ? ObstructionProbability.disconnected(q: q, hidden: l) : 0
                    let unreachable =
                        isScalar
                        ? ObstructionProbability.unreachable(
                            q: q, hidden: l, teacherPositive: configuration.teacher[0], teacherNegative: configuration.teacher[1]) : 0
                    rows.0.append(disconnected)
                    rows.1.append(unreachable)
                    table.schemes.append(scheme.rawValue)
                    table.d.append(d)
                    table.l.append(l)
                    table.q.append(q)
                    table.disconnected.append(disconnected)
                    table.unreachable.append(unreachable)
                }
                maps[0].append(rows.0)
                maps[1].append(rows.1)
            }
            let teacher = "teacher of \(configuration.teacher[0]) + \(configuration.teacher[1]) neurons unreachable"
            let linear = ColorAxis("probability", from: 0, to: 1)
            let logarithmic = ColorAxis("probability", scale: .logarithmic, from: 1e-6, to: 1)
            let small = maps[1].map { $0.map { max($0, 1e-12) } }
            for (title, map, color) in [
                ("\(scheme.rawValue): disconnected", maps[0], linear), ("\(scheme.rawValue): \(teacher)", small, logarithmic),
            ] {
                panels.append(
                    Panel(
                        title: title, x: Axis("input dimension d"), y: Axis("hidden neurons l"), color: color, legend: .none,
                        marks: [.heatMap(x: ds.map(Double.init), y: ls.map(Double.init), values: map)]))
            }
        }
        try run.saveCSV(
            Table([
                "scheme": .texts(table.schemes), "d": .integers(table.d), "l": .integers(table.l), "q": .numbers(table.q),
                "disconnected": .numbers(table.disconnected), "unreachable": .numbers(table.unreachable),
            ]), to: "probability.csv")
        if !panels.isEmpty {
            try run.add(
                Figure(
                    name: "probability", title: "How likely a random initialisation is to be obstructed",
                    caption:
                        "Left: some neuron has c < 0, so that the invariant set is disconnected. Right: the frozen signs do not allow the teacher. "
                        + "Exact, by the incomplete beta function.", panels: panels, columns: 2, width: 1040,
                    height: 420 * Double(panels.count / 2)))
        }
        try counts(configuration, in: run)
        for finding in Self.findings() { run.add(finding) }
    }

    /// Random networks beside the closed form.
    private static func counts(_ configuration: ProbabilityConfiguration, in run: RunContext) throws {
        let pairs = configuration.schemes.flatMap { scheme in
            configuration.sampled.flatMap { d in configuration.sampled.map { (scheme, d, $0) } }
        }
        let jobs = pairs.enumerated().map { Job(scheme: $1.0, d: $1.1, l: $1.2, index: $0) }
        guard !jobs.isEmpty else { return }
        let seed = run.seed
        let estimates = try run.cells(jobs, id: { "count-\($0.scheme.rawValue)-\($0.d)-\($0.l)" }, span: 0.2...1) { job, _ in
            ObstructionProbability.monteCarlo(
                inputs: job.d, hidden: job.l, outputs: configuration.outputs, job.scheme, draws: configuration.draws, seed: seed,
                cell: job.index)
        }
        var (exact, deviations): ([Double], [Double]) = ([], [])
        for (job, estimate) in zip(jobs, estimates) {
            guard let q = ObstructionProbability.negative(inputs: job.d, hidden: job.l, outputs: configuration.outputs, job.scheme) else {
                exact.append(.nan)
                deviations.append(.nan)
                continue
            }
            let p = ObstructionProbability.disconnected(q: q, hidden: job.l)
            exact.append(p)
            let deviation = (p * (1 - p) / Double(configuration.draws)).squareRoot()
            deviations.append(deviation > 1e-9 ? (estimate.value - p) / deviation : estimate.value == p.rounded() ? 0 : .infinity)
        }
        try run.saveCSV(
            Table([
                "scheme": .texts(jobs.map(\.scheme.rawValue)), "d": .integers(jobs.map(\.d)), "l": .integers(jobs.map(\.l)),
                "counted": .numbers(estimates.map(\.value)), "lower": .numbers(estimates.map(\.interval.lowerBound)),
                "upper": .numbers(estimates.map(\.interval.upperBound)), "exact": .numbers(exact),
            ]), to: "counts.csv")
        let judged = deviations.filter { !$0.isNaN }
        guard !judged.isEmpty else { return }
        run.add(
            Finding(
                id: "counted",
                quantity: "largest deviation of \(judged.count) counted probabilities from the closed form, in standard errors",
                value: judged.map { abs($0) }.max()!, .atMost(reference: 4.5, tolerance: 0),
                source: "incomplete beta function; \(configuration.draws) networks each"))
        let known = zip(jobs, zip(estimates, exact)).filter { !$0.1.1.isNaN }
        try run.add(
            Figure(
                name: "counts", title: "Counted networks beside the closed form",
                caption:
                    "Share of \(configuration.draws) random networks with a neuron of c < 0, with its 95 % interval, against the exact probability.",
                panel: Panel(
                    x: Axis("exact probability", from: 0, to: 1), y: Axis("counted", from: 0, to: 1),
                    marks: [
                        .line(x: [0, 1], y: [0, 1], style: MarkStyle(color: .grey, width: 1.2)),
                        .points(
                            x: known.map(\.1.1), y: known.map(\.1.0.value),
                            errors: known.map { ($0.1.0.interval.upperBound - $0.1.0.interval.lowerBound) / 2 },
                            style: MarkStyle(color: .blue)),
                    ])))
    }

    /// The table of the spec: d by l for both schemes.
    private static func findings() -> [Finding] {
        let table: [(Int, [Double])] = [
            (1, [0.7500, 0.9990, 1.0000, 0.6301, 0.8857, 0.9908]), (2, [0.5714, 0.9750, 1.0000, 0.5000, 0.5981, 0.6249]),
            (5, [0.3650, 0.7008, 0.9875, 0.3860, 0.2239, 0.0428]), (10, [0.2689, 0.3419, 0.5402, 0.3401, 0.0967, 0.0017]),
            (50, [0.1821, 0.0382, 0.0003, 0.3003, 0.0263, 0.0000]),
        ]
        var findings = table.flatMap { d, row in
            row.enumerated().map { index, reference -> Finding in
                let (scheme, l) = (index < 3 ? InitialisationScheme.xavier : .kaiming, [2, 10, 50][index % 3])
                let q = ObstructionProbability.negative(inputs: d, hidden: l, outputs: 1, scheme)!
                return Finding(
                    id: "disconnected.\(scheme.rawValue).\(d).\(l)", quantity: "P(disconnected) of \(d)-\(l)-1, \(scheme.rawValue)",
                    value: ObstructionProbability.disconnected(q: q, hidden: l), .within(reference: reference, tolerance: 5.1e-5),
                    source: "independent evaluation")
            }
        }
        let q = ObstructionProbability.negative(inputs: 2, hidden: 2, outputs: 1, .kaiming)!
        findings += [
            Finding(
                id: "q", quantity: "P(c < 0) of a neuron of 2-2-1, Kaiming", value: q,
                .within(reference: 1 - 0.5.squareRoot(), tolerance: 1e-12), source: "closed form 1 − 1/√2"),
            Finding(
                id: "unreachable", quantity: "P(teacher of 1 + 1 neurons unreachable) for 2-2-1, Kaiming",
                value: ObstructionProbability.unreachable(q: q, hidden: 2, teacherPositive: 1, teacherNegative: 1),
                .within(reference: pow(1 - 0.5.squareRoot(), 2) / 2, tolerance: 1e-12), source: "closed form q²/2"),
        ]
        return findings
    }
}
