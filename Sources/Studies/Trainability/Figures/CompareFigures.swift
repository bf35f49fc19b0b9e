import LoamRuns

/// Figures that hold training results against predictions.
enum CompareFigures {
    /// F4: the accuracy of trained networks above the map that was made without training them.
    static func strip(_ map: PhaseMap, _ trained: [TrainedCell], clip: Double) -> Figure {
        let weights = map.weightVariances
        let depths = Array(Set(trained.map(\.depth))).sorted()
        let values = depths.map { depth in
            weights.map { weight in
                Quantiles(trained.filter { $0.depth == depth && $0.weightVariance == weight }.map(\.outcome.accuracy)).mean
            }
        }
        let (left, right) = MapFigures.bounds(weights)
        let rows = depths.indices.map { Double($0 + 1) }
        var marks: [Mark] = [.heatMap(x: weights, y: rows, values: values)]
        for (row, list) in values.enumerated() {
            for (column, value) in list.enumerated() where value.isFinite && weights.count <= 12 {
                marks.append(
                    .text(
                        x: weights[column] - 0.025 * (right - left), y: rows[row], fixed(value, 2), color: value > 0.42 ? .white : .black))
            }
        }
        let strip = Panel(
            title: "trained: test accuracy", x: Axis("", from: left, to: right),
            y: Axis("depth L", from: 0.5, to: Double(depths.count) + 0.5, ticks: zip(rows, depths).map { Axis.Tick($0, String($1)) }),
            color: ColorAxis("accuracy", palette: .grey, from: 0, to: 0.9, step: 0.3), legend: .none, marks: marks)
        let below = MapFigures.panel(
            map, "S_diff", grid: map.grid(\.differential), palette: .spectral, low: clip, high: nil,
            title: "predicted without training: differential entropy")
        return Figure(
            name: "training-beside-prediction", title: "Training beside the prediction",
            caption:
                "Above: test accuracy of networks trained at these σ_w² and depths. Below: S_diff of images reconstructed through the same "
                + "networks, untrained: one cheap run for all depths. Blue: the images still differ; red: they have become one. "
                + MapFigures.key(map),
            panels: [strip, below], columns: 1, width: 760, height: 760, rowHeights: [0.8 + 0.4 * Double(min(depths.count, 8)), 4])
    }
}
