import LoamRuns

/// The league as CSV and as a table of the report.
enum LeagueTable {
    static func table(_ league: League) -> Table {
        let entries = league.entries
        func numbers(_ value: (LeagueEntry) -> Double?) -> Table.Column { .numbers(entries.map { value($0) ?? .nan }) }
        return Table([
            "predictor": .texts(entries.map(\.predictor.rawValue)), "spearman": numbers(\.spearman.value),
            "spearman_low": numbers(\.spearman.lower), "spearman_high": numbers(\.spearman.upper), "kendall": numbers(\.kendall.value),
            "kendall_low": numbers(\.kendall.lower), "kendall_high": numbers(\.kendall.upper), "auc": numbers(\.areaUnderCurve.value),
            "auc_low": numbers(\.areaUnderCurve.lower), "auc_high": numbers(\.areaUnderCurve.upper), "operations": numbers(\.operations),
            "seconds": .measured(entries.map(\.seconds)), "uncomputable": .integers(entries.map(\.uncomputable)),
        ])
    }

    static func html(_ league: League) -> String {
        var text = "<table><thead><tr><th>predictor</th><th>Spearman ρ</th><th>Kendall τ<sub>b</sub></th>"
        text += "<th>AUC (accuracy ≥ \(short(league.threshold)))</th><th>operations</th><th>seconds</th></tr></thead><tbody>"
        for entry in league.entries.sorted(by: { rank($0) > rank($1) }) {
            let missing = entry.uncomputable == 0 ? "" : " <small>(\(entry.uncomputable) not finite: ranked at the ends)</small>"
            text += "<tr><td>\(title(entry.predictor))\(missing)</td><td>\(cell(entry.spearman))</td><td>\(cell(entry.kendall))</td>"
            text +=
                "<td>\(cell(entry.areaUnderCurve))</td><td>\(entry.operations == 0 ? "–" : "\(fixed(entry.operations / 1e9, 1)) G")</td>"
            text += "<td>\(entry.seconds < 0.01 ? "< 0.01" : fixed(entry.seconds, 2))</td></tr>"
        }
        text +=
            "</tbody></table><table><thead><tr><th>rule</th><th>right</th><th>predicted to train</th><th>trained</th></tr></thead><tbody>"
        for rule in league.rules {
            text += "<tr><td>\(rule.rule.rawValue)</td><td>\(fixed(100 * rule.agreement, 0)) %</td>"
            text += "<td>\(rule.predicted) of \(rule.networks)</td><td>\(rule.trained)</td></tr>"
        }
        return text + "</tbody></table>"
    }

    private static func rank(_ entry: LeagueEntry) -> Double { entry.spearman.value.isNaN ? -2 : entry.spearman.value }

    private static func title(_ predictor: Predictor) -> String {
        HTML.escape(predictor.title).replacing("_rel", with: "<sub>rel</sub>").replacing("_diff", with: "<sub>diff</sub>")
            .replacing("_vN", with: "<sub>vN</sub>").replacing("ξ_c", with: "ξ<sub>c</sub>")
    }

    private static func cell(_ scored: Scored) -> String {
        guard scored.value.isFinite else { return "–" }
        guard let lower = scored.lower, let upper = scored.upper else { return fixed(scored.value, 2) }
        return "\(fixed(scored.value, 2)) <small>[\(fixed(lower, 2)), \(fixed(upper, 2))]</small>"
    }
}
