import LoamRuns

/// Figures of real training.
enum TrainFigures {
    /// F4: the accuracy of every trained network over σ_w² and depth.
    static func strip(_ trained: [TrainedCell], _ map: MapConfiguration, _ activation: Activation) -> Figure {
        let weights = Array(Set(trained.map(\.weightVariance))).sorted()
        let depths = Array(Set(trained.map(\.depth))).sorted()
        let values = depths.map { depth in
            weights.map { weight in
                Quantiles(trained.filter { $0.depth == depth && $0.weightVariance == weight }.map(\.outcome.accuracy)).mean
            }
        }
        let (left, right) = MapFigures.bounds(weights)
        if depths.count == 1 { return row(trained, depth: depths[0], x: Axis("weight variance σ_w²", from: left, to: right)) }
        let (bottom, top) = MapFigures.bounds(depths.map(Double.init))
        var marks: [Mark] = [.heatMap(x: weights, y: depths.map(Double.init), values: values)]
        for (row, list) in values.enumerated() {
            for (column, value) in list.enumerated() where value.isFinite && weights.count <= 14 && depths.count <= 14 {
                marks.append(
                    .text(
                        x: weights[column] - 0.02 * (right - left), y: Double(depths[row]), fixed(value, 2),
                        color: value > 0.42 ? .white : .black))
            }
        }
        let theory = PhaseMap(
            activation: activation, biasVariance: map.biasVariance, depth: Int(top), width: 1, architecture: map.architecture,
            meanImageLevel: 0, constantImageLevel: 0, cells: [])
        if theory.followsDenseTheory { marks += MapFigures.theoryLines(theory, left, right) }
        return Figure(
            name: "training", title: "What training reaches",
            caption: "Test accuracy of networks trained at these σ_w² and depths, averaged over repetitions."
                + (theory.followsDenseTheory
                    ? " Lines: ξ_c (solid) and 6ξ_c (dashed) of mean-field theory, the critical σ_w² (dotted)." : ""),
            width: 760, height: 300 + 24 * Double(min(depths.count, 10)),
            panel: Panel(
                x: Axis("weight variance σ_w²", from: left, to: right), y: Axis("depth L", unit: "layers", from: max(0, bottom), to: top),
                color: ColorAxis("accuracy", palette: .grey, from: 0, to: 0.9, step: 0.3), legend: .below, marks: marks))
    }

    /// The accuracies of networks of one depth.
    private static func row(_ trained: [TrainedCell], depth: Int, x: Axis) -> Figure {
        Figure(
            name: "training", title: "What training reaches",
            caption: "Test accuracy of networks of depth \(depth) trained at these σ_w².", width: 560, height: 380,
            panel: Panel(
                x: x, y: Axis("test accuracy, L = \(depth)", from: 0, to: 1),
                marks: [
                    .points(x: trained.map(\.weightVariance), y: trained.map(\.outcome.accuracy), style: MarkStyle(color: .blue, size: 1.3))
                ]
            ))
    }

    /// Accuracy and loss by epoch of the deepest networks; `nil` where everything took one epoch.
    static func learningCurves(_ trained: [TrainedCell]) -> Figure? {
        guard let deepest = trained.map(\.depth).max(), trained.contains(where: { $0.outcome.accuracies.count > 1 }) else { return nil }
        let all = trained.filter { $0.depth == deepest && $0.repetition == 0 }
        let chosen = MapFigures.selected(all.map(\.weightVariance), 7)
        let cells = all.filter { chosen.contains($0.weightVariance) }
        func panel(_ label: String, _ top: Double?, _ values: (DeepTraining.Outcome) -> [Double]) -> Panel {
            Panel(
                x: Axis("epoch", from: 0), y: Axis(label, from: 0, to: top), legend: .below,
                marks: cells.map { cell in
                    let y = values(cell.outcome)
                    return .line(x: y.indices.map { Double($0 + 1) }, y: y, label: "σ_w² = \(short(cell.weightVariance))")
                })
        }
        return Figure(
            name: "learning-curves", title: "Epoch by epoch",
            caption: "Test accuracy and mean training loss after every epoch of the networks of depth \(deepest).",
            panels: [panel("test accuracy", 1, \.accuracies), panel("training loss", nil, \.losses)], columns: 2, width: 1080, height: 440)
    }

