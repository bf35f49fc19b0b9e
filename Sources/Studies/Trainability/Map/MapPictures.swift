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
        map.pictures = MapPictures(
            inputs: "reconstructions/inputs.png", columns: columns, rowWidth: inputs.rowWidth, rowHeight: inputs.rowHeight)
        try run.saveData(inputs.png, to: map.pictures!.inputs)
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

    /// The first picture of every row of a file; nil where it cannot be read.
    func first(of file: String, in folder: URL) -> [Bitmap]? {
        let width = (rowWidth + 1) / ReconstructionSheet.perRow - 1
        guard rowHeight > 1, width > 0, let sheet = try? PNG.read(folder.appending(path: file)), sheet.width == rowWidth,
            sheet.height % rowHeight == 0
        else { return nil }
        return stride(from: 0, to: sheet.height, by: rowHeight).map {
            sheet.cropped(top: $0, left: 0, height: rowHeight - 1, width: width)
        }
    }
}
