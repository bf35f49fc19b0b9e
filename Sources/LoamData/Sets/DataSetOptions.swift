/// Which part of a data set.
///
/// Sets that were published in two parts have those. In others (tables, folders without `train` and `test`, files) every fifth
/// image of each class is a test image, the others are for training. Generated sets draw each part from its own stream.
public enum DataSetSplit: String, CaseIterable, Codable, Sendable {
    case training
    case test
    /// Training images followed by test images.
    case all
}

/// What is loaded of a data set.
public struct DataSetOptions: Hashable, Sendable {
    /// Which part.
    public var split: DataSetSplit
    /// How many images: the first ones of a set from files, and as many as are drawn of a generated set.
    /// Nil means all, and for generated sets 6000 for training and 1000 for testing.
    public var count: Int?
    /// The seed of generated sets.
    public var seed: UInt64

    /// Options; the whole training part by default.
    public init(split: DataSetSplit = .training, count: Int? = nil, seed: UInt64 = 0) {
        self.split = split
        self.count = count
        self.seed = seed
    }
}