    /// F3: the deepest trainable network at every σ_w², beside the cutoff that was measured without training.
    static func frontier(_ columns: [FrontierSearch.Column], _ map: PhaseMap, _ search: FrontierSearch) -> Figure {
        let weights = columns.map(\.weightVariance)
        let (left, right) = MapFigures.bounds(weights)
        let top = Double(search.startDepth) + 0.5
        let trained = columns.filter { $0.depth != nil }
        var marks: [Mark] = [
            .bars(
                x: trained.map(\.weightVariance), heights: trained.map { Double($0.depth!) }, width: 0.8 * search.varianceStep,
                colorValues: trained.map(\.accuracy))
        ]
        let lost = columns.filter { $0.depth == nil }
        if !lost.isEmpty {
            marks.append(
                .points(
                    x: lost.map(\.weightVariance), y: lost.map { _ in 0.02 * top }, label: "untrainable",
                    style: MarkStyle(color: .vermillion, symbol: .cross, size: 1.4)))
        }
        if map.followsDenseTheory { marks += MapFigures.theoryLines(map, left, right) }
        marks += MapFigures.cutoffMarks(map)
        return Figure(
            name: "frontier", title: "The deepest network that trains",
            caption: "Bars: the deepest network that reached the threshold, coloured by its accuracy; crosses: none did. "
                + MapFigures.key(map),
            width: 760, height: 500,
            panel: Panel(
                x: Axis("weight variance σ_w²", from: left, to: right), y: Axis("depth L", unit: "layers", from: 0, to: 1.04 * top),
                color: ColorAxis("accuracy", palette: .viridis, from: 0.1, to: 0.4), legend: .below, marks: marks))
    }
}

/// Figures of the training monitor.
enum MonitorFigures {
    /// Depth by training step, coloured by S_rel; one panel a network, at most four.
    static func map(_ cells: [MonitoredCell], meanImageLevel: Double) -> Figure {
        let shown = Array(cells.filter { $0.looks.count > 1 }.prefix(4))
        let chosen = shown.isEmpty ? Array(cells.prefix(1)) : shown
        let panels = chosen.map { cell in
            let depth = cell.looks.map(\.profile.layers.count).max() ?? 1
            let columns = cell.looks.indices.map(Double.init)
            let values = (0..<max(1, depth)).map { layer in
                cell.looks.map { layer < $0.profile.layers.count ? $0.profile.layers[layer].relativeMean : .nan }
            }
            let reach = cell.looks.map { Double($0.reach(meanImageLevel)) }
            return Panel(
                title: "σ_w² = \(fixed(cell.trained.weightVariance, 2)), L = \(cell.trained.depth): accuracy "
                    + "\(fixed(cell.looks.first?.accuracy ?? .nan, 2)) → \(fixed(cell.looks.last?.accuracy ?? .nan, 2))",
                x: Axis("training step", ticks: zip(columns, cell.looks).map { Axis.Tick($0, "\($1.step)") }),
                y: Axis("depth ℓ", unit: "layers", from: 0.5, to: Double(depth) + 0.5),
                color: ColorAxis("S_rel", palette: .viridis, from: nil, to: meanImageLevel), legend: .below,
                marks: [
                    .heatMap(x: columns, y: (1...max(1, depth)).map(Double.init), values: values),
                    .line(x: columns, y: reach.map { max(0.5, $0) }, style: MarkStyle(color: .black, width: 2)),
                    .points(
                        x: columns, y: reach.map { max(0.5, $0) }, label: "images stay apart down to here",
                        style: MarkStyle(color: .white, symbol: .circle, size: 1.3)),
                ]
                    + zip(columns, cell.looks).map { column, look in
                        .text(x: column - 0.22, y: 0.5 + 0.04 * Double(depth), fixed(look.accuracy, 2), color: .white)
                    })
        }
        return Figure(
            name: "monitor", title: "Where information starts to flow",
            caption:
                "S_rel of images reconstructed from every wide layer, at checkpoints of the training; white: the test accuracy then. Dark: the image is "
                + "kept; bright: no more than the mean image (\(fixed(meanImageLevel, 2))). Circles: the depth down to which every layer "
                + "stays below that level by two standard errors.",
            panels: panels, columns: 2, width: panels.count > 1 ? 1180 : 640, height: panels.count > 2 ? 900 : 460)
    }
}
