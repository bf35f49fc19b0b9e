import Foundation
import LoamRuns

/// Tables, maps and findings of a sweep.
enum SweepReport {
    private static func mean(_ values: [Double]) -> (mean: Double, error: Double) {
        let finite = values.filter(\.isFinite)
        guard !finite.isEmpty else { return (.nan, .nan) }
        let n = Double(finite.count)
        let mean = finite.reduce(0, +) / n
        let variance = finite.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(1, n - 1)
        return (mean, (variance / n).squareRoot())
    }

    static func write(_ rows: [SweepRow], _ configuration: SweepConfiguration, _ samples: Samples, isReal: Bool, in run: RunContext) throws
    {
        let cells = configuration.hidden.flatMap { l in (0...l).map { free in (l, free, rows.filter { $0.hidden == l && $0.free == free }) }
        }
        let means = cells.map { mean($0.2.map(\.test)) }
        try run.saveCSV(
            Table([
                "hidden": .integers(cells.map(\.0)), "free": .integers(cells.map(\.1)), "test_loss": .numbers(means.map(\.mean)),
                "standard_error": .numbers(means.map(\.error)), "training_loss": .numbers(cells.map { mean($0.2.map(\.training)).mean }),
                "single_sign": .integers(cells.map { $0.2.count { $0.singleSign != 0 } }), "runs": .integers(cells.map(\.2.count)),
            ]), to: "sweep.csv")
        try run.saveCSV(
            Table([
                "hidden": .integers(rows.map(\.hidden)), "free": .integers(rows.map(\.free)), "seed": .integers(rows.map(\.seed)),
                "single_sign": .integers(rows.map(\.singleSign)), "training_loss": .numbers(rows.map(\.training)),
                "test_loss": .numbers(rows.map(\.test)), "floor": .numbers(rows.map(\.floor)),
            ]), to: "runs.csv")
        for figure in figures(rows, cells, means, configuration) { try run.add(figure) }
        for finding in findings(rows, samples, isReal: isReal) { run.add(finding) }
    }

    private static func figures(
        _ rows: [SweepRow], _ cells: [(Int, Int, [SweepRow])], _ means: [(mean: Double, error: Double)], _ configuration: SweepConfiguration
    ) -> [Figure] {
        let widths = configuration.hidden.sorted()
        let top = widths.last ?? 1
        func value(_ l: Int, _ free: Int) -> Double {
            cells.firstIndex { $0.0 == l && $0.1 == free }.map { means[$0].mean } ?? .nan
        }
        let map = Figure(
            name: "sweep", title: "Test loss by number of neurons and of free neurons",
            caption:
                "Mean test cross-entropy. Left: over l and the number l⁺ of neurons with c > 0. Right: against the share l⁺/l, one line a width.",
            panels: [
                Panel(
                    x: Axis("hidden neurons l", ticks: widths.indices.map { Axis.Tick(Double($0), "\(widths[$0])") }),
                    y: Axis("free neurons l⁺"), color: ColorAxis("test loss", palette: .viridis), legend: .none,
                    marks: [
                        .heatMap(
                            x: widths.indices.map(Double.init), y: (0...top).map(Double.init),
                            values: (0...top).map { free in widths.map { free <= $0 ? value($0, free) : .nan } })
                    ]),
                Panel(
                    x: Axis("share of free neurons l⁺/l", from: -0.05, to: 1.05), y: Axis("test loss", from: 0), legend: .below,
                    marks: widths.enumerated().flatMap { index, l -> [Mark] in
                        let style = MarkStyle(color: FlowFigures.colors[index % 8], width: 2)
                        let x = (0...l).map { Double($0) / Double(l) }
                        let own = (0...l).compactMap { free in cells.firstIndex { $0.0 == l && $0.1 == free } }
                        return [
                            .line(x: x, y: own.map { means[$0].mean }, label: "l = \(l)", style: style),
                            .points(x: x, y: own.map { means[$0].mean }, errors: own.map { means[$0].error }, style: style),
                        ]
                    }),
            ], columns: 2, width: 1040, height: 440)
        let kinds: [(String, (SweepRow) -> Bool, Color)] = [
            ("all frozen, a > 0", { $0.singleSign > 0 }, .vermillion), ("all frozen, a < 0", { $0.singleSign < 0 }, .orange),
            ("all frozen, both signs", { $0.singleSign == 0 && $0.free == 0 }, .blue),
        ]
        let signs = Figure(
            name: "signs", title: "What separates the runs is the sign, not the number",
            caption:
                "Training loss of every run by its width. Runs whose neurons are all frozen with one sign stay above their floor (dashed).",
            panel: Panel(
                x: Axis("hidden neurons l", from: 0.4, to: Double(top) + 0.6), y: Axis("training loss", from: 0), legend: .below,
                marks: kinds.map { name, filter, color in
                    let chosen = rows.filter(filter)
                    let x = chosen.map { Double($0.hidden) + 0.5 * (Double($0.seed % 12) / 12 - 0.5) }
                    return .points(
                        x: x, y: chosen.map(\.training), label: name, style: MarkStyle(color: color, symbol: .openCircle, size: 0.8))
                }
                    + Set(rows.filter { $0.singleSign != 0 }.map { $0.singleSign }).sorted().map { sign in
                        let floors = rows.filter { $0.singleSign == sign }.map(\.floor)
                        return .horizontalLine(
                            y: floors.reduce(0, +) / Double(floors.count),
                            style: MarkStyle(color: sign > 0 ? .vermillion : .orange, width: 1.5, dash: .dashed))
                    }))
        return [map, signs]
    }

