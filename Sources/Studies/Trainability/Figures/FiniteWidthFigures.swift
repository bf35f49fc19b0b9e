import LoamRuns

/// Measured networks beside mean-field theory and its bands of finite width.
enum FiniteWidthFigures {
    /// Adds the figure, and for dense Gaussian networks the bands and their verdict.
    static func publish(_ map: PhaseMap, _ configuration: MapConfiguration, in run: RunContext) throws {
        guard map.followsDenseTheory else { return }
        // Bands hold for independent weights in layers of one width.
        let isBanded = map.architecture == "mlp" && configuration.scheme != .orthogonal
        let comparison =
            isBanded ? FiniteWidthComparison(map, width: configuration.width ?? map.width, inputs: configuration.evaluation) : nil
        try run.add(figure(map, comparison))
        guard let comparison else { return }
        let summary = comparison.summary
        if summary.isWarning { run.warn(summary.text) } else { run.note(summary.text) }
        try run.summarize("meanFieldMisleadsAt", comparison.networks.filter { !$0.misled.isEmpty }.map(\.cell.weightVariance))
    }

    /// What is drawn of one network of the map.
    private struct Line {
        let cell: CellProfile
        let variances: InitialVariances
        let states: [MeanFieldState]
        let bands: [FiniteWidthLayer]?
        let color: Color
    }

    /// Measured q̂, ĉ, χ̂ beside theory, at three σ_w².
    static func figure(_ map: PhaseMap, _ comparison: FiniteWidthComparison?) -> Figure {
        let theory = MeanField(map.activation, tolerance: 1e-9)
        let colors: [Color] = [.blue, .vermillion, .green]
        let lines = zip(MapFigures.selected(map.weightVariances, 3), colors).compactMap { weight, color -> Line? in
            guard let cell = map.cells(at: weight).first, let first = cell.layers.first, first.length.isFinite, first.correlation.isFinite
            else { return nil }
            let v = InitialVariances(weight: weight, bias: map.biasVariance)
            let states =
                [MeanFieldState(length: first.length, decorrelation: 1 - first.correlation)]
                + theory.trajectory(length: first.length, correlation: first.correlation, depth: max(0, cell.layers.count - 1), v)
            let bands = comparison?.networks.first { $0.cell.weightVariance == weight }?.expected
            return Line(cell: cell, variances: v, states: states, bands: bands, color: color)
        }
        func panel(
            _ label: String, _ measured: (LayerProfile) -> Double, _ expected: (MeanFieldState, InitialVariances) -> Double,
            _ band: (FiniteWidthLayer) -> FiniteWidthLayer.Expectation
        ) -> Panel {
            var marks: [Mark] = []
            for line in lines {
                let depths = line.cell.layers.map { Double($0.depth) }
                if let bands = line.bands?.map(band) {
                    marks.append(
                        .band(
                            x: depths, lower: bands.map { $0.mean - 2 * $0.deviation }, upper: bands.map { $0.mean + 2 * $0.deviation },
                            style: MarkStyle(color: line.color)))
                }
                marks.append(
                    .line(x: depths, y: line.states.map { expected($0, line.variances) }, style: MarkStyle(color: line.color, width: 1.5)))
                marks.append(
                    .points(
                        x: depths, y: line.cell.layers.map(measured), label: "σ_w² = \(short(line.variances.weight))",
                        style: MarkStyle(color: line.color, symbol: .openCircle, size: 0.8)))
            }
            return Panel(x: Axis("depth ℓ", unit: "layers"), y: Axis(label), legend: .below, marks: marks)
        }
        var caption = "Circles: measured on the networks of the map. Lines: mean-field theory started from the first layer's values."
        if let comparison {
            caption +=
                " Bands: ±2 standard deviations of random networks of \(comparison.width) units, to leading order in 1/N. "
                + comparison.summary.text.prefix(1).uppercased() + comparison.summary.text.dropFirst() + "."
        }
        return Figure(
            name: "finite-width", title: "Finite networks beside infinitely wide ones", caption: caption,
            panels: [
                panel("q̂", \.length, { state, _ in state.length }, \.length),
                panel("ĉ", \.correlation, { state, _ in state.correlation }, \.correlation),
                panel("χ̂", \.gain, { state, v in v.weight * theory.lengthMoments(state.length).slope }, \.gain),
            ], columns: 3, width: 1200, height: 420)
    }
}
