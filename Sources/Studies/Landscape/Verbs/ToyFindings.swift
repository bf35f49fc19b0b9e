import Foundation
import LoamRuns

/// The two-neuron illustration beside its references: exact floors, conservation, and independent integrations.
enum ToyFindings {
    private static let independent = "independent integration"
    private static let exact = "exact minimum by enumeration"

    static func findings(
        _ runs: [NamedRun], _ samples: Samples, _ configuration: FlowConfiguration, in run: RunContext
    ) throws -> [Finding] {
        var findings: [Finding] = []
        let references: [(run: ToyRun, loss: Double, tolerance: Double, crossings: Double, a: (Double, Double), floor: Double)] = [
            (.badPositive, 0.117981580880, 1e-9, 26, (1.1412934, 0.7330696), 0.117981580880),
            (.badNegative, 0.118047265791, 1e-9, 22, (-0.9816898, -0.9383415), 0.118047265791),
            (.good, 0, 1e-11, 10, (1.2785449, -1.1839533), 0), (.free, 0, 1e-10, 10, (0.9006118, -0.8359368), 0),
        ]
        for reference in references {
            guard let named = runs.first(where: { $0.name == reference.run.rawValue }), let floor = named.floor else { continue }
            let (t, name) = (named.trajectory, reference.run.rawValue)
            let id = ["bad++": "bad-positive", "bad--": "bad-negative", "good+-": "good", "free++": "free"][name]!
            findings += [
                Finding(
                    id: "loss.\(id)", quantity: "loss of \(name) at t = 200", value: t.losses.last!,
                    .within(reference: reference.loss, tolerance: reference.tolerance), source: independent),
                Finding(
                    id: "floor.\(id)", quantity: "floor of the component of \(name)", value: floor,
                    .within(reference: reference.floor, tolerance: 1e-10), source: exact),
                Finding(
                    id: "above.\(id)", quantity: "final loss of \(name) less its floor", value: t.losses.last! - floor,
                    .atLeast(reference: 0, tolerance: 1e-11), source: "theorem: a component is never left"),
                Finding(
                    id: "crossings.\(id)", quantity: "kinks that \(name) crosses", value: Double(t.crossingCount),
                    .within(reference: reference.crossings, tolerance: 0), source: independent),
                Finding(
                    id: "a0.\(id)", quantity: "final a of neuron 0 in \(name)", value: t.parameters.last![2],
                    .within(reference: reference.a.0, tolerance: 1e-6), source: independent),
                Finding(
                    id: "a1.\(id)", quantity: "final a of neuron 1 in \(name)", value: t.parameters.last![5],
                    .within(reference: reference.a.1, tolerance: 1e-6), source: independent),
                Finding(
                    id: "drift.\(id)", quantity: "max |c(t) − c(0)| of \(name)", value: t.invariantDrift,
                    .atMost(reference: 0, tolerance: 1e-8), source: "theorem: c is conserved"),
                Finding(
                    id: "flips.\(id)", quantity: "frozen signs that changed in \(name)", value: Double(t.frozenSignChanges()),
                    .within(reference: 0, tolerance: 0), source: "theorem: a component is never left"),
            ]
            let slides = reference.run == .badPositive ? [(1, 4.8975), (0, 9.6349)] : []
            findings.append(
                Finding(
                    id: "slides.\(id)", quantity: "slides of \(name)", value: Double(t.slides.count),
                    .within(reference: Double(slides.count), tolerance: 0), source: independent))
            for (neuron, time) in slides {
                let begin = t.events.first { $0.kind == .slideBegan && $0.neuron == neuron }?.time ?? .nan
                findings.append(
                    Finding(
                        id: "slide.\(id).\(neuron)", quantity: "time at which neuron \(neuron) of \(name) begins to slide", value: begin,
                        .within(reference: time, tolerance: 1e-3), source: independent))
            }
        }
        let floor = try PlanarFloor(samples)
        findings += [
            Finding(
                id: "zero", quantity: "loss of the network that is 0", value: floor.zeroLoss,
                .within(reference: 0.213015862354, tolerance: 1e-11), source: "mean of y²/2"),
            Finding(
                id: "single", quantity: "least loss of one neuron with a > 0",
                value: try floor.minimum(SignBudget(positive: 1, negative: 0, free: 0)).loss,
                .within(reference: 0.117981580880, tolerance: 1e-10), source: exact),
        ]
        if !configuration.ramps.isEmpty { findings += try ramps(runs[0], samples, configuration, in: run) }
        try time(samples, in: run)
        return findings + (try discrete(samples))
    }