    private static func findings(_ rows: [SweepRow], _ samples: Samples, isReal: Bool) -> [Finding] {
        let single = rows.filter { $0.singleSign != 0 }
        var findings: [Finding] = []
        if !single.isEmpty {
            findings.append(
                Finding(
                    id: "floors", quantity: "single-sign runs whose training loss is below their floor, of \(single.count)",
                    value: Double(single.count { $0.training < $0.floor - 1e-12 }), .within(reference: 0, tolerance: 0),
                    source: "theorem: (n₀/n) ln 2 for a > 0, (n₁/n) ln 2 for a < 0"))
        }
        guard isReal else { return findings }
        findings += [
            Finding(
                id: "floor.positive", quantity: "floor of networks with a > 0 on the whole table", value: LogisticFloor.positive(samples),
                .within(reference: 212.0 / 569 * log(2), tolerance: 1e-12), source: "closed form"),
            Finding(
                id: "floor.negative", quantity: "floor of networks with a < 0 on the whole table", value: LogisticFloor.negative(samples),
                .within(reference: 357.0 / 569 * log(2), tolerance: 1e-12), source: "closed form"),
        ]
        for (l, reference) in [(1, 0.413), (2, 0.402), (4, 0.402)] {
            let own = single.filter { $0.hidden == l }
            guard !own.isEmpty else { continue }
            let result = mean(own.map(\.test))
            // The mean depends on how many runs drew either sign: their levels differ.
            findings.append(
                Finding(
                    id: "single.\(l)", quantity: "mean test loss of \(own.count) single-sign runs, l = \(l)", value: result.mean,
                    standardError: result.error,
                    .within(reference: reference, tolerance: 0.03 + 2 * (result.error.isNaN ? 0.1 : result.error)),
                    source: "independent sweep of 24 seeds"))
        }
        let mixed = rows.filter { $0.singleSign == 0 && $0.free < $0.hidden && $0.hidden >= 2 }
        let frozenMixed = mixed.filter { $0.free == 0 }
        for (id, name, own) in [("mixed", "runs with both signs, no neuron free", frozenMixed)] where !own.isEmpty {
            let result = mean(own.map(\.test))
            // How much one split differs from another: the reference may rest on few.
            let spread = result.error * Double(own.count).squareRoot()
            findings.append(
                Finding(
                    id: id, quantity: "mean test loss of \(own.count) \(name)", value: result.mean, standardError: result.error,
                    .between(lower: 0.11, upper: 0.115, tolerance: 0.03 + spread),
                    source: "independent sweep of 24 seeds; splits differ by \(fixed(spread, 3))"))
        }
        if !frozenMixed.isEmpty, !single.isEmpty {
            let (one, both) = (mean(single.map(\.test)), mean(frozenMixed.map(\.test)))
            findings.append(
                Finding(
                    id: "gap", quantity: "mean test loss of single-sign runs less that of runs with both signs, all frozen",
                    value: one.mean - both.mean, standardError: (one.error * one.error + both.error * both.error).squareRoot(),
                    .atLeast(reference: 0.2, tolerance: 0), source: "arXiv 2410.14837: one sign is obstructed; floors 0.26 and 0.43"))
        }
        // Means over the draws of signs.
        for (l, free, reference) in [
            (2, 0, 0.258), (2, 1, 0.255), (2, 2, 0.221), (8, 0, 0.109), (8, 1, 0.108), (8, 4, 0.112), (8, 8, 0.111),
        ] {
            let own = rows.filter { $0.hidden == l && $0.free == free }
            guard !own.isEmpty else { continue }
            let result = mean(own.map(\.test))
            findings.append(
                Finding(
                    id: "mean.\(l).\(free)", quantity: "mean test loss, l = \(l), l⁺ = \(free)", value: result.mean,
                    standardError: result.error, .within(reference: reference, tolerance: 0.03 + 2.5 * result.error),
                    source: "independent sweep of 24 seeds"))
        }
        return findings
    }
}
