import LoamRuns

/// The settings of `sufficiency`: a map, and after how much head training it is looked at.
public struct SufficiencyConfiguration: Configuration {
    /// The networks and heads; the heads are trained for the longest of ``amounts``.
    public var map = MapConfiguration()
    /// What `sufficiency` decides itself.
    public var options = Options()

    /// The keys that a map does not have.
    public struct Options: Codable, Hashable, Sendable {
        /// Epochs of head training after which the frontier is predicted; the last is what the others are held against.
        public var amounts = [0.25, 0.5, 1, 2, 5]

        /// A quarter of an epoch to five.
        public init() {}

        static let fields = [
            Field(
                "amounts", "epochs of head training after which the frontier is predicted, ascending",
                .list(of: .number(above: 0), minimum: 2))
        ]
    }

    /// A map of Fashion-MNIST.
    public init() {}

    /// The question is about steps of Adam.
    private static let hidden: Set = ["epochs", "steps", "headSolver", "ridge"]

    public static let fields: [Field] = Options.fields + MapConfiguration.fields(without: hidden)

    public init(from decoder: any Decoder) throws {
        map = try MapConfiguration(from: decoder, without: SufficiencyConfiguration.hidden)
        options = try Options(from: decoder)
        map.epochs = Int((options.amounts.last ?? 1).rounded(.up))
    }

    public func encode(to encoder: any Encoder) throws {
        try map.encode(to: encoder, without: SufficiencyConfiguration.hidden)
        try options.encode(to: encoder)
    }

    public func validate() throws(ConfigurationError) {
        try map.validate()
        if let pair = zip(options.amounts, options.amounts.dropFirst()).first(where: { $0.0 >= $0.1 }) {
            throw ConfigurationError(
                key: "amounts", "the amounts of training must ascend", found: "\(pair.0) before \(pair.1)",
                allowed: "numbers of epochs in ascending order, each once")
        }
        let steps = steps
        if let index = steps.indices.dropFirst().first(where: { steps[$0] == steps[$0 - 1] }) ?? (steps[0] == 0 ? 0 : nil) {
            throw ConfigurationError(
                key: "amounts", "amounts differ by less than a step of head training", found: "\(short(options.amounts[index])) epochs",
                allowed: "amounts at least batch/images = \(fixed(Double(map.batch) / Double(map.images), 3)) apart")
        }
    }

    /// ``Options/amounts`` in steps.
    var steps: [Int] {
        let perEpoch = (map.images + map.batch - 1) / map.batch
        return options.amounts.map { Int(($0 * Double(perEpoch)).rounded()) }
    }
}
