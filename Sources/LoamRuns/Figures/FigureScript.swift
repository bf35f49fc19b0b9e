/// The gnuplot script of a figure: data and drawing in one text. Terminal and output are set by whoever runs it.
struct FigureScript {
    let figure: Figure

    var text: String {
        var text = """
            # Draw with: gnuplot -d -e "set terminal pdfcairo size 16cm,10.5cm font 'Helvetica,12'; set output 'figure.pdf'" \(figure.name).gp
            set encoding utf8
            set minussign
            set tics out nomirror scale 0.6,0.3
            set xtics textcolor rgb '\(Ink.axis)' offset 0,0.2
            set ytics textcolor rgb '\(Ink.axis)'
            set cbtics textcolor rgb '\(Ink.axis)' scale 0.4
            set grid linecolor rgb '\(Ink.grid)' linewidth 0.6 dashtype solid
            set bars 0.6

            """
        for (index, panel) in figure.panels.enumerated() {
            text += PanelScript(panel: panel, index: index).data
        }
        if figure.panels.count > 1 { text += "set multiplot layout \(figure.rows),\(figure.columns)\n" }
        for (index, panel) in figure.panels.enumerated() {
            text += place(index) + PanelScript(panel: panel, index: index).drawing
        }
        if figure.panels.count > 1 { text += "unset multiplot\n" }
        return text
    }

    /// Where panel `index` stands, if the rows are not equally high.
    private func place(_ index: Int) -> String {
        guard !figure.rowHeights.isEmpty else { return "" }
        let whole = figure.rowHeights.reduce(0, +)
        let row = index / figure.columns
        let below = figure.rowHeights[(row + 1)...].reduce(0, +)
        let width = 1 / Double(figure.columns)
        return "set origin \(compact(Double(index % figure.columns) * width)),\(compact(below / whole))\n"
            + "set size \(compact(width)),\(compact(figure.rowHeights[row] / whole))\n"
    }
}

extension Figure {
    /// Width and height in points.
    public var size: (width: Double, height: Double) {
        let usual: (Double, Double) =
            columns == 1 ? (640, rows == 1 ? 420 : 330 * Double(rows)) : (460 * Double(columns), 350 * Double(rows))
        return (width > 0 ? width : usual.0, height > 0 ? height : usual.1)
    }
}

/// The part of a script that draws one panel.
struct PanelScript {
    let panel: Panel
    let index: Int

    /// Named data blocks, one per mark.
    var data: String {
        var text = ""
        for (number, mark) in panel.marks.enumerated() {
            let rows = MarkData(mark, in: panel).rows
            if !rows.isEmpty { text += "\(block(number)) << EOD\n\(rows)EOD\n" }
        }
        return text
    }

    func block(_ number: Int) -> String { "$data_\(index)_\(number)" }

    var drawing: String {
        var text = "unset arrow\nunset label\nunset logscale\nunset colorbox\nset xtics auto\nset ytics auto\nset format '%h'\n"
        text += panel.title.map { "set title \(GnuplotText.quoted($0)) textcolor rgb '\(Ink.axis)' \n" } ?? "unset title\n"
        text += isMap ? "unset grid\n" : "set grid\n"
        text += "set border \(isMap ? 15 : 3) linecolor rgb '\(Ink.axis)' linewidth 1\n"
        text += AxisScript(axis: panel.x, name: "x", extent: extent.x, isTight: true).text
        text += AxisScript(axis: panel.y, name: "y", extent: extent.y, isTight: isMap).text
        text += colorScale
        text += legend
        var plots: [String] = []
        let taken = Set(panel.marks.compactMap { $0.style?.color })
        var colors = Color.sequence.filter { !taken.contains($0) }
        for (number, mark) in panel.marks.enumerated() {
            let data = MarkData(mark, in: panel)
            let drawing = MarkScript(
                mark: mark, block: block(number), isMap: isMap, colors: &colors, hasData: !data.rows.isEmpty, isImage: data.isImage)
            text += drawing.settings
            plots += drawing.plots
        }
        if plots.isEmpty { plots = ["NaN notitle"] }
        return text + "plot " + plots.joined(separator: ", \\\n     ") + "\n" + (isMap ? PlotArea.report(index) : "")
    }

    /// Whether a heat map fills the panel: a full frame then, no grid, and axes that end with the cells.
    var isMap: Bool {
        panel.marks.contains { if case .heatMap = $0 { true } else { false } }
    }

    private var colorScale: String {
        guard let color = panel.color else { return "unset rmargin\n" }
        // Gnuplot leaves room for the box and its numbers, but not for its label beside them.
        var text = color.palette.gnuplot + "\nset colorbox\nset rmargin 5\n"
        text += "set cblabel \(GnuplotText.quoted(color.label)) textcolor rgb '\(Ink.axis)' offset 1,0\n"
        text += color.step.map { "set cbtics \(GnuplotText.number($0))\n" } ?? "set cbtics autofreq\n"
        if color.scale == .logarithmic { text += "set logscale cb\n" }
        let range = colorRange(color)
        text += "set cbrange [\(range.lower):\(range.upper)]\nset format cb \(color.scale == .logarithmic ? "'10^{%T}'" : "'%h'")\n"
        return text
    }

