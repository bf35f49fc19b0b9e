import LoamRuns
import LoamTensor

/// Whether one epoch of head training is enough: the predicted frontier after a quarter of an epoch, a half, one, two and five.
enum SufficiencyVerb: Verb {
    static let name = "sufficiency"
    static let summary = "is one epoch of head training enough? the predicted frontier after 1/4, 1/2, 1, 2 and 5 epochs"
    static let kind = VerbKind.experiment
    static let presets = SufficiencyPresets.all

    static func run(_ configuration: SufficiencyConfiguration, in run: RunContext) throws {
        let data = try StudyData(
            configuration.map.data, count: configuration.map.images, testCount: configuration.map.evaluation,
            pooled: configuration.map.pooled, asRows: try configuration.map.family().isDense, seed: run.seed)
        var settings = configuration.map
        // Other processes on this computer measure cells as well.
        settings.memory /= Double(run.processesPerComputer)
        let measurement = try CellMeasurement(settings, data: data, seed: run.seed)
        let map = configuration.map
        let jobs = (0..<map.repetitions).flatMap { r in map.weightVariances.map { (weight: $0, repetition: r) } }
        let cells = try run.cells(
            jobs, id: { "sufficiency-w\($0.weight)-r\($0.repetition)" }, inputs: ["data": data.checksum],
            atATime: measurement.architecture.fillsAllThreads ? 1 : nil,
            finished: { run.note(line($1, configuration) + MapRun.timeLeft(run)) }
        ) { job, context in
            func progress(_ layer: Int) {
                context.progress(
                    Double(layer) / Double(measurement.architecture.depth), "heads of stage \(layer), σw² \(short(job.weight))")
            }
            switch configuration.map.precision {
            case .float32: return profiles(Float.self, measurement, configuration, job.weight, job.repetition, progress)
            case .float64: return profiles(Double.self, measurement, configuration, job.weight, job.repetition, progress)
            }
        }
        let maps = configuration.options.amounts.indices.map { index in
            PhaseMap(
                activation: measurement.activation, biasVariance: map.biasVariance, depth: measurement.architecture.depth,
                stem: measurement.architecture.stem, width: data.width, architecture: map.architecture,
                meanImageLevel: measurement.meanImageLevel, constantImageLevel: measurement.constantImageLevel,
                cells: cells.map { $0[index] },
                seed: run.seed)
        }
        let sufficiency = Sufficiency(
            amounts: configuration.options.amounts, maps: maps, stepsOfAnEpoch: (map.images + map.batch - 1) / map.batch)
        try run.saveCSV(sufficiency.frontierTable, to: "frontiers.csv")
        try run.saveCSV(sufficiency.distanceTable, to: "distances.csv")
        try run.saveJSON(maps.last!, to: "map.json")
        try run.add(SufficiencyFigures.frontiers(sufficiency))
        for finding in sufficiency.findings { run.add(finding) }
        let seconds = cells.reduce(0) { $0 + ($1.last?.headSeconds ?? 0) }
        let operations = cells.reduce(0) { $0 + ($1.last?.headOperations ?? 0) }
        try run.measure("headSeconds", seconds)
        try run.summarize("headOperations", operations)
    }

    /// The profiles of one network after every amount of training.
    private static func profiles<Scalar: TensorScalar>(
        _: Scalar.Type, _ measurement: CellMeasurement, _ configuration: SufficiencyConfiguration, _ weight: Double, _ repetition: Int,
        _ progress: (Int) -> Void
    ) -> [CellProfile] {
        let begin = ContinuousClock.now
        let seed = measurement.seed(repetition: repetition)
        let images = measurement.trainingImages(Scalar.self)
        let cascade = Cascade(network: measurement.network(Scalar.self, weight, seed: seed), seed: seed)
        let training = measurement.configuration.headTraining
        let snapshots = cascade.snapshots(training: images, training, after: configuration.steps, progress: progress)
        let seconds = begin.duration(to: .now).seconds
        return zip(snapshots, configuration.steps).map { snapshot, steps in
            var cell = measurement.evaluate(
                snapshot, weightVariance: weight, repetition: repetition,
                headOperations: Cost.heads(
                    snapshot.heads, of: snapshot.network.architecture,
                    samples: min(steps * training.batch, images.shape[0] * training.epochs))
            ).profile
            // All amounts come from one training; this is the share that each would have taken alone.
            cell.headSeconds = seconds * Double(steps) / Double(configuration.steps.last!)
            cell.seconds += cell.headSeconds
            return cell
        }
    }

    private static func line(_ cells: [CellProfile], _ configuration: SufficiencyConfiguration) -> String {
        let parts = zip(configuration.options.amounts, cells).map { amount, cell in
            "\(short(amount)): \(cell.cutoff.depth)\(cell.cutoff.isCensored ? "+" : "")"
        }
        return
            "σw² \(fixed(cells[0].weightVariance, 3))  cutoff after epochs \(parts.joined(separator: "  "))  \(fixed(cells.last!.headSeconds, 1)) s"
    }
}
