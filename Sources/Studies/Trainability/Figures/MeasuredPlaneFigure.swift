import LoamRuns

/// The measured plane beside the theory's edge of chaos.
enum MeasuredPlaneFigure {
    static func figure(_ plane: MeasuredPlane, meanImageLevel: Double) -> Figure {
        let (left, right) = MapFigures.bounds(plane.weightVariances)
        let (bottom, top) = MapFigures.bounds(plane.biasVariances)
        let theory: [Mark] =
            plane.maps[0].followsDenseTheory ? edge(plane.maps[0].activation, left, right, max(0, bottom), top) : []
        func panel(_ quantity: String, _ palette: Palette, _ value: (LayerProfile) -> Double) -> Panel {
            Panel(
                x: Axis("weight variance σ_w²", from: left, to: right), y: Axis("bias variance σ_b²", from: max(0, bottom), to: top),
                color: ColorAxis("\(quantity) at depth \(plane.depth)", palette: palette), legend: .below,
                marks: [.heatMap(x: plane.weightVariances, y: plane.biasVariances, values: plane.grid(value))] + theory)
        }
        return Figure(
            name: "measured-plane", title: "What depth \(plane.depth) keeps, over both variances",
            caption:
                "Left: S_rel between images and their reconstructions from depth \(plane.depth) (low: the image is kept; the mean image alone "
                + "scores \(fixed(meanImageLevel, 2))). Right: S_diff (high: reconstructions differ)."
                + (theory.isEmpty ? "" : " Line: the edge of chaos of mean-field theory, ordered to its left."),
            panels: [panel("S_rel", .viridis, \.relativeMean), panel("S_diff", .spectral, \.differential)], columns: 2, width: 1120,
            height: 460)
    }

    private static func edge(_ activation: Activation, _ left: Double, _ right: Double, _ bottom: Double, _ top: Double) -> [Mark] {
        let points = MeanField(activation, tolerance: 1e-9).criticalLine(
            lengths: (0...600).map { 1e-4 * Double.pow(10, 5 * Double($0) / 600) }
        )
        .filter { (left...right).contains($0.weightVariance) && (bottom...top).contains($0.biasVariance) }
        guard points.count > 1 else { return [] }
        return [
            .line(
                x: points.map(\.weightVariance), y: points.map(\.biasVariance), label: "edge of chaos",
                style: MarkStyle(color: .black, width: 2.5))
        ]
    }
}
