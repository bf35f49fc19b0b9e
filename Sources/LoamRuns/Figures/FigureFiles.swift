import Foundation

/// The files of one figure: `figures/NAME.csv`, `NAME.gp` and `NAME.svg`.
struct FigureFiles {
    let figure: Figure

    init(_ figure: Figure) { self.figure = figure }

    /// Writes the data and the script, then draws.
    func write(to folder: RunFolder) throws {
        try folder.write(Data(table.csv.utf8), to: "figures/\(figure.name).csv")
        try folder.write(Data(FigureScript(figure: figure).text.utf8), to: "figures/\(figure.name).gp")
        try Gnuplot.draw(figure.name, in: folder, width: figure.size.width, height: figure.size.height)
    }

    /// One row per drawn element: panel (from 1), mark, label and coordinates; `low` and `high` are a band's or an arrow's ends, `value`
    /// a colour.
    var table: Table {
        var panels: [String] = []
        var marks: [String] = []
        var labels: [String] = []
        var numbers: [[String]] = Array(repeating: [], count: 6)
        func add(_ panel: Int, _ mark: String, _ label: String?, _ values: Double?...) {
            panels.append(String(panel + 1))
            marks.append(mark)
            labels.append(label ?? "")
            for (index, value) in values.enumerated() { numbers[index].append(value.map(compact) ?? "") }
        }
        for (panel, content) in figure.panels.enumerated() {
            for mark in content.marks {
                switch mark {
                case .line(let x, let y, let label, _):
                    for i in x.indices { add(panel, "line", label, x[i], y[i], nil, nil, nil, nil) }
                case .points(let x, let y, let errors, let label, _):
                    for i in x.indices { add(panel, "points", label, x[i], y[i], errors?[i], nil, nil, nil) }
                case .band(let x, let lower, let upper, let label, _):
                    for i in x.indices { add(panel, "band", label, x[i], nil, nil, lower[i], upper[i], nil) }
                case .bars(let x, let heights, _, let errors, let colors, let label, _):
                    for i in x.indices { add(panel, "bars", label, x[i], heights[i], errors?[i], nil, nil, colors?[i]) }
                case .heatMap(let x, let y, let values):
                    for row in y.indices {
                        for column in x.indices { add(panel, "heatMap", nil, x[column], y[row], nil, nil, nil, values[row][column]) }
                    }
                case .verticalLine(let x, let label, _): add(panel, "verticalLine", label, x, nil, nil, nil, nil, nil)
                case .horizontalLine(let y, let label, _): add(panel, "horizontalLine", label, nil, y, nil, nil, nil, nil)
                case .arrow(let fromX, let fromY, let toX, let toY, _):
                    add(panel, "arrowFrom", nil, fromX, fromY, nil, nil, nil, nil)
                    add(panel, "arrowTo", nil, toX, toY, nil, nil, nil, nil)
                case .text(let x, let y, let text, _): add(panel, "text", text, x, y, nil, nil, nil, nil)
                }
            }
        }
        var table = Table(["panel": .texts(panels), "mark": .texts(marks), "label": .texts(labels)])
        for (name, column) in zip(["x", "y", "error", "low", "high", "value"], numbers) where column.contains(where: { !$0.isEmpty }) {
            table.add(name, .texts(column))
        }
        return table
    }
}
