import LoamRuns

/// Figures of one cascade.
enum CascadeFigures {
    /// F5 of one network: what every layer keeps, with the levels that the entropies are read against.
    static func profile(_ map: PhaseMap, _ cell: CellProfile) -> Figure {
        let x = cell.layers.map { Double($0.depth) }
        let top = Double(cell.layers.count)
        func finite(_ value: (LayerProfile) -> Double) -> [Double] { cell.layers.map { value($0).isFinite ? value($0) : .nan } }
        var lines: [Mark] = []
        if map.followsDenseTheory,
            let point = MeanField(map.activation).fixedPoint(InitialVariances(weight: cell.weightVariance, bias: cell.biasVariance))
        {
            for (factor, label) in [(1.0, "ξ_c"), (6.0, "6ξ_c")] where factor * point.correlationScale <= top {
                lines.append(
                    .verticalLine(
                        x: factor * point.correlationScale, label: label,
                        style: MarkStyle(color: .black, width: 1.5, dash: factor == 1 ? .solid : .dashed)))
            }
        }
        let cutoff: [Mark] =
            cell.cutoff.isCensored || cell.cutoff.depth == 0
            ? [] : [.verticalLine(x: Double(cell.cutoff.depth), label: "cutoff ℓ_c", style: MarkStyle(color: .vermillion, width: 1.5))]
        let levels: [Mark] = [
            .horizontalLine(y: map.meanImageLevel, label: "mean image", style: MarkStyle(color: .grey, width: 1.5, dash: .dashed)),
            .horizontalLine(
                y: map.constantImageLevel, label: "constant image", style: MarkStyle(color: .orange, width: 1.5, dash: .dotted)),
        ]
        func axis() -> Axis { Axis("depth ℓ", unit: "layers", from: 0, to: top + 0.5) }
        return Figure(
            name: "profile", title: "How much of the input each layer keeps",
            caption:
                "σ_w² = \(fixed(cell.weightVariance, 3)), σ_b² = \(short(cell.biasVariance)). Left: S_rel between image and reconstruction, mean "
                + "and the 5 % to 95 % range over images; grey: the mean image (\(fixed(map.meanImageLevel, 2)): all information lost), orange: a constant one "
                + "(\(fixed(map.constantImageLevel, 2))). Middle: S_diff. Right: S_vN of reconstructions and of the activations themselves. The cutoff is "
                + (cell.cutoff.isCensored ? "not reached within \(cell.layers.count) layers." : "layer \(cell.cutoff.depth)."),
            panels: [
                Panel(
                    x: axis(), y: Axis("S_rel", unit: "nats"), legend: .below,
                    marks: [
                        .band(x: x, lower: finite(\.relativeLow), upper: finite(\.relativeHigh), style: MarkStyle(color: .skyBlue)),
                        .line(x: x, y: finite(\.relativeMean), label: "mean", style: MarkStyle(color: .blue, width: 2.5)),
                    ] + levels + lines + cutoff),
                Panel(
                    x: axis(), y: Axis("S_diff", unit: "nats"), legend: .below,
                    marks: [.line(x: x, y: finite(\.differential), label: "S_diff", style: MarkStyle(color: .blue, width: 2.5))] + lines),
                Panel(
                    x: axis(), y: Axis("S_vN", from: 0, to: 1), legend: .below,
                    marks: [
                        .line(x: x, y: finite(\.vonNeumann), label: "reconstructions", style: MarkStyle(color: .blue, width: 2.5)),
                        .line(
                            x: x, y: finite(\.activationVonNeumann), label: "activations",
                            style: MarkStyle(color: .orange, width: 2, dash: .dashed)),
                    ]),
            ], columns: 3, width: 1240, height: 440)
    }
}
