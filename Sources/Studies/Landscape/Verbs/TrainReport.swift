import Foundation
import LoamRuns

/// Tables, figures and findings of training runs.
enum TrainReport {
    static func write(
        _ rows: [TrainVerb.Row], _ scan: [TrainVerb.ScanRow], _ configuration: TrainConfiguration, _ samples: Samples, in run: RunContext
    ) throws {
        try run.saveCSV(
            Table([
                "run": .texts(rows.map(\.run)), "method": .texts(rows.map(\.method)), "rate": .numbers(rows.map(\.rate)),
                "loss": .numbers(rows.map(\.loss)), "largest_drift": .numbers(rows.map(\.largestDrift)),
                "final_drift": .numbers(rows.map(\.finalDrift)), "flips": .integers(rows.map(\.flips)),
                "first_flip": .integers(rows.map(\.firstFlip)),
            ]), to: "training.csv")
        if !scan.isEmpty {
            try run.saveCSV(
                Table([
                    "method": .texts(scan.map(\.method)), "rate": .numbers(scan.map(\.rate)), "frozen": .integers(scan.map(\.frozen)),
                    "tunnelled": .integers(scan.map(\.tunnelled)), "median_drift": .numbers(scan.map(\.medianDrift)),
                    "diverged": .integers(scan.map(\.diverged)),
                ]), to: "scan.csv")
            try run.add(figure(scan, configuration))
        }
        if configuration.horizon > 0 { try run.add(driftFigure(rows)) }
        for finding in findings(rows, configuration, samples) { run.add(finding) }
    }

    private static func figure(_ scan: [TrainVerb.ScanRow], _ configuration: TrainConfiguration) -> Figure {
        func marks(_ value: (TrainVerb.ScanRow) -> Double) -> [Mark] {
            configuration.scanMethods.enumerated().flatMap { index, method -> [Mark] in
                let own = scan.filter { $0.method == method }
                let style = MarkStyle(color: FlowFigures.colors[index % 8], width: 2)
                return [
                    .line(x: own.map(\.rate), y: own.map(value), label: method, style: style),
                    .points(x: own.map(\.rate), y: own.map(value), style: style),
                ]
            }
        }
        let x = Axis("learning rate η", scale: .logarithmic)
        return Figure(
            name: "tunnelling", title: "Drift and tunnelling against the learning rate",
            caption:
                "\(configuration.scanCount) random starts, \(configuration.scanSteps) steps. Left: median largest |c − c(0)|. Right: share of starts "
                + "with a frozen sign in which some step changed one, which the flow cannot do.",
            panels: [
                Panel(x: x, y: Axis("median drift of c", scale: .logarithmic), legend: .below, marks: marks { $0.medianDrift }),
                Panel(
                    x: x, y: Axis("share that tunnels", from: 0, to: 1), legend: .below,
                    marks: marks { Double($0.tunnelled) / Double(max(1, $0.frozen)) }),
            ], columns: 2, width: 1040, height: 440)
    }

    private static func driftFigure(_ rows: [TrainVerb.Row]) -> Figure {
        var marks: [Mark] = []
        for (index, name) in Set(rows.map(\.run)).sorted().enumerated() {
            let own = rows.filter { $0.run == name }.sorted { $0.rate < $1.rate }
            let style = MarkStyle(color: FlowFigures.colors[index % 8], width: 2)
            marks.append(.line(x: own.map(\.rate), y: own.map(\.largestDrift), label: name, style: style))
            marks.append(.points(x: own.map(\.rate), y: own.map(\.largestDrift), style: style))
        }
        if let first = rows.max(by: { $0.rate < $1.rate }), let small = rows.map(\.rate).min() {
            marks.append(
                .line(
                    x: [small, first.rate], y: [0.4 * first.largestDrift * small / first.rate, 0.4 * first.largestDrift], label: "slope 1",
                    style: MarkStyle(color: .grey, width: 1.5, dash: .dashed)))
        }
        return Figure(
            name: "drift", title: "Drift of the invariants against the step size",
            caption:
                "Largest |c(t) − c(0)| of gradient descent up to a fixed time. One step changes c by η²(‖g_w‖² − ‖g_a‖²), so the drift is first order.",
            panel: Panel(
                x: Axis("step size η", scale: .logarithmic), y: Axis("drift of c", scale: .logarithmic), legend: .below, marks: marks))
    }

