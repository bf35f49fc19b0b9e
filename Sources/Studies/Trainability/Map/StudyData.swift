import LoamData
import LoamRuns
import LoamTensor

/// Images as a network wants them: grey rows for a dense one, [channels, height, width] otherwise.
struct StudyData {
    /// [n, N] or [n, channels, height, width], pixels in [0, 1].
    let images: Tensor<Float>
    let labels: Tensor<Int32>
    let testImages: Tensor<Float>
    let testLabels: Tensor<Int32>
    let classCount: Int
    /// The classes' names in the order of their labels.
    let classNames: [String]
    /// Checksum of everything above, for finished cells.
    let checksum: String

    /// The shape of an image, [channels, height, width], whether it is a row or not.
    let imageShape: Shape

    /// Values of an image: pixels times channels.
    var width: Int { imageShape.elementCount }

    /// Loads the first `count` training and `testCount` test images of a set; `pooled` halves the size.
    ///
    /// White noise is drawn at half the size: means of it would have another law, and a quarter of what their labels depend on.
    ///
    /// - Parameter asRows: for a dense network: colour becomes grey, images become rows.
    ///
    /// - Throws: `DataSetError`, `FileFormatError` or ``TrainabilityError``; each names the data set or file.
    init(_ name: String, count: Int, testCount: Int, pooled: Bool, asRows: Bool, seed: UInt64) throws {
        let halvedNoise = pooled ? StudyData.halvedNoise(name) : nil
        let (name, pooled) = (halvedNoise ?? name, pooled && halvedNoise == nil)
        let training = try DataSets.load(name, options: DataSetOptions(split: .training, count: count, seed: seed))
        let test = try DataSets.load(name, options: DataSetOptions(split: .test, count: testCount, seed: seed))
        guard test.count >= testCount else {
            throw TrainabilityError(
                "data",
                "\(testCount) test images are asked for, the test part of “\(name)” has \(test.count); lower evaluation or testImages")
        }
        guard training.count >= count else {
            throw TrainabilityError(
                "data", "\(count) training images are asked for, “\(name)” has \(training.count); lower images (of map and training)")
        }
        func prepared(_ set: ImageSet) throws -> ImageSet {
            let grey = asRows ? set.greyscale() : set
            guard pooled else { return grey }
            guard grey.height >= 2, grey.width >= 2 else {
                throw TrainabilityError(
                    "pooled", "images of \(grey.height)×\(grey.width) pixels are too small to be halved; set pooled=false")
            }
            return grey.pooled2x2()
        }
        let (a, b) = (try prepared(training), try prepared(test))
        imageShape = [a.channels, a.height, a.width]
        images = asRows ? a.flattened : a.images
        labels = a.labels
        testImages = asRows ? b.flattened : b.images
        testLabels = b.labels
        classCount = a.classCount
        classNames = a.classNames
        checksum = "\(a.checksum)-\(b.checksum)"
        guard images.isFinite, testImages.isFinite else {
            throw LoamError(.badData, "the images hold values that are not finite", at: name)
        }
    }

    /// The name of white noise with half as many rows and columns as that of `name`; nil for other sets and for sizes that are none.
    private static func halvedNoise(_ name: String) -> String? {
        let parts = name.split(separator: ":", omittingEmptySubsequences: false)
        guard parts[0] == "noise" else { return nil }
        let size = parts.count > 2 ? parts[2].split(separator: "x").map { Int($0) ?? 0 } : [1, 28, 28]
        guard parts.count <= 3, size.count == 3, size[1] >= 2, size[2] >= 2 else { return nil }
        return "noise:\(parts.count > 1 ? parts[1] : "uniform"):\(size[0])x\(size[1] / 2)x\(size[2] / 2)"
    }
}

extension TrainabilityError: LoamErrorConvertible {
    /// An error of category `usage`.
    public var loamError: LoamError { LoamError(.usage, problem, at: subject) }
}
