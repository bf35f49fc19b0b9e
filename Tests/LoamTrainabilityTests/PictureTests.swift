import Foundation
import LoamData
import LoamTrainability
import Testing

/// The pictures that a map keeps of its cells.
@Suite(.serialized) struct PictureTests {
    static let settings = [
        "data=glyphs", "pooled=false", "images=64", "evaluation=20", "depth=4", "weightVariances=[0.5,2]", "batch=32",
    ]

    @Test func sheetsHoldTheImagesAndARowForEveryDepth() throws {
        let folder = VerbTests.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try VerbTests.run("map", Self.settings, into: folder)
        let inputs = try PNG.read(folder.appending(path: "reconstructions/inputs.png"))
        #expect(inputs.width == 5 * 29 - 1 && inputs.height == 29)
        // The first test image is the first of its class, so it comes first; a byte is its pixel.
        let test = try DataSets.load("glyphs", options: DataSetOptions(split: .test, count: 20, seed: 1))
        let image = test.images[0..<1, axis: 0].scalars
        for y in 0..<28 {
            for x in 0..<28 { #expect(inputs.bytes[y * inputs.width + x] == UInt8((min(max(image[y * 28 + x], 0), 1) * 255).rounded())) }
        }
        for name in ["w0.5", "w2"] {
            let sheet = try PNG.read(folder.appending(path: "reconstructions/\(name).png"))
            #expect(sheet.width == inputs.width && sheet.height == 4 * 29)
        }
        let report = try String(contentsOf: folder.appending(path: "report.html"), encoding: .utf8)
        #expect(report.components(separatedBy: "data:image/png;base64,").count >= 4 && !report.contains("missing: reconstructions"))
        #expect(report.contains("σ_w² = 0.5, depth 3"))
    }

    @Test func aComparisonTakesThePicturesOfItsMap() throws {
        let (map, comparison) = (VerbTests.folder(), VerbTests.folder())
        defer { for folder in [map, comparison] { try? FileManager.default.removeItem(at: folder) } }
        _ = try VerbTests.run("map", Self.settings, into: map)
        let training = ["training.depths=[2]", "training.images=64", "training.testImages=20", "resamples=20", "mapFolder=\(map.path)"]
        _ = try VerbTests.run("compare", Self.settings.map { "map." + $0 } + training, into: comparison)
        let file = "reconstructions/w2.png"
        #expect(try Data(contentsOf: map.appending(path: file)) == Data(contentsOf: comparison.appending(path: file)))
    }
}
