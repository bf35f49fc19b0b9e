import Foundation
import LoamRuns

/// Figures of mean-field theory.
enum MeanFieldFigures {
    /// F10: ξ_c over the (σ_w², σ_b²) plane with the critical lines of all activations.
    ///
    /// - Parameter lines: whether the critical lines are drawn.
    static func plane(_ plane: PhasePlane, lines: Bool) -> Figure {
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
        let lengths = (0...1200).map { Foundation.pow(10, -4 + 6 * Double($0) / 1200) }
        let dashes: [MarkStyle.Dash] = [.dashed, .dotted, .dashDotted]
        let colors: [Color] = [.lightGrey, .orange, .skyBlue, .vermillion, .yellow, .green, .purple, .blue, .white]
        var next = 0
        let others = Activation.all.filter { $0 != plane.activation }
        for activation in lines ? others + [plane.activation] : [] where !activation.isHomogeneous {
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
                color: ColorAxis("correlation length ξ_c", palette: .viridis, scale: .logarithmic, from: 1, to: 300), legend: .below,
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

    /// q and c by depth from the configured start; beside residual blocks random networks.
    static func trajectories(_ trajectories: BlockTrajectories) -> Figure {
        let configuration = trajectories.configuration
        let colors: [Color] = [.blue, .vermillion, .green, .orange, .purple, .skyBlue]
        let chosen = MapFigures.selected(trajectories.lines.indices.map { Double($0) }, colors.count).map { trajectories.lines[Int($0)] }
        func marks(
            _ value: (MeanFieldState) -> Double, _ measured: (BlockTrajectories.Measured) -> (mean: Double, deviation: Double)
        ) -> [Mark] {
            var marks: [Mark] = []
            for (line, color) in zip(chosen, colors) {
                let label = "σ_w² = \(short(line.weightVariance))"
                let x = line.theory.indices.map(Double.init)
                marks.append(.line(x: x, y: line.theory.map(value), label: label, style: MarkStyle(color: color, width: 2.5)))
                guard !line.networks.isEmpty else { continue }
                let points = line.networks.map(measured)
                marks.append(
                    .points(
                        x: x, y: points.map(\.mean), errors: points.map(\.deviation),
                        style: MarkStyle(color: color, symbol: .openCircle, size: 0.9)))
            }
            return marks
        }
        let caption: String
        switch configuration.block {
        case .none:
            caption =
                "The variance q of the pre-activations (left) and the correlation c of two inputs (right) in an infinitely wide network."
        case .residual:
            caption =
                "Mean square of a block's output z ← φ(F(z) + z) (left) and correlation of two inputs (right): lines by population dynamics "
                + "with \(configuration.population) pairs" + circles(configuration)
        case .residualPre:
            caption =
                "Mean square of the stream x ← x + φ(Wx + b) (left) and correlation of two inputs (right): lines by the closed recursion"
                + circles(configuration)
        }
        let layer = configuration.block == .none ? Axis("depth ℓ", unit: "layers") : Axis("depth", unit: "blocks")
        // A stream grows by the square of σ_w at every block: orders of magnitude.
        let grows =
            configuration.block == .residualPre && chosen.contains { ($0.theory.last?.length ?? 0) > 100 * configuration.startLength }
        return Figure(
            name: "trajectories", title: "Lengths and correlations by depth: \(trajectories.activation)", caption: caption,
            panels: [
                Panel(
                    x: layer, y: Axis(configuration.block == .none ? "q" : "mean square", scale: grows ? .logarithmic : .linear),
                    legend: .below, marks: marks(\.length) { ($0.length, $0.lengthDeviation) }),
                Panel(x: layer, y: Axis("c"), legend: .below, marks: marks(\.correlation) { ($0.correlation, $0.correlationDeviation) }),
            ], columns: 2, width: 1080, height: 440)
    }

    private static func circles(_ configuration: MeanFieldConfiguration) -> String {
        configuration.networkWidth > 0
            ? "; circles: mean and standard deviation of \(configuration.networks) random networks of \(configuration.networkWidth) units."
            : "."
    }
}
