import LoamRuns

/// The settings of `recommend`: the network and its heads, the search, and the training that checks the recommendation.
public struct RecommendConfiguration: Configuration {
    /// The network, its images and its heads; `depth` is the depth that is asked for.
    public var map = MapConfiguration()
    /// The search.
    public var options = Options()
    /// The training that checks the recommendation; its `depths` are not used.
    public var training = TrainingConfiguration()

    /// The keys that a map does not have.
    public struct Options: Codable, Hashable, Sendable {
        /// The range of σ_w².
        public var lowestVariance = 0.5
        /// The range's other end.
        public var highestVariance = 4.0
        /// Whether σ_b² is searched too.
        public var tune = TunedVariances.weight
        /// The values of σ_b² that are tried beside the first.
        public var otherBiasVariances = [0.005, 0.2]
        /// The laws of the weights that are tried, the first to begin with.
        public var schemes = [InitializationScheme.gaussian]
        /// When a network is predicted to train.
        public var rule = DecisionRule.cutoff
        /// Cascades that may be measured.
        public var cells = 12
        /// σ_w² of the networks that are trained for comparison; none for no check.
        public var verify = [0.5, 1, 1.4, 1.76, 2.5, 4]
        /// How many networks are trained at the recommended σ_w², and again at the best of the grid.
        public var repeats = 2

        /// Dense networks on σ_w² from 0.5 to 4.
        public init() {}

        static let fields = [
            Field("lowestVariance", "lowest σ_w² of the search", .number(above: 0)),
            Field("highestVariance", "highest σ_w² of the search", .number(above: 0)),
            Field("tune", "weight: search σ_w²; both: σ_b² too", .cases(of: TunedVariances.self)),
            Field("otherBiasVariances", "σ_b² tried beside biasVariance with tune=both", .list(of: .number(atLeast: 0))),
            Field("schemes", "laws of the weights tried, the first to begin with", .list(of: .cases(of: InitializationScheme.self))),
            Field(
                "rule", "when a network is predicted to train: its cutoff, the front of S_diff, or the level of S_rel",
                .cases(of: DecisionRule.self)),
            Field("cells", "cascades that may be measured", .integer(in: 6...100)),
            Field(
                "verify", "σ_w² of networks trained to check the recommendation; [] for no check", .list(of: .number(above: 0), minimum: 0)),
            Field("repeats", "networks trained at the recommended σ_w², and again at the grid's best", .integer(in: 2...100)),
        ]
    }

    /// Depth 30 on halved images of Fashion-MNIST.
    public init() {}

    private static let hidden: Set = ["weightVariances", "repetitions", "clipLow", "scheme", "sharedNoise"]

    public static let fields: [Field] =
        Options.fields + MapConfiguration.fields(without: hidden)
        + TrainingConfiguration.fields(prefix: "training.").filter { $0.key != "training.depths" }

    private enum Key: String, CodingKey { case training }

    public init(from decoder: any Decoder) throws {
        map = try MapConfiguration(from: decoder, without: RecommendConfiguration.hidden)
        options = try Options(from: decoder)
        training = try decoder.container(keyedBy: Key.self).decode(CheckTraining.self, forKey: .training).training
    }

    public func encode(to encoder: any Encoder) throws {
        try map.encode(to: encoder, without: RecommendConfiguration.hidden)
        try options.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(CheckTraining(training: training), forKey: .training)
    }

    public func validate() throws(ConfigurationError) {
        try map.validate()
        if options.lowestVariance >= options.highestVariance {
            throw ConfigurationError(
                key: "highestVariance", "the range of σ_w² is empty", found: short(options.highestVariance),
                allowed: "above lowestVariance = \(short(options.lowestVariance))")
        }
        if Set(options.schemes).count < options.schemes.count {
            throw ConfigurationError(
                key: "schemes", "a law is listed twice", found: options.schemes.map(\.rawValue).joined(separator: ", "),
                allowed: "each once")
        }
        if options.tune == .both, let double = options.otherBiasVariances.first(where: { $0 == map.biasVariance }) {
            throw ConfigurationError(
                key: "otherBiasVariances", "the search begins with this value", found: short(double),
                allowed: "values other than biasVariance = \(short(map.biasVariance))")
        }
        if let pair = zip(options.verify, options.verify.dropFirst()).first(where: { $0.0 >= $0.1 }) {
            throw ConfigurationError(
                key: "verify", "the grid must ascend", found: "\(pair.0) before \(pair.1)", allowed: "values of σ_w² in ascending order")
        }
    }
}

/// A training configuration without its depths, which `recommend` knows.
private struct CheckTraining: Codable {
    var training: TrainingConfiguration

    init(training: TrainingConfiguration) { self.training = training }

    init(from decoder: any Decoder) throws {
        guard case .mapping(var values) = try ConfigurationValue(from: decoder) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "the training is no mapping"))
        }
        values["depths"] = .list([.integer(2)])
        training = try JSON.decode(TrainingConfiguration.self, from: JSON.encode(ConfigurationValue.mapping(values)))
    }

    func encode(to encoder: any Encoder) throws {
        guard case .mapping(var values) = try JSON.decode(ConfigurationValue.self, from: JSON.encode(training)) else { return }
        values["depths"] = nil
        try ConfigurationValue.mapping(values).encode(to: encoder)
    }
}
