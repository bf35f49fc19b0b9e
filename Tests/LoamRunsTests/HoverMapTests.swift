import Foundation
import LoamRuns
import Testing

private let map = Figure(
    name: "map", title: "Map", caption: "c",
    panel: Panel(
        x: Axis("x"), y: Axis("y"), color: ColorAxis("z"),
        marks: [.heatMap(x: [1, 2, 4], y: [10, 20], values: [[1, 2, 3], [4, 5, 6]])]))

private func hover(captions: [[String]] = [["a", "b", "c"], ["d", "e", "f"]], reference: String = "pictures/reference.png") -> HoverMap {
    HoverMap(
        figure: "map", x: [1, 2, 4], y: [10, 20], columns: ["pictures/0.png", "pictures/1.png", "pictures/2.png"], reference: reference,
        referenceLabel: "input", cellLabel: "output", rowWidth: 9, rowHeight: 3, captions: captions)
}

/// Anything will do: the report copies bytes.
private let png = Data([0x89, 0x50, 0x4E, 0x47, 1, 2, 3])

@Suite struct HoverMapTests {
    let folder: TemporaryFolder
    var run: URL { folder.url.appending(path: "run") }
    init() throws { folder = try TemporaryFolder() }

    func savePictures(_ run: RunContext) throws {
        for name in ["reference", "0", "1", "2"] { try run.saveData(png, to: "pictures/\(name).png") }
    }

    @Test func plotAreaIsWhereTheCellsAreDrawn() throws {
        try ClosureVerb.run(into: run) { try $0.add(map) }
        let svg = try contents(run.appending(path: "figures/map.svg"))
        let area = try #require(
            svg.firstMatch(
                of:
                    /class="plot-area"[^>]* x="([0-9.]+)" y="([0-9.]+)" width="([0-9.]+)" height="([0-9.]+)" data-panel="0" data-x="([-0-9. ]+)" data-y="([-0-9. ]+)"/
            ))
        let (x, y) = (try #require(Double(area.1)), try #require(Double(area.2)))
        let (width, height) = (try #require(Double(area.3)), try #require(Double(area.4)))
        // Cell edges: halfway between centres, the outer ones mirrored.
        #expect(area.5 == "0.5 5" && area.6 == "5 25")
        let corners = svg.matches(of: /<polygon [^>]*points *= *'([^']*)'/).flatMap { $0.1.split(separator: " ") }
            .map { $0.split(separator: ",").compactMap { Double($0) } }.filter { $0.count == 2 }
        #expect(corners.count >= 24)
        #expect(abs(corners.map { $0[0] }.min()! - x) < 0.2)
        // The colour box stands to the right of the panel: of the cells' corners the map's right edge is one.
        #expect(corners.contains { abs($0[0] - (x + width)) < 0.2 && $0[1] >= y - 0.2 && $0[1] <= y + height + 0.2 })
        #expect(corners.contains { abs($0[0] - x) < 0.2 && abs($0[1] - (y + height)) < 0.2 })
        #expect(corners.contains { abs($0[0] - x) < 0.2 && abs($0[1] - y) < 0.2 })
    }

    @Test func picturesBecomePartOfThePage() throws {
        try ClosureVerb.run(into: run) { context in
            try self.savePictures(context)
            try context.add(map)
            context.html("Cells", hover().html)
        }
        let html = try contents(run.appending(path: "report.html"))
        #expect(html.components(separatedBy: "src=\"data:image/png;base64,\(png.base64EncodedString())\"").count == 5)
        #expect(!html.contains(".png\""))
        #expect(html.contains("id=\"figure-map\""))
    }

    @Test func missingAndForeignFilesAreNotTaken() throws {
        _ = try folder.file("secret.png", "private")
        try ClosureVerb.run(into: run) { context in
            context.html("Cells", hover(reference: "../secret.png").html)
        }
        let html = try contents(run.appending(path: "report.html"))
        #expect(html.contains("missing: ../secret.png") && html.contains("missing: pictures/0.png"))
        #expect(!html.contains(Data("private".utf8).base64EncodedString()))
    }

    @Test func captionsCannotEndTheScript() throws {
        let hostile = "</script><b>x</b>"
        let html = hover(captions: [[hostile, "b", "c"], ["d", "e", "f"]]).html
        #expect(!html.contains("</script><b>") && html.contains("\\u003c/script>"))
        #expect(html.components(separatedBy: "</script>").count == 3)
    }
}
