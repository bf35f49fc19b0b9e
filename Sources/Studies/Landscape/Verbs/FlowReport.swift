import Foundation
import LoamRuns

/// What every run of the flow verb writes.
enum FlowReport {
    /// The exact minimum over a network's component where one is known cheaply; nil elsewhere.
    static func floor(_ network: ShallowNetwork, _ samples: Samples, _ loss: Loss) throws -> Double? {
        let shape = network.architecture
        guard shape.outputs == 1, !shape.outputBias, let set = try? InvariantSet(network) else { return nil }
        if loss == .squared, shape.incoming == 1, shape.activation == .relu { return try OneInputOptimum(network, samples).componentLoss }
        if loss == .squared, shape.incoming == 2, shape.activation.isPiecewiseLinear, shape.hidden <= 2, samples.count <= 200 {
            return try PlanarFloor(samples, activation: shape.activation, hiddenBias: shape.hiddenBias).minimum(SignBudget(set)).loss
        }
        let budget = SignBudget(set)
        guard loss == .logistic, shape.activation.isNonNegative, budget.free == 0 else { return nil }
        if budget.negative == 0 { return LogisticFloor.positive(samples) }
        return budget.positive == 0 ? LogisticFloor.negative(samples) : nil
    }

    static func words(_ status: FlowStatus) -> String {
        switch status {
        case .finished: "finished"
        case .stalled: "steps became too short to go on: sliding suspected; use method=filippov"
        case .tooManyEvents: "more events than allowed"
        case .diverged: "weights are not finite"
        case .unsolvedSteps: "some steps straddle a kink and were not solved"
        }
    }

    static func line(_ name: String, _ run: FlowTrajectory, floor: Double?) -> String {
        let slides = run.slides.map { "neuron \($0.neuron) slides from t = \(fixed($0.begin, 4))" }
        return "\(name): loss \(brief(run.losses.last ?? .nan, 12))" + (floor.map { ", floor \(brief($0, 12))" } ?? "")
            + ", \(run.crossingCount) crossings" + (slides.isEmpty ? "" : ", " + slides.joined(separator: ", "))
            + ", |Δc| \(brief(run.invariantDrift, 2))"
    }

    static func write(_ runs: [NamedRun], _ samples: Samples, _ configuration: FlowConfiguration, in run: RunContext) throws {
        try run.saveCSV(trajectories(runs), to: "trajectories.csv")
        try run.saveCSV(events(runs), to: "events.csv")
        try run.summarize("data", "\(samples.name), \(samples.count) samples")
        try run.summarize("losses", runs.map { $0.trajectory.losses.last ?? .nan })
        for named in runs { try run.saveData(NetworkFile.json(named.trajectory.last), to: "networks/\(fileName(named.name)).json") }
        try run.add(FlowFigures.loss(runs))
        if runs.contains(where: { !$0.trajectory.invariants.isEmpty }) { try run.add(FlowFigures.drift(runs)) }
        try run.add(FlowFigures.profile(runs))
        if let figure = FlowFigures.functions(runs, samples) { try run.add(figure) }
        if let first = runs.first(where: { !$0.trajectory.slides.isEmpty }) ?? runs.first, samples.count <= 512,
            first.trajectory.architecture.hidden <= 4
        {
            try run.add(FlowFigures.gates(first, samples))
        }
        let panels = runs.prefix(8).compactMap { QuadricPicture.panels($0.trajectory, title: $0.name, isReached: $0.isReached) }
        guard !panels.isEmpty else { return }
        let picture = QuadricPicture(panels: panels.flatMap { $0 }, columns: runs[0].trajectory.architecture.hidden == 2 ? 4 : 3)
        try run.saveText(picture.svg, to: "quadrics.svg")
        try run.saveText(picture.ply, to: "surface.ply")
        try run.saveText(Gallery.html(picture.panels, times: runs[0].trajectory.times), to: "surface.html")
        run.html(
            "Invariant quadrics",
            "<p>Every neuron (w₁, w₂, a) with the quadric it can never leave. Turn them in <a href=\"surface.html\">surface.html</a>.</p>"
                + "<div style=\"overflow-x:auto\">\(picture.svg)</div>")
    }

    private static func fileName(_ name: String) -> String {
        String(name.map { $0.isLetter || $0.isNumber ? $0 : $0 == "+" ? "p" : $0 == "-" ? "m" : "-" })
    }

