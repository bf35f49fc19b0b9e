import LoamRuns

/// The settings of `plane`: a map over σ_w² and σ_b² at one depth.
public struct PlaneConfiguration: Configuration {
    /// The networks and heads; `depth` is the depth that is read.
    public var map = MapConfiguration()
    /// What `plane` decides itself.
    public var options = Options()

    /// The keys that a map does not have.
    public struct Options: Codable, Hashable, Sendable {
        /// The values of σ_b², ascending.
        public var biasVariances = [0.0, 0.05, 0.1, 0.2, 0.3]

        /// From no bias to 0.3.
        public init() {}

        static let fields = [
            Field("biasVariances", "the values of σ_b² (variances, not deviations), ascending", .list(of: .number(atLeast: 0), minimum: 2))
        ]
    }

    /// Dense networks on halved images of Fashion-MNIST.
    public init() {}

    private static let hidden: Set = ["biasVariance", "clipLow"]

    public static let fields: [Field] = Options.fields + MapConfiguration.fields(without: hidden)

    public init(from decoder: any Decoder) throws {
        map = try MapConfiguration(from: decoder, without: PlaneConfiguration.hidden)
        options = try Options(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        try map.encode(to: encoder, without: PlaneConfiguration.hidden)
        try options.encode(to: encoder)
    }

    public func validate() throws(ConfigurationError) {
        try map.validate()
        try map.validateOneHeadSolver()
        if let pair = zip(options.biasVariances, options.biasVariances.dropFirst()).first(where: { $0.0 >= $0.1 }) {
            throw ConfigurationError(
                key: "biasVariances", "the grid must ascend", found: "\(pair.0) before \(pair.1)",
                allowed: "values of σ_b² in ascending order, each once")
        }
        if map.weightVariances.count < 2 {
            throw ConfigurationError(
                key: "weightVariances", "a plane has more than one σ_w²", found: "1 value", allowed: "at least two values, ascending")
        }
    }
}
