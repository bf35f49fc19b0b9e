import Foundation
import LoamRuns

/// Figures of the spatial modes of convolutional networks.
enum ModeFigures {
    /// The spectrum λ_k with multiplicities, and ξ_{c,k} of the slowest modes along σ_w².
    static func spectrum(_ modes: ConvolutionModes, _ theory: MeanField, _ configuration: MeanFieldConfiguration) -> Figure {
        let top = configuration.planeWeightVariance
        let x = (1...400).map { top * Double($0) / 400 }
        let points = x.map { theory.fixedPoint(InitialVariances(weight: $0, bias: configuration.biasVariance)) }
        let colors: [Color] = [.blue, .vermillion, .green, .purple, .orange]
        var lines: [Mark] = modes.modes.prefix(5).enumerated().map { index, mode in
            let y = points.map { point in point.map { mode.correlationScale(slope: $0.correlationSlope) } ?? .nan }
            return .line(
                x: x, y: y.map { $0.isFinite && $0 > 0 ? $0 : .nan },
                label: "k = (\(mode.frequency.map(String.init).joined(separator: ", ")))",
                style: MarkStyle(color: colors[index], width: index == 0 ? 3 : 2))
        }
        for point in theory.criticalPoints(biasVariance: configuration.biasVariance) where point.weightVariance < top {
            lines.append(.verticalLine(x: point.weightVariance, label: "critical", style: MapFigures.critical))
        }
        let ranked = modes.modes.flatMap { Array(repeating: $0.factor, count: $0.multiplicity) }
        return Figure(
            name: "convolution-modes", title: "Spatial modes of a convolutional network",
            caption:
                "A difference of spatial frequency k between two images is multiplied by λ_k C′ a layer, for \(modes.grid) × \(modes.grid) "
                + "pixels and \(2 * modes.reach + 1) × \(2 * modes.reach + 1) kernels with periodic padding. Left: λ_k of all "
                + "\(ranked.count) frequencies by magnitude. Right: the depth scale ξ_k = −1/ln|λ_k C′| of the slowest modes of \(theory.activation) at "
                + "σ_b² = \(short(configuration.biasVariance)); only the uniform mode diverges at the critical σ_w².",
            panels: [
                Panel(
                    x: Axis("rank of the frequency, by |λ_k|", from: 0, to: Double(ranked.count + 1)),
                    y: Axis("factor a layer λ_k", from: min(-0.5, (ranked.min() ?? 0) * 1.1), to: 1.1), legend: .none,
                    marks: [
                        .horizontalLine(y: 0, style: MarkStyle(color: .grey, width: 1)),
                        .points(x: ranked.indices.map { Double($0 + 1) }, y: ranked, style: MarkStyle(color: .blue, size: 0.9)),
                    ]),
                Panel(
                    x: Axis("weight variance σ_w²", from: 0, to: top),
                    y: Axis("depth scale of a frequency", unit: "layers", scale: .logarithmic, from: 0.2, to: 300), legend: .topRight,
                    marks: lines),
            ], columns: 2, width: 1080, height: 440)
    }
}
