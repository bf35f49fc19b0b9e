import Foundation
import LoamRuns
import LoamTensor

/// Shows where information starts to flow: at checkpoints of a training a cheap cascade is fitted to the network as it is then.
struct TrainingMonitor: Sendable {
    /// One look at a network in training.
    struct Look: Hashable, Codable, Sendable {
        /// Steps taken before, and the test accuracy then.
        let step: Int
        let accuracy: Double
        /// What reconstructions from every wide layer keep.
        let profile: CellProfile

        /// The deepest layer from which all layers down to the first still tell images apart: S_rel below the mean image's level by two
        /// standard errors; 0 where the first layer has lost them.
        func reach(_ meanImageLevel: Double) -> Int {
            profile.layers.prefix { $0.relativeMean <= meanImageLevel - 2 * $0.relativeError }.count
        }
    }

    private let training: NetworkTraining
    private let measurement: CellMeasurement
    private let checkpoints: [Int]

    /// - Parameters:
    ///   - looks: how often a network is looked at, before the first step included: at the end, after half of the steps, a quarter, ….
    ///   - images: how many images the heads of a look are fitted to: in closed form, or by one epoch of Adam.
    init(_ training: NetworkTraining, looks: Int, images: Int, seed: UInt64) throws {
        self.training = training
        var heads = training.map
        heads.images = images
        // The networks are given; the measurement's own is not drawn.
        heads.depth = 3
        measurement = try CellMeasurement(heads, data: training.data, seed: seed)
        checkpoints = TrainingMonitor.checkpoints(looks, steps: training.stepsOfAnEpoch * training.configuration.epochs)
    }

    /// Steps 0 and `steps`, and between them those where a half, a quarter, … of the training is done; `count` in all, fewer where the
    /// training is too short.
    static func checkpoints(_ count: Int, steps: Int) -> [Int] {
        var result: Set<Int> = [0]
        for halving in 0..<max(1, count - 1) where steps >> halving > 0 { result.insert(steps >> halving) }
        return result.sorted()
    }

    /// S_rel of the mean image, the level at which all information is lost.
    var meanImageLevel: Double { measurement.meanImageLevel }

    /// Begins to watch one network.
    func watch(depth: Int, repetition: Int, weightVariance: Double) throws -> Watch {
        let body = try training.family.body(
            depth: depth, input: training.data.imageShape, classes: training.data.classCount, training.activation)
        let classifier = try training.architecture(depth: depth)
        // The narrow layers at the end are not looked at.
        let stages = zip(body.stages, classifier.stages).prefix { $0 == $1 }.count
        guard stages > 0 else { throw TrainabilityError("monitor", "a network of depth \(depth) has no wide layer to look at") }
        return Watch(self, stages: stages, repetition: repetition, weightVariance: weightVariance)
    }

    /// One network under observation.
    final class Watch {
        private let monitor: TrainingMonitor
        private let stages, repetition: Int
        private let weightVariance: Double
        private(set) var looks: [Look] = []

        fileprivate init(_ monitor: TrainingMonitor, stages: Int, repetition: Int, weightVariance: Double) {
            self.monitor = monitor
            self.stages = stages
            self.repetition = repetition
            self.weightVariance = weightVariance
        }

        /// Steps after which to look.
        var checkpoints: Set<Int> { Set(monitor.checkpoints) }

        /// Looks at the network, if this is a checkpoint.
        func look(at network: Network<Float>, step: Int) throws {
            guard checkpoints.contains(step), looks.last?.step != step else { return }
            let (measurement, training) = (monitor.measurement, monitor.training)
            let begin = ContinuousClock.now
            let seed = measurement.seed(repetition: repetition)
            var cascade = Cascade(
                network: Network<Float>(
                    network.architecture.prefix(stages), weights: Array(network.weights.prefix(stages)),
                    biases: Array(network.biases.prefix(stages))), seed: seed)
            let operations = try measurement.fitHeads(&cascade, seed: seed)
            let headSeconds = begin.duration(to: .now).seconds
            var profile = measurement.evaluate(
                cascade, weightVariance: weightVariance, repetition: repetition, headOperations: operations
            ).profile
            profile.headSeconds = headSeconds
            profile.seconds = begin.duration(to: .now).seconds
            let count = training.configuration.testImages
            let accuracy = training.configuration.training.accuracy(
                network, training.data.testImages[0..<count, axis: 0], training.data.testLabels[0..<count, axis: 0])
            looks.append(Look(step: step, accuracy: accuracy, profile: profile))
        }
    }
}

/// A trained network with what a monitor saw on the way.
struct MonitoredCell: Codable, Sendable {
    let trained: TrainedCell
    let looks: [TrainingMonitor.Look]
    /// The trained weights as a safetensors file, where they are kept.
    let weights: Data?

    /// One row a network, look and layer.
    static func table(_ cells: [MonitoredCell]) -> Table {
        let rows = cells.flatMap { cell in cell.looks.flatMap { look in look.profile.layers.map { (cell.trained, look, $0) } } }
        return Table([
            "sigma_w2": .numbers(rows.map(\.0.weightVariance)), "depth": .integers(rows.map(\.0.depth)),
            "repetition": .integers(rows.map(\.0.repetition)), "step": .integers(rows.map(\.1.step)),
            "accuracy": .numbers(rows.map(\.1.accuracy)), "layer": .integers(rows.map(\.2.depth)),
            "s_rel_mean": .numbers(rows.map(\.2.relativeMean)), "s_rel_error": .numbers(rows.map(\.2.relativeError)),
            "s_diff": .numbers(rows.map(\.2.differential)), "s_vn": .numbers(rows.map(\.2.vonNeumann)),
            "head_mse": .numbers(rows.map(\.2.headLoss)),
        ])
    }
}
