/// The gnuplot commands of one mark: settings made before `plot`, and its entries in it.
struct MarkScript {
    private(set) var settings = ""
    private(set) var plots: [String] = []

    /// - Parameter colors: those that marks without a colour of their own still may take; one is removed when it is taken.
    init(mark: Mark, block: String, isMap: Bool, colors: inout [Color], hasData: Bool, isImage: Bool) {
        func color(_ style: MarkStyle) -> String {
            // Black drawn on the page follows the page's ink; on a heat map it stays black.
            if style.color == .black, !isMap { return Ink.axis }
            if let color = style.color { return color.hexadecimal }
            if colors.isEmpty { colors = Color.sequence }
            return colors.removeFirst().hexadecimal
        }
        func line(_ style: MarkStyle, _ color: String) -> String {
            "linewidth \(compact(style.width)) dashtype \(style.dash.gnuplot) linecolor rgb '\(color)'"
        }
        func title(_ label: String?) -> String { label.map { "title \(GnuplotText.quoted($0))" } ?? "notitle" }
        let number = GnuplotText.number

        switch mark {
        case .line(_, _, let label, let style):
            let color = color(style)
            if hasData { plots = ["\(block) using 1:2 with lines \(line(style, color)) \(title(label))"] }
        case .points(_, _, let errors, let label, let style):
            guard hasData else { break }
            let ink = color(style)
            let size = 0.75 * style.size
            if errors != nil { plots.append("\(block) \(Self.errorBars) linecolor rgb '\(ink)' notitle") }
            if isMap, style.symbol.isFilled {
                // A rim, so that the symbol is seen on every colour of the map.
                let rim = style.color == .white ? Color.black : .white
                let symbol = style.color == .white ? style.symbol.gnuplot - 1 : style.symbol.gnuplot
                let sample = style.color == .white ? Ink.axis : ink
                plots.append(
                    "\(block) using 1:2 with points pointtype \(style.symbol.gnuplot) pointsize \(compact(size * 1.4)) linecolor rgb '\(rim.hexadecimal)' notitle"
                )
                plots.append(
                    "\(block) using 1:2 with points pointtype \(style.symbol.gnuplot) pointsize \(compact(size)) linecolor rgb '\(ink)' notitle"
                )
                if label != nil {
                    plots.append(
                        "keyentry with points pointtype \(symbol) pointsize \(compact(size)) linewidth 1.5 linecolor rgb '\(sample)' \(title(label))"
                    )
                }
            } else {
                plots.append(
                    "\(block) using 1:2 with points pointtype \(style.symbol.gnuplot) pointsize \(compact(size)) linewidth 1.5 linecolor rgb '\(ink)' \(title(label))"
                )
            }
        case .band(_, _, _, let label, let style):
            let color = color(style)
            if hasData {
                plots = [
                    "\(block) using 1:2:3 with filledcurves fillstyle transparent solid 0.22 noborder linecolor rgb '\(color)' \(title(label))"
                ]
            }
        case .bars(_, _, _, let errors, let values, let label, let style):
            guard hasData else { break }
            let fill = "fillstyle solid 0.9 border linecolor rgb '\(Ink.axis)' linewidth 0.5"
            let boxes =
                values == nil
                ? "using 1:2:5 with boxes \(fill) linecolor rgb '\(color(style))'" : "using 1:2:5:6 with boxes \(fill) linecolor palette"
            plots = ["\(block) \(boxes) \(title(label))"]
            if errors != nil { plots.append("\(block) \(Self.errorBars) linecolor rgb '\(Ink.axis)' notitle") }
        case .heatMap:
            if hasData {
                let cells = "using 1:2:3:4:5:6:7 with boxxyerror fillstyle solid noborder linewidth 0 linecolor palette"
                plots = ["\(block) \(isImage ? "using 1:2:3 with image" : cells) notitle"]
            }
        case .verticalLine(let x, let label, let style):
            let color = color(style)
            settings = "set arrow from \(number(x)), graph 0 to \(number(x)), graph 1 nohead front \(line(style, color))\n"
            if let label { plots = ["keyentry with lines \(line(style, color)) title \(GnuplotText.quoted(label))"] }
        case .horizontalLine(let y, let label, let style):
            let color = color(style)
            settings = "set arrow from graph 0, first \(number(y)) to graph 1, first \(number(y)) nohead front \(line(style, color))\n"
            if let label { plots = ["keyentry with lines \(line(style, color)) title \(GnuplotText.quoted(label))"] }
        case .arrow(let fromX, let fromY, let toX, let toY, let style):
            settings = "set arrow from \(number(fromX)), \(number(fromY)) to \(number(toX)), \(number(toY)) "
            settings += "head size screen 0.016,20 filled front \(line(style, color(style)))\n"
        case .text(let x, let y, let text, let color):
            let ink = color == .black && !isMap ? Ink.axis : color.hexadecimal
            settings = "set label \(GnuplotText.quoted(text)) at \(number(x)), \(number(y)) front textcolor rgb '\(ink)' font ',12'\n"
        }
    }
}

extension MarkScript {
    /// Bars from column 3 to column 4 with a cap at each end. (gnuplot's own error bars blank out what is under their point.)
    static let errorBars = "using 1:3:(0):($4-$3) with vectors heads size screen 0.006,90 nofilled linewidth 1.2"
}

extension MarkStyle.Dash {
    var gnuplot: String {
        switch self {
        case .solid: "solid"
        case .dashed: "(8,5)"
        case .dotted: "(2,4)"
        case .dashDotted: "(9,4,2,4)"
        }
    }
}

extension MarkStyle.Symbol {
    var isFilled: Bool {
        switch self {
        case .circle, .square, .triangle, .diamond, .downTriangle: true
        case .openCircle, .openSquare, .cross, .plus: false
        }
    }

    var gnuplot: Int {
        switch self {
        case .plus: 1
        case .cross: 2
        case .openSquare: 4
        case .square: 5
        case .openCircle: 6
        case .circle: 7
        case .triangle: 9
        case .downTriangle: 11
        case .diamond: 13
        }
    }
}
