import Foundation
import LoamRuns

/// Tables, figures and findings of a batch.
enum BatchReport {
    struct Group {
        var name: String
        var rows: [BatchRow]
        var losses: [Double] { rows.map(\.loss).filter(\.isFinite).sorted() }
        var success: Double { Double(rows.count { $0.cause == .succeeded }) / Double(max(1, rows.count)) }
        var mean: Double { losses.isEmpty ? .nan : losses.reduce(0, +) / Double(losses.count) }
        var median: Double { losses.isEmpty ? .nan : losses[losses.count / 2] }
    }

    static func write(_ rows: [BatchRow], _ configuration: BatchConfiguration, _ shape: ShallowArchitecture, in run: RunContext) throws {
        let groups = Dictionary(grouping: rows, by: \.group).map { Group(name: $0.key, rows: $0.value) }.sorted { $0.name < $1.name }
        let causes = FailureCause.allCases
        var table = Table([
            "group": .texts(groups.map(\.name)), "count": .integers(groups.map(\.rows.count)),
            "share": .numbers(groups.map { Double($0.rows.count) / Double(rows.count) }), "mean_loss": .numbers(groups.map(\.mean)),
            "median_loss": .numbers(groups.map(\.median)), "least_loss": .numbers(groups.map { $0.losses.first ?? .nan }),
            "success": .numbers(groups.map(\.success)),
        ])
        for cause in causes { table.add(cause.rawValue, .integers(groups.map { group in group.rows.count { $0.cause == cause } })) }
        try run.saveCSV(table, to: "groups.csv")
        try run.saveCSV(
            Table([
                "group": .texts(rows.map(\.group)), "loss": .numbers(rows.map(\.loss)), "floor": .numbers(rows.map { $0.floor ?? .nan }),
                "gradient": .numbers(rows.map(\.gradient)), "drift": .numbers(rows.map(\.drift)), "flips": .integers(rows.map(\.flips)),
                "cause": .texts(rows.map(\.cause.rawValue)), "effective_components": .integers(rows.map(\.effective)),
            ]), to: "batch.csv")
        for group in groups {
            run.note(
                "\(group.name): \(group.rows.count) runs, success \(fixed(group.success, 3)), median loss \(brief(group.median, 5)), least "
                    + brief(group.losses.first ?? .nan, 8))
        }
        for figure in figures(groups, rows) { try run.add(figure) }
        for finding in findings(groups, rows, configuration, shape) { run.add(finding) }
    }

    private static func figures(_ groups: [Group], _ rows: [BatchRow]) -> [Figure] {
        let colors: [Color] = [.vermillion, .blue, .green, .orange, .purple, .skyBlue, .grey, .black]
        func histogram(_ group: Group) -> [Double] {
            var counts = [Double](repeating: 0, count: 32)
            for loss in group.losses {
                let position = (log10(max(loss, 1.001e-8)) + 8) / 8 * 32
                counts[max(0, min(31, Int(position)))] += 1 / Double(group.rows.count)
            }
            return counts
        }
        let violin = Figure(
            name: "losses", title: "Final loss by component",
            caption:
                "Share of runs by their final loss. Components whose frozen neurons all have one sign end at their floor or above, never below.",
            panels: groups.enumerated().map { panel($0, $1, histogram($1), colors[$0 % colors.count]) }, columns: 2)
        let causes = FailureCause.allCases
        let attribution = Figure(
            name: "attribution", title: "What became of the runs",
            caption: "Success, and what kept the others from it: topological means that the component's floor lies above the target.",
            width: max(760, 210 * Double(groups.count)), height: 430,
            panel: Panel(
                x: Axis(
                    "", from: -0.6, to: Double(groups.count) - 0.4, ticks: groups.indices.map { Axis.Tick(Double($0), groups[$0].name) }),
                y: Axis("share", from: 0, to: 1), legend: .below,
                marks: causes.enumerated().map { index, cause -> Mark in
                    let shift = 0.13 * (Double(index) - 2.5)
                    let shares = groups.map { group -> Double in
                        Double(group.rows.count { $0.cause == cause }) / Double(group.rows.count)
                    }
                    return .bars(
                        x: groups.indices.map { Double($0) + shift }, heights: shares, width: 0.12, label: cause.rawValue,
                        style: MarkStyle(color: colors[(index + 2) % colors.count]))
                }))
        let counts = Set(rows.map(\.effective)).sorted()
        let byCount = counts.map { count in rows.filter { $0.effective == count } }
        func error(_ rows: [BatchRow]) -> Double {
            let p = Double(rows.count { $0.cause == .succeeded }) / Double(rows.count)
            return (p * (1 - p) / Double(rows.count)).squareRoot()
        }
        let components = Figure(
            name: "components", title: "Loss against the number of effective components",
            caption:
                "Initialisations sorted by how many components their invariant set has up to symmetry (l₋ + 1): mean final loss, and the share "
                + "of runs that reach the target.",
            panels: [
                Panel(
                    x: Axis(
                        "effective components", from: 0.4, to: Double(counts.last ?? 1) + 0.6,
                        ticks: counts.map { Axis.Tick(Double($0), "\($0)") }),
                    y: Axis("mean loss", from: 0), legend: .none,
                    marks: [
                        .bars(
                            x: counts.map(Double.init),
                            heights: byCount.map { rows in
                                let finite = rows.map(\.loss).filter(\.isFinite)
                                return finite.reduce(0, +) / Double(max(1, finite.count))
                            }, width: 0.6, style: MarkStyle(color: .vermillion))
                    ]),
                Panel(
                    x: Axis(
                        "effective components", from: 0.4, to: Double(counts.last ?? 1) + 0.6,
                        ticks: counts.map { Axis.Tick(Double($0), "\($0)") }),
                    y: Axis("share that reaches the target", from: 0, to: 1), legend: .none,
                    marks: [
                        .bars(
                            x: counts.map(Double.init),
                            heights: byCount.map { rows in Double(rows.count { $0.cause == .succeeded }) / Double(rows.count) }, width: 0.6,
                            errors: byCount.map(error), style: MarkStyle(color: .blue))
                    ]),
            ], columns: 2, width: 1000, height: 400)
        return [components, violin, attribution]
    }

