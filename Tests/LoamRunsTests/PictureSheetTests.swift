import Foundation
import LoamRuns
import Testing

/// Sheets of pictures among the figures of a run.
@Suite struct PictureSheetTests {
    /// A PNG of one white pixel.
    static let pixel = [UInt8](
        Data(base64Encoded: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg==")!)

    enum SheetVerb: Verb {
        struct Settings: Configuration {
            var columns = 3
            static let fields = [Field("columns", "columns", .integer(in: 1...40))]
        }

        static let name = "sheet"
        static let summary = "a sheet"
        static let kind = VerbKind.tool
        static let presets = [
            Preset(name: "default", summary: "", source: "", quick: Settings(), paper: Settings(), quickSeconds: 1, paperSeconds: 1)
        ]

        static func run(_ configuration: Settings, in run: RunContext) throws {
            let picture = PictureSheet.Picture(png: pixel, width: 1, height: 1, caption: "S_rel < 1")
            let row = [PictureSheet.Picture?](repeating: picture, count: configuration.columns - 1) + [nil]
            try run.add(
                PictureSheet(
                    name: "pictures", title: "Pictures & words", caption: "One pixel.",
                    columns: (1...configuration.columns).map { "c\($0)" },
                    rows: [.init(label: ["first", "row"], pictures: row)]))
        }
    }

    private func run<Result>(_ assignments: [String] = [], _ body: (URL) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sheet-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let study = Study(
            name: "pictures", title: "Pictures", summary: "", paper: "", verbs: [AnyVerb(SheetVerb.self)],
            featured: .init(verb: "sheet", preset: "default"))
        _ = try Runner(study: study, verb: study.verbs[0], options: .init(folder: folder), console: Console(style: .quiet)).run(
            RunRequest(assignments: assignments))
        return try body(folder)
    }

    private func text(_ folder: URL, _ path: String) throws -> String {
        try String(contentsOf: folder.appending(path: path), encoding: .utf8)
    }

    @Test func sheetsHoldTheirPicturesAndWords() throws {
        try run { folder in
            let svg = try text(folder, "figures/pictures.svg")
            #expect(svg.components(separatedBy: Data(Self.pixel).base64EncodedString()).count == 1 + 2)
            #expect(svg.contains(">first</text>") && svg.contains(">c3</text>"))
            // The subscript is set, the sign escaped.
            #expect(svg.contains("rel</tspan>") && svg.contains("&lt; 1"))
            #expect(try XMLNodes.count(svg, "image") == 2)
            let table = try text(folder, "figures/pictures.csv")
            #expect(table == "row,column,caption\n\"first, row\",c1,S_rel < 1\n\"first, row\",c2,S_rel < 1\n")
        }
    }

    @Test func reportsShowSheetsWithoutAScript() throws {
        try run { folder in
            let report = try text(folder, "report.html")
            #expect(report.contains("data:image/png;base64,\(Data(Self.pixel).base64EncodedString())\""))
            #expect(report.contains("figures/pictures.svg\">the sheet alone"))
            #expect(!report.contains("pictures.gp"))
            // Drawing all figures again leaves sheets as they are.
            try Report.redraw(RunFolder(folder))
            #expect(try text(folder, "report.html") == report)
        }
    }

    @Test func manyColumnsGoOnBelow() throws {
        func size(_ columns: Int) throws -> (width: Double, height: Double) {
            try run(["columns=\(columns)"]) { folder in
                let figure = try #require(RunFolder(folder).results()?.figures.first)
                return (figure.width, figure.height)
            }
        }
        let (one, three) = (try size(14), try size(40))
        #expect(three.width <= one.width + 1 && three.height > 2.5 * one.height)
    }
}

/// Counts elements of an XML text, which fails where it is not well-formed.
enum XMLNodes {
    static func count(_ text: String, _ name: String) throws -> Int {
        var stack: [Substring] = []
        var count = 0
        for match in text.matches(of: /<(\/?)([a-zA-Z]+)[^<>]*?(\/?)>/) {
            if match.output.1 == "/" {
                guard stack.popLast() == match.output.2 else { throw LoamError(.badData, "‘\(match.output.0)’ closes nothing") }
            } else {
                if match.output.2 == name { count += 1 }
                if match.output.3.isEmpty { stack.append(match.output.2) }
            }
        }
        guard stack.isEmpty else { throw LoamError(.badData, "left open: \(stack)") }
        return count
    }
}
