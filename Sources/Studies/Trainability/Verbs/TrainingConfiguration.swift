import LoamRuns

/// The settings of the training grid that a map's predictions are held against.
public struct TrainingConfiguration: Configuration {
    /// Weight layers of the trained networks, ascending.
    public var depths = [10, 30]
    /// Training images.
    public var images = 19_200
    /// Test images that the accuracy is taken over.
    public var testImages = 2000
    /// Images a step.
    public var batch = 32
    /// Passes over the training images.
    public var epochs = 1
    /// The step size.
    public var learningRate = 0.05
    /// The rule of the steps.
    public var optimiser = TrainingMethod.sgd
    /// What the last layer feeds the loss.
    public var classifier = ClassifierRule.logits

    /// The quick settings.
    public init() {}

    public static let fields: [Field] = fields(prefix: "")

    static func fields(prefix: String) -> [Field] {
        [
            Field(prefix + "depths", "weight layers of the trained networks, ascending", .list(of: .integer(in: 2...2000))),
            Field(prefix + "images", "training images", .integer(in: 1...10_000_000)),
            Field(prefix + "testImages", "test images that the accuracy is taken over", .integer(in: 1...10_000_000)),
            Field(prefix + "batch", "images a step", .integer(in: 1...1_000_000)),
            Field(prefix + "epochs", "epochs", .integer(in: 1...10_000)),
            Field(prefix + "learningRate", "learning rate", .number(above: 0)),
            Field(
                prefix + "optimiser", "rule of the steps; plain stochastic gradient descent as published", .cases(of: TrainingMethod.self)),
            Field(prefix + "classifier", "logits and cross-entropy, or the published double softmax", .cases(of: ClassifierRule.self)),
        ]
    }

    var training: DeepTraining {
        DeepTraining(epochs: epochs, batch: batch, learningRate: learningRate, optimiser: optimiser, classifier: classifier)
    }
}
