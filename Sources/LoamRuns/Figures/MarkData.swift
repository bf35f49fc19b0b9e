/// The numbers behind a mark: as rows for gnuplot, as the range they span, and as rows of the figure's CSV.
struct MarkData {
    let mark: Mark
    let panel: Panel

    init(_ mark: Mark, in panel: Panel) {
        self.mark = mark
        self.panel = panel
    }

    /// The lines of the mark's data block; empty where there is nothing to draw.
    var rows: String {
        switch mark {
        case .line(let x, let y, _, _):
            check(x.count == y.count, "line: \(x.count) x against \(y.count) y")
            return segments(x.count) { [x[$0], y[$0]] }
        case .points(let x, let y, let errors, _, _):
            check(x.count == y.count && errors?.count ?? x.count == x.count, "points: x, y and errors differ in length")
            return lines(x.indices.map { [x[$0], y[$0]] + (errors == nil ? [] : interval(y[$0], errors![$0])) })
        case .band(let x, let lower, let upper, _, _):
            check(x.count == lower.count && x.count == upper.count, "band: x, lower and upper differ in length")
            return segments(x.count) { [x[$0], lower[$0], upper[$0]] }
        case .bars(let x, let heights, let width, let errors, let colors, _, _):
            check(x.count == heights.count, "bars: \(x.count) x against \(heights.count) heights")
            check(
                errors?.count ?? x.count == x.count && colors?.count ?? x.count == x.count,
                "bars: errors or colours differ in length from x")
            let width = width ?? Self.usualWidth(x)
            return lines(x.indices.map { [x[$0], heights[$0]] + interval(heights[$0], errors?[$0] ?? 0) + [width, colors?[$0] ?? 0] })
        case .heatMap(let x, let y, let values):
            check(
                values.count == y.count && values.allSatisfy { $0.count == x.count }, "heatMap: values are not y.count rows of x.count")
            return isImage ? pixels(x, y, values) : cells(x, y, values)
        case .verticalLine, .horizontalLine, .arrow, .text: return ""
        }
    }

    /// The coordinates that the panel must show.
    var positions: (x: [Double], y: [Double]) {
        switch mark {
        case .line(let x, let y, _, _): return Self.complete(x, y)
        case .points(let x, let y, let errors, _, _):
            guard let errors else { return Self.complete(x, y) }
            return Self.complete(x + x, zip(y, errors).map { $0 - $1 } + zip(y, errors).map { $0 + $1 })
        case .band(let x, let lower, let upper, _, _): return (x, lower + upper)
        case .bars(let x, let heights, let width, _, _, _, _):
            let half = (width ?? Self.usualWidth(x)) * 0.6
            let drawn = Self.complete(x, heights)
            return (drawn.x.flatMap { [$0 - half, $0 + half] }, drawn.y)
        case .heatMap(let x, let y, _): return (Self.edges(x, panel.x.scale), Self.edges(y, panel.y.scale))
        case .arrow(let fromX, let fromY, let toX, let toY, _): return ([fromX, toX], [fromY, toY])
        case .verticalLine(let x, _, _): return ([x], [])
        case .horizontalLine(let y, _, _): return ([], [y])
        case .text(let x, let y, _, _): return ([x], [y])
        }
    }

    /// The points of which both coordinates are there.
    private static func complete(_ x: [Double], _ y: [Double]) -> (x: [Double], y: [Double]) {
        let points = zip(x, y).filter { $0.0.isFinite && $0.1.isFinite }
        return (points.map(\.0), points.map(\.1))
    }

    /// Cell borders halfway between the centres (in the logarithm on a logarithmic axis); the outer ones mirror their neighbours.
    static func edges(_ centers: [Double], _ scale: Axis.Scale) -> [Double] {
        precondition(zip(centers, centers.dropFirst()).allSatisfy(<), "heatMap: the cell centres must ascend; found \(centers)")
        guard centers.count > 1 else { return centers.flatMap { scale == .linear ? [$0 - 0.5, $0 + 0.5] : [$0 / 1.5, $0 * 1.5] } }
        let middle = { (a: Double, b: Double) in scale == .linear ? (a + b) / 2 : (a * b).squareRoot() }
        let inner = zip(centers, centers.dropFirst()).map(middle)
        let mirror = { (center: Double, edge: Double) in scale == .linear ? 2 * center - edge : center * center / edge }
        return [mirror(centers[0], inner[0])] + inner + [mirror(centers.last!, inner.last!)]
    }