    private func colorRange(_ color: ColorAxis) -> (lower: String, upper: String) {
        let values = panel.marks.flatMap { mark -> [Double] in
            switch mark {
            case .heatMap(_, _, let values): values.flatMap { $0 }
            case .bars(_, _, _, _, let colors?, _, _): colors
            default: []
            }
        }
        let finite = values.filter { $0.isFinite && (color.scale == .linear || $0 > 0) }
        var lower = color.lower ?? finite.min() ?? 0
        var upper = color.upper ?? finite.max() ?? 1
        if lower == upper { (lower, upper) = color.scale == .linear ? (lower - 0.5, upper + 0.5) : (lower / 2, upper * 2) }
        return (GnuplotText.number(lower), GnuplotText.number(upper))
    }

    private var legend: String {
        let labels = panel.marks.compactMap(\.label)
        var place = panel.legend
        if place == .automatic { place = labels.isEmpty ? .none : .below }
        let style = "textcolor rgb '\(Ink.axis)' samplen 2.2 spacing 1.15 font ',12'"
        switch place {
        case .none, .automatic: return "unset key\n"
        case .topLeft: return "set key default\nset key inside left top Left reverse \(style)\n"
        case .topRight: return "set key default\nset key inside right top Left reverse \(style)\n"
        case .bottomLeft: return "set key default\nset key inside left bottom Left reverse \(style)\n"
        case .bottomRight: return "set key default\nset key inside right bottom Left reverse \(style)\n"
        case .right: return "set key default\nset key outside right top vertical Left reverse \(style)\n"
        case .below: return "set key default\nset key outside bottom center horizontal Left reverse \(style) title ' '\n"
        }
    }

    /// The range of the data on both axes, `nil` where there is none.
    private var extent: (x: ClosedRange<Double>?, y: ClosedRange<Double>?) {
        var x: [Double] = []
        var y: [Double] = []
        for mark in panel.marks {
            let (markX, markY) = MarkData(mark, in: panel).positions
            x += markX
            y += markY
        }
        let finiteX = x.filter { $0.isFinite && (panel.x.scale == .linear || $0 > 0) }
        let finiteY = y.filter { $0.isFinite && (panel.y.scale == .linear || $0 > 0) }
        return (finiteX.min().map { $0...finiteX.max()! }, finiteY.min().map { $0...finiteY.max()! })
    }
}

/// The settings of one axis.
struct AxisScript {
    let axis: Axis
    let name: String
    let extent: ClosedRange<Double>?
    /// Whether the axis ends with the data instead of at the next tick.
    let isTight: Bool

    var text: String {
        // An ordinary space is lost behind a subscript when the picture is drawn.
        let label = axis.unit.map { "\(axis.label)\u{A0}(\($0))" } ?? axis.label
        var text = "set \(name)label \(GnuplotText.quoted(label)) textcolor rgb '\(Ink.axis)' offset \(name == "x" ? "0,0.4" : "0.6,0")\n"
        if axis.scale == .logarithmic { text += "set logscale \(name) 10\n" }
        let bounds = range
        text += "set \(name)range [\(bounds.lower):\(bounds.upper)] \(axis.isReversed ? "reverse" : "noreverse")\n"
        if axis.scale == .logarithmic, axis.ticks == nil { text += "set format \(name) \(spansDecades ? "'10^{%T}'" : "'%g'")\n" }
        if let ticks = axis.ticks {
            text +=
                "set \(name)tics ("
                + ticks.map { "\(GnuplotText.tick($0.label)) \(GnuplotText.number($0.position))" }.joined(separator: ", ") + ")\n"
        }
        return text
    }

    /// Whether powers of ten are needed to write the ticks.
    private var spansDecades: Bool {
        let lower = axis.lower ?? extent?.lowerBound ?? 1
        let upper = axis.upper ?? extent?.upperBound ?? 1
        return upper > 10_000 || lower < 0.001
    }

    private var range: (lower: String, upper: String) {
        let lower = axis.lower.map(GnuplotText.number)
        let upper = axis.upper.map(GnuplotText.number)
        // Without data there is nothing to fit the axis to.
        guard let extent else { return (lower ?? (axis.scale == .linear ? "0" : "0.1"), upper ?? "1") }
        guard isTight else { return (lower ?? "*", upper ?? "*") }
        var (a, b) = (extent.lowerBound, extent.upperBound)
        if a == b { (a, b) = axis.scale == .linear ? (a - 0.5, b + 0.5) : (a / 2, b * 2) }
        return (lower ?? GnuplotText.number(a), upper ?? GnuplotText.number(b))
    }
}