    private static func trajectories(_ runs: [NamedRun]) -> Table {
        var (names, times, losses): ([String], [Double], [Double]) = ([], [], [])
        let width = runs.map { $0.trajectory.invariants.first?.count ?? 0 }.max() ?? 0
        let size = runs.map { $0.trajectory.parameters[0].count }.max() ?? 0
        var invariants = [[Double]](repeating: [], count: width)
        var parameters = [[Double]](repeating: [], count: min(size, 256))
        for run in runs {
            for (index, time) in run.trajectory.times.enumerated() {
                names.append(run.name)
                times.append(time)
                losses.append(run.trajectory.losses[index])
                for k in 0..<width { invariants[k].append(run.trajectory.invariants.isEmpty ? .nan : run.trajectory.invariants[index][k]) }
                for p in parameters.indices { parameters[p].append(run.trajectory.parameters[index][p]) }
            }
        }
        var table = Table(["run": .texts(names), "t": .numbers(times), "loss": .numbers(losses)])
        for (k, values) in invariants.enumerated() { table.add("c_\(k)", .numbers(values)) }
        for (p, values) in parameters.enumerated() { table.add("theta_\(p)", .numbers(values)) }
        return table
    }

    private static func events(_ runs: [NamedRun]) -> Table {
        let all = runs.flatMap { run in run.trajectory.events.map { (run.name, $0) } }
        return Table([
            "run": .texts(all.map(\.0)), "t": .numbers(all.map(\.1.time)), "neuron": .integers(all.map(\.1.neuron)),
            "line": .integers(all.map(\.1.line)), "event": .texts(all.map(\.1.kind.rawValue)),
        ])
    }

    /// What holds for every run whatever the network: conservation, frozen signs, floors.
    static func findings(_ runs: [NamedRun]) -> [Finding] {
        var findings: [Finding] = []
        for run in runs {
            let id = fileName(run.name)
            if !run.trajectory.invariants.isEmpty {
                findings.append(
                    Finding(
                        id: "drift.\(id)", quantity: "max |c(t) − c(0)| of \(run.name)", value: run.trajectory.invariantDrift,
                        .atMost(reference: 0, tolerance: 1e-6), source: "theorem: c is conserved"))
                findings.append(
                    Finding(
                        id: "flips.\(id)", quantity: "frozen signs that changed in \(run.name)",
                        value: Double(run.trajectory.frozenSignChanges()), .within(reference: 0, tolerance: 0),
                        source: "theorem: a component is never left"))
            }
            if let floor = run.floor, let last = run.trajectory.losses.last {
                findings.append(
                    Finding(
                        id: "floor.\(id)", quantity: "final loss of \(run.name) above the floor of its component", value: last - floor,
                        .atLeast(reference: 0, tolerance: 1e-10), source: "exact minimum over the component"))
            }
        }
        let shape = runs.first?.trajectory.architecture
        if let shape, shape.outputs > 1 {
            for run in runs {
                guard let set = try? InvariantSet(ShallowNetwork(shape, parameters: run.trajectory.parameters[0])) else { continue }
                findings.append(
                    Finding(
                        id: "components.\(fileName(run.name))", quantity: "components of the invariant set of \(run.name)",
                        value: Double(set.counts.componentCount), .within(reference: 1, tolerance: 0),
                        source: "case table: D ≥ 2 and e ≥ 2"))
            }
        }
        if let shape, shape.incoming == 1, shape.outputs == 1 {
            for run in runs where run.trajectory.status == .finished {
                guard let floor = run.floor, let last = run.trajectory.losses.last else { continue }
                let isShort = last > floor + 1e-6
                findings.append(
                    Finding(
                        id: "optimum.\(fileName(run.name))",
                        quantity: "final loss of \(run.name)\(isShort ? " (it rests where a neuron is switched off)" : "")", value: last,
                        isShort ? .informational(reference: floor) : .within(reference: floor, tolerance: 1e-6),
                        source: "closed form: slopes clipped to reachable signs"))
            }
        }
        if let frozen = runs.first(where: { $0.name == "both frozen +" }) {
            findings += scalarOptimum(ShallowNetwork(frozen.trajectory.architecture, parameters: frozen.trajectory.parameters[0]))
        }
        return findings
    }

    /// The closed optimum of one input: unrestricted slopes, and the losses with and without the component.
    private static func scalarOptimum(_ network: ShallowNetwork) -> [Finding] {
        guard let optimum = try? OneInputOptimum(network, .line) else { return [] }
        let values = [
            ("slope.right", "A*, the best slope for x > 0", optimum.risingBest, -1),
            ("slope.left", "B*, the best slope for x < 0", optimum.fallingBest, 0.5),
            ("loss.component", "least loss over the component where both neurons are frozen with a > 0", optimum.componentLoss, 0.625),
            ("loss.global", "least loss of any network", optimum.globalLoss, 0),
        ]
        return values.map { id, quantity, value, reference in
            Finding(
                id: id, quantity: quantity, value: value, .within(reference: reference, tolerance: 1e-12), source: "least squares by hand")
        }
    }
}
