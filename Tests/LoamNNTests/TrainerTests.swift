import Foundation
import LoamNN
import LoamTensor
import Testing

/// Two interleaved half circles with noise, and a network with dropout and batch normalisation for them.
private enum Moons {
    static func points(_ count: Int, seed: UInt64) -> (x: Tensor<Float>, labels: Tensor<Int32>) {
        var generator = PhiloxGenerator(seed: seed)
        var coordinates: [Float] = []
        var labels: [Int32] = []
        for index in 0..<count {
            let angle = Double.pi * generator.uniform()
            let isLower = index % 2 == 1
            let (x, y) = isLower ? (1 - cos(angle), 0.5 - sin(angle)) : (cos(angle), sin(angle))
            coordinates.append(Float(x + 0.1 * generator.normal()))
            coordinates.append(Float(y + 0.1 * generator.normal()))
            labels.append(isLower ? 1 : 0)
        }
        return (Tensor(coordinates, shape: [count, 2]), Tensor(labels))
    }

    struct Batch {
        var x: Tensor<Float>
        var labels: Tensor<Int32>
    }

    /// The batches of an epoch from `first` on, in an order that depends on the epoch.
    static func batches(_ data: (x: Tensor<Float>, labels: Tensor<Int32>), size: Int = 50) -> (Int, Int) -> [Batch] {
        { epoch, first in
            var generator = PhiloxGenerator(seed: 99, stream: UInt64(epoch))
            let order = generator.permutation(data.labels.count)
            return stride(from: first * size, to: order.count, by: size).map { start in
                let rows = Tensor<Int32>(Array(order[start..<min(order.count, start + size)]))
                return Batch(x: data.x.gathered(rows), labels: data.labels.gathered(rows))
            }
        }
    }

    static func network(seed: UInt64 = 1) -> Sequential<Float> {
        var generator = PhiloxGenerator(seed: seed)
        return Sequential {
            Dense(2, 32, using: &generator)
            BatchNormalisation(32)
            Activation(.relu)
            Dropout(0.1)
            Dense(32, 2, using: &generator)
        }
    }

    static func loss(_ model: inout Sequential<Float>, _ batch: Batch, _ context: inout ForwardContext) -> Tensor<Float> {
        crossEntropy(model(batch.x, in: &context), batch.labels)
    }
}

@Suite struct TrainerTests {
    private typealias MoonTrainer = Trainer<Sequential<Float>, AdamW<Float>>

    private func trainer(seed: UInt64 = 5) -> MoonTrainer {
        Trainer(
            model: Moons.network(), optimiser: AdamW(learningRate: 0.01),
            schedule: .warmUp(duration: 5, then: .cosine(period: 60)), clipping: .norm(1),
            plateau: ReduceOnPlateau(patience: 1), earlyStopping: EarlyStopping(patience: 100), seed: seed)
    }

    @Test func twoMoonsAreLearnt() throws {
        let data = Moons.points(600, seed: 1)
        let test = Moons.points(1000, seed: 2)
        var trainer = Trainer(model: Moons.network(), optimiser: Adam<Float>(learningRate: 0.01), seed: 1)
        let end = try trainer.fit(epochs: 40, batches: Moons.batches(data), loss: Moons.loss)
        #expect(end == .finished && trainer.progress.step == 480)
        #expect(accuracy(trainer.model(test.x), test.labels) > 0.97)
    }

