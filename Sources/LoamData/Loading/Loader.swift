import LoamTensor

/// A place in the endless sequence of epochs: where training goes on after an interruption.
public struct LoaderPosition: Hashable, Codable, Sendable {
    /// The epoch, from 0.
    public var epoch: Int
    /// The number of samples of that epoch's order that have been given out.
    public var index: Int

    /// A position; the beginning by default.
    public init(epoch: Int = 0, index: Int = 0) {
        self.epoch = epoch
        self.index = index
    }
}

/// Samples that are trained on together.
public struct Batch<Target: TensorElement>: Sendable {
    /// The samples, along the first axis.
    public let inputs: Tensor<Float>
    /// Their labels or target values, along the first axis.
    public let targets: Tensor<Target>
    /// The samples' positions in the set.
    public let indices: [Int]
    /// Where the next batch begins: save this to go on after this batch.
    public let next: LoaderPosition
}

/// How a loader goes through a set.
public struct LoaderOptions: Hashable, Sendable {
    /// Samples per batch.
    public var batchSize: Int
    /// Whether each epoch has a new random order.
    public var isShuffled: Bool
    /// Whether a last batch that is not full is left out.
    public var dropsLast: Bool
    /// Random changes of the samples, for images only.
    public var augmentations: [Augmentation]
    /// How many batches a background thread prepares ahead; 0 makes each when it is asked for.
    public var prefetch: Int
    /// The seed of orders and changes.
    public var seed: UInt64

    /// Options; by default shuffled, with a last partial batch, without changes, two batches ahead.
    public init(
        batchSize: Int, isShuffled: Bool = true, dropsLast: Bool = false, augmentations: [Augmentation] = [], prefetch: Int = 2,
        seed: UInt64 = 0
    ) {
        self.batchSize = batchSize
        self.isShuffled = isShuffled
        self.dropsLast = dropsLast
        self.augmentations = augmentations
        self.prefetch = prefetch
        self.seed = seed
    }
}

/// Goes through a set in batches.
///
/// A loader is a value without state: an epoch's order is a function of the seed and the epoch, a sample's change one of the
/// seed, the epoch and the sample. So the batches do not depend on prefetching or threads, and going on from a saved
/// ``LoaderPosition`` gives what an uninterrupted run would have got.
public struct Loader<Target: TensorElement>: Sendable {
    /// All samples, along the first axis.
    public let inputs: Tensor<Float>
    /// All labels or target values, along the first axis.
    public let targets: Tensor<Target>
    /// How the set is gone through.
    public let options: LoaderOptions
    private let outputShape: [Int]

    /// A loader of samples with targets. Augmentations need inputs of the shape [n, channels, height, width].
    public init(inputs: Tensor<Float>, targets: Tensor<Target>, options: LoaderOptions) {
        precondition(
            inputs.rank >= 1 && targets.rank >= 1 && inputs.shape[0] == targets.shape[0] && inputs.shape[0] > 0,
            "Loader: inputs of shape \(inputs.shape) and targets of shape \(targets.shape), expected as many of each, at least one")
        precondition(options.batchSize > 0, "Loader: a batch size of \(options.batchSize), expected at least 1")
        precondition(
            !options.dropsLast || options.batchSize <= inputs.shape[0],
            "Loader: batches of \(options.batchSize) from \(inputs.shape[0]) samples, dropping the last, leave nothing")
        precondition(options.prefetch >= 0, "Loader: prefetch is \(options.prefetch), expected at least 0")
        var shape = Array(inputs.shape.dropFirst())
        for augmentation in options.augmentations {
            precondition(shape.count == 3, "Loader: augmentation needs inputs of shape [n, channels, height, width], not \(inputs.shape)")
            let size = augmentation.isValid ? augmentation.size(of: (shape[1], shape[2])) : nil
            precondition(size != nil, "Loader: \(augmentation) cannot be applied to images of \(shape[1])×\(shape[2]) pixels")
            (shape[1], shape[2]) = size!
        }
        self.inputs = inputs
        self.targets = targets
        self.options = options
        outputShape = shape
    }

    /// The number of samples.
    public var count: Int { inputs.shape[0] }

    /// The number of batches of an epoch.
    public var batchesPerEpoch: Int {
        options.dropsLast ? count / options.batchSize : (count + options.batchSize - 1) / options.batchSize
    }

