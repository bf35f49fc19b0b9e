import LoamRuns

/// Which network is looked into, what its heads are trained on, and which images are shown: what `reconstruct` and `invert` share.
public struct PictureSettings: Codable, Sendable, Equatable {
    /// `dnn`, `vgg-mini`, `vgg16` or `file:PATH`.
    public var model = "dnn"
    /// Nil trains the network first, `random` leaves it untrained, anything else is a file of weights.
    public var weights: String?
    /// The data set that network and heads are trained on; `vgg16` takes pictures instead.
    public var data = "fashion-mnist"
    /// Whether images of the set are halved by 2×2 means.
    public var pooled = true
    /// Training images of network and heads.
    public var trainingImages = 20_000
    /// Test images that are classified to choose from and reconstructed for the profile.
    public var evaluation = 500
    /// A picture or a folder of pictures to show, instead of test images; those that `vgg16`'s heads are trained on.
    public var images: String?
    /// The most pictures that are read from a folder.
    public var maxImages = 256
    /// Views of every picture that heads are trained on: the middle, then random squares.
    public var crops = 1
    /// Pixels along a side of `vgg16`'s input.
    public var size = 224
    /// Images that are shown.
    public var samples = 5
    /// Images shown beside them that the network takes for something else.
    public var misclassified = 2
    /// Stages that are shown; all that have heads where it is empty.
    public var stages: [Int] = []

    /// Layers of the dense network.
    public var depth = 9
    /// φ of the dense network and of architecture files.
    public var activation = "tanh"
    /// σ_w² of the initial weights.
    public var weightVariance = 1.65
    /// σ_b² of the initial biases.
    public var biasVariance = 0.05
    /// Epochs of the network's own training.
    public var networkEpochs = 3
    /// Images a step of it.
    public var networkBatch = 32
    /// The step size of it.
    public var networkRate = 1e-3
    /// The rule of its steps.
    public var optimiser = TrainingMethod.adam
    /// What its last layer feeds the loss.
    public var classifier = ClassifierRule.authors

    /// Epochs of head training.
    public var epochs = 1
    /// A cap on the steps of head training; nil for whole epochs.
    public var steps: Int?
    /// Images a step of head training.
    public var batch = 64
    /// Adam's learning rate for the heads.
    public var learningRate = 1e-3
    /// What the heads apply; nil for `authors` in the dense network and `match` elsewhere, where a ReLU in front of the image would cut off
    /// what is dark.
    public var headActivation: HeadActivationRule?
    /// Whether heads of max pooling put values back where they came from.
    public var unpool = false
    /// Gibibytes that the activations of two stages may take; beyond it all heads are trained together.
    public var memory = 4.0
    /// How numbers become brightness.
    public var pictureScale = PictureScaling.each
    /// Whether the network and its heads are written to `cascade.safetensors`.
    public var saveCascade = false

    /// A dense network on halved images of Fashion-MNIST.
    public init() {}

    static let fields: [Field] = [
        Field("model", "dnn, vgg-mini, vgg16 or file:PATH of an architecture", .text),
        Field(
            "weights", "null trains the network first, random leaves it untrained, else a file: safetensors, .npz or .pth", .optional(.path)
        ), Field("data", "data set of network and heads (not of vgg16): a name that `loam doctor` lists, or file:PATH, folder:PATH", .text),
        Field("pooled", "halve the set's images by 2×2 means", .boolean),
        Field("trainingImages", "training images of network and heads, from the set", .integer(in: 1...10_000_000)),
        Field("evaluation", "test images that are classified to choose from and reconstructed for the profile", .integer(in: 2...100_000)),
        Field("images", "PNG or JPEG file, or a folder of them, to show; vgg16's heads are trained on them", .optional(.path)),
        Field("maxImages", "most pictures that are read from a folder", .integer(in: 1...1_000_000)),
        Field("crops", "views of every picture for head training: the middle, then random squares", .integer(in: 1...10_000)),
        Field("size", "pixels along a side of vgg16's input; its dense layers exist at 224 only", .integer(in: 32...1024)),
        Field("samples", "images shown", .integer(in: 1...100)),
        Field("misclassified", "images shown beside them that the network takes for something else", .integer(in: 0...100)),
        Field("stages", "stages shown; all that have heads where empty", .list(of: .integer(in: 1...10_000), minimum: 0)),
        Field("depth", "layers of the dense network", .integer(in: 2...200)),
        Field("activation", "φ of dnn and of architecture files: " + Activation.names.joined(separator: ", "), .text),
        Field("weightVariance", "σ_w² of the initial weights", .number(above: 0)),
        Field("biasVariance", "σ_b² of the initial biases", .number(atLeast: 0)),
        Field("networkEpochs", "epochs of the network's own training", .integer(in: 1...10_000)),
        Field("networkBatch", "images a step of it", .integer(in: 1...1_000_000)),
        Field("networkRate", "learning rate of it", .number(above: 0)),
        Field("optimiser", "rule of its steps", .cases(of: TrainingMethod.self)),
        Field(
            "classifier", "logits and cross-entropy, or the published tanh outputs with a second softmax", .cases(of: ClassifierRule.self)),
        Field("epochs", "epochs of head training", .integer(in: 1...10_000)),
        Field("steps", "cap on the steps of head training", .optional(.integer(in: 1...100_000_000))),
        Field("batch", "images a step of head training", .integer(in: 1...1_000_000)),
        Field("learningRate", "Adam's learning rate for the heads", .number(above: 0)),
        Field(
            "headActivation", "as published (tanh, ReLU in ReLU networks) or matched to the target; null: authors for dnn, else match",
            .optional(.cases(of: HeadActivationRule.self))),
        Field("unpool", "heads of max pooling put values back where they came from", .boolean),
        Field("memory", "GiB that the activations of two stages may take before all heads are trained together", .number(above: 0)),
        Field(
            "pictureScale", "every picture from its own least to largest value, or all of a row as the input",
            .cases(of: PictureScaling.self)),
        Field("saveCascade", "write network and heads to cascade.safetensors, which `weights` takes", .boolean),
    ]

    /// - Throws: `ConfigurationError` that names the key.
    func validate() throws(ConfigurationError) {
        do { _ = try Activation(named: activation) } catch {
            throw ConfigurationError(
                key: "activation", "unknown activation", found: activation, allowed: Activation.names.joined(separator: ", "))
        }
        guard ["dnn", "vgg-mini", "vgg16"].contains(model) || (model.hasPrefix("file:") && model.count > 5) else {
            throw ConfigurationError(key: "model", "unknown model", found: model, allowed: "dnn, vgg-mini, vgg16, file:PATH")
        }
        if let pair = zip(stages, stages.dropFirst()).first(where: { $0.0 >= $0.1 }) {
            throw ConfigurationError(
                key: "stages", "stages must ascend", found: "\(pair.0) before \(pair.1)", allowed: "stages in ascending order, each once")
        }
    }

    var deepTraining: DeepTraining {
        DeepTraining(epochs: networkEpochs, batch: networkBatch, learningRate: networkRate, optimiser: optimiser, classifier: classifier)
    }

    var headRule: HeadActivationRule { headActivation ?? (model == "dnn" ? .authors : .match) }

    var headTraining: HeadTraining {
        HeadTraining(
            epochs: epochs, steps: steps, batch: batch, adam: AdamSettings(learningRate: learningRate), activationRule: headRule,
            unpools: unpool, memory: Int(memory * 1_073_741_824))
    }
}
