import LoamRuns

/// F12: is one epoch of head training enough?
enum SufficiencyFigures {
    static func frontiers(_ sufficiency: Sufficiency) -> Figure {
        let map = sufficiency.maps[0]
        let weights = map.weightVariances
        let (left, right) = MapFigures.bounds(weights)
        let colors: [Color] = [.skyBlue, .green, .vermillion, .orange, .black, .purple, .blue]
        func panel(_ frontier: Sufficiency.Frontier, _ label: String) -> Panel {
            var marks: [Mark] = []
            for (index, amount) in sufficiency.amounts.enumerated() {
                let map = sufficiency.maps[index]
                let y = weights.map { weight in Quantiles(map.cells(at: weight).map { frontier.depth($0, map).depth }).mean }
                let style = MarkStyle(color: colors[index % colors.count], width: index == sufficiency.amounts.count - 1 ? 3 : 1.8)
                marks.append(.line(x: weights, y: y, label: "\(short(amount)) epochs", style: style))
                marks.append(.points(x: weights, y: y, style: MarkStyle(color: style.color, size: 0.9)))
            }
            return Panel(
                x: Axis("weight variance σ_w²", from: left, to: right),
                y: Axis(label, unit: "layers", from: 0, to: 1.03 * Double(map.depth)), legend: .below, marks: marks)
        }
        // The last amount is what the others are measured from.
        let amounts = Array(sufficiency.amounts.dropLast())
        let distances = Sufficiency.Frontier.allCases.map { frontier in
            let values = amounts.indices.map { sufficiency.distance(frontier, $0) }
            return Mark.points(
                x: amounts, y: values.map(\.mean), errors: values.map { $0.error ?? 0 }, label: frontier.rawValue,
                style: MarkStyle(color: frontier == .cutoff ? .blue : .orange, symbol: frontier == .cutoff ? .circle : .square, size: 1.4))
        }
        let longest = short(sufficiency.amounts.last!)
        return Figure(
            name: "sufficiency", title: "How much head training is enough",
            caption:
                "Left and middle: the frontier predicted after different amounts of head training, by the cutoff of S_rel and by the front of "
                + "S_diff; at the top where it lies deeper than \(map.depth) layers. Right: the mean distance from the frontier after \(longest) "
                + "epochs; dashed: three layers, the reading error of the published fronts.",
            panels: [
                panel(.cutoff, "cutoff ℓ_c"), panel(.front, "front L_f"),
                Panel(
                    x: Axis(
                        "epochs of head training", scale: .logarithmic, from: 0.8 * amounts[0], to: 1.25 * (amounts.last ?? 1),
                        ticks: amounts.map { Axis.Tick($0, short($0)) }),
                    y: Axis("distance from \(longest) epochs", unit: "layers", from: 0), legend: .below,
                    marks: distances + [.horizontalLine(y: 3, style: MarkStyle(color: .grey, width: 1.5, dash: .dashed))]),
            ], columns: 3, width: 1240, height: 460)
    }
}
