import Foundation
import LoamData
import LoamRuns
import LoamTensor

/// The images of a run: what network and heads are trained on, what is tested, and what may be shown.
struct PictureMaterial {
    /// [n, input…] in the network's numbers.
    let training: Tensor<Float>
    /// The classes of `training`; nil for pictures without labels.
    let labels: Tensor<Int32>?
    /// Images to choose from and to take the profile over, with their classes where there are any.
    let test: Tensor<Float>
    let testLabels: [Int32]?
    /// What reports call the images of `test`; empty for those of a set.
    let testNames: [String]
    /// The user's own pictures; nil where test images are shown.
    let shown: (images: Tensor<Float>, names: [String])?
    let classNames: [String]
    let space: PixelSpace
    /// A checksum of everything above.
    let checksum: String

    /// - Throws: what reading the data throws; ``LoamError`` for `vgg16` without pictures.
    static func read(_ settings: PictureSettings, isRow: Bool, seed: UInt64) throws -> PictureMaterial {
        settings.model == "vgg16"
            ? try PictureMaterial(pictures: settings, seed: seed) : try PictureMaterial(set: settings, isRow: isRow, seed: seed)
    }

    private init(set settings: PictureSettings, isRow: Bool, seed: UInt64) throws {
        let data = try StudyData(
            settings.data, count: settings.trainingImages, testCount: settings.evaluation, pooled: settings.pooled, asRows: isRow,
            seed: seed)
        space = PixelSpace(plain: data.imageShape)
        training = data.images
        labels = data.labels
        test = data.testImages
        testLabels = data.testLabels.scalars
        testNames = []
        classNames = data.classNames
        var sum = data.checksum
        if let path = settings.images {
            guard data.imageShape[1] == data.imageShape[2] else {
                throw TrainabilityError("images", "pictures are shown to networks with square inputs only, found \(data.imageShape)")
            }
            let files = try PictureFiles.list(path, limit: settings.maxImages)
            let space = space
            let rows = try files.map { PictureFiles.input(try Bitmap.read($0), space, margin: false) }
            let images = PictureMaterial.tensor(rows, isRow ? [data.width] : data.imageShape)
            shown = (images, files.map { $0.deletingPathExtension().lastPathComponent })
            sum += "-\(images.checksum)"
        } else {
            shown = nil
        }
        checksum = sum
    }

    private init(pictures settings: PictureSettings, seed: UInt64) throws {
        guard let path = settings.images else {
            throw LoamError(
                .noInput, "vgg16 needs pictures, and none are given", at: "images",
                advice: "Give PNG or JPEG files: --set images=FILE or a folder of them.")
        }
        space = PixelSpace(imageNet: settings.size)
        let files = try PictureFiles.list(path, limit: settings.maxImages)
        var views: [[Float]] = []
        var middles: [[Float]] = []
        for (index, file) in files.enumerated() {
            let bitmap = try Bitmap.read(file)
            let middle = PictureFiles.input(bitmap, space, margin: true)
            middles.append(middle)
            views.append(middle)
            var generator = PictureStreams.crops(picture: index, seed: seed)
            for _ in 1..<max(1, settings.crops) { views.append(PictureFiles.crop(bitmap, space, using: &generator)) }
        }
        training = PictureMaterial.tensor(views, space.image)
        labels = nil
        test = PictureMaterial.tensor(middles, space.image)
        testLabels = nil
        testNames = files.map { $0.deletingPathExtension().lastPathComponent }
        shown = nil
        classNames = (0..<1000).map { "class \($0)" }
        checksum = "\(training.checksum)"
    }

    private static func tensor(_ samples: [[Float]], _ shape: Shape) -> Tensor<Float> {
        let size = shape.elementCount
        return Tensor(shape: Shape([samples.count] + Array(shape))) { buffer in
            for (index, sample) in samples.enumerated() {
                _ = UnsafeMutableBufferPointer(rebasing: buffer[(index * size)..<((index + 1) * size)]).update(fromContentsOf: sample)
            }
        }
    }
}

/// The random streams of pictures, apart from those of ``RandomStreams``.
enum PictureStreams {
    private static func stream(_ kind: UInt64, _ index: Int) -> UInt64 { (0x54 << 56) | (kind << 48) | UInt64(index) }

    static func crops(picture: Int, seed: UInt64) -> PhiloxGenerator { PhiloxGenerator(seed: seed, stream: stream(0x40, picture)) }

    static func inversion(stage: Int, seed: UInt64) -> PhiloxGenerator { PhiloxGenerator(seed: seed, stream: stream(0x41, stage)) }
}

extension Tensor where Element == Float {
    /// CRC-32 of the numbers' bytes.
    var checksum: UInt32 { withUnsafePointer { Checksum.crc32(UnsafeRawBufferPointer(start: $0, count: count * 4)) } }
}
