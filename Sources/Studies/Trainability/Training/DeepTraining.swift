import Foundation
import LoamTensor

/// What the last layer of the trained network feeds the loss.
public enum ClassifierRule: String, Codable, CaseIterable, Hashable, Sendable {
    /// Logits, softmax, cross-entropy.
    case logits
    /// As published: tanh on the output layer, softmax, and cross-entropy with a second softmax on top, which bounds the logits to [0, 1].
    case authors
}

/// How a deep network is trained to find out whether it can be: plain stochastic gradient descent.
public struct DeepTraining: Hashable, Codable, Sendable {
    /// Passes over the training images.
    public var epochs = 1
    /// Images a step.
    public var batch = 32
    /// The step size.
    public var learningRate = 0.05
    /// What the last layer feeds the loss.
    public var classifier = ClassifierRule.logits
    /// Stop after the first epoch that reaches this test accuracy; `nil` never stops.
    public var sufficientAccuracy: Double?

    /// One epoch of batches of 32 by default.
    public init(
        epochs: Int = 1, batch: Int = 32, learningRate: Double = 0.05, classifier: ClassifierRule = .logits,
        sufficientAccuracy: Double? = nil
    ) {
        self.epochs = epochs
        self.batch = batch
        self.learningRate = learningRate
        self.classifier = classifier
        self.sufficientAccuracy = sufficientAccuracy
    }

    /// The published dense architecture with L weight layers: N → N (L − 2 times) → narrow → classes, narrow = 400 at N = 784, in
    /// proportion
    /// otherwise.
    public static func widths(inputs: Int, depth: Int, classes: Int) -> [Int] {
        precondition(depth >= 2, "DeepTraining.widths: a depth of \(depth) has no narrow layer")
        let narrow = max(classes, Int((Double(inputs) * 400 / 784).rounded()))
        return [Int](repeating: inputs, count: depth - 1) + [narrow, classes]
    }

    /// What came of training one network.
    public struct Outcome: Hashable, Codable, Sendable {
        /// The mean training loss of every epoch.
        public var losses: [Double] = []
        /// The test accuracy after every epoch.
        public var accuracies: [Double] = []
        /// The step at which the loss stopped being finite, from 1.
        public var divergedStep: Int?
        /// Steps taken.
        public var steps = 0

        /// Before the first step.
        public init() {}

        /// The last accuracy; chance level does not matter to it: a diverged network has what it had, or 0.
        public var accuracy: Double { accuracies.last ?? 0 }
    }

    /// Trains `network`, whose last layer has one unit a class, from its initial weights.
    ///
    /// - Parameters:
    ///   - images: [n, N_0]; `labels` [n].
    ///   - stop: asked before every step; may throw to leave.
    public func train<Scalar: TensorScalar>(
        _ network: DenseNetwork<Scalar>, images: Tensor<Scalar>, labels: Tensor<Int32>, testImages: Tensor<Scalar>,
        testLabels: Tensor<Int32>, seed: UInt64, stop: () throws -> Void
    ) rethrows -> Outcome {
        var parameters = network.weights + network.biases
        var outcome = Outcome()
        let rate = Scalar(learningRate)
        for epoch in 0..<epochs {
            var generator = RandomStreams.trainingOrder(epoch: epoch, seed: seed)
            let order = generator.permutation(images.shape[0])
            var sum = 0.0
            var steps = 0
            for start in stride(from: 0, to: order.count, by: batch) {
                try stop()
                let picks = Tensor(Array(order[start..<min(start + batch, order.count)]))
                let x = images.gathered(picks)
                let y = labels.gathered(picks)
                let (loss, gradients) = valueAndGradient(at: parameters) { self.loss(network, $0, x, y) }
                outcome.steps += 1
                guard loss.item.isFinite else {
                    outcome.divergedStep = outcome.steps
                    return outcome
                }
                sum += Double(loss.item)
                steps += 1
                for i in parameters.indices { parameters[i] -= gradients[i] * rate }
            }
            outcome.losses.append(sum / Double(steps))
            outcome.accuracies.append(accuracy(network, parameters, testImages, testLabels))
            if let sufficientAccuracy, outcome.accuracy >= sufficientAccuracy { break }
        }
        return outcome
    }

    /// The fraction of `images` that the network with these parameters classifies as labelled.
    func accuracy<Scalar: TensorScalar>(
        _ network: DenseNetwork<Scalar>, _ parameters: [Tensor<Scalar>], _ images: Tensor<Scalar>, _ labels: Tensor<Int32>
    ) -> Double {
        let guesses = outputs(network, parameters, images).argMaximum().scalars
        return Double(zip(guesses, labels.scalars).count { $0 == $1 }) / Double(guesses.count)
    }

    private func outputs<Scalar: TensorScalar>(_ network: DenseNetwork<Scalar>, _ parameters: [Tensor<Scalar>], _ x: Tensor<Scalar>)
        -> Tensor<Scalar>
    {
        let depth = network.depth
        var z = x
        for layer in 0..<depth {
            let (weight, bias) = (parameters[layer], parameters[depth + layer])
            if layer == depth - 1 {
                z = linear(z, weight: weight, bias: bias, activation: classifier == .authors ? .tanh : .identity)
            } else if let fused = network.activation.fused {
                z = linear(z, weight: weight, bias: bias, activation: fused)
            } else {
                z = network.activation.applied(to: linear(z, weight: weight, bias: bias))
            }
        }
        return classifier == .authors ? z.softmax() : z
    }

    private func loss<Scalar: TensorScalar>(
        _ network: DenseNetwork<Scalar>, _ parameters: [Tensor<Scalar>], _ x: Tensor<Scalar>, _ labels: Tensor<Int32>
    ) -> Tensor<Scalar> {
        -(outputs(network, parameters, x).logSoftmax().pickedPerRow(labels).mean())
    }
}