    private static func findings(_ rows: [TrainVerb.Row], _ configuration: TrainConfiguration, _ samples: Samples) -> [Finding] {
        guard configuration.data == DataSettings(), !configuration.runs.isEmpty else { return [] }
        let independent = "independent computation"
        func row(_ run: ToyRun, _ method: String) -> TrainVerb.Row? { rows.first { $0.run == run.rawValue && $0.method == method } }
        var findings: [Finding] = []
        if configuration.horizon == 20 {
            for (method, reference) in [("gd:0.1", 3.85e-3), ("gd:0.05", 1.90e-3), ("gd:0.025", 9.43e-4), ("gd:0.0125", 4.70e-4)] {
                guard let row = row(.good, method) else { continue }
                findings.append(
                    Finding(
                        id: "drift.\(method.dropFirst(3))", quantity: "largest drift of good+- up to t = 20, η = \(method.dropFirst(3))",
                        value: row.largestDrift, .within(reference: reference, tolerance: 0.005 * reference), source: independent))
            }
            for name in configuration.runs {
                let own = rows.filter { $0.run == name.rawValue }.sorted { $0.rate > $1.rate }
                for (coarse, fine) in zip(own, own.dropFirst()) {
                    let slope = log(coarse.largestDrift / fine.largestDrift) / log(coarse.rate / fine.rate)
                    findings.append(
                        Finding(
                            id: "slope.\(name == .good ? "good" : "bad").\(short(fine.rate))",
                            quantity: "order of the drift of \(name.rawValue) between η = \(short(coarse.rate)) and \(short(fine.rate))",
                            value: slope, .within(reference: 1, tolerance: 0.03), source: "one step is of second order, 1/η steps"))
                }
            }
            return findings
        }
        guard configuration.steps == 2000 else { return findings }
        if let row = row(.badPositive, "gd:0.1") {
            findings += [
                Finding(
                    id: "gd.loss", quantity: "loss of bad++ after 2000 steps of GD, η = 0.1", value: row.loss,
                    .within(reference: 0.117982, tolerance: 1e-6), source: independent),
                Finding(
                    id: "gd.drift", quantity: "drift of bad++ under GD, η = 0.1", value: row.finalDrift,
                    .within(reference: 7.3e-3, tolerance: 1e-4), source: independent),
                Finding(
                    id: "gd.flips", quantity: "frozen signs that GD with η = 0.1 changed", value: Double(row.flips),
                    .within(reference: 0, tolerance: 0), source: "small steps follow the flow"),
            ]
        }
        if let row = row(.badPositive, "adam:0.01") {
            findings += [
                Finding(
                    id: "adam.loss", quantity: "loss of bad++ after 2000 steps of Adam, η = 0.01", value: row.loss,
                    .within(reference: 0.117983, tolerance: 1e-6), source: independent),
                Finding(
                    id: "adam.drift", quantity: "drift of bad++ under Adam, η = 0.01", value: row.finalDrift,
                    .within(reference: 0.52, tolerance: 0.01), source: independent),
                Finding(
                    id: "adam.flips", quantity: "frozen signs that Adam with η = 0.01 changed", value: Double(row.flips),
                    .within(reference: 0, tolerance: 0), source: independent),
            ]
        }
        if let row = row(.badPositive, "adam:0.05") {
            findings += [
                Finding(
                    id: "tunnel.loss", quantity: "loss of bad++ after 2000 steps of Adam, η = 0.05", value: row.loss,
                    .within(reference: 0.11378, tolerance: 1e-5), source: independent),
                Finding(
                    id: "tunnel.step", quantity: "step at which Adam with η = 0.05 tunnels through a frozen sign",
                    value: Double(row.firstFlip),
                    .within(reference: 46, tolerance: 1), source: independent),
            ]
        }
        if let row = row(.badPositive, "gd:4") {
            findings.append(
                Finding(
                    id: "large", quantity: "frozen signs that GD with η = 4 changed", value: Double(row.flips),
                    .atLeast(reference: 1, tolerance: 0),
                    source: independent))
        }
        return findings
    }
}