    private static func panel(_ index: Int, _ group: Group, _ shares: [Double], _ color: Color) -> Panel {
        let floors = Set(group.rows.compactMap(\.floor).filter { $0 > 1e-9 }).sorted()
        let places = (0..<32).map { bin -> Double in -8 + 8 * (Double(bin) + 0.5) / 32 }
        var marks: [Mark] = [.bars(x: places, heights: shares, width: 0.24, style: MarkStyle(color: color))]
        for floor in floors {
            marks.append(.verticalLine(x: log10(floor), style: MarkStyle(color: .black, width: 1.2, dash: .dashed)))
        }
        return Panel(
            title: "\(group.name) (\(group.rows.count))", x: Axis("log₁₀ loss", from: -8, to: 0), y: Axis("share", from: 0), legend: .none,
            marks: marks)
    }

    private static func findings(
        _ groups: [Group], _ rows: [BatchRow], _ configuration: BatchConfiguration, _ shape: ShallowArchitecture
    ) -> [Finding] {
        let judged = rows.filter { $0.floor != nil && $0.loss.isFinite }
        var findings: [Finding] = []
        // Descent leaves its quadric by its drift: floors hold for the flow, and for descent while no sign has changed (the floor depends on
        // signs alone).
        let below = judged.filter { $0.flips == 0 && $0.loss < $0.floor! - (configuration.precision == .double ? 1e-9 : 1e-5) }
        if !judged.isEmpty {
            findings.append(
                Finding(
                    id: "floors", quantity: "runs below the floor of their component, of \(judged.count)", value: Double(below.count),
                    .within(reference: 0, tolerance: 0), source: "theorem: a component is never left"))
        }
        let frozen = rows.reduce(0) { $0 + $1.negative }
        findings.append(
            Finding(
                id: "flips", quantity: "frozen signs that changed, of \(frozen)", value: Double(rows.reduce(0) { $0 + $1.flips }),
                configuration.dynamics == .flow || configuration.rate <= 0.25
                    ? .within(reference: 0, tolerance: 0) : .informational(reference: 0), source: "theorem: frozen under the flow"))
        let isToy =
            configuration.data.name == .circle && configuration.data.count == 64 && shape == ShallowArchitecture(inputs: 2, hidden: 2)
            && configuration.network.scheme == .kaiming && configuration.target == 1e-3
        guard isToy else { return findings }
        let q = 1 - 0.5.squareRoot()
        let n = Double(rows.count)
        let single = groups.first { $0.name == "2 frozen, one sign" }
        let expected = q * q / 2
        let share = Double(single?.rows.count ?? 0) / n
        let error = (expected * (1 - expected) / n).squareRoot()
        findings.append(
            Finding(
                id: "share", quantity: "share of initialisations whose neurons are both frozen with one sign", value: share,
                standardError: error, .within(reference: expected, tolerance: 4 * error), source: "closed form q²/2, q = 1 − 1/√2"))
        if let single {
            findings.append(
                Finding(
                    id: "success.single", quantity: "success where both are frozen with one sign", value: single.success,
                    .within(reference: 0, tolerance: 0), source: "theorem: their floors are 0.11798 and 0.11805"))
        }
        for (name, reference) in [("2 frozen, both signs", 0.65), ("1 frozen", 0.50), ("none frozen", 0.56)] {
            guard let group = groups.first(where: { $0.name == name }) else { continue }
            // Both numbers are estimates: ours from the group, the reference from the same share of 1500.
            let spread = (reference * (1 - reference) / Double(group.rows.count)).squareRoot()
            let other = (reference * (1 - reference) / (1500 * Double(group.rows.count) / n)).squareRoot()
            findings.append(
                Finding(
                    id: "success.\(name.filter { $0.isLetter || $0.isNumber })", quantity: "success with \(name)", value: group.success,
                    standardError: spread,
                    configuration.dynamics == .descent
                        ? .within(reference: reference, tolerance: 3 * (spread * spread + other * other).squareRoot() + 0.01)
                        : .informational(reference: reference), source: "independent batch of 1500"))
        }
        return findings
    }
}