    @Test(arguments: [1, 7, 12, 13, 23])
    func interruptedTrainingEqualsUninterruptedToTheBit(stop: Int) throws {
        let data = Moons.points(600, seed: 1)
        let batches = Moons.batches(data)
        let validate: (Sequential<Float>) -> Double = { Double(crossEntropy($0(data.x), data.labels).item) }
        var whole = trainer()
        var reports: [EpochReport] = []
        try whole.fit(
            epochs: 3, batches: batches, validate: validate,
            callbacks: [TrainingCallback(epochEnded: { report, _ in reports.append(report); return .continue })], loss: Moons.loss)

        try withTemporaryFile { url in
            var first = trainer()
            let end = try first.fit(
                epochs: 3, batches: batches, validate: validate,
                callbacks: [
                    TrainingCallback(stepEnded: { report, trainer in
                        if report.step + 1 < stop { return .continue }
                        try trainer.save(to: url)
                        return .stop
                    })
                ], loss: Moons.loss)
            #expect(end == .stoppedByCallback)
            // Another model and seed: everything must come from the file.
            var second = MoonTrainer(
                model: Moons.network(seed: 77), optimiser: AdamW(learningRate: 0.5),
                schedule: .warmUp(duration: 5, then: .cosine(period: 60)), clipping: .norm(1), plateau: ReduceOnPlateau(patience: 1),
                earlyStopping: EarlyStopping(patience: 100), seed: 78)
            try second.restore(from: url)
            var later: [EpochReport] = []
            try second.fit(
                epochs: 3, batches: batches, validate: validate,
                callbacks: [TrainingCallback(epochEnded: { report, _ in later.append(report); return .continue })], loss: Moons.loss)
            #expect(second.model.stateDictionary == whole.model.stateDictionary)
            #expect(second.optimiser.stateDictionary(for: second.model.parameterLayout) == whole.optimiser.stateDictionary(for: whole.model.parameterLayout))
            #expect(second.context == whole.context && second.progress == whole.progress)
            #expect(second.plateau == whole.plateau && second.earlyStopping == whole.earlyStopping)
            #expect(later == Array(reports.suffix(later.count)))
        }
    }

    @Test func checkpointCallbackWritesFilesThatRestore() throws {
        let batches = Moons.batches(Moons.points(100, seed: 1))
        try withTemporaryFile { url in
            var first = trainer()
            try first.fit(epochs: 2, batches: batches, callbacks: [.checkpoint(to: url, everySteps: 3)], loss: Moons.loss)
            var second = trainer(seed: 6)
            try second.restore(from: url)
            #expect(second.progress.epoch == 2 && second.progress.step == 4)
            #expect(second.model.stateDictionary == first.model.stateDictionary)
        }
    }

    @Test func largeSeedsSurviveTheFile() throws {
        let seed = UInt64.max - 12_345
        try withTemporaryFile { url in
            let first = trainer(seed: seed)
            try first.save(to: url)
            var second = trainer(seed: 1)
            try second.restore(from: url)
            #expect(second.context.generator.seed == seed && second.context == first.context)
        }
    }

    @Test func checkpointsOfAnotherOptimiserOrModelAreRefused() throws {
        try withTemporaryFile { url in
            try trainer().save(to: url)
            var other = Trainer(model: Moons.network(), optimiser: Adam<Float>(), seed: 1)
            let error = try #require(throws: TrainingError.self) { try other.restore(from: url) }
            #expect(error.description.contains("AdamW<Float>"))
            var wider = Trainer(model: Perceptron<Float>(), optimiser: AdamW<Float>(), seed: 1)
            let before = wider.model.parameters
            #expect(throws: StateDictionaryError.self) { try wider.restore(from: url) }
            #expect(wider.model.parameters == before)
        }
    }

    @Test func plainWeightsAreNoCheckpoint() throws {
        try withTemporaryFile { url in
            try Moons.network().stateDictionary.write(to: url)
            var trainer = trainer()
            let error = try #require(throws: TrainingError.self) { try trainer.restore(from: url) }
            #expect(error.description.contains("no training state"))
        }
    }

    @Test func damagedTrainingStatesAreRefused() throws {
        try withTemporaryFile { url in
            try Moons.network().stateDictionary.write(to: url, metadata: ["loam.training": "{\"format\": 1"])
            var trainer = trainer()
            #expect(throws: TrainingError.self) { try trainer.restore(from: url) }
        }
    }

    @Test func earlyStoppingEndsAndGoesBackToTheBest() throws {
        let batches = Moons.batches(Moons.points(100, seed: 1))
        var trainer = Trainer(
            model: Moons.network(), optimiser: SGD<Float>(learningRate: 0.1), earlyStopping: EarlyStopping(patience: 2), seed: 1)
        // Validation is best after the third epoch (number 2), whatever the model does.
        let values = [5.0, 4, 1, 2, 3, 4, 0]
        var epoch = -1
        var states: [StateDictionary<Float>] = []
        let end = try trainer.fit(
            epochs: 7, batches: batches,
            validate: { model in
                epoch += 1
                states.append(model.stateDictionary)
                return values[epoch]
            }, loss: Moons.loss)
        #expect(end == .stoppedEarly && trainer.progress.epoch == 6)
        #expect(trainer.model.stateDictionary == states[2])
        #expect(trainer.earlyStopping?.bestEpoch == 2)
        #expect(try trainer.fit(epochs: 7, batches: batches, loss: Moons.loss) == .stoppedEarly)
        #expect(trainer.progress.epoch == 6)
    }

