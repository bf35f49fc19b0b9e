import LoamRuns

/// The settings of one cascade: the keys of a map with a single σ_w², and where its numbers come from.
public struct CascadeConfiguration: Configuration {
    /// The network, its images and its heads.
    public var map = MapConfiguration()
    /// What `cascade` decides itself.
    public var options = Options()

    /// The keys that a map does not have.
    public struct Options: Codable, Hashable, Sendable {
        /// σ_w².
        public var weightVariance = 1.76
        /// Epochs of head training; 0 looks at heads as they are.
        public var epochs = 1
        /// A file of weights to start from.
        public var weights: String?
        /// Whether network and heads are kept.
        public var saveWeights = false
        /// Test images shown with their reconstructions.
        public var shown = 6

        /// The critical σ_w² of tanh.
        public init() {}

        static let fields = [
            Field("weightVariance", "σ_w² (a variance, not a deviation)", .number(above: 0)),
            Field("epochs", "epochs of head training; 0 takes the heads as they are", .integer(in: 0...10_000)),
            Field(
                "weights",
                "safetensors file with net.ℓ.weight, net.ℓ.bias and, if wanted, head.ℓ.weight, head.ℓ.bias (ℓ from 1): the exact "
                    + "starting point instead of random numbers", .optional(.path)),
            Field("saveWeights", "keep network and heads as cascade.safetensors", .boolean),
            Field("shown", "test images shown with their reconstructions", .integer(in: 1...50)),
        ]
    }

    /// One network of depth 30 on halved images of Fashion-MNIST.
    public init() {}

    private static let hidden: Set = ["weightVariances", "sharedNoise", "repetitions", "clipLow", "epochs"]

    public static let fields: [Field] = Options.fields + MapConfiguration.fields(without: hidden)

    public init(from decoder: any Decoder) throws {
        map = try MapConfiguration(from: decoder, without: CascadeConfiguration.hidden)
        options = try Options(from: decoder)
        map.weightVariances = [options.weightVariance]
        map.epochs = options.epochs
    }

    public func encode(to encoder: any Encoder) throws {
        try map.encode(to: encoder, without: CascadeConfiguration.hidden)
        try options.encode(to: encoder)
    }

    public func validate() throws(ConfigurationError) {
        try map.validate()
        try map.validateOneHeadSolver()
        if options.shown > map.evaluation {
            throw ConfigurationError(
                key: "shown", "more images are shown than reconstructed", found: "\(options.shown)",
                allowed: "at most evaluation = \(map.evaluation)")
        }
        if options.epochs == 0, options.weights == nil {
            throw ConfigurationError(
                key: "epochs", "heads that nobody trained show nothing", found: "0 without weights",
                allowed: "at least 1, or a file of weights")
        }
    }
}
