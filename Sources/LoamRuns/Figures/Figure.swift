/// A figure as data: panels of marks over labelled axes. It is drawn by gnuplot; its numbers go beside it as CSV.
public struct Figure: Sendable {
    /// The stem of its files: letters, digits and hyphens (`phase-map`).
    public let name: String
    /// The figure's heading.
    public var title: String
    /// What the figure shows and how to read it, in one or two sentences.
    public var caption: String
    /// The panels, row by row.
    public var panels: [Panel]
    /// Panels per row.
    public var columns: Int
    /// Width and height in points (1/72 inch) at 100 %; 0 chooses 640 × 420 for one panel and scales with the number of panels.
    public var width: Double
    /// Height in points; see ``width``.
    public var height: Double
    /// The rows' shares of the height, from the top; empty for equal ones.
    public var rowHeights: [Double]

    /// A figure of several panels. The name must be letters, digits and hyphens, and there must be a panel.
    public init(
        name: String, title: String, caption: String, panels: [Panel], columns: Int = 2, width: Double = 0, height: Double = 0,
        rowHeights: [Double] = []
    ) {
        precondition(!panels.isEmpty, "Figure \(name): no panels")
        precondition(
            Figure.isName(name),
            "Figure: the name '\(name)' may hold letters, digits and hyphens only")
        self.name = name
        self.title = title
        self.caption = caption
        self.panels = panels
        self.columns = max(1, min(columns, panels.count))
        self.width = width
        self.height = height
        self.rowHeights = rowHeights
        precondition(
            rowHeights.isEmpty || (rowHeights.count == rows && rowHeights.allSatisfy { $0 > 0 }),
            "Figure \(name): \(rowHeights.count) row heights for \(rows) rows")
    }

    /// Whether a name may be the stem of files and part of an identifier.
    static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { $0 == 45 || (48...57).contains($0) || (97...122).contains($0) || (65...90).contains($0) }
    }

    /// Rows of panels.
    var rows: Int { (panels.count + columns - 1) / columns }

    /// A figure of one panel.
    public init(name: String, title: String, caption: String, width: Double = 0, height: Double = 0, panel: Panel) {
        self.init(name: name, title: title, caption: caption, panels: [panel], columns: 1, width: width, height: height)
    }
}

/// One pair of axes with what is drawn in it, first mark lowest.
public struct Panel: Sendable {
    /// What stands above the panel.
    public var title: String?
    /// The horizontal axis.
    public var x: Axis
    /// The vertical axis.
    public var y: Axis
    /// The colour scale of the panel's heat map or coloured bars.
    public var color: ColorAxis?
    /// Where the key stands.
    public var legend: Legend
    /// What is drawn, first lowest.
    public var marks: [Mark]

    /// A panel of marks over two axes.
    public init(title: String? = nil, x: Axis, y: Axis, color: ColorAxis? = nil, legend: Legend = .automatic, marks: [Mark]) {
        self.title = title
        self.x = x
        self.y = y
        self.color = color
        self.legend = legend
        self.marks = marks
    }
}

/// Where the key of a panel stands. `automatic` is below the panel, and none without labels.
public enum Legend: Sendable, Equatable {
    case automatic, none, topLeft, topRight, bottomLeft, bottomRight, right, below
}

/// An axis: what it measures and in which unit.
public struct Axis: Sendable, Equatable {
    /// Linear or logarithmic.
    public enum Scale: Sendable, Equatable { case linear, logarithmic }

    /// What the axis measures.
    public var label: String
    /// The unit, shown in brackets.
    public var unit: String?
    /// How positions follow from values.
    public var scale: Scale
    /// Bounds; `nil` follows the data.
    public var lower: Double?
    /// Upper bound; `nil` follows the data.
    public var upper: Double?
    /// Named tick positions instead of numbers.
    public var ticks: [Tick]?
    /// Whether values grow downwards or to the left.
    public var isReversed: Bool

    /// A named position on an axis.
    public struct Tick: Sendable, Equatable {
        /// Where it stands, in the axis's units.
        public var position: Double
        /// What stands at the tick.
        public var label: String

        /// A tick at `position`.
        public init(_ position: Double, _ label: String) {
            self.position = position
            self.label = label
        }
    }

