import Foundation

/// The findings of several runs as a page of Markdown that is kept beside the sources: what was measured, when, from which commit.
public enum MarkdownScoreboard {
    /// - Throws: `LoamError` where a folder holds no readable run.
    public static func text(_ runs: [RunFolder]) throws -> String {
        var lines = ["# Validation", "", "The findings of the experiments. One that fails stays here.", ""]
        for run in runs {
            let results = try Report.results(of: run)
            let environment = try? JSON.decode(RunEnvironment.self, from: Data(contentsOf: run[.environment]))
            lines.append("## \(results.study) \(results.verb), \(results.preset), scale \(results.scale.rawValue)")
            lines.append("")
            let counts = Finding.Verdict.allCases.map { "\(results.count($0)) \($0.rawValue)" }.joined(separator: ", ")
            var circumstances = [counts, "seed \(results.seed)"]
            if let environment {
                circumstances.append(duration(environment.seconds))
                circumstances.append(environment.processor)
                if let started = environment.sessions.first?.started { circumstances.append(String(started.ISO8601Format().prefix(10))) }
                circumstances.append("commit \(environment.commit ?? "unknown")")
            }
            lines += [circumstances.joined(separator: " · "), ""]
            if results.findings.isEmpty { continue }
            lines += ["| quantity | ours | reference | tolerance | source | verdict |", "| --- | ---: | ---: | ---: | --- | --- |"]
            for finding in results.findings {
                let cells = [
                    finding.quantity, finding.valueText, finding.referenceText, finding.toleranceText, finding.source,
                    finding.verdict == .failed ? "**failed**" : finding.verdict.rawValue,
                ]
                lines.append("| " + cells.map(escaped).joined(separator: " | ") + " |")
            }
            lines.append("")
        }
        return lines.joined(separator: "\n")
    }

    /// Text that neither ends a cell nor starts emphasis; the bold verdict is the only markup.
    private static func escaped(_ text: String) -> String {
        if text == "**failed**" { return text }
        return text.replacing("\\", with: "\\\\").replacing("|", with: "\\|").replacing("_", with: "\\_").replacing("*", with: "\\*")
            .replacing("<", with: "&lt;").replacing(/\s+/, with: " ")
    }
}
