import Foundation
import LoamRuns

/// Figures of mean-field theory.
enum MeanFieldFigures {
    /// F10: ξ_c over the (σ_w², σ_b²) plane with the critical lines of all activations.
    static func plane(_ plane: PhasePlane, biasVariance: Double) -> Figure {
        // Enough cells for the eye; the whole plane is in plane.csv.
        func thinned(_ count: Int) -> [Int] {
            let step = max(1, (count + 79) / 80)
            return Array(stride(from: step / 2, to: count, by: step))
        }
        let columns = thinned(plane.weightVariances.count)
        let rows = thinned(plane.biasVariances.count)
        let (right, top) = (plane.weightVariances.last!, plane.biasVariances.last!)
        let values = rows.map { row in columns.map { column in plane[column, row].map { min($0.correlationScale, 1e6) } ?? .nan } }
        var marks: [Mark] = [
            .heatMap(x: columns.map { plane.weightVariances[$0] }, y: rows.map { plane.biasVariances[$0] }, values: values)
        ]
        let lengths = (0...300).map { Foundation.pow(10, -4 + 6 * Double($0) / 300) }
        let dashes: [MarkStyle.Dash] = [.dashed, .dotted, .dashDotted]
        let colors: [Color] = [.lightGrey, .orange, .skyBlue, .vermillion, .yellow, .green, .purple, .blue, .white]
        var next = 0
        for activation in Activation.all where !activation.isHomogeneous {
            let line = MeanField(activation, tolerance: 1e-10).criticalLine(lengths: lengths)
                .filter { $0.weightVariance <= right && $0.biasVariance <= top }
            guard line.count > 1 else { continue }
            let isOwn = activation == plane.activation
            marks.append(
                .line(
                    x: line.map(\.weightVariance), y: line.map(\.biasVariance), label: activation.name,
                    style: MarkStyle(
                        color: isOwn ? .black : colors[next % colors.count], width: isOwn ? 3 : 2,
                        dash: isOwn ? .solid : dashes[next % dashes.count])))
            if !isOwn { next += 1 }
        }
        return Figure(
            name: "phase-plane", title: "Order, chaos and the edge between: \(plane.activation)",
            caption:
                "Colour: the correlation length ξ_c of \(plane.activation), which diverges at its critical line (black). Other lines: the "
                + "edge of chaos of other activations. ReLU and its relatives are critical at one point of the lower axis only.",
            width: 780, height: 560,
            panel: Panel(
                x: Axis("weight variance σ_w²", from: 0, to: right), y: Axis("bias variance σ_b²", from: 0, to: top),
                color: ColorAxis("correlation length ξ_c", palette: .viridis, scale: .logarithmic, from: 1, to: 300), legend: .right,
                marks: marks))
    }

    /// ξ_q, ξ_c and ξ_∇ along σ_w².
    static func scales(_ theory: MeanField, _ configuration: MeanFieldConfiguration) -> Figure {
        let top = configuration.planeWeightVariance
        let x = (1...400).map { top * Double($0) / 400 }
        let points = x.map { theory.fixedPoint(InitialVariances(weight: $0, bias: configuration.biasVariance)) }
        func line(_ label: String, _ color: Color, _ value: (FixedPoint) -> Double) -> Mark {
            .line(
                x: x, y: points.map { point in point.map { value($0) }.flatMap { $0.isFinite && $0 > 0 ? $0 : nil } ?? .nan }, label: label,
                style: MarkStyle(color: color, width: 2.5))
        }
        var marks = [
            line("correlations: ξ_c", .blue, \.correlationScale), line("lengths: ξ_q", .green, \.lengthScale),
            line("gradients: 1/|ln χ_1|", .vermillion, \.gradientScale),
        ]
        for point in theory.criticalPoints(biasVariance: configuration.biasVariance) where point.weightVariance < top {
            marks.append(.verticalLine(x: point.weightVariance, label: "critical", style: MapFigures.critical))
        }
        return Figure(
            name: "depth-scales", title: "Depth scales of \(theory.activation) at σ_b² = \(short(configuration.biasVariance))",
            caption:
                "How deep correlations, lengths and gradients are felt. The correlation length diverges at the edge of chaos, the length scale does not.",
            panel: Panel(
                x: Axis("weight variance σ_w²", from: 0, to: top),
                y: Axis("scale", unit: "layers", scale: .logarithmic, from: 0.3, to: 1000),
                legend: .topRight, marks: marks))
    }

    /// q and c by depth from the configured start.
    static func trajectories(_ theory: MeanField, _ configuration: MeanFieldConfiguration) -> Figure {
        var lengths: [Mark] = []
        var correlations: [Mark] = []
        for weight in MapFigures.selected(configuration.weightVariances, 6) {
            let v = InitialVariances(weight: weight, bias: configuration.biasVariance)
            let states = theory.trajectory(
                length: configuration.startLength, correlation: configuration.startCorrelation, depth: configuration.depth, v)
            let x = (0...configuration.depth).map(Double.init)
            lengths.append(.line(x: x, y: [configuration.startLength] + states.map(\.length), label: "σ_w² = \(short(weight))"))
            correlations.append(
                .line(x: x, y: [configuration.startCorrelation] + states.map(\.correlation), label: "σ_w² = \(short(weight))"))
        }
        return Figure(
            name: "trajectories", title: "Lengths and correlations by depth",
            caption:
                "The variance q of the pre-activations (left) and the correlation c of two inputs (right) in an infinitely wide network.",
            panels: [
                Panel(x: Axis("depth ℓ", unit: "layers"), y: Axis("q"), legend: .below, marks: lengths),
                Panel(x: Axis("depth ℓ", unit: "layers"), y: Axis("c"), legend: .below, marks: correlations),
            ], columns: 2, width: 1080, height: 440)
    }
}
