import LoamRuns

/// The precision that networks and heads run in; entropies are always taken in double.
public enum Precision: String, Codable, CaseIterable, Sendable { case float32, float64 }

/// The settings of a phase map.
public struct MapConfiguration: Configuration {
    /// The name of the data set.
    public var data = "fashion-mnist"
    /// Whether images are halved by 2×2 means.
    public var pooled = true
    /// Training images of the heads.
    public var images = 9600
    /// Test images that are reconstructed.
    public var evaluation = 100
    /// The family of networks by its name.
    public var architecture = "mlp"
    /// Channels of convolutional and residual networks.
    public var channels = 8
    /// Units of dense layers; nil for the pixels of an image.
    public var width: Int?
    /// φ by its name.
    public var activation = "tanh"
    /// How deep the networks are: the deepest reconstructed layer of dense ones, L of the published convolutional ones (a stem of three
    /// convolutions, then L − 1), blocks of residual ones.
    public var depth = 30
    /// The values of σ_w², ascending.
    public var weightVariances = [0.5, 1, 1.4, 1.76, 2.5, 4]
    /// σ_b².
    public var biasVariance = 0.05
    /// The law of the weights.
    public var scheme = InitializationScheme.gaussian
    /// Whether one random matrix, scaled, serves all σ_w².
    public var sharedNoise = true
    /// How often the map is measured, with seeds seed, seed + 1, ….
    public var repetitions = 1
    /// Images a step of head training.
    public var batch = 64
    /// Epochs of head training.
    public var epochs = 1
    /// A cap on the steps of head training; nil for whole epochs.
    public var steps: Int?
    /// Adam's learning rate for the heads.
    public var learningRate = 1e-3
    /// The order of heads and batches.
    public var schedule = CascadeSchedule.auto
    /// What activations may take under the schedule “auto”, in GiB: of all cells that one computer measures side by side.
    public var memory = 2.0
    /// What the heads apply.
    public var headActivation = HeadActivationRule.authors
    /// How heads get their numbers.
    public var headSolver = HeadSolver.adam
    /// λ of heads in closed form.
    public var ridge = 1e-8
    /// Whether every epoch visits the images in a new random order.
    public var shuffles = true
    /// Whether heads of max pooling put values back where they came from.
    public var unpools = false
    /// The precision of networks and heads.
    public var precision = Precision.float32
    /// Which form of S_diff is taken.
    public var differentialEntropy = DifferentialEntropy.normalized
    /// The relative tolerance of the cutoff.
    public var cutoffTolerance = 0.005
    /// The lowest S_diff shown in figures.
    public var clipLow = -20.0

    /// Halved images of Fashion-MNIST, depth 30, six values of σ_w².
    public init() {}

    public static let fields: [Field] = fields(prefix: "")

