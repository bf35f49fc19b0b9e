import Foundation

/// The report of one run: a page that needs nothing beside itself.
public enum Report {
    /// Writes `report.html` of a run folder from the files in it.
    ///
    /// - Parameter study: where it is known, for the descriptions.
    /// - Throws: `LoamError`: `noInput` for a folder without a run, `badData` for unreadable files, `inputOutput`.
    public static func write(_ folder: RunFolder, study: Study? = nil) throws {
        try folder.write(Data(html(folder, study: study).utf8), to: RunFolder.File.report.rawValue)
    }

    /// Draws the figures of a run again from their scripts.
    public static func redraw(_ folder: RunFolder, format: Gnuplot.Format = .svg) throws {
        // Sheets of pictures have no script: they are as they were written.
        for figure in try results(of: folder).figures where hasScript(figure.name, in: folder) {
            try Gnuplot.draw(figure.name, in: folder, width: figure.width, height: figure.height, format: format)
        }
    }

    /// The results of a run folder.
    public static func results(of folder: RunFolder) throws -> RunResults {
        guard let results = try folder.results() else {
            throw LoamError(
                .noInput, "there is no run in this folder (results.json is missing)", at: folder.url.path,
                advice: "Give a folder made by loam.")
        }
        return results
    }

    static func hasScript(_ name: String, in folder: RunFolder) -> Bool {
        FileManager.default.fileExists(atPath: folder[.figures].appending(path: name + ".gp").path)
    }

    static func html(_ folder: RunFolder, study: Study?) throws -> String {
        let results = try results(of: folder)
        let environment = try? JSON.decode(RunEnvironment.self, from: Data(contentsOf: folder[.environment]))
        let verb = study?.verbs.first { $0.name == results.verb }
        let page = ReportPage(results: results, environment: environment, folder: folder, study: study, verb: verb)
        return Page.html(title: "\(results.preset) – \(study?.title ?? results.study)", body: page.body)
    }
}

/// The parts of a report.
struct ReportPage {
    let results: RunResults
    let environment: RunEnvironment?
    let folder: RunFolder
    let study: Study?
    let verb: AnyVerb?

    var body: String {
        """
        <main>
        \(header)
        \(warnings)
        \(figures)
        \(findings)
        \(sections)
        \(summary)
        \(configuration)
        \(circumstances)
        <footer>Made by Loam \(escape(environment?.version ?? Loam.version)). The numbers behind every figure are in <code>figures/*.csv</code>, those of
        the run in <code>results.json</code> and <code>metrics.jsonl</code>.</footer>
        </main>
        """
    }

    private var preset: PresetSummary? { verb?.presets.first { $0.name == results.preset } }

    private var header: String {
        var lines = [
            "<header>", "<p class=\"crumb\">Loam · \(escape(study?.title ?? results.study))</p>",
            "<h1>\(escape(results.verb)) · \(escape(results.preset))</h1>",
        ]
        if let preset { lines.append("<p>\(escape(preset.summary))</p>") }
        if let study {
            lines.append("<p class=\"soft\">\(escape(study.summary))</p>")
            let source = preset.map { $0.source.isEmpty ? "" : " Here: \($0.source)." } ?? ""
            lines.append("<p class=\"paper\">Paper: \(escape(study.paper))\(study.paper.hasSuffix(".") ? "" : ".")\(escape(source))</p>")
        }
        lines.append("<div class=\"chips\">\(Self.chips(results))<span class=\"chip\">scale \(results.scale.rawValue)</span>")
        if let environment { lines.append("<span class=\"chip\">\(duration(environment.seconds))</span>") }
        lines.append("<span class=\"chip\">seed \(results.seed)</span></div>")
        return (lines + ["</header>"]).joined(separator: "\n")
    }

    /// The verdict counts and the status of a run that did not finish.
    static func chips(_ results: RunResults) -> String {
        var chips = ""
        switch results.status {
        case .finished: break
        case .interrupted: chips += "<span class=\"chip failed\">interrupted, incomplete</span>"
        case .failed: chips += "<span class=\"chip failed\">stopped by an error</span>"
        }
        let counts = Finding.Verdict.allCases.map { ($0, results.count($0)) }
        for (verdict, count) in counts where count > 0 {
            chips += "<span class=\"chip \(verdict.rawValue)\">\(count) \(verdict.rawValue)</span>"
        }
        return chips
    }

    private var warnings: String {
        guard !results.warnings.isEmpty else { return "" }
        return "<section class=\"card warnings\"><h3>Warnings</h3><ul>\n"
            + results.warnings.map { "<li>\(escape($0))</li>\n" }.joined() + "</ul></section>"
    }

    private var findings: String {
        guard !results.findings.isEmpty else { return "" }
        return "<section><h2>Findings</h2>\n<div class=\"card\">" + Self.table(results.findings.map { (nil, $0) }) + "</div></section>"
    }

