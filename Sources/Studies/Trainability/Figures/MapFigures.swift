import LoamRuns

/// Figures of a phase map.
enum MapFigures {
    static let critical = MarkStyle(color: .black, width: 1.5, dash: .dotted)

    /// F1: S_diff over σ_w² and depth with the mean-field lines and the measured cutoff.
    static func differential(_ map: PhaseMap, clip: Double) -> Figure {
        Figure(
            name: "phase-map-differential", title: "What survives: differential entropy of the reconstructions",
            caption:
                "S_diff of images reconstructed from every layer of untrained networks. Blue: the images still differ; red: they have become "
                + "one. " + key(map),
            width: 760, height: 520, panel: panel(map, "S_diff", grid: map.grid(\.differential), palette: .spectral, low: clip, high: nil))
    }

    /// What the marks on a phase map are: lines only where the theory holds.
    static func key(_ map: PhaseMap) -> String {
        (map.followsDenseTheory ? "Lines: ξ_c (solid) and 6ξ_c (dashed) of mean-field theory, the critical σ_w² (dotted). " : "")
            + "Circles: the measured cutoff; an arrow where it lies deeper than the map."
    }

    /// F2: S_rel and S_vN over the same plane.
    static func others(_ map: PhaseMap) -> Figure {
        Figure(
            name: "phase-map-relative", title: "Relative and Gram entropy over the same plane",
            caption: "Left: S_rel between image and reconstruction (low: the image is kept; the mean image alone scores "
                + "\(fixed(map.meanImageLevel, 2))). Right: S_vN of the reconstructions (1: all different, 0: all alike). \(map.followsDenseTheory ? "Lines and circles" : "Circles") as in the first map.",
            panels: [
                panel(map, "S_rel", grid: map.grid(\.relativeMean), palette: .viridis, low: nil, high: nil),
                panel(map, "S_vN", grid: map.grid(\.vonNeumann), palette: .cividis, low: 0, high: nil),
            ], columns: 2, width: 1080, height: 460)
    }

    static func panel(
        _ map: PhaseMap, _ quantity: String, grid: [[Double]], palette: Palette, low: Double?, high: Double?, title: String? = nil
    ) -> Panel {
        let weights = map.weightVariances
        let (left, right) = bounds(weights)
        var marks: [Mark] = [.heatMap(x: weights, y: (1...map.depth).map(Double.init), values: grid)]
        if map.followsDenseTheory { marks += theoryLines(map, left, right) }
        marks += cutoffMarks(map)
        return Panel(
            title: title, x: Axis("weight variance σ_w²", from: left, to: right),
            y: Axis("depth ℓ", unit: "layers", from: 0.5, to: Double(map.depth) + 0.5),
            color: ColorAxis(quantity, palette: palette, from: low, to: high), legend: .below, marks: marks)
    }

    /// The edges of the outermost cells.
    static func bounds(_ x: [Double]) -> (Double, Double) {
        guard x.count > 1 else { return (x[0] - 0.5, x[0] + 0.5) }
        return (x[0] - 0.5 * (x[1] - x[0]), x[x.count - 1] + 0.5 * (x[x.count - 1] - x[x.count - 2]))
    }

    /// ξ_c, 6ξ_c and the critical σ_w², cut where they leave the map.
    static func theoryLines(_ map: PhaseMap, _ left: Double, _ right: Double) -> [Mark] {
        let theory = MeanField(map.activation, tolerance: 1e-9)
        let x = (0...240).map { max(left, 1e-3) + (right - max(left, 1e-3)) * Double($0) / 240 }
        let scales = x.map { theory.fixedPoint(InitialVariances(weight: $0, bias: map.biasVariance))?.correlationScale ?? .nan }
        func line(_ factor: Double, _ label: String, _ dash: MarkStyle.Dash) -> Mark {
            let curve = clipped(x, scales.map { factor * $0 }, below: Double(map.depth) + 0.5)
            return .line(x: curve.x, y: curve.y, label: label, style: MarkStyle(color: .black, width: 2, dash: dash))
        }
        var marks = [line(1, "ξ_c", .solid), line(6, "6ξ_c", .dashed)]
        for point in theory.criticalPoints(biasVariance: map.biasVariance) where point.weightVariance > left && point.weightVariance < right
        {
            marks.append(
                .verticalLine(x: point.weightVariance, label: "critical σ_w² = \(fixed(point.weightVariance, 3))", style: critical))
        }
        return marks
    }

