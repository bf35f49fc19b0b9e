import Foundation
import LoamRuns

/// A run of the flow with what is known about it.
struct NamedRun {
    var name: String
    var trajectory: FlowTrajectory
    /// The floor of its component, where it is known.
    var floor: Double?
    /// Whether it reached the best loss.
    var isReached: Bool
}

/// Figures of trajectories.
enum FlowFigures {
    static let colors: [Color] = [.vermillion, .orange, .green, .blue, .purple, .skyBlue, .yellow, .grey]

    /// F2: the loss against time, on two time scales, with the floors that are proved.
    static func loss(_ runs: [NamedRun]) -> Figure {
        func panel(_ scale: Axis.Scale) -> Panel {
            var marks: [Mark] = []
            for (index, run) in runs.enumerated() {
                let color = colors[index % colors.count]
                let keep = run.trajectory.times.indices.filter { (scale == .linear || run.trajectory.times[$0] > 0) }
                marks.append(
                    .line(
                        x: keep.map { run.trajectory.times[$0] }, y: keep.map { max(run.trajectory.losses[$0], 1e-16) }, label: run.name,
                        style: MarkStyle(color: color, width: 2.5)))
                if let floor = run.floor, floor > 1e-12 {
                    marks.append(
                        .horizontalLine(y: floor, label: "floor of \(run.name)", style: MarkStyle(color: color, width: 1.2, dash: .dashed)))
                }
            }
            return Panel(
                x: Axis("time t", scale: scale), y: Axis("loss", scale: .logarithmic), legend: scale == .linear ? .below : .none,
                marks: marks)
        }
        return Figure(
            name: "loss", title: "Loss along gradient flow",
            caption:
                "Each run from its start to its limit. Dashed: the exact minimum over the run's component, which no trajectory in it can pass.",
            panels: [panel(.linear), panel(.logarithmic)], columns: 2, width: 1040, height: 470)
    }

    /// F3: how far the conserved quantities moved.
    static func drift(_ runs: [NamedRun]) -> Figure {
        var marks: [Mark] = []
        for (index, run) in runs.enumerated() where !run.trajectory.invariants.isEmpty {
            let c = run.trajectory.invariants
            for k in c[0].indices {
                marks.append(
                    .line(
                        x: run.trajectory.times, y: c.map { $0[k] - c[0][k] }, label: "\(run.name), neuron \(k)",
                        style: MarkStyle(
                            color: colors[index % colors.count], width: 1.8, dash: [.solid, .dashed, .dotted, .dashDotted][k % 4])))
            }
        }
        return Figure(
            name: "invariants", title: "Drift of the conserved quantities c = ‖w‖² − a² along the flow",
            caption: "c(t) − c(0) of every neuron: zero up to the accuracy of the integration.",
            panel: Panel(x: Axis("time t"), y: Axis("c(t) − c(0)"), legend: .below, marks: marks))
    }

    /// F4: which gates are open when, and where a neuron slides along a kink.
    static func gates(_ run: NamedRun, _ samples: Samples) -> Figure {
        let shape = run.trajectory.architecture
        let rows = samples.rows(hiddenBias: shape.hiddenBias)
        let end = run.trajectory.times.last ?? 1
        // Time on a logarithmic axis: gates switch early.
        let bins = 240
        let first = end * 1e-4
        let edges = (0..<bins).map { first * pow(end / first, (Double($0) + 0.5) / Double(bins)) }
        let panels = (0..<shape.hidden).map { k -> Panel in
            let values = (0..<samples.count).map { i in
                edges.map { time -> Double in
                    let index = run.trajectory.times.lastIndex { $0 <= time } ?? 0
                    let theta = run.trajectory.parameters[index]
                    var z = 0.0
                    for d in 0..<shape.incoming { z += theta[k * shape.neuronSize + d] * rows[i * shape.incoming + d] }
                    return abs(z) < 1e-7 ? 0.5 : z > 0 ? 1 : 0
                }
            }
            let slides = run.trajectory.slides.filter { $0.neuron == k && $0.begin > first }
            return Panel(
                title: "neuron \(k)" + (slides.isEmpty ? "" : ", slides from t = \(fixed(slides[0].begin, 2))"),
                x: Axis("time t", scale: .logarithmic), y: Axis("sample"), color: ColorAxis("gate", palette: .grey, from: 0, to: 1),
                legend: .none,
                marks: [.heatMap(x: edges, y: (0..<samples.count).map(Double.init), values: values)]
                    + slides.map { .verticalLine(x: $0.begin, style: MarkStyle(color: .vermillion, width: 2, dash: .dashed)) })
        }
        return Figure(
            name: "gates", title: "Gates of \(run.name)",
            caption: "Samples on which a neuron is active (dark) or not (white). From the dashed line on the weights move along a kink: "
                + "that sample's gate stays half open.",
            panels: panels, columns: min(2, shape.hidden), width: 1040, height: 420)
    }

