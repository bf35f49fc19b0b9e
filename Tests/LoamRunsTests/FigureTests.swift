import Foundation
import LoamRuns
import Testing

/// Draws figures into a run and gives its folder.
private func draw(_ figures: [Figure], in url: URL) throws {
    try ClosureVerb.run(into: url) { run in for figure in figures { try run.add(figure) } }
}

private func figure(_ marks: [Mark], x: Axis = Axis("x"), y: Axis = Axis("y"), color: ColorAxis? = nil) -> Figure {
    Figure(name: "one", title: "One", caption: "c", panel: Panel(x: x, y: y, color: color, marks: marks))
}

@Suite struct FigureTests {
    let folder: TemporaryFolder
    var run: URL { folder.url.appending(path: "run") }
    init() throws { folder = try TemporaryFolder() }

    func svg() throws -> String { try contents(run.appending(path: "figures/one.svg")) }
    func csv() throws -> [String] { try contents(run.appending(path: "figures/one.csv")).split(separator: "\n").map(String.init) }
    func script() throws -> String { try contents(run.appending(path: "figures/one.gp")) }

    /// Every kind of mark together; `LOAM_GALLERY` keeps the folder for looking at it.
    @Test func galleryDrawsEveryFigure() throws {
        let url = ProcessInfo.processInfo.environment["LOAM_GALLERY"].map { URL(filePath: $0) } ?? run
        let runner = Runner(
            study: galleryStudy, verb: galleryStudy.verbs[0], options: .init(folder: url, force: true), console: Console(style: .quiet))
        let outcome = try runner.run(RunRequest())
        #expect(outcome.results.figures.map(\.name) == Gallery.figures.map(\.name))
        for figure in Gallery.figures {
            #expect(try contents(url.appending(path: "figures/\(figure.name).svg")).contains("</svg>"))
        }
    }

