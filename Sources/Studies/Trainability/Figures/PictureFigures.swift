import Foundation
import LoamData
import LoamRuns

/// Pictures of what the cells of a map keep.
enum PictureFigures {
    /// One image from a few depths at a few σ_w², side by side; `nil` without pictures.
    static func atlas(_ map: PhaseMap, in folder: URL) throws -> PictureSheet? {
        let columns = MapFigures.selected(Array(map.weightVariances.indices), 10)
        guard let pictures = map.pictures, let input = pictures.first(of: pictures.inputs, in: folder)?.first else { return nil }
        let found = columns.compactMap { pictures.first(of: pictures.columns[$0], in: folder) }
        guard found.count == columns.count else { return nil }
        func row(_ label: String, _ bitmaps: [Bitmap?]) throws -> PictureSheet.Row {
            .init(label: [label], pictures: try bitmaps.map { try $0.map { try PictureSheet.Picture($0) } })
        }
        let rows = try MapFigures.selected(Array(1...map.depth), 6).map { depth in
            try row("ℓ = \(depth)", found.map { depth <= $0.count ? $0[depth - 1] : nil })
        }
        return PictureSheet(
            name: "reconstructions", title: "One image, from every depth",
            caption:
                "An image of the test set and what heads ℓ, ℓ−1, …, 1 make of layer ℓ of untrained networks, in the contrast of the images.",
            columns: columns.map { "σ_w² = \(short(map.weightVariances[$0]))" },
            rows: [try row("input", columns.map { _ in input })] + rows)
    }

    /// The pictures of every cell, shown where the pointer is on the map of S_diff in that figure; `nil` without pictures.
    static func hover(_ map: PhaseMap, figure: String, panel: Int) -> HoverMap? {
        guard let pictures = map.pictures else { return nil }
        let weights = map.weightVariances
        let cells = weights.map { map.cells(at: $0)[0] }
        let captions = (1...map.depth).map { depth in
            zip(weights, cells).map { weight, cell in
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
