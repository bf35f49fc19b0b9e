import Foundation
import LoamTensor
import LoamTrainability
import Testing

@Suite struct TrainingTests {
    /// Two classes told apart by the sign of the first coordinate; seed 21.
    static let task: (images: Tensor<Float>, labels: Tensor<Int32>) = {
        var generator = PhiloxGenerator(seed: 21)
        let images = Tensor<Float>(normal: [256, 8], using: &generator)
        return (images, Tensor((0..<256).map { images[$0, 0] > 0 ? 1 : 0 }))
    }()

    static func train(_ training: DeepTraining, weight: Double = 1.5, depth: Int = 3) throws -> DeepTraining.Outcome {
        let network = Network<Float>(
            .dense(ArchitectureFamily.wideWidths(inputs: 8, depth: depth, classes: 2), .tanh, output: training.classifier.output),
            variances: InitialVariances(weight: weight, bias: 0.05), seed: 2)
        return try training.train(
            network, images: task.images, labels: task.labels, testImages: task.images, testLabels: task.labels, seed: 2, stop: {})
    }

    @Test func widthsFollowThePublishedArchitecture() throws {
        #expect(ArchitectureFamily.wideWidths(inputs: 784, depth: 5, classes: 10) == [784, 784, 784, 784, 400, 10])
        #expect(ArchitectureFamily.wideWidths(inputs: 196, depth: 2, classes: 10) == [196, 100, 10])
    }

    @Test func aSeparableTaskIsLearnt() throws {
        let outcome = try Self.train(DeepTraining(epochs: 20, batch: 16, learningRate: 0.1))
        #expect(outcome.accuracy > 0.9, "\(outcome.accuracy)")
        #expect(outcome.losses.last! < 0.5 * outcome.losses.first!)
        #expect(outcome.steps == 20 * 16)
    }

    @Test func anOrderedDeepNetworkIsNotLearnt() throws {
        let outcome = try Self.train(DeepTraining(epochs: 3, batch: 16, learningRate: 0.1), weight: 0.1, depth: 30)
        #expect(outcome.accuracy < 0.65, "\(outcome.accuracy)")
    }

    @Test func publishedClassifierTrainsMoreSlowly() throws {
        let logits = try Self.train(DeepTraining(epochs: 2, batch: 16, learningRate: 0.1))
        let authors = try Self.train(DeepTraining(epochs: 2, batch: 16, learningRate: 0.1, classifier: .authors))
        // The double softmax bounds the logits to [0, 1]: the loss cannot fall below ln(1 + e^{−1}) = 0.313.
        #expect(authors.losses.last! > 0.313)
        #expect(authors.losses.last! > logits.losses.last!)
    }

    @Test func divergenceStopsTheTraining() throws {
        let network = Network<Float>(
            .dense([8, 8, 2], .linear), variances: InitialVariances(weight: 4, bias: 0), seed: 2)
        let outcome = try DeepTraining(epochs: 5, batch: 16, learningRate: 1e6).train(
            network, images: Self.task.images, labels: Self.task.labels, testImages: Self.task.images, testLabels: Self.task.labels,
            seed: 2,
            stop: {})
        #expect(outcome.divergedStep != nil)
        #expect(outcome.steps < 5 * 16)
    }

    @Test func sufficientAccuracyStopsEarly() throws {
        let outcome = try Self.train(DeepTraining(epochs: 50, batch: 16, learningRate: 0.1, sufficientAccuracy: 0.8))
        #expect(outcome.accuracy >= 0.8 && outcome.accuracies.count < 50)
        #expect(outcome.accuracies.dropLast().allSatisfy { $0 < 0.8 })
    }

    @Test func trainingIsReproducible() throws {
        let training = DeepTraining(epochs: 2, batch: 16)
        let (first, second) = (try Self.train(training), try Self.train(training))
        #expect(first == second)
    }
}
