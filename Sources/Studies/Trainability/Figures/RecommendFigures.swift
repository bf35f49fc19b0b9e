import LoamRuns

/// Figures, table and instructions of a recommendation.
enum RecommendFigures {
    /// One row a cascade in the order of measurement.
    static func table(_ result: InitialisationSearch.Result, _ stage: Int) -> Table {
        let rows = result.measured
        return Table([
            "sigma_w2": .numbers(rows.map(\.candidate.variances.weight)), "sigma_b2": .numbers(rows.map(\.candidate.variances.bias)),
            "scheme": .texts(rows.map(\.candidate.variances.scheme.rawValue)), "layers": .integers(rows.map(\.cell.layers.count)),
            "s_rel": .numbers(rows.map { $0.cell.at(stage, \.relativeMean) }),
            "s_rel_error": .numbers(rows.map { $0.cell.at(stage, \.relativeError) }),
            "s_diff": .numbers(rows.map { $0.cell.at(stage, \.differential) }), "cutoff": .integers(rows.map(\.cell.cutoff.depth)),
            "censored": .texts(rows.map { String($0.cell.cutoff.isCensored) }),
            "operations": .numbers(rows.map(\.cell.headOperations)), "seconds": .measured(rows.map(\.cell.seconds)),
        ])
    }

    /// S_rel at the requested depth over σ_w², and the accuracies of the networks that were trained as a check.
    static func search(
        _ result: InitialisationSearch.Result, _ check: RecommendationCheck?, _ configuration: RecommendConfiguration,
        meanImageLevel: Double
    ) -> Figure {
        let stage = RecommendationRun.stage(configuration)
        let rows = result.measured.filter { !$0.candidate.isConfirmation }
        let keys = rows.map { "\($0.candidate.variances.bias) \($0.candidate.variances.scheme.rawValue)" }
        let reading = result.readingDepth
        var marks: [Mark] = [
            .horizontalLine(y: meanImageLevel, label: "mean image", style: MarkStyle(color: .grey, width: 1.5, dash: .dashed))
        ]
        for key in keys.enumerated().filter({ keys.firstIndex(of: $0.element) == $0.offset }).map(\.element) {
            let group = zip(keys, rows).filter { $0.0 == key }.map(\.1).sorted {
                $0.candidate.variances.weight < $1.candidate.variances.weight
            }
            let variances = group[0].candidate.variances
            let label = "σ_b² = \(short(variances.bias)), \(variances.scheme.rawValue)"
            let x = group.map(\.candidate.variances.weight)
            let y = group.map { $0.cell.at(reading, \.relativeMean) }
            marks.append(
                .points(
                    x: x, y: y, errors: group.map { $0.cell.at(reading, \.relativeError) }, label: label,
                    style: MarkStyle(size: 1.2)))
        }
        let weight = result.variances.weight
        marks.append(
            .verticalLine(
                x: weight, label: "recommended σ_w² = \(fixed(weight, 3))", style: MarkStyle(color: .black, width: 2, dash: .solid)))
        let ends = [result.trainableFrom, result.trainableTo].compactMap { $0 }
        for (index, end) in ends.enumerated() {
            marks.append(
                .verticalLine(
                    x: end, label: index == 0 ? "front at depth \(configuration.map.depth)" : nil,
                    style: MarkStyle(color: .vermillion, width: 1.5, dash: .dotted)))
        }
        func axis() -> Axis {
            let (low, high) = (configuration.options.lowestVariance, configuration.options.highestVariance)
            return Axis("weight variance σ_w²", from: low - 0.05 * (high - low), to: high + 0.05 * (high - low))
        }
        var panels = [
            Panel(x: axis(), y: Axis("S_rel at depth \(reading)", unit: "nats"), legend: .below, marks: marks)
        ]
        if let check {
            panels.append(
                Panel(
                    x: axis(), y: Axis("test accuracy", from: 0, to: 1), legend: .below,
                    marks: [
                        .points(
                            x: check.grid.map(\.weightVariance), y: check.grid.map(\.outcome.accuracy), label: "grid",
                            style: MarkStyle(color: .blue, symbol: .square, size: 1.3)),
                        .points(
                            x: check.best.map(\.weightVariance), y: check.best.map(\.outcome.accuracy), label: "its best, further seeds",
                            style: MarkStyle(color: .skyBlue, symbol: .openSquare, size: 1.3)),
                        .points(
                            x: check.recommended.map(\.weightVariance), y: check.recommended.map(\.outcome.accuracy), label: "recommended",
                            style: MarkStyle(color: .vermillion, symbol: .diamond, size: 1.6)),
                        .verticalLine(x: weight, style: MarkStyle(color: .black, width: 1, dash: .solid)),
                    ]))
        }
        return Figure(
            name: "recommendation", title: "The initial variances that keep most",
            caption:
                "Left: S_rel of reconstructions from depth \(reading), one point a cascade of an untrained network. Lower is better; error "
                + "bars: standard errors over images. "
                + (reading < stage
                    ? "Deeper, no network is below the mean image's level by two standard errors, and the order is that of noise. " : "")
                + "Dotted: where the rule “\(configuration.options.rule.rawValue)” ends."
                + (check == nil ? "" : " Right: networks of that depth, trained."),
            panels: panels, columns: 2, width: panels.count > 1 ? 1120 : 640, height: 470)
    }

    /// How to load the weights, for Loam and for PyTorch.
    static func usage(_ configuration: RecommendConfiguration, _ variances: InitialVariances) -> String {
        let map = configuration.map
        let keys = [
            "depths=[\(map.depth)]", "data=\(map.data)", "pooled=\(map.pooled)", "architecture=\(map.architecture)",
            "activation=\(map.activation)",
        ]
        let command =
            "loam trainability train --set initFrom=init.safetensors " + keys.map { "--set \(shellQuoted($0))" }.joined(separator: " ")
        let python = """
            from safetensors.torch import load_file
            state = load_file("init.safetensors")     # net.1.weight, net.1.bias, net.2.weight, …
            # a module whose attribute `net` holds its layers under the names "1", "2", …:
            # self.net = torch.nn.Sequential(collections.OrderedDict([("1", Linear(n, n)), ("tanh1", Tanh()), ("2", Linear(n, n)), …]))
            model.load_state_dict(state)
            """
        return "<p><code>\(RecommendVerb.weightFile)</code> holds the untrained network of depth \(map.depth) with σ<sub>w</sub>² = "
            + "\(fixed(variances.weight, 3)), σ<sub>b</sub>² = \(HTML.escape(short(variances.bias))).</p><pre>\(HTML.escape(command))</pre>"
            + "<pre>\(HTML.escape(python))</pre>"
    }
}
