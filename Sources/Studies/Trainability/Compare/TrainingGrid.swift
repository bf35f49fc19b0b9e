import Foundation
import LoamRuns
import LoamTensor

/// One trained network of the grid.
public struct TrainedCell: Hashable, Codable, Sendable {
    /// σ_w².
    public var weightVariance: Double
    /// Weight layers, and which of the repetitions with different random numbers, from 0.
    public var depth, repetition: Int
    /// The stage of the map that the network reaches.
    public var stage: Int
    /// What came of training it.
    public var outcome: DeepTraining.Outcome
    /// Counted operations of its training.
    public var operations: Double
    /// Measured seconds of its training.
    @Measured public var seconds: Double
    /// Trained parameters of the network.
    public var parameters: Int

    /// All members.
    public init(
        weightVariance: Double, depth: Int, stage: Int? = nil, repetition: Int, outcome: DeepTraining.Outcome, operations: Double,
        seconds: Double,
        parameters: Int
    ) {
        self.weightVariance = weightVariance
        self.depth = depth
        self.repetition = repetition
        self.stage = stage ?? depth
        self.outcome = outcome
        self.operations = operations
        _seconds = Measured(wrappedValue: seconds)
        self.parameters = parameters
    }
}

/// Trains the networks that a map makes predictions about: σ_w² × depth.
enum TrainingGrid {
    static func train(
        _ configuration: TrainingConfiguration, map: MapConfiguration, data: StudyData, in run: RunContext, fraction: ClosedRange<Double>
    ) throws -> [TrainedCell] {
        let grid = try UntrainedNetworks(configuration, map: map, data: data)
        let jobs = (0..<map.repetitions).flatMap { r in
            map.weightVariances.flatMap { weight in configuration.depths.map { (weight: weight, depth: $0, repetition: r) } }
        }
        return try run.cells(
            jobs, id: { "train-w\($0.weight)-L\($0.depth)-r\($0.repetition)" }, inputs: ["data": data.checksum],
            atATime: grid.fillsAllThreads ? 1 : nil, span: fraction, finished: { run.note(line($1) + MapRun.timeLeft(run)) }
        ) { job, context in
            context.progress(0, "training at depth \(job.depth), σw² \(short(job.weight))")
            return try cell(
                configuration, grid, data, job.weight, depth: job.depth, repetition: job.repetition, seed: run.seed, context)
        }
    }

    private static func line(_ trained: TrainedCell) -> String {
        "σw² \(fixed(trained.weightVariance, 3))  L \(trained.depth)  accuracy \(fixed(trained.outcome.accuracy, 3))  "
            + "\(fixed(trained.seconds, 1)) s  \(fixed(trained.operations / trained.seconds / 1e9, 0)) GFLOP/s"
    }

    private static func cell(
        _ configuration: TrainingConfiguration, _ grid: UntrainedNetworks, _ data: StudyData, _ weightVariance: Double, depth: Int,
        repetition: Int, seed: UInt64, _ context: CellContext
    ) throws -> TrainedCell {
        let clock = ContinuousClock()
        let begin = clock.now
        let network = try grid.network(weightVariance, depth: depth, repetition: repetition, seed: seed)
        let count = min(configuration.images, data.images.shape[0])
        let outcome = try configuration.training.train(
            network, images: data.images[0..<count, axis: 0], labels: data.labels[0..<count, axis: 0],
            testImages: data.testImages[0..<configuration.testImages, axis: 0],
            testLabels: data.testLabels[0..<configuration.testImages, axis: 0], seed: seed &+ UInt64(repetition), stop: {})
        if let step = outcome.divergedStep {
            context.warn(
                "σw² \(short(weightVariance)), L \(depth): the training loss is not finite at step \(step); the network keeps the accuracy it had"
            )
        }
        return TrainedCell(
            weightVariance: weightVariance, depth: depth, stage: grid.family.lastStage(depth: depth), repetition: repetition,
            outcome: outcome,
            operations: Cost.training(
                network.architecture, samples: min(outcome.steps * configuration.batch, count * configuration.epochs)),
            seconds: begin.duration(to: clock.now).seconds,
            parameters: network.architecture.parameterCount)
    }

    static func table(_ cells: [TrainedCell]) -> Table {
        Table([
            "sigma_w2": .numbers(cells.map(\.weightVariance)), "depth": .integers(cells.map(\.depth)),
            "repetition": .integers(cells.map(\.repetition)), "accuracy": .numbers(cells.map(\.outcome.accuracy)),
            "loss": .numbers(cells.map { $0.outcome.losses.last ?? .nan }), "steps": .integers(cells.map(\.outcome.steps)),
            "diverged_step": .texts(cells.map { $0.outcome.divergedStep.map(String.init) ?? "" }),
            "operations": .numbers(cells.map(\.operations)), "seconds": .measured(cells.map(\.seconds)),
        ])
    }
}