    /// How long the obstructed run takes with its events and slides.
    private static func time(_ samples: Samples, in run: RunContext) throws {
        let start = ToyRun.badPositive.network
        let problem = try ShallowProblem(start.architecture, samples)
        let clock = ContinuousClock()
        var seconds = Double.infinity
        for _ in 0..<3 {
            let begin = clock.now
            _ = try GradientFlow().integrate(start, problem, until: 200)
            let parts = begin.duration(to: clock.now).components
            seconds = min(seconds, Double(parts.seconds) + 1e-18 * Double(parts.attoseconds))
        }
        run.add(
            Finding(
                id: "time", quantity: "seconds that the flow of bad++ takes to t = 200", value: seconds,
                .atMost(reference: 0.2, tolerance: 0),
                source: "goal; integrators without events do not finish"), isMeasured: true)
    }

    /// The smooth field against the flow.
    private static func ramps(
        _ truth: NamedRun, _ samples: Samples, _ configuration: FlowConfiguration, in run: RunContext
    ) throws -> [Finding] {
        let start = ToyRun.badPositive.network
        let problem = try ShallowProblem(start.architecture, samples)
        let expected = [0.1: 0.11800097, 0.03: 0.11799774, 0.01: 0.11799029, 0.003: 0.11798445]
        let results = try run.cells(configuration.ramps, id: { "ramp-\($0)" }, span: 0.6...0.95) { epsilon, _ in
            try GradientFlow(.gate(epsilon: epsilon), relativeTolerance: 1e-9, absoluteTolerance: 1e-12)
                .integrate(start, problem, until: configuration.until)
        }
        var findings: [Finding] = []
        let excess = results.map { $0.losses.last! - truth.trajectory.losses.last! }
        for (epsilon, result) in zip(configuration.ramps, results) {
            if let value = expected[epsilon] {
                findings.append(
                    Finding(
                        id: "ramp.\(short(epsilon))", quantity: "loss of bad++ at t = 200 with gates of width \(short(epsilon))",
                        value: result.losses.last!, .within(reference: value, tolerance: 2e-7), source: independent))
            }
            findings.append(
                Finding(
                    id: "ramp.drift.\(short(epsilon))", quantity: "max |c(t) − c(0)| with gates of width \(short(epsilon))",
                    value: result.invariantDrift, .atMost(reference: 0, tolerance: 1e-7), source: "theorem: the smooth field conserves c"))
        }
        if let small = configuration.ramps.firstIndex(of: 0.003), let large = configuration.ramps.firstIndex(of: 0.01) {
            findings.append(
                Finding(
                    id: "ramp.order", quantity: "order in ε at which the smooth field tends to the flow, between 0.01 and 0.003",
                    value: log(excess[large] / excess[small]) / log(0.01 / 0.003), .atLeast(reference: 0.85, tolerance: 0),
                    source: independent))
        }
        try run.add(FlowFigures.ramps(configuration.ramps, excess))
        return findings
    }

    /// Invariants under the implicit midpoint rule, and weight decay.
    private static func discrete(_ samples: Samples) throws -> [Finding] {
        let shape = ShallowArchitecture(inputs: 2, hidden: 2, activation: .linear)
        let linear = ShallowNetwork(shape, parameters: ToyRun.badPositive.network.parameters)
        let midpoint = try GradientFlow(.midpoint(step: 1)).integrate(
            linear, ShallowProblem(shape, samples), until: 50, recording: (1..<50).map(Double.init))
        let good = ToyRun.good.network
        let decayed = try GradientFlow(decay: 0.1).integrate(good, ShallowProblem(good.architecture, samples), until: 5)
        return [
            Finding(
                id: "midpoint", quantity: "max |c(t) − c(0)| of the implicit midpoint rule, linear neurons, 50 steps of 1",
                value: midpoint.invariantDrift, .atMost(reference: 0, tolerance: 1e-13), source: "theorem: quadratic invariants are kept"),
            Finding(
                id: "decay", quantity: "c(5)/c(0) under weight decay 0.1", value: decayed.invariants.last![0] / decayed.invariants[0][0],
                .within(reference: exp(-1), tolerance: 1e-8), source: "closed form e^{−2λt}"),
        ]
    }
}
