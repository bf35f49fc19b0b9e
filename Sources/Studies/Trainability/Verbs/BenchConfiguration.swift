import LoamRuns

/// The settings of the speed measurement.
public struct BenchConfiguration: Configuration {
    /// Widths of the dense networks.
    public var widths = [784, 196]
    /// Layers of the dense networks whose heads are trained.
    public var depth = 10
    /// Samples in their epoch.
    public var images = 3200
    /// Samples a step.
    public var batch = 64
    /// Channels of the convolutional networks.
    public var channels = [8, 32, 128]
    /// Pixels along each side of their images.
    public var side = 7
    /// Samples in their epoch.
    public var convolutionalImages = 500
    /// Layers of the dense networks that are evaluated.
    public var evaluationDepth = 50
    /// Samples that are reconstructed from every layer.
    public var evaluation = 100
    /// Points along each side of the mean-field plane.
    public var planeResolution = 200
    /// How often each part is measured, after one time that does not count; the median is reported.
    public var repetitions = 3

    /// Everything at a size that takes a few seconds.
    public init() {}

    /// The sizes that Loam's speed goals are stated for.
    static var full: BenchConfiguration {
        var configuration = BenchConfiguration()
        configuration.depth = 50
        configuration.images = 12_800
        configuration.convolutionalImages = 2000
        configuration.evaluationDepth = 100
        return configuration
    }

    public static let fields: [Field] = [
        Field("widths", "widths of the dense networks", .list(of: .integer(in: 1...20_000))),
        Field("depth", "layers of the dense networks whose heads are trained", .integer(in: 1...2000)),
        Field("images", "samples in their epoch", .integer(in: 1...1_000_000)),
        Field("batch", "samples a step", .integer(in: 1...100_000)),
        Field("channels", "channels of the convolutional networks", .list(of: .integer(in: 1...4096))),
        Field("side", "pixels along each side of their images", .integer(in: 4...512)),
        Field("convolutionalImages", "samples in their epoch", .integer(in: 1...1_000_000)),
        Field("evaluationDepth", "layers of the dense networks that are evaluated", .integer(in: 1...2000)),
        Field("evaluation", "samples that are reconstructed from every layer", .integer(in: 1...100_000)),
        Field("planeResolution", "points along each side of the mean-field plane", .integer(in: 2...2000)),
        Field("repetitions", "how often each part is measured, after one time that does not count", .integer(in: 1...1000)),
    ]
}