    /// The fields with a prefix before their keys, for a configuration that holds this one.
    static func fields(prefix: String) -> [Field] {
        [
            Field(prefix + "data", "data set: a name that `loam doctor` lists, or file:PATH, folder:PATH", .text),
            Field(prefix + "pooled", "halve the images by 2×2 means; noise is drawn at half the size", .boolean),
            Field(prefix + "images", "training images of the heads", .integer(in: 1...10_000_000)),
            Field(prefix + "evaluation", "test images that are reconstructed; a standard deviation needs two", .integer(in: 2...100_000)),
            Field(prefix + "architecture", "family of networks: " + ArchitectureFamily.names.joined(separator: ", "), .text),
            Field(prefix + "channels", "channels of convolutional and residual networks", .integer(in: 1...4096)),
            Field(prefix + "width", "units of dense layers; the pixels of an image unless given", .optional(.integer(in: 1...100_000))),
            Field(prefix + "activation", "φ: " + Activation.names.joined(separator: ", "), .text),
            Field(
                prefix + "depth", "depth: layers of dense networks, L of convolutional ones, blocks of residual ones",
                .integer(in: 3...2000)),
            Field(prefix + "weightVariances", "σ_w² (variances, not deviations), ascending", .list(of: .number(above: 0))),
            Field(prefix + "biasVariance", "σ_b²", .number(atLeast: 0)),
            Field(prefix + "scheme", "law of the weights", .cases(of: InitializationScheme.self)),
            Field(prefix + "sharedNoise", "one random matrix for all σ_w², scaled; false draws anew for every σ_w²", .boolean),
            Field(prefix + "repetitions", "how often the map is measured, with seeds seed, seed+1, …", .integer(in: 1...1000)),
            Field(prefix + "batch", "images a step of head training", .integer(in: 1...1_000_000)),
            Field(prefix + "epochs", "epochs of head training", .integer(in: 1...10_000)),
            Field(prefix + "steps", "cap on the steps of head training", .optional(.integer(in: 1...100_000_000))),
            Field(prefix + "learningRate", "Adam's learning rate for the heads", .number(above: 0)),
            Field(prefix + "schedule", "order of heads and batches; the results agree to rounding", .cases(of: CascadeSchedule.self)),
            Field(
                prefix + "memory", "GiB for the activations of all cells that a computer measures side by side; auto sweeps within it",
                .number(above: 0)),
            Field(prefix + "headActivation", "tanh everywhere as published, or matched to the target", .cases(of: HeadActivationRule.self)),
            Field(
                prefix + "headSolver", "steps of Adam as published, the closed form of a ridge regression, or both beside each other",
                .cases(of: HeadSolver.self)),
            Field(prefix + "ridge", "λ of heads in closed form: variances of activations below it count as noise", .number(atLeast: 0)),
            Field(prefix + "shuffles", "every epoch of head training visits the images in a new random order", .boolean),
            Field(prefix + "unpools", "heads of max pooling put values back where they came from", .boolean),
            Field(prefix + "precision", "precision of networks and heads", .cases(of: Precision.self)),
            Field(prefix + "differentialEntropy", "S_diff of n(y) as published, or of y/Σy", .cases(of: DifferentialEntropy.self)),
            Field(prefix + "cutoffTolerance", "relative tolerance of the cutoff", .number(in: 0...1)),
            Field(prefix + "clipLow", "lowest S_diff shown in figures", .anyNumber),
        ]
    }

    public func validate() throws(ConfigurationError) { try validate(prefix: "") }

    func validate(prefix: String) throws(ConfigurationError) {
        _ = try Activation.configured(activation, key: prefix + "activation")
        if !architecture.hasPrefix("file:") {
            do {
                _ = try family()
            } catch {
                throw ConfigurationError(
                    key: prefix + "architecture", "unknown architecture", found: architecture,
                    allowed: ArchitectureFamily.names.joined(separator: ", "))
            }
        }
        if let pair = zip(weightVariances, weightVariances.dropFirst()).first(where: { $0.0 >= $0.1 }) {
            throw ConfigurationError(
                key: prefix + "weightVariances", "the grid must ascend", found: "\(pair.0) before \(pair.1)",
                allowed: "values of σ_w² in ascending order, each once")
        }
    }

    /// The family of networks.
    ///
    /// - Throws: ``TrainabilityError`` for an unknown name; what reading an architecture file throws.
    func family() throws -> ArchitectureFamily { try ArchitectureFamily(named: architecture, channels: channels, width: width) }

    /// Which noise the network of a σ_w² is drawn with: 0 for the one that all share, otherwise one for each place in the grid.
    func noiseVariant(_ weightVariance: Double) -> Int {
        sharedNoise ? 0 : 1 + (weightVariances.firstIndex(of: weightVariance) ?? weightVariances.count)
    }

    /// E_c: how often the heads see an image.
    var headEpochs: Double {
        min(Double((steps ?? .max / batch) * batch), Double(images) * Double(epochs)) / Double(images)
    }

    var headTraining: HeadTraining {
        HeadTraining(
            epochs: epochs, steps: steps, batch: batch, shuffles: shuffles, adam: AdamSettings(learningRate: learningRate),
            schedule: schedule, activationRule: headActivation, unpools: unpools, memory: Int(min(memory * 0x1p30, 0x1p62)))
    }
}
