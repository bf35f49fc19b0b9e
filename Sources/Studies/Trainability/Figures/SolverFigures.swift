import LoamRuns

/// Figures that hold heads trained by steps against heads in closed form.
enum SolverFigures {
    /// Whether information is gone from a layer or its head was not trained enough; nil for a map of one kind of heads.
    static func heads(_ map: PhaseMap) -> Figure? {
        guard map.cells.contains(where: { $0.solved != nil }) else { return nil }
        let weights = map.weightVariances
        let depths = (1...map.depth).map(Double.init)
        func curve(_ weight: Double, _ layers: @escaping (CellProfile) -> [LayerProfile]) -> [Double] {
            (1...map.depth).map { depth in
                map.summary(weight) { cell in
                    let own = layers(cell)
                    return own.count >= depth ? own[depth - 1].relativeMean : .nan
                }.mean
            }
        }
        let trained = weights.map { curve($0) { $0.layers } }
        let solved = weights.map { curve($0) { $0.solved?.layers ?? [] } }
        let colors: [Color] = [.blue, .orange, .green, .vermillion]
        let chosen = MapFigures.selected(Array(weights.indices).map(Double.init), colors.count).map { Int($0) }
        var lines: [Mark] = []
        for (color, index) in zip(colors, chosen) {
            lines.append(
                .line(x: depths, y: trained[index], label: "σ_w² = \(short(weights[index]))", style: MarkStyle(color: color, width: 2.5)))
            lines.append(.line(x: depths, y: solved[index], style: MarkStyle(color: color, width: 2, dash: .dashed)))
        }
        lines.append(
            .horizontalLine(y: map.meanImageLevel, label: "mean image", style: MarkStyle(color: .grey, width: 1.5, dash: .dotted)))
        let excess = depths.indices.map { row in weights.indices.map { trained[$0][row] - solved[$0][row] } }
        let size = excess.joined().filter(\.isFinite).map(abs).max() ?? 1
        var marks: [Mark] = [.heatMap(x: weights, y: depths, values: excess)]
        let (left, right) = MapFigures.bounds(weights)
        if map.followsDenseTheory { marks += MapFigures.theoryLines(map, left, right) }
        return Figure(
            name: "heads-trained-and-solved", title: "Information gone, or heads not trained enough?",
            caption:
                "Left: S_rel of reconstructions through heads trained by steps (solid) and through heads in closed form, which need no training "
                + "(dashed). Where both have reached the mean image's level, the information is gone. Where only the solid line is high, it "
                + "is there and the heads were not trained enough. Right: the difference, trained minus closed form; blue where the closed "
                + "form finds more, red where its errors grow more down the chain: it fits what stands before the heads’ tanh.",
            panels: [
                Panel(
                    x: Axis("depth ℓ", unit: "layers", from: 0, to: Double(map.depth) + 0.5), y: Axis("S_rel", unit: "nats", from: 0),
                    legend: .below, marks: lines),
                Panel(
                    x: Axis("weight variance σ_w²", from: left, to: right),
                    y: Axis("depth ℓ", unit: "layers", from: 0.5, to: Double(map.depth) + 0.5),
                    color: ColorAxis("difference of S_rel", palette: .spectral, from: -size, to: size), legend: .below, marks: marks),
            ], columns: 2, width: 1080, height: 470)
    }
}
