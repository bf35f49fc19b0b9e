import Foundation
import LoamData
import LoamRuns
import LoamTensor

/// The files that hold pictures of what every cell of a map makes of a few images.
struct MapPictures: Hashable, Codable, Sendable {
    /// The images themselves, in one row; and by σ_w², ascending, their reconstructions, a row a depth.
    let inputs: String
    let columns: [String]
    /// Size of a row, in pixels.
    let rowWidth, rowHeight: Int

    /// Writes the pictures of measured cells into the run folder; the map that knows of them.
    static func saved(
        _ cells: [MeasuredCell], inputs: ReconstructionSheet, of map: PhaseMap, in run: RunContext
    ) throws -> PhaseMap {
        var map = map
        let columns = try map.weightVariances.map { weight in
            let file = "reconstructions/w\(short(weight)).png"
            guard let png = cells.first(where: { $0.profile.weightVariance == weight && $0.pictures != nil })?.pictures else { return file }
            try run.saveData(png, to: file)
            return file
        }
        try run.saveData(inputs.png, to: "reconstructions/inputs.png")
        map.pictures = MapPictures(
            inputs: "reconstructions/inputs.png", columns: columns, rowWidth: inputs.rowWidth, rowHeight: inputs.rowHeight)
        return map
    }

    /// Copies the files from the folder of another run; nothing where one is missing.
    static func copied(_ map: PhaseMap, from folder: String, in run: RunContext) throws -> PhaseMap {
        guard let pictures = map.pictures else { return map }
        var map = map
        for file in [pictures.inputs] + pictures.columns {
            // The names are read from a file: nothing outside the two folders is meant.
            guard file.hasPrefix("reconstructions/"), !file.contains(".."),
                let data = try? Data(contentsOf: URL(filePath: folder).appending(path: file))
            else {
                map.pictures = nil
                return map
            }
            try run.saveData(data, to: file)
        }
        return map
    }

    /// The reconstructions of one example, [depth, pixels…] as grey values in [0, 1] by σ_w², and the example itself; nil where a file
    /// cannot be read.
    func example(_ index: Int, in folder: URL) -> (input: [[Double]], columns: [[[[Double]]]])? {
        func rows(_ file: String) -> [[[Double]]]? {
            guard let bitmap = try? PNG.read(folder.appending(path: file)), bitmap.width == rowWidth, bitmap.height % rowHeight == 0 else {
                return nil
            }
            let side = (rowWidth + 1) / ReconstructionSheet.perRow - 1
            return (0..<bitmap.height / rowHeight).map { row in
                (0..<(rowHeight - 1)).map { line in
                    (0..<side).map { pixel in
                        let start = ((row * rowHeight + line) * rowWidth + index * (side + 1) + pixel) * bitmap.channels
                        return bitmap.bytes[start..<(start + bitmap.channels)].reduce(0) { $0 + Double($1) } / Double(255 * bitmap.channels)
                    }
                }
            }
        }
        guard let input = rows(inputs)?.first else { return nil }
        let all = columns.compactMap(rows)
        return all.count == columns.count ? (input, all) : nil
    }
}
