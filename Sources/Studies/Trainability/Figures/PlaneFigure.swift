import Foundation
import LoamRuns

/// F10: the phase plane.
enum PlaneFigure {
    /// ξ_c over the (σ_w², σ_b²) plane; with `critical` set, the critical lines of all activations on top.
    static func figure(_ plane: PhasePlane, _ configuration: MeanFieldConfiguration) -> Figure {
        let (right, top) = (configuration.planeWeightVariance, configuration.planeBiasVariance)
        var marks = [heatMap(plane)]
        var caption = "Colour: the correlation length ξ_c of \(plane.activation), which diverges at its edge of chaos."
        let hasBlank = plane.points.contains { $0 == nil }
        if hasBlank { caption += " White: lengths grow without bound from q = 1." }
        if configuration.critical {
            let own = criticalMarks(plane.activation, right, top, MarkStyle(color: .black, width: 3))
            let dashes: [MarkStyle.Dash] = [.dashed, .dotted, .dashDotted]
            // On the colours of the plane light lines show, on its blank part dark ones.
            let colors: [Color] =
                hasBlank
                ? [.orange, .skyBlue, .vermillion, .purple, .green, .blue, .grey]
                : [.lightGrey, .orange, .skyBlue, .vermillion, .yellow, .grey, .purple]
            var (next, absent) = (0, own.isEmpty ? [plane.activation.name] : [])
            // A slope of 0.01 is not told from 0 here.
            for activation in Activation.all where activation != plane.activation && activation != .leakyReLU(0.01) {
                let style = MarkStyle(color: colors[next % colors.count], width: 2, dash: dashes[next % dashes.count])
                let others = criticalMarks(activation, right, top, style)
                if others.isEmpty { absent.append(activation.name) } else { next += 1 }
                marks += others
            }
            marks += own
            caption +=
                " Lines: the edges of chaos of \(plane.activation) (black) and of other activations; ReLU and linear networks are critical at "
            caption += "one point of the lower axis only. Thin: the length q* is unstable there."
            if !absent.isEmpty { caption += " Not critical anywhere on this plane: \(absent.joined(separator: ", "))." }
        }
        return Figure(
            name: "phase-plane", title: "Order, chaos and the edge between: \(plane.activation)", caption: caption, width: 780, height: 560,
            panel: Panel(
                x: Axis("weight variance σ_w²", from: 0, to: right), y: Axis("bias variance σ_b²", from: 0, to: top),
                color: ColorAxis("correlation length ξ_c", palette: .viridis, scale: .logarithmic, from: 1, to: 300), legend: .below,
                marks: marks))
    }

    /// Enough cells for the eye, each the geometric mean of the points in it; the whole plane is in plane.csv.
    private static func heatMap(_ plane: PhasePlane) -> Mark {
        func blocks(_ count: Int) -> [Range<Int>] {
            let step = max(1, (count + 99) / 100)
            return stride(from: 0, to: count, by: step).map { $0..<min(count, $0 + step) }
        }
        func centre(_ values: ArraySlice<Double>) -> Double { 0.5 * (values.first! + values.last!) }
        let columns = blocks(plane.weightVariances.count)
        let rows = blocks(plane.biasVariances.count)
        let values = rows.map { row in
            columns.map { column in
                let logarithms = row.flatMap { r in
                    column.compactMap { c in plane[c, r].map { log(max(1e-6, min($0.correlationScale, 1e6))) } }
                }
                return logarithms.isEmpty ? Double.nan : exp(logarithms.reduce(0, +) / Double(logarithms.count))
            }
        }
        return .heatMap(
            x: columns.map { centre(plane.weightVariances[$0]) }, y: rows.map { centre(plane.biasVariances[$0]) }, values: values)
    }

    /// The edge of chaos of one activation: a line, a point where it has no more, nothing where it is not on the plane.
    private static func criticalMarks(_ activation: Activation, _ right: Double, _ top: Double, _ style: MarkStyle) -> [Mark] {
        let theory = MeanField(activation, tolerance: 1e-10)
        if activation.isHomogeneous {
            return theory.criticalPoints(biasVariance: 0).filter { $0.weightVariance <= right }.map { point in
                .points(
                    x: [point.weightVariance], y: [0], label: activation.name,
                    style: MarkStyle(color: style.color, symbol: activation == .linear ? .diamond : .circle, size: 0.9))
            }
        }
        let lengths = (0...1200).map { pow(10, -4 + 6 * Double($0) / 1200) }
        let line = theory.criticalLine(lengths: lengths)
        func isInside(_ point: CriticalPoint) -> Bool { point.weightVariance <= right && point.biasVariance <= top }
        guard line.count(where: isInside) > 1 else { return [] }
        // A point outside, or of the other kind, interrupts the line.
        func part(stable: Bool, label: String?, width: Double) -> Mark {
            let y = line.map { isInside($0) && $0.isStable == stable ? $0.biasVariance : .nan }
            return .line(
                x: line.map(\.weightVariance), y: y, label: label, style: MarkStyle(color: style.color, width: width, dash: style.dash))
        }
        let hasStablePart = line.contains { isInside($0) && $0.isStable }
        var marks = hasStablePart ? [part(stable: true, label: activation.name, width: style.width)] : []
        if line.contains(where: { isInside($0) && !$0.isStable }) {
            marks.append(part(stable: false, label: hasStablePart ? nil : activation.name, width: 0.5 * style.width))
        }
        return marks
    }
}
