import LoamNN
import LoamTensor

/// What the last layer of the trained network feeds the loss.
public enum ClassifierRule: String, Codable, CaseIterable, Hashable, Sendable {
    /// Logits, softmax, cross-entropy.
    case logits
    /// As published: tanh on the output layer, softmax, and cross-entropy with a second softmax on top, which bounds the logits to [0, 1].
    case authors

    /// The activation of the last layer.
    public var output: Activation { self == .authors ? .tanh : .linear }
}

/// The rule of the steps of deep training.
public enum TrainingMethod: String, Codable, CaseIterable, Hashable, Sendable {
    /// Plain stochastic gradient descent, as published.
    case sgd
    case adam, rmsprop
}

/// How a deep network is trained to find out whether it can be.
public struct DeepTraining: Hashable, Codable, Sendable {
    /// Passes over the training images.
    public var epochs = 1
    /// Images a step.
    public var batch = 32
    /// The step size.
    public var learningRate = 0.05
    /// The rule of the steps.
    public var optimiser = TrainingMethod.sgd
    /// What the last layer feeds the loss.
    public var classifier = ClassifierRule.logits
    /// Stop after the first epoch that reaches this test accuracy; `nil` never stops.
    public var sufficientAccuracy: Double?

    /// One epoch of batches of 32 by default.
    public init(
        epochs: Int = 1, batch: Int = 32, learningRate: Double = 0.05, optimiser: TrainingMethod = .sgd,
        classifier: ClassifierRule = .logits, sufficientAccuracy: Double? = nil
    ) {
        self.epochs = epochs
        self.batch = batch
        self.learningRate = learningRate
        self.optimiser = optimiser
        self.classifier = classifier
        self.sufficientAccuracy = sufficientAccuracy
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

    /// Trains `network`, whose last stage has one unit a class, from its initial weights.
    ///
    /// - Parameters:
    ///   - images: [n, input…]; `labels` [n].
    ///   - stop: asked before every step; may throw to leave.
    ///   - checkpoints: steps after which `observe` is called, beside those at which an epoch ends.
    ///   - observe: shown the network before the first step, after the steps of `checkpoints` and after each epoch, with the number of
    ///     steps taken.
    public func train<Scalar: TensorScalar>(
        _ network: Network<Scalar>, images: Tensor<Scalar>, labels: Tensor<Int32>, testImages: Tensor<Scalar>,
        testLabels: Tensor<Int32>, seed: UInt64, stop: () throws -> Void, checkpoints: Set<Int> = [],
        observe: (_ step: Int, Network<Scalar>) throws -> Void = { _, _ in }
    ) throws -> Outcome {
        func run<Method: Optimiser<Scalar>>(_ optimiser: Method) throws -> Outcome {
            try train(
                Trainer(model: network, optimiser: optimiser, seed: seed), images, labels, testImages, testLabels, seed, stop, checkpoints,
                observe)
        }
        switch optimiser {
        case .sgd: return try run(SGD(learningRate: learningRate))
        case .adam: return try run(Adam(learningRate: learningRate))
        case .rmsprop: return try run(RMSprop(learningRate: learningRate))
        }
    }

    private func train<Scalar: TensorScalar, Method: Optimiser<Scalar>>(
        _ trainer: Trainer<Network<Scalar>, Method>, _ images: Tensor<Scalar>, _ labels: Tensor<Int32>, _ testImages: Tensor<Scalar>,
        _ testLabels: Tensor<Int32>, _ seed: UInt64, _ stop: () throws -> Void, _ checkpoints: Set<Int>,
        _ observe: (Int, Network<Scalar>) throws -> Void
    ) throws -> Outcome {
        var trainer = trainer
        var outcome = Outcome()
        try observe(0, trainer.model)
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
                outcome.steps += 1
                do {
                    sum += try trainer.step { model, _ in loss(model(x), y) }.loss
                } catch is TrainingError {
                    outcome.divergedStep = outcome.steps
                    return outcome
                }
                steps += 1
                if checkpoints.contains(outcome.steps), start + batch < order.count { try observe(outcome.steps, trainer.model) }
            }
            outcome.losses.append(sum / Double(steps))
            outcome.accuracies.append(accuracy(trainer.model, testImages, testLabels))
            try observe(outcome.steps, trainer.model)
            if let sufficientAccuracy, outcome.accuracy >= sufficientAccuracy { break }
        }
        return outcome
    }

    /// The fraction of `images` that the network classifies as labelled.
    public func accuracy<Scalar: TensorScalar>(_ network: Network<Scalar>, _ images: Tensor<Scalar>, _ labels: Tensor<Int32>) -> Double {
        var right = 0
        for start in stride(from: 0, to: images.shape[0], by: 500) {
            let range = start..<min(start + 500, images.shape[0])
            let guesses = network(images[range, axis: 0]).argMaximum().scalars
            right += zip(guesses, labels[range, axis: 0].scalars).count { $0 == $1 }
        }
        return Double(right) / Double(images.shape[0])
    }

    /// The mean loss of a batch of outputs [n, classes] of the last stage.
    func loss<Scalar: TensorScalar>(_ outputs: Tensor<Scalar>, _ labels: Tensor<Int32>) -> Tensor<Scalar> {
        let scores = classifier == .authors ? outputs.softmax() : outputs
        return -(scores.logSoftmax().pickedPerRow(labels).mean())
    }
}
