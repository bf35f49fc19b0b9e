import LoamTensor

/// Labelled images of one size.
public struct ImageSet: Sendable {
    /// The name by which the set was asked for, for reports.
    public var name: String
    /// Pixels in [0, 1]: n × channels × height × width.
    public let images: Tensor<Float>
    /// One class per image, counted from 0.
    public let labels: Tensor<Int32>
    /// The classes' names in the order of their labels.
    public let classNames: [String]

    /// Makes a set of its parts; labels must be within the class names.
    public init(name: String, images: Tensor<Float>, labels: Tensor<Int32>, classNames: [String]) {
        precondition(
            images.rank == 4 && labels.rank == 1 && labels.shape[0] == images.shape[0],
            "ImageSet: images of shape \(images.shape) and labels of shape \(labels.shape), expected [n, channels, height, width] and [n]")
        precondition(
            labels.scalars.allSatisfy { $0 >= 0 && Int($0) < classNames.count },
            "ImageSet: labels must lie in 0..<\(classNames.count), the number of class names")
        self.name = name
        self.images = images
        self.labels = labels
        self.classNames = classNames
    }

    /// Makes a set of bytes 0…255, n × channels × height × width, which become bytes ÷ 255.
    init(name: String, pixels: [UInt8], channels: Int, height: Int, width: Int, labels: [Int32], classNames: [String]) {
        let images = Tensor<Float>(shape: [labels.count, channels, height, width]) { buffer in
            for (index, pixel) in pixels.enumerated() { buffer[index] = Float(pixel) / 255 }
        }
        self.init(name: name, images: images, labels: Tensor(labels), classNames: classNames)
    }

    /// The number of images.
    public var count: Int { images.shape[0] }
    /// 1 for grey images, 3 for coloured ones.
    public var channels: Int { images.shape[1] }
    /// Rows of an image.
    public var height: Int { images.shape[2] }
    /// Columns of an image.
    public var width: Int { images.shape[3] }
    /// The number of classes.
    public var classCount: Int { classNames.count }
    /// The number of pixels of an image, over all channels.
    public var pixelCount: Int { channels * height * width }

    /// The images as rows: n × (channels · height · width).
    public var flattened: Tensor<Float> { images.reshaped([count, pixelCount]) }

    /// CRC-32 over the labels' and the pixels' bytes: equal for equal content, whatever the files it came from.
    public var checksum: UInt32 {
        let sum = labels.withUnsafePointer { Checksum.crc32(UnsafeRawBufferPointer(start: $0, count: count * 4)) }
        return images.withUnsafePointer { Checksum.crc32(UnsafeRawBufferPointer(start: $0, count: images.count * 4), from: sum) }
    }

    /// The number of images of each class.
    public var classSizes: [Int] {
        labels.scalars.reduce(into: [Int](repeating: 0, count: classCount)) { $0[Int($1)] += 1 }
    }

    /// Mean and standard deviation (of the population) of each channel over all images, in double precision.
    public var channelStatistics: [(mean: Double, standardDeviation: Double)] {
        let plane = height * width
        return images.withUnsafePointer { pixels in
            (0..<channels).map { channel in
                var (sum, squares) = (0.0, 0.0)
                for image in 0..<count {
                    let start = (image * channels + channel) * plane
                    for position in start..<(start + plane) {
                        let value = Double(pixels[position])
                        sum += value
                        squares += value * value
                    }
                }
                let mean = sum / Double(count * plane)
                return (mean, max(0, squares / Double(count * plane) - mean * mean).squareRoot())
            }
        }
    }

    /// The images at these positions, in this order; a position may occur several times.
    public func subset(_ indices: [Int]) -> ImageSet {
        precondition(indices.allSatisfy { $0 >= 0 && $0 < count }, "ImageSet.subset: positions must lie in 0..<\(count)")
        let size = pixelCount
        let chosen = Tensor<Float>(shape: [indices.count, channels, height, width]) { buffer in
            images.withUnsafePointer { source in
                for (position, index) in indices.enumerated() {
                    (buffer.baseAddress! + position * size).update(from: source + index * size, count: size)
                }
            }
        }
        let all = labels.scalars
        return ImageSet(name: name, images: chosen, labels: Tensor(indices.map { all[$0] }), classNames: classNames)
    }

    /// The first `limit` images, or all where there are fewer.
    public func subset(first limit: Int) -> ImageSet {
        precondition(limit >= 0, "ImageSet.subset(first:): \(limit) is negative")
        return limit >= count ? self : subset(Array(0..<limit))
    }

    /// `limit` different images (or all, where there are fewer) in an order that is a function of `seed` alone.
    public func shuffledSubset(_ limit: Int? = nil, seed: UInt64) -> ImageSet {
        precondition((limit ?? 0) >= 0, "ImageSet.shuffledSubset: the number of images is negative")
        var generator = PhiloxGenerator(seed: seed, stream: RandomStream.subset)
        return subset(generator.permutation(count).prefix(limit ?? count).map(Int.init))
    }

    /// The images of some classes only; labels and class names stay as they are.
    public func subset(classes: Set<Int>) -> ImageSet {
        let all = labels.scalars
        return subset((0..<count).filter { classes.contains(Int(all[$0])) })
    }

    /// This set followed by another of the same size and classes.
    public func appending(_ other: ImageSet) -> ImageSet {
        precondition(
            Array(images.shape.dropFirst()) == Array(other.images.shape.dropFirst()) && classNames == other.classNames,
            "ImageSet.appending: images of shape \(other.images.shape) cannot follow those of shape \(images.shape)")
        return ImageSet(
            name: name,
            images: Tensor(images.scalars + other.images.scalars, shape: [count + other.count, channels, height, width]),
            labels: Tensor(labels.scalars + other.labels.scalars), classNames: classNames)
    }
}

/// The streams of one seed, so that no two uses of it share numbers. Values are part of the results: never change them.
enum RandomStream {
    static let subset: UInt64 = 1 << 56
    static let order: UInt64 = 2 << 56
    static let augmentation: UInt64 = 3 << 56
    static let glyphs: UInt64 = 4 << 56
    static let noise: UInt64 = 5 << 56
    static let teacher: UInt64 = 6 << 56
    static let calibration: UInt64 = 7 << 56
    static let points: UInt64 = 8 << 56
    /// Added to a set's stream for its test part.
    static let test: UInt64 = 1 << 48
}
