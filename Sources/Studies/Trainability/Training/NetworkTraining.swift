import LoamNN
import LoamRuns
import LoamTensor

/// Trains classifiers of one family on a study's data.
struct NetworkTraining {
    let configuration: TrainingConfiguration
    /// The family, φ, σ_b², the scheme and the noise of the networks.
    let map: MapConfiguration
    let family: ArchitectureFamily
    let activation: Activation
    let data: StudyData
    /// Stop after the first epoch that reaches this accuracy.
    var sufficientAccuracy: Double?

    /// - Throws: for an unknown activation or architecture.
    init(_ configuration: TrainingConfiguration, map: MapConfiguration, data: StudyData) throws {
        self.configuration = configuration
        self.map = map
        self.data = data
        family = try map.family()
        activation = try Activation(named: map.activation)
    }

    /// The classifier of `depth` weight layers.
    func architecture(depth: Int) throws -> Architecture {
        try family.classifier(
            depth: depth, input: data.imageShape, classes: data.classCount, activation, output: configuration.classifier.output)
    }

    /// Whether one of these networks alone keeps all threads busy.
    func fillsAllThreads(depth: Int) throws -> Bool { try architecture(depth: depth).fillsAllThreads }

    /// An untrained classifier. With the seed and the variant of a map, the layers before the narrow ones are those that its cascade saw.
    ///
    /// - Parameter variant: of the random numbers; the map's own unless given.
    func network(weightVariance: Double, depth: Int, seed: UInt64, variant: Int? = nil) throws -> Network<Float> {
        Network(
            try architecture(depth: depth),
            variances: InitialVariances(weight: weightVariance, bias: map.biasVariance, scheme: map.scheme), seed: seed,
            variant: variant ?? map.noiseVariant(weightVariance))
    }

    /// Trains one network.
    ///
    /// - Parameters:
    ///   - seed: of the order of the images.
    ///   - progress: told which part of the steps of all epochs is done.
    ///   - observe: as in ``DeepTraining``.
    func train(
        _ network: Network<Float>, weightVariance: Double, depth: Int, repetition: Int, seed: UInt64, in context: CellContext,
        progress: (Double) -> Void = { _ in }, checkpoints: Set<Int> = [],
        observe: (_ step: Int, Network<Float>) throws -> Void = { _, _ in }
    ) throws -> TrainedCell {
        let begin = ContinuousClock.now
        let count = min(configuration.images, data.images.shape[0])
        var training = configuration.training
        training.sufficientAccuracy = sufficientAccuracy
        let steps = stepsOfAnEpoch * configuration.epochs
        var step = 0
        let outcome = try training.train(
            network, images: data.images[0..<count, axis: 0], labels: data.labels[0..<count, axis: 0],
            testImages: data.testImages[0..<configuration.testImages, axis: 0],
            testLabels: data.testLabels[0..<configuration.testImages, axis: 0], seed: seed,
            stop: {
                if step % 10 == 0 { progress(Double(step) / Double(steps)) }
                step += 1
            }, checkpoints: checkpoints, observe: observe)
        if let step = outcome.divergedStep {
            context.warn(
                "σw² \(short(weightVariance)), L \(depth): the training loss is not finite at step \(step); the network keeps the accuracy it had"
            )
        }
        return TrainedCell(
            weightVariance: weightVariance, depth: depth, stage: family.lastStage(depth: depth), repetition: repetition, outcome: outcome,
            operations: Cost.training(
                network.architecture, samples: min(outcome.steps * configuration.batch, count * configuration.epochs)),
            seconds: begin.duration(to: .now).seconds, parameters: network.architecture.parameterCount)
    }

    /// Steps of one epoch.
    var stepsOfAnEpoch: Int {
        let count = min(configuration.images, data.images.shape[0])
        return (count + configuration.batch - 1) / configuration.batch
    }
}
