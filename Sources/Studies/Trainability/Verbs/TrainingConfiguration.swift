import LoamRuns

/// The settings of the training grid that a map's predictions are held against.
public struct TrainingConfiguration: Configuration {
    public var depths = [10, 30]
    public var images = 19_200
    public var testImages = 2000
    public var batch = 32
    public var epochs = 1
    public var learningRate = 0.05
    public var classifier = ClassifierRule.logits

    public init() {}

    public static let fields: [Field] = fields(prefix: "")

    static func fields(prefix: String) -> [Field] {
        [
            Field(prefix + "depths", "weight layers of the trained networks, ascending", .list(of: .integer(in: 2...2000))),
            Field(prefix + "images", "training images", .integer(in: 1...10_000_000)),
            Field(prefix + "testImages", "test images that the accuracy is taken over", .integer(in: 1...10_000_000)),
            Field(prefix + "batch", "images a step", .integer(in: 1...1_000_000)),
            Field(prefix + "epochs", "epochs", .integer(in: 1...10_000)),
            Field(prefix + "learningRate", "learning rate of plain stochastic gradient descent", .number(above: 0)),
            Field(prefix + "classifier", "logits and cross-entropy, or the published double softmax", .cases(of: ClassifierRule.self)),
        ]
    }

    var training: DeepTraining {
        DeepTraining(epochs: epochs, batch: batch, learningRate: learningRate, classifier: classifier)
    }
}