    /// The scoreboard: ours beside the reference. Rows may be headed by the run they come from.
    static func table(_ rows: [(run: String?, finding: Finding)]) -> String {
        let hasRun = rows.contains { $0.run != nil }
        var text = "<table class=\"wide\"><thead><tr>\(hasRun ? "<th>Run</th>" : "")<th>Quantity</th><th class=\"number\">Ours</th>"
        text +=
            "<th class=\"number\">Reference</th><th class=\"number\">Tolerance</th><th>Source</th><th>Verdict</th></tr></thead><tbody>\n"
        for (run, finding) in rows {
            text +=
                "<tr>\(hasRun ? "<td data-label=\"Run\">\(run ?? "")</td>" : "")<td><span title=\"\(escape(finding.id))\">\(HTML.typeset(finding.quantity))</span></td>"
            text += "<td class=\"number\" data-label=\"Ours\">\(escape(finding.valueText))</td>"
            text += "<td class=\"number\" data-label=\"Reference\">\(escape(finding.referenceText))</td>"
            text += "<td class=\"number\" data-label=\"Tolerance\">\(escape(finding.toleranceText))</td>"
            text += "<td class=\"source\" data-label=\"Source\">\(HTML.typeset(finding.source))</td>"
            text +=
                "<td data-label=\"Verdict\"><span class=\"verdict \(finding.verdict.rawValue)\">\(finding.verdict.rawValue)</span></td></tr>\n"
        }
        return text + "</tbody></table>"
    }

    private var figures: String {
        guard !results.figures.isEmpty else { return "" }
        return "<section><h2>Figures</h2>\n" + results.figures.map(figure).joined(separator: "\n") + "</section>"
    }

    private func figure(_ entry: RunResults.FigureEntry) -> String {
        let file = folder[.figures].appending(path: entry.name + ".svg")
        let plot =
            InlineSVG.element(file, name: entry.name, description: entry.title).map {
                "<div class=\"plot\" style=\"max-width: \(compact((entry.width * 1.25).rounded()))px; --natural: \(compact((entry.width * 0.7).rounded()))px\">\($0)</div>"
            }
            ?? "<p class=\"missing\">Not drawn: gnuplot was missing. Install it with <code>sudo apt-get install gnuplot-nox</code>, then run "
            + "<code>loam report</code> on this folder.</p>"
        let path = "figures/\(escape(entry.name))"
        let source =
            Report.hasScript(entry.name, in: folder)
            ? "<a href=\"\(path).gp\">gnuplot script</a>" : "<a href=\"\(path).svg\">the sheet alone (SVG)</a>"
        return """
            <figure class="card" id="figure-\(escape(entry.name))"><h3>\(HTML.typeset(entry.title))</h3>
            \(plot)
            <figcaption>\(HTML.typeset(entry.caption))</figcaption>
            <p class="links"><a href="\(path).csv">data (CSV)</a> · \(source)</p></figure>
            """
    }

    private var sections: String {
        results.sections.map {
            "<section><h2>\(escape($0.title))</h2>\n<div class=\"card\">\(InlinePictures.html($0.html, folder: folder))</div></section>"
        }.joined(separator: "\n")
    }

    private var summary: String {
        guard !results.summary.isEmpty else { return "" }
        let rows = results.summary.keys.sorted().map {
            "<tr><td>\(escape($0))</td><td>\(escape(Self.text(results.summary[$0]!)))</td></tr>\n"
        }
        return "<section><h2>Summary</h2>\n<div class=\"card\"><table><tbody>\n\(rows.joined())</tbody></table></div></section>"
    }

    private static func text(_ value: ConfigurationValue) -> String {
        switch value {
        case .number(let value): NumberFormat.text(value)
        case .text(let value): value
        case .list(let list): list.map(text).joined(separator: ", ")
        default: value.description
        }
    }

    private var configuration: String {
        let yaml = (try? String(contentsOf: folder[.configuration], encoding: .utf8)) ?? ""
        let command = "loam \(results.study) \(results.verb) --config config.yaml"
        return """
            <details><summary>Configuration</summary>
            <div class="card"><p>Run it again with <code>\(escape(command))</code></p><pre>\(escape(yaml))</pre></div></details>
            """
    }

    private var circumstances: String {
        guard let environment else { return "" }
        var rows = [
            ("Loam", environment.version + (environment.commit.map { ", commit \($0)" } ?? "")),
            (
                "Processor",
                "\(environment.processor), \(environment.processors) in use, \(environment.vectorExtensions.joined(separator: " "))"
            ),
            ("Memory", String(format: "%.1f GiB", Double(environment.memoryBytes) / 1_073_741_824)),
            ("System", environment.operatingSystem),
        ]
        rows += environment.libraries.keys.sorted().map { ($0, environment.libraries[$0]!) }
        for session in environment.sessions {
            let time = session.seconds.map { duration($0) } ?? "not ended"
            rows.append(
                (
                    session.started.ISO8601Format(),
                    "\(session.status), \(time), threads: \(session.threads); \(session.commandLine.joined(separator: " "))"
                ))
        }
        let table = rows.map { "<tr><td>\(escape($0.0))</td><td>\(escape($0.1))</td></tr>\n" }.joined()
        return
            "<details><summary>Environment and timing</summary><div class=\"card\"><table><tbody>\n\(table)</tbody></table></div></details>"
    }
}

private func escape(_ text: String) -> String { HTML.escape(text) }