    /// The part of a curve that lies below `top`, up to `top` itself: ξ_c grows like the reciprocal of the distance to the critical
    /// line, so
    /// its reciprocal is interpolated.
    static func clipped(_ x: [Double], _ y: [Double], below top: Double) -> (x: [Double], y: [Double]) {
        var curve: (x: [Double], y: [Double]) = ([], [])
        for i in x.indices {
            if i > 0, (y[i] <= top) != (y[i - 1] <= top), y[i] > 0, y[i - 1] > 0 {
                let t = (1 / top - 1 / y[i - 1]) / (1 / y[i] - 1 / y[i - 1])
                curve.x.append(x[i - 1] + t * (x[i] - x[i - 1]))
                curve.y.append(top)
            }
            curve.x.append(x[i])
            curve.y.append(y[i] <= top ? y[i] : .nan)
        }
        return curve
    }

    static func cutoffMarks(_ map: PhaseMap) -> [Mark] {
        let cells = map.weightVariances.map { weight in (weight, map.cells(at: weight)) }
        let y = cells.map { cell in Quantiles(cell.1.map { max(0.5, Double($0.cutoff.depth)) }).mean }
        let top = Double(map.depth) + 0.5
        // Below the circles, and out of the map: it goes on there.
        var marks: [Mark] = zip(cells, y).filter { $0.0.1.contains(where: \.cutoff.isCensored) }.map { cell, depth in
            .arrow(fromX: cell.0, fromY: depth, toX: cell.0, toY: 1.035 * top, style: MarkStyle(color: .black, width: 2))
        }
        marks += [
            .points(x: cells.map(\.0), y: y, label: "cutoff ℓ_c", style: MarkStyle(color: .white, symbol: .circle, size: 1.5)),
            .points(x: cells.map(\.0), y: y, style: MarkStyle(color: .black, symbol: .openCircle, size: 1.5)),
        ]
        return marks
    }

    /// F5: profiles over depth with the anchor levels.
    static func profiles(_ map: PhaseMap) -> Figure {
        let chosen = selected(map.weightVariances, 6)
        func lines(_ value: @escaping (LayerProfile) -> Double) -> [Mark] {
            chosen.map { weight in
                let layers = (1...map.depth).map { layer in
                    map.summary(weight) { $0.layers.count >= layer ? value($0.layers[layer - 1]) : .nan }.mean
                }
                return .line(
                    x: (1...map.depth).map(Double.init), y: layers.map { $0.isFinite ? $0 : .nan }, label: "σ_w² = \(short(weight))",
                    style: MarkStyle(width: 2.5))
            }
        }
        let levels: [Mark] = [
            .horizontalLine(y: map.meanImageLevel, label: "mean image", style: MarkStyle(color: .grey, width: 1.5, dash: .dashed))
        ]
        return Figure(
            name: "profiles", title: "How much of the input each layer keeps",
            caption:
                "Mean S_rel (left) and S_diff (right) of reconstructions from every depth. Grey: S_rel of the mean image, at which all "
                + "information is lost. A constant image scores \(fixed(map.constantImageLevel, 2)).",
            panels: [
                Panel(
                    x: Axis("depth ℓ", unit: "layers", from: 0), y: Axis("S_rel", unit: "nats"), legend: .below,
                    marks: lines(\.relativeMean) + levels),
                Panel(
                    x: Axis("depth ℓ", unit: "layers", from: 0), y: Axis("S_diff", unit: "nats"), legend: .below,
                    marks: lines(\.differential)),
            ], columns: 2, width: 1080, height: 470)
    }

    static func selected<Value>(_ values: [Value], _ limit: Int) -> [Value] {
        guard values.count > limit else { return values }
        return (0..<limit).map { values[$0 * (values.count - 1) / (limit - 1)] }
    }

    /// F6: the front against ξ_c; `nil` with fewer than three fronts.
    static func front(_ map: PhaseMap) -> Figure? {
        guard let fit = FrontFit(map) else { return nil }
        let scales = fit.points.map(\.scale)
        let x = (0...60).map { i in scales.min()! * 0.8 + (scales.max()! * 1.25 - scales.min()! * 0.8) * Double(i) / 60 }
        let y = x.map { fit.line.slope * $0 + fit.line.intercept }
        return Figure(
            name: "front", title: "The front follows the correlation length",
            caption:
                "Depth at which S_diff falls through \(fixed(map.frontThreshold, 1)), against ξ_c, for σ_w² below the critical value. Fit: "
                + "\(fixed(fit.line.slope, 2))·ξ_c + \(fixed(fit.line.intercept, 2)), R² = \(fixed(fit.line.determination, 4)).",
            panel: Panel(
                x: Axis("correlation length ξ_c", scale: .logarithmic),
                y: Axis("front depth", unit: "layers", scale: .logarithmic), legend: .bottomRight,
                marks: [
                    .line(x: x, y: y.map { $0 > 0 ? $0 : .nan }, label: "fit: a·ξ_c+b", style: MarkStyle(color: .grey, dash: .dashed)),
                    .points(x: scales, y: fit.points.map(\.depth), label: "measured front", style: MarkStyle(color: .blue, size: 1.4)),
                ]))
    }
}
