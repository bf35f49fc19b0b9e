import Foundation
import LoamNN
import LoamRuns
import LoamTensor

/// Trains the networks that a map makes predictions about: σ_w² × depth, one resumable cell a network.
enum TrainingGrid {
    /// One network of the grid.
    struct Job: Sendable {
        let weight: Double
        let depth, repetition: Int

        var name: String { "w\(weight)-L\(depth)-r\(repetition)" }
    }

    /// The trained networks by repetition, σ_w² and depth.
    static func train(
        _ configuration: TrainingConfiguration, map: MapConfiguration, data: StudyData, in run: RunContext, fraction: ClosedRange<Double>
    ) throws -> [TrainedCell] {
        let training = try NetworkTraining(configuration, map: map, data: data)
        return try train(training, depths: configuration.depths, in: run, fraction: fraction).map(\.trained)
    }

    /// As ``train(_:map:data:in:fraction:)``, of networks already described.
    ///
    /// - Parameters:
    ///   - monitor: looks at every network while it is trained.
    ///   - keepsWeights: whether the trained weights go to `weights/`.
    static func train(
        _ training: NetworkTraining, depths: [Int], in run: RunContext, fraction: ClosedRange<Double>, monitor: TrainingMonitor? = nil,
        keepsWeights: Bool = false
    ) throws -> [MonitoredCell] {
        let (map, seed) = (training.map, run.seed)
        // Deep networks first, of one depth side by side: they take equally long.
        let jobs = depths.reversed().flatMap { depth in
            (0..<map.repetitions).flatMap { r in map.weightVariances.map { Job(weight: $0, depth: depth, repetition: r) } }
        }
        let cells = try run.cells(
            jobs, id: { "train-\($0.name)" }, inputs: ["data": training.data.checksum],
            atATime: try training.fillsAllThreads(depth: depths.last ?? 2) ? 1 : nil, span: fraction,
            finished: { run.note($1.trained.line + MapRun.timeLeft(run)) }
        ) { job, context in
            let seed = seed &+ UInt64(job.repetition)
            let watch = try monitor?.watch(depth: job.depth, repetition: job.repetition, weightVariance: job.weight)
            return try train(
                training, training.network(weightVariance: job.weight, depth: job.depth, seed: seed), job, seed: seed, watch: watch,
                keepsWeights: keepsWeights, context)
        }
        if keepsWeights {
            for (job, cell) in zip(jobs, cells) { try save(cell, job.name, in: run) }
        }
        return zip(jobs, cells).sorted { a, b in
            (a.0.repetition, a.0.weight, a.0.depth) < (b.0.repetition, b.0.weight, b.0.depth)
        }.map(\.1)
    }

    /// Trains one network inside a cell.
    static func train(
        _ training: NetworkTraining, _ network: Network<Float>, _ job: Job, seed: UInt64, watch: TrainingMonitor.Watch?, keepsWeights: Bool,
        _ context: CellContext
    ) throws -> MonitoredCell {
        var last = network
        let trained = try training.train(
            network, weightVariance: job.weight, depth: job.depth, repetition: job.repetition, seed: seed, in: context,
            progress: { context.progress($0, "training at depth \(job.depth), σw² \(short(job.weight))") },
            checkpoints: watch?.checkpoints ?? [],
            observe: { step, network in
                try watch?.look(at: network, step: step)
                last = network
            })
        try TrainedCells.record(trained, context)
        let weights = keepsWeights ? Data(try Safetensors.encoded(last.weightFile.storedArrays())) : nil
        return MonitoredCell(trained: trained, looks: watch?.looks ?? [], weights: weights)
    }

    /// Keeps a network's weights as `weights/NAME.safetensors`, tensors `net.ℓ.weight` and `net.ℓ.bias`.
    static func save(_ cell: MonitoredCell, _ name: String, in run: RunContext) throws {
        if let weights = cell.weights { try run.saveData(weights, to: "weights/\(name).safetensors") }
    }
}
