import LoamNN
import LoamRuns
import LoamTensor

/// Trains the networks that a map makes predictions about: σ_w² × depth, one resumable cell a network.
enum TrainingGrid {
    private struct Job: Sendable {
        let weight: Double
        let depth, repetition: Int
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
        let (map, seed, checksum) = (training.map, run.seed, training.data.checksum)
        // Networks of one depth side by side: they take equally long.
        let jobs = depths.reversed().flatMap { depth in
            (0..<map.repetitions).flatMap { r in map.weightVariances.map { Job(weight: $0, depth: depth, repetition: r) } }
        }
        let sharesThreads = try training.fillsAllThreads(depth: depths.last ?? 2)
        let cells = try ConcurrentCells(sharesThreads: sharesThreads, in: run, fraction).map(
            jobs, finished: { run.note($1.trained.line) }
        ) { job, report in
            try run.cell("train-w\(job.weight)-L\(job.depth)-r\(job.repetition)", inputs: ["data": checksum]) { context in
                let seed = seed &+ UInt64(job.repetition)
                let watch = try monitor?.watch(depth: job.depth, repetition: job.repetition, weightVariance: job.weight)
                let trained = try training.train(
                    training.network(weightVariance: job.weight, depth: job.depth, seed: seed), weightVariance: job.weight,
                    depth: job.depth, repetition: job.repetition, seed: seed, in: context,
                    progress: { report($0, "training at depth \(job.depth), σw² \(short(job.weight))") },
                    checkpoints: watch?.checkpoints ?? [],
                    observe: { step, network in
                        try watch?.look(at: network, step: step)
                        if keepsWeights { try save(network, "w\(short(job.weight))-L\(job.depth)-r\(job.repetition)", in: run) }
                    })
                try TrainedCells.record(trained, context)
                return MonitoredCell(trained: trained, looks: watch?.looks ?? [])
            }
        }
        return zip(jobs, cells).sorted { a, b in
            (a.0.repetition, a.0.weight, a.0.depth) < (b.0.repetition, b.0.weight, b.0.depth)
        }.map(\.1)
    }

    /// Keeps a network's weights as `weights/NAME.safetensors`, tensors `net.ℓ.weight` and `net.ℓ.bias`.
    static func save(_ network: Network<Float>, _ name: String, in run: RunContext) throws {
        var state = StateDictionary<Float>()
        state.merge(network.stateDictionary, prefix: "net.")
        try run.saveFile(to: "weights/\(name).safetensors") { try state.write(to: $0) }
    }
}
