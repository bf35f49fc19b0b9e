import Foundation

/// Pictures in rows and columns with words above, beside and below them: a figure that has no axes.
///
/// It becomes `figures/NAME.svg`, which holds the pictures themselves, and `figures/NAME.csv` with the words.
public struct PictureSheet: Sendable {
    /// One picture.
    public struct Picture: Sendable {
        /// A PNG file's bytes.
        public var png: [UInt8]
        /// Pixels per row and rows.
        public var width: Int
        public var height: Int
        /// What stands below it: a measured number, say.
        public var caption: String

        /// A picture with what stands below it.
        public init(png: [UInt8], width: Int, height: Int, caption: String = "") {
            self.png = png
            self.width = width
            self.height = height
            self.caption = caption
        }
    }

    /// Pictures side by side.
    public struct Row: Sendable {
        /// What stands beside them, one entry a line.
        public var label: [String]
        /// One a column; nil leaves a gap.
        public var pictures: [Picture?]

        /// A row; a missing picture leaves a gap.
        public init(label: [String], pictures: [Picture?]) {
            self.label = label
            self.pictures = pictures
        }
    }

    /// The stem of its files: letters, digits and hyphens.
    public let name: String
    /// The sheet's heading.
    public var title: String
    /// What it shows and how to read it.
    public var caption: String
    /// What stands above the columns.
    public var columns: [String]
    /// From the top.
    public var rows: [Row]

    /// A sheet. Every row must have a place for each column.
    public init(name: String, title: String, caption: String, columns: [String], rows: [Row]) {
        precondition(
            !rows.isEmpty && !columns.isEmpty && rows.allSatisfy { $0.pictures.count == columns.count },
            "PictureSheet \(name): \(columns.count) columns for rows of \(rows.map(\.pictures.count)) pictures")
        precondition(Figure.isName(name), "PictureSheet: the name '\(name)' may hold letters, digits and hyphens only")
        self.name = name
        self.title = title
        self.caption = caption
        self.columns = columns
        self.rows = rows
    }

    /// The words: row, column, what stands below.
    var table: Table {
        let cells = rows.flatMap { row in
            zip(columns, row.pictures).compactMap { column, picture in
                picture.map { (row.label.joined(separator: ", "), column, $0.caption) }
            }
        }
        return Table(["row": .texts(cells.map(\.0)), "column": .texts(cells.map(\.1)), "caption": .texts(cells.map(\.2))])
    }
}

/// Where everything on a sheet stands, in points.
struct PictureSheetLayout {
    let sheet: PictureSheet
    /// Columns beside one another; more go on below.
    let perLine: Int
    let cell: Double
    let labelWidth: Double
    let headHeight = 20.0
    let footHeight = 19.0

    init(_ sheet: PictureSheet) {
        self.sheet = sheet
        let longest = sheet.rows.flatMap(\.label).map(\.count).max() ?? 0
        labelWidth = longest == 0 ? 6 : 14 + 7.2 * Double(min(longest, 18))
        let count = sheet.columns.count
        let lines = (count + 13) / 14
        perLine = (count + lines - 1) / lines
        cell = max(72, min(150, (1000 - labelWidth) / Double(perLine)))
    }

    private var lines: Int { (sheet.columns.count + perLine - 1) / perLine }
    /// The height of the pictures of a row, keeping their proportions.
    private func pictureHeight(_ row: PictureSheet.Row) -> Double {
        row.pictures.compactMap { $0 }.map { (cell - 8) * Double($0.height) / Double($0.width) }.max() ?? 0
    }
    private var lineGap: Double { lines > 1 ? 10 : 4 }

    var width: Double { labelWidth + Double(perLine) * cell + 6 }
    /// The words above columns are repeated where rows have several lines.
    private func hasHead(_ row: Int) -> Bool { row == 0 || lines > 1 }
    var height: Double {
        8
            + sheet.rows.indices.reduce(0) { sum, row in
                sum + Double(lines) * (pictureHeight(sheet.rows[row]) + footHeight + lineGap + (hasHead(row) ? headHeight : 0))
            }
    }

    var svg: String {
        func number(_ value: Double) -> String { compact((value * 100).rounded() / 100) }
        var text = """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(number(width))" height="\(number(height))" viewBox="0 0 \(number(width)) \(number(height))" font-family="Helvetica" font-size="13">
            <rect x="0" y="0" width="\(number(width))" height="\(number(height))" fill="#ffffff"/>

            """
        func words(_ string: String, _ x: Double, _ y: Double, anchor: String, size: Double) {
            guard !string.isEmpty else { return }
            text +=
                "<text x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\" font-size=\"\(number(size))\" fill=\"rgb(26,26,27)\">"
                + Subscripts.pieces(of: string).map {
                    $0.isSubscript
                        ? "<tspan baseline-shift=\"sub\" font-size=\"\(number(size * 0.75))\">\(HTML.escape(String($0.text)))</tspan>"
                        : HTML.escape(String($0.text))
                }.joined() + "</text>\n"
        }
        var y = 4.0
        for (index, row) in sheet.rows.enumerated() {
            let height = pictureHeight(row)
            for line in 0..<lines {
                if hasHead(index) { y += headHeight }
                if line == 0 {
                    for (number, label) in row.label.enumerated() {
                        words(label, 6, y + 14 + 16 * Double(number), anchor: "start", size: 13)
                    }
                }
                let range = (line * perLine)..<min((line + 1) * perLine, sheet.columns.count)
                for column in range {
                    let x = labelWidth + Double(column - range.lowerBound) * cell
                    let middle = x + cell / 2
                    if hasHead(index) { words(sheet.columns[column], middle, y - 6, anchor: "middle", size: 12) }
                    guard let picture = row.pictures[column] else { continue }
                    let own = (cell - 8) * Double(picture.height) / Double(picture.width)
                    let sharp = Double(picture.width) < cell ? " style=\"image-rendering: pixelated\"" : ""
                    text +=
                        "<image x=\"\(number(x + 4))\" y=\"\(number(y))\" width=\"\(number(cell - 8))\" height=\"\(number(own))\"\(sharp) "
                        + "href=\"data:image/png;base64,\(Data(picture.png).base64EncodedString())\"/>\n"
                    words(picture.caption, middle, y + height + 13, anchor: "middle", size: 11)
                }
                y += height + footHeight + lineGap
            }
        }
        return text + "</svg>\n"
    }
}