    @Test func csvHoldsTheNumbersOfEveryMark() throws {
        try draw(
            [
                figure([
                    .line(x: [1, 2], y: [0.1, .nan], label: "a, \"b\""), .points(x: [3], y: [4], errors: [0.5]),
                    .horizontalLine(y: 7, label: nil),
                    .band(x: [1], lower: [-1], upper: [1]), .heatMap(x: [1], y: [2], values: [[-.infinity]]),
                ])
            ], in: run)
        #expect(
            try csv() == [
                "panel,mark,label,x,y,error,low,high,value", "1,line,\"a, \"\"b\"\"\",1,0.1,,,,", "1,line,\"a, \"\"b\"\"\",2,nan,,,,",
                "1,points,,3,4,0.5,,,",
                "1,horizontalLine,,,7,,,,", "1,band,,1,,,-1,1,", "1,heatMap,,1,2,,,,-inf",
            ])
    }

    @Test(arguments: [
        "'; system(\"touch PWNED\"); print '", "`touch PWNED`", "\"\nsystem 'touch PWNED'\n\"", "EOD\n!touch PWNED\n",
        "{/Symbol a}^{b}_{c} @x &{y} ~z{w}", "\\",
        "trailing backslash \\", "''", "<script>alert(1)</script>", "%s %n $x $1", "\u{0}\u{1B}[31m",
    ])
    func hostileTextIsOnlyText(text: String) throws {
        try draw(
            [
                Figure(
                    name: "one", title: text, caption: text,
                    panel: Panel(
                        title: text, x: Axis(text, unit: text, ticks: [.init(1, text)]), y: Axis(text), color: ColorAxis(text),
                        marks: [
                            .line(x: [1, 2], y: [1, 2], label: text), .verticalLine(x: 1.5, label: text), .text(x: 1, y: 1, text),
                            .heatMap(x: [1, 2], y: [1, 2], values: [[1, 2], [3, 4]]),
                        ]))
            ], in: run)
        let found = FileManager.default.enumerator(at: folder.url, includingPropertiesForKeys: nil)!.contains { "\($0)".contains("PWNED") }
        #expect(!found && !FileManager.default.fileExists(atPath: "PWNED"))
        #expect(try svg().contains("</svg>") && !svg().contains("<script"))
    }

    @Test func markupCharactersAreShownLiterally() throws {
        try draw([figure([.line(x: [1, 2], y: [1, 2], label: "a{b}c@d~e^f&g")])], in: run)
        #expect(try svg().contains("a{b}c@d~e^f&amp;g"))
    }

    @Test func oneLetterUnderscoreWordIsASubscript() throws {
        try draw([figure([.line(x: [1, 2], y: [1, 2], label: "S_diff of 6ξ_c in file_name_x")])], in: run)
        #expect(try script().contains("'S_{diff}\u{00A0}of 6ξ_{c}\u{00A0}in file\\_name\\_x'"))
        #expect(try svg().contains("file_name_x"))
    }

    @Test func nanBreaksALine() throws {
        try draw([figure([.line(x: [1, 2, 3, 4, 5], y: [1, 2, .nan, 4, 5])])], in: run)
        #expect(try script().contains("$data_0_0 << EOD\n1 1\n2 2\n\n4 4\n5 5\nEOD\n"))
    }

    @Test func infinityOfAMapTakesTheEndOfTheScale() throws {
        try draw([figure([.heatMap(x: [1, 2], y: [1], values: [[-.infinity, 3]])], color: ColorAxis("c", from: -20, to: 5))], in: run)
        #expect(try script().contains("1 1 0.5 1.5 0.5 1.5 -20\n2 1 1.5 2.5 0.5 1.5 3\n"))
    }

    @Test func cellsMeetHalfwayOnUnevenGrids() throws {
        try draw([figure([.heatMap(x: [1, 2, 4], y: [1], values: [[1, 2, 3]])])], in: run)
        #expect(try script().contains("1 1 0.5 1.5 0.5 1.5 1\n2 1 1.5 3 0.5 1.5 2\n4 1 3 5 0.5 1.5 3\n"))
    }

    @Test func cellsMeetAtTheGeometricMeanOnLogarithmicAxes() throws {
        try draw([figure([.heatMap(x: [1, 100], y: [1], values: [[1, 2]])], x: Axis("x", scale: .logarithmic))], in: run)
        #expect(try script().contains("1 1 0.1 10 0.5 1.5 1\n100 1 10 1000 0.5 1.5 2\n"))
    }

    @Test func largeEvenMapIsOneImageWithSharpPixels() throws {
        let centers = (1...100).map { Double($0) / 10 }
        let values = centers.map { y in centers.map { x in x > y ? Double.nan : x * y } }
        try draw([figure([.heatMap(x: centers, y: centers, values: values)])], in: run)
        let text = try svg()
        #expect(text.contains("image-rendering: pixelated") && text.contains("data:image/png;base64,"))
        #expect(text.utf8.count < 100_000)
    }

    @Test func largeUnevenMapKeepsItsCells() throws {
        let centers = (1...100).map { Double($0 * $0) }
        try draw(
            [figure([.heatMap(x: centers, y: [1, 2, 4] + (5...60).map(Double.init), values: (0..<59).map { _ in centers })])], in: run)
        #expect(try !svg().contains("<image") && script().contains("boxxyerror"))
    }

    @Test func errorBarBelowZeroStaysOnALogarithmicAxis() throws {
        try draw([figure([.points(x: [1], y: [10], errors: [20])], y: Axis("y", scale: .logarithmic))], in: run)
        #expect(try script().contains("1 10 0.01 30\n"))
    }

    @Test(arguments: [
        [Mark.line(x: [], y: []), .points(x: [.nan], y: [1])], [], [.line(x: [1], y: [1])], [.bars(x: [0], heights: [.nan])],
        [.heatMap(x: [1], y: [1], values: [[.nan]])],
    ])
    func figureWithoutDataIsStillDrawn(marks: [Mark]) throws {
        try draw([figure(marks)], in: run)
        #expect(try svg().contains("</svg>"))
    }

    @Test func automaticColoursDifferFromChosenOnes() throws {
        try draw([figure([.line(x: [1, 2], y: [1, 2], style: MarkStyle(color: .blue)), .line(x: [1, 2], y: [2, 1])])], in: run)
        let text = try script()
        #expect(text.contains("#0072B2") && text.contains("#D55E00"))
        #expect(text.components(separatedBy: "#0072B2").count == 2)
    }

    @Test(arguments: Palette.allCases) func palettesHaveSixDigitColours(palette: Palette) {
        #expect(palette.colors.allSatisfy { $0.wholeMatch(of: /#[0-9A-F]{6}/) != nil })
    }

    @Test func spectralRunsFromRedToBlue() throws {
        let ends = try [#require(Palette.spectral.colors.first), #require(Palette.spectral.colors.last)].map {
            Int($0.dropFirst(), radix: 16)!
        }
        #expect(ends[0] >> 16 > ends[0] & 255 && ends[1] & 255 > ends[1] >> 16)
    }

    @Test(arguments: [(Gnuplot.Format.pdf, "%PDF"), (.png, "\u{89}PNG"), (.svg, "<?xml")])
    func figuresAreDrawnInFurtherFormats(format: Gnuplot.Format, magic: String) throws {
        try draw([figure([.line(x: [1, 2], y: [1, 2])])], in: run)
        try Report.redraw(RunFolder(run), format: format)
        let start = try Data(contentsOf: run.appending(path: "figures/one.\(format.rawValue)")).prefix(5)
        #expect(String(decoding: start, as: Unicode.ASCII.self).hasPrefix(magic) || start.dropFirst().starts(with: Array("PNG".utf8)))
    }

    @Test func missingGnuplotKeepsTheNumbers() async throws {
        await #expect(processExitsWith: .exitCode(69)) { [path = run.path as String] in
            setenv("PATH", "/nonexistent", 1)
            let error = failure { try runDecay(in: URL(filePath: path), []) }
            let hasAdvice = error?.advice?.contains("apt-get install gnuplot-nox") == true
            exit(hasAdvice ? error!.exitStatus : 1)
        }
        let results = try #require(try RunFolder(run).results())
        #expect(results.status == .finished && results.findings.count == 3 && results.warnings.contains { $0.contains("loam report") })
        #expect(Set(try FileManager.default.contentsOfDirectory(atPath: run.path + "/figures")) == ["decay.csv", "decay.gp"])
        #expect(try contents(run.appending(path: "report.html")).contains("apt-get install gnuplot-nox"))
    }
}
