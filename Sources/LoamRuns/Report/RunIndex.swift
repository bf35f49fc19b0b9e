import Foundation

/// The page that shows several runs: a card with a picture each, and one scoreboard.
public enum RunIndex {
    /// Writes `index.html` into a folder, for runs in any place.
    public static func write(_ runs: [RunFolder], studies: [Study], to folder: URL) throws {
        var cards: [String] = []
        var rows: [(run: String?, finding: Finding)] = []
        var totals: [Finding.Verdict: Int] = [:]
        for (number, run) in runs.enumerated() {
            let results = try Report.results(of: run)
            let study = studies.first { $0.name == results.study }
            let address = HTML.escape(relativePath(from: folder, to: run[.report]))
            cards.append(card(run, results: results, study: study, number: number, address: address))
            rows += results.findings.map { ("<a href=\"\(address)\">\(HTML.escape("\(results.study)/\(results.preset)"))</a>", $0) }
            for finding in results.findings { totals[finding.verdict, default: 0] += 1 }
        }
        let counts = Finding.Verdict.allCases.compactMap { verdict in
            totals[verdict].map { "<span class=\"chip \(verdict.rawValue)\">\($0) \(verdict.rawValue)</span>" }
        }
        let scoreboard = rows.isEmpty ? "" : "<h2>Scoreboard</h2>\n<div class=\"card\">\(ReportPage.table(rows))</div>"
        let body = """
            <main>
            <header><p class="crumb">Loam</p><h1>\(runs.count) \(runs.count == 1 ? "run" : "runs")</h1>
            <p class="soft">A laboratory for how neural networks learn. Each card opens the report of a run.</p>
            <div class="chips">\(counts.joined())</div></header>
            <div class="grid">
            \(cards.joined(separator: "\n"))
            </div>
            \(scoreboard)
            <footer>Made by Loam \(Loam.version).</footer>
            </main>
            """
        try RunFolder.create(folder)
        try WholeFile.write(Data(Page.html(title: "Loam – runs", body: body).utf8), to: folder.appending(path: "index.html"))
    }

    private static func card(_ run: RunFolder, results: RunResults, study: Study?, number: Int, address: String) -> String {
        let preset = study?.verbs.first { $0.name == results.verb }?.presets.first { $0.name == results.preset }
        var thumbnail = "<div class=\"missing\">no figure</div>"
        if let figure = results.figures.first,
            let svg = InlineSVG.element(
                run[.figures].appending(path: figure.name + ".svg"), name: "\(number)-\(figure.name)", description: figure.title)
        {
            thumbnail = svg
        }
        return """
            <a class="card" href="\(address)"><div class="thumbnail">\(thumbnail)</div>
            <p class="crumb">\(HTML.escape(study?.title ?? results.study))</p>
            <h3>\(HTML.escape(results.verb)) · \(HTML.escape(results.preset))</h3>
            <p class="soft">\(HTML.escape(preset?.summary ?? ""))</p>
            <div class="chips">\(ReportPage.chips(results))<span class="chip">\(results.scale.rawValue)</span></div></a>
            """
    }

    /// A file's address as seen from a folder, percent-encoded.
    static func relativePath(from folder: URL, to file: URL) -> String {
        let base = folder.standardizedFileURL.resolvingSymlinksInPath().pathComponents.filter { $0 != "/" }
        let target = file.standardizedFileURL.resolvingSymlinksInPath().pathComponents.filter { $0 != "/" }
        let common = zip(base, target).prefix { $0 == $1 }.count
        let parts = Array(repeating: "..", count: base.count - common) + target.dropFirst(common)
        return parts.map { $0.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-._~"))) ?? $0 }
            .joined(separator: "/")
    }
}