    /// An axis; bounds and ticks follow the data by default.
    public init(
        _ label: String, unit: String? = nil, scale: Scale = .linear, from lower: Double? = nil, to upper: Double? = nil,
        ticks: [Tick]? = nil, isReversed: Bool = false
    ) {
        self.label = label
        self.unit = unit
        self.scale = scale
        self.lower = lower
        self.upper = upper
        self.ticks = ticks
        self.isReversed = isReversed
    }
}

/// A colour scale and its box.
public struct ColorAxis: Sendable, Equatable {
    /// What the colour measures.
    public var label: String
    /// The colour map.
    public var palette: Palette
    /// How colours follow from values.
    public var scale: Axis.Scale
    /// Values beyond the bounds take the colour at the end; `nil` follows the data.
    public var lower: Double?
    /// Upper bound; `nil` follows the data.
    public var upper: Double?
    /// The distance of the numbers beside the box; `nil` lets the drawing program choose.
    public var step: Double?

    /// A colour scale; bounds follow the data by default.
    public init(
        _ label: String, palette: Palette = .viridis, scale: Axis.Scale = .linear, from lower: Double? = nil, to upper: Double? = nil,
        step: Double? = nil
    ) {
        self.label = label
        self.palette = palette
        self.scale = scale
        self.lower = lower
        self.upper = upper
        self.step = step
    }
}

/// A colour map. All are readable with colour-blindness.
public enum Palette: String, Sendable, CaseIterable {
    case viridis, cividis
    /// Diverging, low red through pale yellow to high blue.
    case spectral
    /// White to black.
    case grey
}

/// A line or point style. Colours are taken in order from the Okabe–Ito palette unless fixed.
public struct MarkStyle: Sendable, Equatable {
    /// How a line is broken.
    public enum Dash: Sendable, Equatable { case solid, dashed, dotted, dashDotted }
    /// How a point is drawn.
    public enum Symbol: Sendable, Equatable { case circle, openCircle, square, openSquare, triangle, diamond, cross, plus, downTriangle }

    /// `nil` takes the next colour.
    public var color: Color?
    /// Line width in points.
    public var width: Double
    /// How the line is broken.
    public var dash: Dash
    /// How points are drawn.
    public var symbol: Symbol
    /// Symbol size relative to the usual one.
    public var size: Double

    /// A style; the next colour, a solid line and filled circles by default.
    public init(color: Color? = nil, width: Double = 2, dash: Dash = .solid, symbol: Symbol = .circle, size: Double = 1) {
        self.color = color
        self.width = width
        self.dash = dash
        self.symbol = symbol
        self.size = size
    }
}

/// Named colours (Okabe and Ito's eight, white, and two greys).
public enum Color: String, Sendable, CaseIterable {
    case black, blue, orange, green, vermillion, purple, skyBlue, yellow, grey, lightGrey, white
}

/// Something drawn in a panel.
public enum Mark: Sendable {
    /// A polyline; a NaN interrupts it.
    case line(x: [Double], y: [Double], label: String? = nil, style: MarkStyle = MarkStyle())
    /// Points, with symmetric vertical error bars where `errors` is given (half-lengths, in units of y).
    case points(x: [Double], y: [Double], errors: [Double]? = nil, label: String? = nil, style: MarkStyle = MarkStyle())
    /// The area between two curves.
    case band(x: [Double], lower: [Double], upper: [Double], label: String? = nil, style: MarkStyle = MarkStyle())
    /// Cells coloured by value: `values[row][column]` stands at (`x[column]`, `y[row]`). The positions are cell centres, ascending, and
    /// need not
    /// be equally spaced. NaN is left blank; infinities take the colour at the end of the scale.
    case heatMap(x: [Double], y: [Double], values: [[Double]])
    /// Upright bars from 0 (or from the lower end of a logarithmic axis), `width` wide in units of x; coloured by `colorValues` on the
    /// panel's
    /// colour scale where given.
    case bars(
        x: [Double], heights: [Double], width: Double? = nil, errors: [Double]? = nil, colorValues: [Double]? = nil, label: String? = nil,
        style: MarkStyle = MarkStyle())
    case verticalLine(x: Double, label: String? = nil, style: MarkStyle = MarkStyle(dash: .dashed))
    case horizontalLine(y: Double, label: String? = nil, style: MarkStyle = MarkStyle(dash: .dashed))
    /// An arrow from one point to another, in data coordinates.
    case arrow(fromX: Double, fromY: Double, toX: Double, toY: Double, style: MarkStyle = MarkStyle())
    /// Text at a point, in data coordinates.
    case text(x: Double, y: Double, String, color: Color = .black)
}
