/// Findings as lines of text: ours beside the reference.
public enum Scoreboard {
    /// One line per finding under a heading, columns aligned, then the counts.
    public static func text(_ findings: [Finding]) -> String {
        guard !findings.isEmpty else { return "No findings." }
        let rows = findings.map { [$0.verdict.mark, $0.quantity, $0.valueText, $0.referenceText, $0.toleranceText, $0.source] }
        return table([["", "quantity", "ours", "reference", "tolerance", "source"]] + rows) + "\n" + counts(findings)
    }

    /// "3 passed, 1 failed, 2 informational".
    public static func counts(_ findings: [Finding]) -> String {
        let parts = Finding.Verdict.allCases.compactMap { verdict -> String? in
            let count = findings.count { $0.verdict == verdict }
            return count > 0 ? "\(count) \(verdict.rawValue)" : nil
        }
        return parts.isEmpty ? "no findings" : parts.joined(separator: ", ")
    }

    /// Rows with their columns aligned; control characters are shown as �.
    public static func table(_ rows: [[String]]) -> String {
        let rows = rows.map { $0.map(printable) }
        let widths = rows.reduce(into: [Int]()) { widths, row in
            for (index, cell) in row.enumerated() {
                if index == widths.count { widths.append(0) }
                widths[index] = max(widths[index], cell.count)
            }
        }
        return rows.map { row in
            var line = ""
            for (index, cell) in row.enumerated() {
                line += cell
                if row[(index + 1)...].contains(where: { !$0.isEmpty }) {
                    line += String(repeating: " ", count: widths[index] - cell.count + 2)
                }
            }
            return line
        }.joined(separator: "\n")
    }

    private static func printable(_ text: String) -> String {
        String(text.map { $0.unicodeScalars.contains { $0.value < 32 || $0.value == 127 } ? "\u{FFFD}" : $0 })
    }
}

extension Finding.Verdict {
    var mark: String {
        switch self {
        case .passed: "✓"
        case .failed: "✗"
        case .informational: "·"
        }
    }
}