    /// The order of the samples in an epoch.
    public func order(epoch: Int) -> [Int] {
        guard options.isShuffled else { return Array(0..<count) }
        var generator = PhiloxGenerator(seed: options.seed, stream: RandomStream.order + UInt64(epoch))
        return generator.permutation(count).map(Int.init)
    }

    /// The batches of one epoch, from the one of this number (from 0) on: what `Trainer.fit` asks for.
    public func epoch(_ epoch: Int, fromBatch batch: Int = 0) -> BatchSequence<Target> {
        batches(from: LoaderPosition(epoch: epoch, index: min(batch * options.batchSize, count)), epochs: 1)
    }

    /// Batches from a position on, through the rest of its epoch and the following ones: `epochs` in all, or without end.
    public func batches(from position: LoaderPosition = LoaderPosition(), epochs: Int? = nil) -> BatchSequence<Target> {
        precondition(
            position.epoch >= 0 && position.index >= 0 && position.index <= count,
            "Loader: the position \(position) is not within \(count) samples")
        return BatchSequence(loader: self, start: position, endEpoch: epochs.map { position.epoch + $0 })
    }

    /// The batch that begins at a position of an epoch's order, which holds at least one sample more.
    func batch(at position: LoaderPosition, order: [Int]) -> Batch<Target> {
        let end = min(position.index + options.batchSize, count)
        let indices = Array(order[position.index..<end])
        let remaining = count - end
        let isLast = remaining == 0 || (options.dropsLast && remaining < options.batchSize)
        let next = isLast ? LoaderPosition(epoch: position.epoch + 1) : LoaderPosition(epoch: position.epoch, index: end)
        return Batch(
            inputs: gatherInputs(indices, epoch: position.epoch), targets: Self.gather(targets, indices), indices: indices, next: next)
    }

    private func gatherInputs(_ indices: [Int], epoch: Int) -> Tensor<Float> {
        guard !options.augmentations.isEmpty else { return Self.gather(inputs, indices) }
        let sample = inputs.count / count
        let outputCount = outputShape.reduce(1, *)
        return Tensor(shape: Shape([indices.count] + outputShape)) { buffer in
            inputs.withUnsafePointer { source in
                for (position, index) in indices.enumerated() {
                    let pixels = Array(UnsafeBufferPointer(start: source + index * sample, count: sample))
                    var image = AugmentedImage(
                        pixels: pixels, channels: inputs.shape[1], height: inputs.shape[2], width: inputs.shape[3])
                    // 2²⁴ epochs of 2³² samples each have streams of their own.
                    let stream = RandomStream.augmentation + UInt64(epoch & 0xFF_FFFF) << 32 + UInt64(index & 0xFFFF_FFFF)
                    var generator = PhiloxGenerator(seed: options.seed, stream: stream)
                    for augmentation in options.augmentations { image.apply(augmentation, &generator) }
                    image.pixels.withUnsafeBufferPointer {
                        (buffer.baseAddress! + position * outputCount).update(from: $0.baseAddress!, count: outputCount)
                    }
                }
            }
        }
    }

    private static func gather<Element: TensorElement>(_ tensor: Tensor<Element>, _ indices: [Int]) -> Tensor<Element> {
        let size = tensor.count / tensor.shape[0]
        return Tensor(shape: Shape([indices.count] + tensor.shape.dropFirst())) { buffer in
            tensor.withUnsafePointer { source in
                for (position, index) in indices.enumerated() {
                    (buffer.baseAddress! + position * size).update(from: source + index * size, count: size)
                }
            }
        }
    }
}

extension Loader where Target == Int32 {
    /// A loader of labelled images.
    public init(_ set: ImageSet, options: LoaderOptions) {
        self.init(inputs: set.images, targets: set.labels, options: options)
    }

    /// A loader of points with classes.
    public init(_ set: ClassificationSet, options: LoaderOptions) {
        self.init(inputs: set.points, targets: set.labels, options: options)
    }
}

extension Loader where Target == Float {
    /// A loader of points with numbers to predict.
    public init(_ set: RegressionSet, options: LoaderOptions) {
        self.init(inputs: set.points, targets: set.targets, options: options)
    }
}
