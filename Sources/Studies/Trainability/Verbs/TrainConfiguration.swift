import LoamRuns

/// Which networks `train` trains.
public enum TrainMode: String, Codable, CaseIterable, Hashable, Sendable {
    /// Every σ_w² at every depth.
    case grid
    /// The published search for the deepest trainable network at every σ_w².
    case frontier
}

/// The settings of `train`: the networks, their training, and which of them are trained.
public struct TrainConfiguration: Configuration {
    /// The networks: those keys of a map that do not concern heads, and how the monitor's heads are fitted.
    public var map = MapConfiguration()
    /// How they are trained, and in the grid at which depths.
    public var training = TrainingConfiguration()
    /// The search of `mode` frontier.
    public var frontier = FrontierSearch()
    /// What `train` decides itself.
    public var options = Options()

    /// The keys that neither a map nor a training has.
    public struct Options: Codable, Hashable, Sendable {
        /// Grid or frontier.
        public var mode = TrainMode.grid
        /// Grid: stop a network after the first epoch that reaches it; frontier: what counts as trained.
        public var accuracyThreshold: Double?
        /// A file of weights to start from.
        public var initFrom: String?
        /// Whether the trained weights are kept.
        public var saveWeights = false
        /// How often a cascade looks at every network in training; 0 for never.
        public var monitor = 0
        /// Images of the heads: of the monitor's, and of the frontier's cutoff.
        public var headImages = 4800

        /// One grid, unmonitored.
        public init() {}

        static let fields = [
            Field(
                "mode", "grid: every σ_w² and depth; frontier: the published search for the deepest trainable network",
                .cases(of: TrainMode.self)),
            Field(
                "accuracyThreshold", "grid: stop after the first epoch that reaches it; frontier: what counts as trained",
                .optional(.number(in: 0...1))),
            Field("initFrom", "safetensors file of weights to start from, written by `recommend`; one depth", .optional(.path)),
            Field("saveWeights", "keep the trained weights as weights/*.safetensors", .boolean),
            Field(
                "monitor", "looks of a cheap cascade at every network in training, the untrained one included; 0 for none",
                .integer(in: 0...64)),
            Field(
                "headImages", "images that heads are trained on: the monitor's, and those of the frontier's cutoff",
                .integer(in: 1...10_000_000)),
        ]
    }

    /// A grid on Fashion-MNIST.
    public init() {}

    /// Keys of a map that stay as they are: they concern heads, or `train` has keys of that name for the training.
    private static let hidden: Set = [
        "images", "evaluation", "depth", "batch", "epochs", "steps", "learningRate", "schedule", "headActivation", "precision",
        "differentialEntropy", "clipLow", "cutoffTolerance", "memory", "shuffles", "unpools",
    ]

    public static let fields: [Field] =
        Options.fields + MapConfiguration.fields(without: hidden) + TrainingConfiguration.fields
        + FrontierSearch.fields(prefix: "frontier.")

    private enum Key: String, CodingKey { case frontier }

    public init(from decoder: any Decoder) throws {
        map = try MapConfiguration(from: decoder, without: TrainConfiguration.hidden)
        training = try TrainingConfiguration(from: decoder)
        options = try Options(from: decoder)
        frontier = try decoder.container(keyedBy: Key.self).decode(FrontierSearch.self, forKey: .frontier)
    }

    public func encode(to encoder: any Encoder) throws {
        try map.encode(to: encoder, without: TrainConfiguration.hidden)
        try training.encode(to: encoder)
        try options.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(frontier, forKey: .frontier)
    }

    public func validate() throws(ConfigurationError) {
        try map.validate()
        try map.validateOneHeadSolver()
        if let pair = zip(training.depths, training.depths.dropFirst()).first(where: { $0.0 >= $0.1 }) {
            throw ConfigurationError(
                key: "depths", "depths must ascend", found: "\(pair.0) before \(pair.1)", allowed: "depths in ascending order, each once")
        }
        if options.initFrom != nil, training.depths.count != 1 {
            throw ConfigurationError(
                key: "depths", "weights from a file are those of one depth", found: "\(training.depths.count) depths with initFrom",
                allowed: "one depth, that of the network in the file")
        }
        guard options.mode == .frontier else { return }
        if options.accuracyThreshold == nil {
            throw ConfigurationError(
                key: "accuracyThreshold", "a frontier needs to know what counts as trained", found: "null", allowed: "a number from 0 to 1")
        }
        if options.initFrom != nil {
            throw ConfigurationError(
                key: "initFrom", "the frontier draws fresh weights for every attempt", found: "a file with mode frontier",
                allowed: "null, or mode grid")
        }
        if options.monitor > 0 {
            throw ConfigurationError(key: "monitor", "training is monitored in mode grid only", found: "\(options.monitor)", allowed: "0")
        }
        if map.repetitions > 1 {
            throw ConfigurationError(
                key: "repetitions", "the published search is made once", found: "\(map.repetitions)", allowed: "1; change the seed instead")
        }
        try frontier.validate(prefix: "frontier.")
    }
}