    /// F1 where neurons do not fit into space: ‖w‖ against a, whose hyperbola needs no projection.
    static func profile(_ runs: [NamedRun]) -> Figure {
        var panels: [Panel] = []
        for run in runs.prefix(4) {
            let shape = run.trajectory.architecture
            var marks: [Mark] = []
            for k in 0..<min(shape.hidden, 8) {
                let color = colors[k % colors.count]
                let points = run.trajectory.parameters.map { theta -> (Double, Double) in
                    let network = ShallowNetwork(shape, parameters: theta)
                    let norms = network.squaredNorms(k)
                    let a = shape.outputs == 1 ? network.outgoing(k).first! : norms.outgoing.squareRoot()
                    return (a, norms.incoming.squareRoot())
                }
                let c = run.trajectory.invariants.first?[k] ?? 0
                let top = 1.2 * (points.map { abs($0.0) }.max() ?? 1)
                let line = (0...200).map { top * (Double($0) / 100 - 1) }.filter { shape.outputs == 1 || $0 >= 0 }
                marks.append(
                    .line(
                        x: line, y: line.map { c + $0 * $0 >= 0 ? (c + $0 * $0).squareRoot() : .nan },
                        style: MarkStyle(color: .lightGrey, width: 1.5)))
                marks.append(
                    .line(x: points.map(\.0), y: points.map(\.1), label: "neuron \(k)", style: MarkStyle(color: color, width: 2.5)))
                marks.append(.points(x: [points[0].0], y: [points[0].1], style: MarkStyle(color: color, symbol: .circle, size: 1.2)))
                marks.append(
                    .points(x: [points.last!.0], y: [points.last!.1], style: MarkStyle(color: color, symbol: .square, size: 1.2)))
            }
            panels.append(
                Panel(
                    title: run.name, x: Axis(shape.outputs == 1 ? "outgoing weight a" : "‖a‖"), y: Axis("‖w‖", from: 0), legend: .below,
                    marks: marks))
        }
        return Figure(
            name: "profiles", title: "Neurons on their hyperbolas",
            caption:
                "‖w‖ against the outgoing weight: grey, the curve ‖w‖² − a² = c of each neuron; from the circle to the square, its run.",
            panels: panels, columns: min(2, panels.count))
    }

    /// The true loss at the end of the smoothed flow against ε.
    static func ramps(_ epsilons: [Double], _ excess: [Double]) -> Figure {
        Figure(
            name: "ramps", title: "From smooth gates to the flow itself",
            caption:
                "Excess of the loss at the end of the run with gates of width ε over that of the flow. The conservation laws hold exactly for every ε.",
            panel: Panel(
                x: Axis("ε", scale: .logarithmic), y: Axis("loss − loss of the flow", scale: .logarithmic),
                marks: [
                    .line(x: epsilons, y: excess, style: MarkStyle(color: .blue, width: 2)),
                    .points(x: epsilons, y: excess, style: MarkStyle(color: .blue)),
                ]))
    }

    /// What the networks learned beside what they should: along the circle, or along a single input. Nil for other data.
    static func functions(_ runs: [NamedRun], _ samples: Samples) -> Figure? {
        guard samples.outputCount == 1, samples.inputCount <= 2 else { return nil }
        let radii = (0..<samples.count).map { i in samples.inputCount == 1 ? 1 : hypot(samples.inputs[2 * i], samples.inputs[2 * i + 1]) }
        guard samples.inputCount == 1 || radii.allSatisfy({ abs($0 - 1) < 1e-9 }) else { return nil }
        let position = (0..<samples.count).map { i -> Double in
            samples.inputCount == 1
                ? samples.inputs[i]
                : (atan2(samples.inputs[2 * i + 1], samples.inputs[2 * i]) + 2 * .pi).truncatingRemainder(dividingBy: 2 * .pi)
        }
        let order = position.indices.sorted { position[$0] < position[$1] }
        let x = order.map { position[$0] }
        var marks: [Mark] = [
            .points(
                x: x, y: order.map { samples.targets[$0] }, label: "targets",
                style: MarkStyle(color: .black, symbol: .openCircle, size: 0.8))
        ]
        for (index, run) in runs.prefix(6).enumerated() {
            let f = run.trajectory.last.outputs(samples)
            marks.append(
                .line(x: x, y: order.map { f[$0] }, label: run.name, style: MarkStyle(color: colors[index % colors.count], width: 2.2)))
        }
        return Figure(
            name: "functions", title: "What the networks learned",
            caption:
                "The functions at the end of each run beside the targets. A component whose neurons all have one sign holds only functions of that sign.",
            panel: Panel(
                x: Axis(samples.inputCount == 1 ? "input x" : "angle of the input", unit: samples.inputCount == 1 ? nil : "rad"),
                y: Axis("output"), legend: .below, marks: marks))
    }
}