    private static func usualWidth(_ x: [Double]) -> Double {
        let sorted = x.sorted()
        return (zip(sorted, sorted.dropFirst()).map { $1 - $0 }.filter { $0 > 0 }.min() ?? 1) * 0.8
    }

    /// The ends of an error bar. On a logarithmic axis one that would reach zero ends at a thousandth of the value.
    private func interval(_ value: Double, _ error: Double) -> [Double] {
        let low = value - error
        return [panel.y.scale == .logarithmic && low <= 0 ? value / 1000 : low, value + error]
    }

    /// Cells up to which a heat map is drawn as rectangles; they stay sharp at any size, but a large map of them is slow to show.
    private static let largestDrawing = 4000

    /// Whether a heat map is large and even, so that it is drawn as one image with a pixel for each cell.
    var isImage: Bool {
        guard case .heatMap(let x, let y, _) = mark, x.count * y.count > Self.largestDrawing else { return false }
        func isEven(_ centers: [Double]) -> Bool {
            guard centers.count > 1 else { return false }
            let step = (centers.last! - centers[0]) / Double(centers.count - 1)
            return centers.indices.allSatisfy { abs(centers[$0] - centers[0] - Double($0) * step) < 1e-6 * step }
        }
        return panel.x.scale == .linear && panel.y.scale == .linear && isEven(x) && isEven(y)
    }

    private func pixels(_ x: [Double], _ y: [Double], _ values: [[Double]]) -> String {
        y.indices.map { row in x.indices.map { line([x[$0], y[row], clipped(values[row][$0])]) }.joined() }.joined()
    }

    private func cells(_ x: [Double], _ y: [Double], _ values: [[Double]]) -> String {
        let xEdges = Self.edges(x, panel.x.scale)
        let yEdges = Self.edges(y, panel.y.scale)
        var rows: [[Double]] = []
        for row in y.indices {
            for column in x.indices where !values[row][column].isNaN {
                let sides = [xEdges[column], xEdges[column + 1], yEdges[row], yEdges[row + 1]]
                rows.append([x[column], y[row]] + sides + [clipped(values[row][column])])
            }
        }
        return lines(rows)
    }

    /// Infinities at the ends of the colour scale.
    private func clipped(_ value: Double) -> Double {
        guard value.isInfinite else { return value }
        return value > 0 ? panel.color?.upper ?? 1e300 : panel.color?.lower ?? -1e300
    }

    /// Rows with a blank line wherever a number is missing, so that lines break there.
    private func segments(_ count: Int, _ row: (Int) -> [Double]) -> String {
        var text = ""
        for index in 0..<count {
            let values = row(index)
            text += values.allSatisfy(\.isFinite) ? line(values) : "\n"
        }
        return text.allSatisfy(\.isNewline) ? "" : text
    }

    private func lines(_ rows: [[Double]]) -> String {
        rows.filter { $0.allSatisfy { !$0.isNaN } }.map(line).joined()
    }

    private func line(_ values: [Double]) -> String { values.map(GnuplotText.number).joined(separator: " ") + "\n" }

    private func check(_ condition: Bool, _ message: @autoclosure () -> String) { precondition(condition, "Figure: \(message())") }
}

extension Mark {
    var style: MarkStyle? {
        switch self {
        case .line(_, _, _, let style), .points(_, _, _, _, let style), .band(_, _, _, _, let style), .bars(_, _, _, _, _, _, let style),
            .verticalLine(_, _, let style), .horizontalLine(_, _, let style), .arrow(_, _, _, _, let style):
            style
        case .heatMap, .text: nil
        }
    }

    var label: String? {
        switch self {
        case .line(_, _, let label, _), .points(_, _, _, let label, _), .band(_, _, _, let label, _), .bars(_, _, _, _, _, let label, _),
            .verticalLine(_, let label, _), .horizontalLine(_, let label, _):
            label
        case .heatMap, .arrow, .text: nil
        }
    }
}
