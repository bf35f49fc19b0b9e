import Foundation
import LoamRuns
import Testing

@Suite struct ReportTests {
    let folder: TemporaryFolder
    var run: URL { folder.url.appending(path: "run") }
    init() throws { folder = try TemporaryFolder() }

    func gallery(_ title: String = "x", in url: URL? = nil) throws -> String {
        let options = Runner.Options(folder: url ?? run, commandLine: ["loam", title])
        let runner = Runner(study: galleryStudy, verb: galleryStudy.verbs[0], options: options, console: Console(style: .quiet))
        var request = RunRequest()
        request.assignments = ["title=\(title)"]
        _ = try runner.run(request)
        return try contents((url ?? run).appending(path: "report.html"))
    }

    /// Addresses that a page would load.
    func loaded(_ html: String) -> [String] {
        html.matches(of: /(?:src|href|xlink:href|data|action|poster)\s*=\s*["']([^"']*)["']/).map { String($0.output.1) }
            + html.matches(of: /url\(([^)]*)\)/).map { String($0.output.1) } + html.matches(of: /@import[^;]*/).map { String($0.output) }
    }

    @Test func reportLoadsNothing() throws {
        let html = try gallery()
        #expect(!html.contains("<script") && !html.contains("<link") && !html.contains("<img") && !html.contains("<iframe"))
        let outside = loaded(html).filter { !$0.hasPrefix("#") && !$0.hasPrefix("figures/") && !$0.hasPrefix("data:image/") }
        #expect(outside.isEmpty, "\(outside)")
    }

    @Test func reportShowsEveryPart() throws {
        let html = try gallery()
        for text in [
            "Figures of every kind", "31.8 ± 1.2", "≥ 0.8", "Figure 3, digitised", "2 passed", "1 failed", "3 cells diverged", "Phase map",
            "figures/phase-map.csv",
            "best σ_w²", "1.76", "title: x", "OpenBLAS", "Configuration", "id=\"hover\"",
        ] {
            #expect(html.contains(text), "\(text)")
        }
    }

    @Test func figuresAreInlineWithNamesOfTheirOwn() throws {
        let html = try gallery()
        #expect(html.components(separatedBy: "<svg role=").count == Gallery.figures.count + 1)
        let identifiers = html.matches(of: /\sid=["']([^"']*)["']/).map { String($0.output.1) }
        #expect(Set(identifiers).count == identifiers.count)
        let references = html.matches(of: /xlink:href=["']#([^"']*)["']/).map { String($0.output.1) }
        #expect(!references.isEmpty && Set(references).isSubset(of: Set(identifiers)))
    }

    @Test func axesFollowThePagesInk() throws {
        let html = try gallery()
        #expect(html.contains("var(--ink)") && !html.contains("rgb(26,26,27)") && !html.contains("rgb( 26,  26,  27)"))
        #expect(html.contains("prefers-color-scheme: dark") && html.contains("@media print") && html.contains("width=device-width"))
    }

    @Test(arguments: [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='x", "&lt;b&gt;", "</style><svg onload=x>",
        "a\u{0}b",
    ])
    func hostileTextIsEscaped(text: String) throws {
        let html = try gallery(text)
        #expect(!html.contains("<script") && !html.contains("<img") && !html.contains("<svg onload") && !html.contains("\u{0}"))
        #expect(!html.contains(" onerror=alert(1)>") && !html.contains("onmouseover='x"))
    }

    @Test func escapingCoversTheFiveCharacters() {
        #expect(HTML.escape("<a href=\"x\">'&") == "&lt;a href=&quot;x&quot;&gt;&#39;&amp;")
    }

    @Test func reportIsRebuiltFromTheFolder() throws {
        let html = try gallery()
        try FileManager.default.removeItem(at: run.appending(path: "report.html"))
        try Report.write(RunFolder(run), study: galleryStudy)
        #expect(try contents(run.appending(path: "report.html")) == html)
    }

    @Test func reportOfAnUnknownStudyIsStillMade() throws {
        _ = try gallery()
        try Report.write(RunFolder(run))
        #expect(try contents(run.appending(path: "report.html")).contains("31.8 ± 1.2"))
    }

    @Test func folderWithoutARunIsNoInput() {
        #expect(failure { try Report.write(RunFolder(folder.url)) }?.exitStatus == 66)
    }

    @Test(arguments: ["", "{", "[]", "{\"study\": 1}"]) func damagedResultsAreBadData(text: String) throws {
        _ = try folder.file("run/results.json", text)
        #expect(failure { try Report.write(RunFolder(run)) }?.exitStatus == 65)
    }

    @Test func indexShowsEveryRunWithPictureAndScoreboard() throws {
        let runs = ["a run", "b"].map { folder.url.appending(path: $0) }
        for url in runs { _ = try gallery("x", in: url) }
        try RunIndex.write(runs.map { RunFolder($0) }, studies: [galleryStudy], to: folder.url)
        let html = try contents(folder.url.appending(path: "index.html"))
        #expect(html.contains("href=\"a%20run/report.html\"") && html.contains("href=\"b/report.html\""))
        #expect(html.components(separatedBy: "<svg role=").count == 3)
        #expect(html.contains("4 passed") && html.contains("2 failed") && html.contains("Scoreboard"))
        let outside = loaded(html).filter { !$0.hasPrefix("#") && !$0.hasSuffix("/report.html") && !$0.hasPrefix("data:image/") }
        #expect(outside.isEmpty, "\(outside)")
    }

    @Test func indexReachesRunsElsewhere() throws {
        let url = folder.url.appending(path: "deep/down/run")
        _ = try gallery("x", in: url)
        try RunIndex.write([RunFolder(url)], studies: [], to: folder.url.appending(path: "index/here"))
        #expect(try contents(folder.url.appending(path: "index/here/index.html")).contains("href=\"../../deep/down/run/report.html\""))
    }
}
