import LoamRuns

/// The settings of the mean-field verb.
public struct MeanFieldConfiguration: Configuration {
    /// What the infinitely wide network repeats.
    public enum Block: String, Codable, CaseIterable, Hashable, Sendable {
        /// Plain layers, dense or convolutional.
        case none
        /// φ(F(z) + z), by population dynamics.
        case residual
        /// x + φ(Wx + b), by its closed recursion.
        case residualPre
    }

    /// φ by its name, or a formula in x.
    public var activation = "tanh"
    /// What is repeated; residual blocks have trajectories only.
    public var block = Block.none
    /// σ_b² of the table, the scales and the trajectories.
    public var biasVariance = 0.05
    /// The values of σ_w² of the table, ascending.
    public var weightVariances = [0.5, 1, 1.3, 1.5, 2, 2.5, 3, 4]
    /// Whether the critical points and lines of all activations are computed.
    public var critical = true
    /// Whether the phase plane is computed.
    public var plane = true
    /// Points along each side of the phase plane.
    public var planeResolution = 200
    /// The largest σ_w² of the phase plane.
    public var planeWeightVariance = 6.0
    /// The largest σ_b² of the phase plane.
    public var planeBiasVariance = 1.0
    /// The relative accuracy of the phase plane.
    public var accuracy = 1e-9
    /// Whether trajectories are computed.
    public var trajectory = true
    /// q₀ of the trajectories.
    public var startLength = 1.0
    /// c₀ of the trajectories.
    public var startCorrelation = 0.5
    /// Layers or blocks of the trajectories.
    public var depth = 60
    /// Whether the spatial modes of convolutional networks are computed.
    public var modes = true
    /// Pixels along each side of the convolutional network's images.
    public var grid = 7
    /// Taps along each side of its kernels.
    public var kernel = 3
    /// Pairs of the population that carries residual blocks.
    public var population = 200_000
    /// Units of the random networks that are measured beside a trajectory of residual blocks; 0 for none.
    public var networkWidth = 300
    /// How many random networks are measured.
    public var networks = 8

    /// The quick settings for tanh.
    public init() {}

    public static let fields: [Field] = [
        Field("activation", "φ: " + Activation.names.joined(separator: ", "), .text),
        Field("block", "plain layers, the published residual block, or x + φ(Wx + b)", .cases(of: Block.self)),
        Field("biasVariance", "σ_b² of the table, the scales and the trajectories", .number(atLeast: 0)),
        Field("weightVariances", "σ_w² of the table (variances, not deviations), ascending", .list(of: .number(above: 0))),
        Field("critical", "compute the critical points and lines of all activations", .boolean),
        Field("plane", "compute the phase plane", .boolean),
        Field("planeResolution", "points along each side of the phase plane", .integer(in: 2...2000)),
        Field("planeWeightVariance", "largest σ_w² of the phase plane", .number(above: 0)),
        Field("planeBiasVariance", "largest σ_b² of the phase plane", .number(above: 0)),
        Field("accuracy", "relative accuracy of the phase plane", .number(in: 1e-12...1e-3)),
        Field("trajectory", "compute trajectories", .boolean),
        Field("startLength", "q₀ of the trajectories", .number(above: 0)),
        Field("startCorrelation", "c₀ of the trajectories", .number(in: -1...1)),
        Field("depth", "layers or blocks of the trajectories", .integer(in: 1...100_000)),
        Field("modes", "compute the spatial modes of convolutional networks", .boolean),
        Field("grid", "pixels along each side of the convolutional network's images", .integer(in: 1...512)),
        Field("kernel", "taps along each side of its kernels; odd, at most grid", .integer(in: 1...511)),
        Field("population", "pairs of the population that carries residual blocks", .integer(in: 100...100_000_000)),
        Field("networkWidth", "units of the random networks measured beside residual blocks; 0 for none", .integer(in: 0...20_000)),
        Field("networks", "how many random networks are measured", .integer(in: 1...10_000)),
    ]

    public func validate() throws(ConfigurationError) {
        _ = try Activation.configured(activation, key: "activation")
        if let pair = zip(weightVariances, weightVariances.dropFirst()).first(where: { $0.0 >= $0.1 }) {
            throw ConfigurationError(
                key: "weightVariances", "the grid must ascend", found: "\(pair.0) before \(pair.1)",
                allowed: "values of σ_w² in ascending order, each once")
        }
        guard networkWidth != 1 else {
            throw ConfigurationError(key: "networkWidth", "two inputs need two directions", found: "1", allowed: "0 or at least 2")
        }
        // One network's weights, two layers a block.
        let parameters = 2 * Double(depth) * Double(networkWidth) * Double(networkWidth)
        guard block == .none || parameters <= 1e9 else {
            throw ConfigurationError(
                key: "networkWidth", "networks of \(depth) blocks of this width do not fit into memory", found: "\(networkWidth)",
                allowed: "at most \(Int((1e9 / 2 / Double(depth)).squareRoot())) at this depth, or 0 for none")
        }
        guard kernel % 2 == 1, kernel <= grid else {
            throw ConfigurationError(
                key: "kernel", "kernels are centred and fit into the image", found: "\(kernel) on \(grid) pixels",
                allowed: "an odd integer from 1 to \(grid)")
        }
    }
}
