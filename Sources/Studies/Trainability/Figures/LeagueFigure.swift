import Foundation
import LoamRuns

/// F11: how well each predictor orders the networks, against what it costs.
enum LeagueFigure {
    /// Kinds of predictors, told apart by colour.
    private enum Kind: CaseIterable {
        case heads, activations, slopes, null

        init(_ predictor: Predictor) {
            self =
                predictor.needsHeads ? .heads : predictor.looksAtNetworks ? .slopes : predictor == .parameterCount ? .null : .activations
        }

        var title: String {
            switch self {
            case .heads: "reconstruction cascade"
            case .activations: "activations and theory"
            case .slopes: "one batch through each network"
            case .null: "null predictor"
            }
        }

        var color: Color {
            switch self {
            case .heads: .blue
            case .activations: .green
            case .slopes: .vermillion
            case .null: .grey
            }
        }
    }

    /// Predictors that need fewer operations, or none of any network, stand here.
    private static let leastOperations = 1e6

    static func figure(_ league: League) -> Figure {
        let entries = league.entries.filter { $0.spearman.value.isFinite }
        let correlations = entries.map(\.spearman.value)
        let logCosts = entries.map { log10(max(leastOperations, $0.operations)) }
        let decades = (log10(leastOperations), max(9, (logCosts.max() ?? 0) + 0.1))
        let span = decades.1 - decades.0
        // Bars of nearly equal cost stand side by side; labels stand in a column of their own on the right.
        let places = Spreading.apart(logCosts, gap: 0.022 * span, within: decades.0...(decades.1 + 0.022 * span * Double(entries.count)))
        let right = max(places.max() ?? decades.1, decades.1)
        let labels = Spreading.apart(correlations, gap: 0.118, within: -1.02...1.02)
        let edge = pow(10, right + 0.05 * span)
        var leaders: [Mark] = []
        var bars: [Mark] = []
        var names: [Mark] = []
        for index in entries.indices {
            let (x, y, color) = (pow(10, places[index]), correlations[index], Kind(entries[index].predictor).color)
            leaders.append(.line(x: [x, edge], y: [y, labels[index]], style: MarkStyle(color: .lightGrey, width: 1)))
            if let lower = entries[index].spearman.lower, let upper = entries[index].spearman.upper {
                bars.append(.line(x: [x, x], y: [lower, upper], style: MarkStyle(color: color, width: 2)))
            }
            names.append(.text(x: edge * pow(10, 0.012 * span), y: labels[index], entries[index].predictor.title))
        }
        let points = Kind.allCases.compactMap { kind -> Mark? in
            let own = entries.indices.filter { Kind(entries[$0].predictor) == kind }
            if own.isEmpty { return nil }
            return .points(
                x: own.map { pow(10, places[$0]) }, y: own.map { correlations[$0] }, label: kind.title,
                style: MarkStyle(color: kind.color, size: 1.5))
        }
        let ticks = stride(from: decades.0.rounded(.up), through: decades.1, by: 1).map { Axis.Tick(pow(10, $0), short(pow(10, $0 - 9))) }
        let zero = Mark.line(
            x: [pow(10, decades.0 - 0.03 * span), edge], y: [0, 0], style: MarkStyle(color: .grey, width: 1, dash: .dotted))
        return Figure(
            name: "league", title: "Which predictor orders the networks as training does, and for which price",
            caption:
                "Spearman's rank correlation of each predictor with the final accuracy of \(league.rules.first?.networks ?? 0) networks, with "
                + "95 % bootstrap intervals over networks, against the operations it takes for all of them; one that needs no network stands "
                + "at the left end. Predictors of nearly equal cost stand side by side. Times are in the table of the league.",
            width: 980, height: 560,
            panel: Panel(
                x: Axis(
                    "counted operations for all networks", unit: "10⁹", scale: .logarithmic, from: pow(10, decades.0 - 0.03 * span),
                    to: pow(10, right + 0.32 * span), ticks: ticks),
                y: Axis("Spearman’s ρ with accuracy", from: -1.05, to: 1.05), legend: .below,
                marks: [zero] + leaders + bars + points + names))
    }
}
