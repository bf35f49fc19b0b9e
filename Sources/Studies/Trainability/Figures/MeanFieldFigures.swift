import Foundation
import LoamRuns

/// Figures of mean-field theory.
enum MeanFieldFigures {
    /// ξ_q, ξ_c and ξ_∇ along σ_w².
    static func scales(_ theory: MeanField, _ configuration: MeanFieldConfiguration) -> Figure {
        let top = configuration.planeWeightVariance
        let x = (1...400).map { top * Double($0) / 400 }
        let points = x.map { theory.fixedPoint(InitialVariances(weight: $0, bias: configuration.biasVariance)) }
        func line(_ label: String, _ color: Color, _ value: (FixedPoint) -> Double, dash: MarkStyle.Dash = .solid) -> Mark {
            .line(
                x: x, y: points.map { point in point.map { value($0) }.flatMap { $0.isFinite && $0 > 0 ? $0 : nil } ?? .nan }, label: label,
                style: MarkStyle(color: color, width: 2.5, dash: dash))
        }
        var marks = [
            line("correlations: ξ_c", .blue, \.correlationScale), line("lengths: ξ_q", .green, \.lengthScale),
            line("gradients: 1/|ln χ_1|", .vermillion, \.gradientScale, dash: .dashed),
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
                let points = line.networks.map(measured)
                if !points.isEmpty {
                    marks.append(
                        .band(
                            x: x, lower: points.map { $0.mean - $0.deviation }, upper: points.map { $0.mean + $0.deviation },
                            style: MarkStyle(color: color)))
                    marks.append(.points(x: x, y: points.map(\.mean), style: MarkStyle(color: color, symbol: .openCircle, size: 0.9)))
                }
                marks.append(.line(x: x, y: line.theory.map(value), label: label, style: MarkStyle(color: color, width: 2.5)))
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
            ? "; circles and bands: mean and standard deviation of \(configuration.networks) random networks of \(configuration.networkWidth) units."
            : "."
    }
}
