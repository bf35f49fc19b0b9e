import LoamTensor

/// White noise with labels that can be learned: the control set on which there is nothing in an image but its pixels.
///
/// Pixels are independent; the label is the class whose score is largest under a fixed random linear teacher,
/// w_k · (x − mean) + b_k, with w_k uniform on the unit sphere and the biases b_k chosen so that all classes are equally
/// frequent. The teacher is a function of the seed alone, so training and test images share it.
public struct WhiteNoise: Sendable {
    /// The law of a pixel.
    public enum Law: String, CaseIterable, Sendable {
        /// Uniform on [0, 1).
        case uniform
        /// Normal with mean 0.5 and standard deviation 0.25, clipped to [0, 1].
        case gauss
    }

    /// The law of a pixel.
    public let law: Law
    /// Channels, height and width of an image.
    public let shape: (channels: Int, height: Int, width: Int)
    private let seed: UInt64
    private let classCount: Int
    /// Weights, one row of 16 lanes per pixel, of which the first `classCount` are used.
    private let weights: [SIMD16<Float>]
    private let biases: SIMD16<Float>

    /// Sets up the noise and its teacher.
    /// - Parameter classCount: from 2 to 16.
    public init(law: Law = .uniform, channels: Int = 1, height: Int = 28, width: Int = 28, classCount: Int = 10, seed: UInt64 = 0) {
        precondition(
            channels > 0 && height > 0 && width > 0 && (2...16).contains(classCount),
            "WhiteNoise: \(channels)×\(height)×\(width) pixels and \(classCount) classes (2 to 16)")
        self.law = law
        shape = (channels, height, width)
        self.seed = seed
        self.classCount = classCount
        weights = WhiteNoise.directions(pixelCount: channels * height * width, classCount: classCount, seed: seed)
        biases = WhiteNoise.balancedBiases(law: law, weights: weights, classCount: classCount, seed: seed)
    }

    /// Images of one part of the set; the same position always holds the same image.
    public func images(_ count: Int, split: DataSetSplit = .training) -> ImageSet {
        let size = weights.count
        let stream = RandomStream.noise + (split == .test ? RandomStream.test : 0)
        let images = Tensor<Float>(shape: [count, shape.channels, shape.height, shape.width]) { buffer in
            nonisolated(unsafe) let buffer = buffer
            Parallel.forEach(count) { index in
                let generator = PhiloxGenerator(seed: seed, stream: stream + UInt64(index))
                WhiteNoise.fill(UnsafeMutableBufferPointer(rebasing: buffer[(index * size)..<((index + 1) * size)]), law, generator)
            }
        }
        let labels = images.withUnsafePointer { pixels in
            (0..<count).map { index in
                Int32(WhiteNoise.winner(WhiteNoise.scores(pixels + index * size, weights) + biases, classCount))
            }
        }
        let names = (0..<classCount).map { "class \($0)" }
        return ImageSet(name: "noise:\(law.rawValue)", images: images, labels: Tensor(labels), classNames: names)
    }

    /// Fills an image from the beginning of a stream; four uniform pixels come from one block of random words.
    private static func fill(_ buffer: UnsafeMutableBufferPointer<Float>, _ law: Law, _ generator: PhiloxGenerator) {
        switch law {
        case .uniform:
            for position in buffer.indices where position & 3 == 0 {
                let block = PhiloxGenerator.block(seed: generator.seed, stream: generator.stream, index: UInt64(position / 4))
                for lane in 0..<min(4, buffer.count - position) { buffer[position + lane] = Float(block[lane] >> 8) * 0x1p-24 }
            }
        case .gauss:
            var generator = generator
            for position in buffer.indices { buffer[position] = Float(min(max(0.5 + 0.25 * generator.normal(), 0), 1)) }
        }
    }

    private static func directions(pixelCount: Int, classCount: Int, seed: UInt64) -> [SIMD16<Float>] {
        var generator = PhiloxGenerator(seed: seed, stream: RandomStream.teacher)
        var weights = [SIMD16<Float>](repeating: .zero, count: pixelCount)
        for lane in 0..<classCount {
            let direction = (0..<pixelCount).map { _ in generator.normal() }
            let norm = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
            for (pixel, value) in direction.enumerated() { weights[pixel][lane] = Float(value / norm) }
        }
        return weights
    }

    private static func scores(_ pixels: UnsafePointer<Float>, _ weights: [SIMD16<Float>]) -> SIMD16<Float> {
        var sum = SIMD16<Float>.zero
        for (position, row) in weights.enumerated() { sum += row * (pixels[position] - 0.5) }
        return sum
    }

    private static func winner(_ scores: SIMD16<Float>, _ classCount: Int) -> Int {
        (1..<classCount).reduce(0) { scores[$1] > scores[$0] ? $1 : $0 }
    }

    /// Biases under which each class wins equally often on a calibration sample: a class that wins with frequency f has its
    /// bias lowered in proportion to log(f · classes), with shrinking steps.
    private static func balancedBiases(law: Law, weights: [SIMD16<Float>], classCount: Int, seed: UInt64) -> SIMD16<Float> {
        let sample = 4000
        var pixels = [Float](repeating: 0, count: weights.count)
        let drawn = (0..<sample).map { index in
            pixels.withUnsafeMutableBufferPointer {
                fill($0, law, PhiloxGenerator(seed: seed, stream: RandomStream.calibration + UInt64(index)))
                return scores(UnsafePointer($0.baseAddress!), weights)
            }
        }
        // A score's standard deviation is that of a pixel, which sets the scale of the steps.
        var step: Float = 0.1
        var biases = SIMD16<Float>.zero
        for _ in 0..<60 {
            var wins = [Int](repeating: 0, count: classCount)
            for score in drawn { wins[winner(score + biases, classCount)] += 1 }
            for lane in 0..<classCount {
                let ratio = Double(max(wins[lane], 1) * classCount) / Double(sample)
                biases[lane] -= step * Float(Math.log(ratio))
            }
            step *= 0.95
        }
        return biases
    }
}