    @Test func divergingLossesNameTheStepAndLeaveTheModel() throws {
        var batch = Moons.batches(Moons.points(50, seed: 1))(0, 0)[0]
        var trainer = trainer()
        try trainer.step { model, context in Moons.loss(&model, batch, &context) }
        let (before, context) = (trainer.model.stateDictionary, trainer.context)
        batch.x[3, 1] = .nan
        let error = try #require(throws: TrainingError.self) {
            try trainer.step { model, context in Moons.loss(&model, batch, &context) }
        }
        #expect(error == .diverged(quantity: "loss", value: "nan", step: 1))
        #expect(error.description.contains("loss") && error.description.contains("step 1"))
        #expect(trainer.model.stateDictionary == before && trainer.context == context && trainer.progress.step == 1)
    }

    @Test func divergingGradientsNameTheParameter() throws {
        // √|w| at w = 0: the loss is 0, its slope infinite.
        var model = Perceptron<Float>()
        model.fc2.bias = Tensor.zeros([2])
        var trainer = Trainer(model: model, optimiser: SGD<Float>(learningRate: 0.1), seed: 1)
        let error = try #require(throws: TrainingError.self) {
            try trainer.step { model, _ in model.fc2.bias!.squareRoot().sum() + model.fc1.weight.sum() }
        }
        #expect(error == .diverged(quantity: "gradient of fc2.bias", value: "not finite", step: 0))
    }

    @Test func errorsOfTheLossPassThrough() {
        struct Refusal: Error {}
        var trainer = trainer()
        #expect(throws: Refusal.self) { try trainer.step { _, _ in throw Refusal() } }
        #expect(trainer.progress.step == 0)
    }

    @Test func schedulesAreFollowedStepByStep() throws {
        var rates: [Double] = []
        var trainer = Trainer(
            model: Moons.network(), optimiser: SGD<Float>(learningRate: 0.8), schedule: .step(every: 2, factor: 0.5), seed: 1)
        try trainer.fit(
            epochs: 2, batches: Moons.batches(Moons.points(150, seed: 1)),
            callbacks: [TrainingCallback(stepEnded: { report, _ in rates.append(report.learningRate); return .continue })], loss: Moons.loss)
        #expect(rates == [0.8, 0.8, 0.4, 0.4, 0.2, 0.2])
    }

    @Test func epochSchedulesChangeBetweenEpochs() throws {
        var rates: [Double] = []
        var trainer = Trainer(
            model: Moons.network(), optimiser: SGD<Float>(learningRate: 0.8), schedule: .exponential(factor: 0.5), scheduleUnit: .epoch,
            seed: 1)
        try trainer.fit(
            epochs: 2, batches: Moons.batches(Moons.points(100, seed: 1)),
            callbacks: [TrainingCallback(stepEnded: { report, _ in rates.append(report.learningRate); return .continue })], loss: Moons.loss)
        #expect(rates == [0.8, 0.8, 0.4, 0.4])
    }

    @Test func clippingBoundsTheStep() throws {
        var trainer = Trainer(model: Perceptron<Float>(), optimiser: SGD<Float>(learningRate: 1), clipping: .norm(0.5), seed: 1)
        let before = trainer.model.parameters
        let report = try trainer.step { model, _ in model.parameters.differentiableDot(before) * 100 }
        #expect(abs(Float(report.gradientNorm) - 100 * before.norm) < 1e-3 * 100 * before.norm)
        #expect(abs((trainer.model.parameters - before).norm - 0.5) < 1e-5)
    }

    @Test func epochReportsHoldTheMeanLoss() throws {
        var losses: [Double] = []
        var means: [Double] = []
        var trainer = trainer()
        try trainer.fit(
            epochs: 2, batches: Moons.batches(Moons.points(200, seed: 1)),
            callbacks: [
                TrainingCallback(
                    stepEnded: { report, _ in losses.append(report.loss); return .continue },
                    epochEnded: { report, _ in means.append(report.meanLoss); return .continue })
            ], loss: Moons.loss)
        #expect(losses.count == 8)
        for epoch in 0..<2 { #expect(abs(means[epoch] - losses[4 * epoch..<4 * epoch + 4].reduce(0, +) / 4) < 1e-12) }
    }
}
