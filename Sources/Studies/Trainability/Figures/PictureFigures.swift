import Foundation
import LoamRuns

/// Pictures of what the cells of a map keep.
enum PictureFigures {
    /// One image from a few depths at a few σ_w², side by side; `nil` without pictures.
    static func atlas(_ map: PhaseMap, in folder: URL) -> Figure? {
        guard let example = map.pictures?.example(0, in: folder) else { return nil }
        let weights = MapFigures.selected(map.weightVariances, 10)
        let depths = MapFigures.selected(Array(1...map.depth), 6)
        let (height, width) = (example.input.count, example.input[0].count)
        let gap = max(1, width / 14)
        let (stepX, stepY) = (width + gap, height + gap)
        // The input on top, then the depths downwards; a row of the heat map is a row of pixels, from the bottom.
        let size = (x: weights.count * stepX + gap, y: (depths.count + 1) * stepY + gap)
        var values = [[Double]](repeating: [Double](repeating: .nan, count: size.x), count: size.y)
        func place(_ picture: [[Double]], column: Int, row: Int) {
            let left = gap + column * stepX
            for (line, pixels) in picture.enumerated() {
                let y = size.y - 1 - gap - row * stepY - line
                for (x, value) in pixels.enumerated() { values[y][left + x] = 1 - value }
            }
        }
        for (column, weight) in weights.enumerated() {
            let pictures = example.columns[map.weightVariances.firstIndex(of: weight)!]
            place(example.input, column: column, row: 0)
            for (row, depth) in depths.enumerated() where depth <= pictures.count {
                place(pictures[depth - 1], column: column, row: row + 1)
            }
        }
        func middle(_ index: Int, _ step: Int, _ side: Int) -> Double { Double(gap + index * step) + Double(side - 1) / 2 }
        let rowTicks =
            [Axis.Tick(Double(size.y - 1) - middle(0, stepY, height), "input")]
            + depths.indices.map { Axis.Tick(Double(size.y - 1) - middle($0 + 1, stepY, height), "ℓ = \(depths[$0])") }
        return Figure(
            name: "reconstructions", title: "One image, from every depth",
            caption:
                "An image of the test set and what heads ℓ, ℓ−1, …, 1 make of layer ℓ of untrained networks, in the contrast of the images.",
            width: min(980, 90 + 86 * Double(weights.count)), height: 70 + 86 * Double(depths.count + 1) * Double(height) / Double(width),
            panel: Panel(
                x: Axis("weight variance σ_w²", ticks: weights.indices.map { Axis.Tick(middle($0, stepX, width), short(weights[$0])) }),
                y: Axis("", ticks: rowTicks),
                color: ColorAxis("", palette: .grey, from: 0, to: 1, hasBox: false), legend: .none,
                marks: [.heatMap(x: (0..<size.x).map(Double.init), y: (0..<size.y).map(Double.init), values: values)]))
    }

    /// The pictures of every cell, shown where the pointer is on the map of S_diff in that figure; `nil` without pictures.
    static func hover(_ map: PhaseMap, figure: String, panel: Int) -> HoverMap? {
        guard let pictures = map.pictures else { return nil }
        let weights = map.weightVariances
        let captions = (1...map.depth).map { depth in
            weights.map { weight in
                let cell = map.cells(at: weight)[0]
                let heading = "σ_w² = \(short(weight)), depth \(depth)"
                guard depth <= cell.layers.count else { return heading + "\nnot finite from layer \(cell.layers.count + 1) on" }
                let layer = cell.layers[depth - 1]
                return heading
                    + "\nS_rel \(fixed(layer.relativeMean, 3)) (mean image \(fixed(map.meanImageLevel, 3)))\nS_diff \(fixed(layer.differential, 2))"
                    + "\nS_vN \(fixed(layer.vonNeumann, 3))"
            }
        }
        return HoverMap(
            figure: figure, panel: panel, x: weights, y: (1...map.depth).map(Double.init), columns: pictures.columns,
            reference: pictures.inputs, referenceLabel: "input", cellLabel: "reconstruction", rowWidth: pictures.rowWidth,
            rowHeight: pictures.rowHeight, captions: captions)
    }
}
