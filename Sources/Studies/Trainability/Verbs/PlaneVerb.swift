import LoamRuns

/// Measures what one depth keeps over the plane of both variances.
enum PlaneVerb: Verb {
    static let name = "plane"
    static let summary = "the measured phase plane: what reconstructions from one depth keep, over σ_w² and σ_b²"
    static let kind = VerbKind.experiment

    static let presets = [
        Preset(
            name: "mlp-fashion", summary: "dense tanh networks on Fashion-MNIST",
            source: "arXiv 2406.12916, trainable regime in parameter space",
            quick: quick, paper: paper, quickSeconds: 15, paperSeconds: 900)
    ]

    private static var quick: PlaneConfiguration {
        var configuration = PlaneConfiguration()
        configuration.map.images = 4800
        configuration.map.batch = 32
        configuration.map.depth = 20
        configuration.map.weightVariances = [0.5, 1, 1.4, 1.8, 2.2, 3]
        return configuration
    }

    private static var paper: PlaneConfiguration {
        var configuration = PlaneConfiguration()
        configuration.map.depth = 60
        configuration.map.weightVariances = [0.25, 0.5, 0.75, 1, 1.2, 1.4, 1.6, 1.8, 2, 2.25, 2.5, 3, 3.5, 4]
        configuration.options.biasVariances = [0, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4]
        return configuration
    }

    static func run(_ configuration: PlaneConfiguration, in run: RunContext) throws {
        var settings = configuration.map
        // Other processes on this computer measure cells as well.
        settings.memory /= Double(run.processesPerComputer)
        let data = try StudyData(
            settings.data, count: settings.images, testCount: settings.evaluation, pooled: settings.pooled,
            asRows: try settings.family().isDense, seed: run.seed)
        let measurements = try configuration.options.biasVariances.map { bias in
            var settings = settings
            settings.biasVariance = bias
            return try CellMeasurement(settings, data: data, seed: run.seed)
        }
        let first = measurements[0]
        let jobs = measurements.indices.flatMap { row in
            (0..<settings.repetitions).flatMap { r in settings.weightVariances.map { (row: row, weight: $0, repetition: r) } }
        }
        let cells = try run.cells(
            jobs, id: { "plane-b\(configuration.options.biasVariances[$0.row])-w\($0.weight)-r\($0.repetition)" },
            inputs: ["data": data.checksum], atATime: first.architecture.fillsAllThreads ? 1 : nil,
            finished: { run.note("σb² \(fixed($1.biasVariance, 3))  " + MapRun.line($1) + MapRun.timeLeft(run)) }
        ) { job, context in
            let measurement = measurements[job.row]
            let cell = try measurement.measure(weightVariance: job.weight, repetition: job.repetition) { layer in
                context.progress(
                    Double(layer) / Double(measurement.architecture.depth),
                    "heads of stage \(layer), σw² \(short(job.weight)), σb² \(short(measurement.configuration.biasVariance))")
            }.profile
            if let layer = cell.divergedLayer {
                context.warn(
                    "σw² \(short(job.weight)), σb² \(short(measurement.configuration.biasVariance)): the network diverged at stage \(layer)"
                )
            }
            return cell
        }
        let plane = MeasuredPlane(
            maps: measurements.enumerated().map { row, measurement in
                PhaseMap(
                    activation: measurement.activation, biasVariance: measurement.configuration.biasVariance,
                    depth: measurement.architecture.depth, stem: measurement.architecture.stem, width: data.width,
                    architecture: settings.architecture, meanImageLevel: measurement.meanImageLevel,
                    constantImageLevel: measurement.constantImageLevel, cells: zip(jobs, cells).filter { $0.0.row == row }.map(\.1),
                    seed: run.seed)
            })
        try run.saveCSV(plane.table(), to: "plane.csv")
        try run.add(MeasuredPlaneFigure.figure(plane, meanImageLevel: first.meanImageLevel))
        if let agreement = plane.agreement, agreement.isFinite {
            run.add(
                Finding(
                    id: "rank.correlation-length",
                    quantity: "Spearman's ρ of −S_rel at depth \(plane.depth) with ξ_c over \(jobs.count) cells", value: agreement,
                    .atLeast(reference: 0.5, tolerance: 0),
                    source: "claim: the probe is sensitive to the phase behaviour; threshold chosen beforehand"))
        }
        try run.summarize("headOperations", cells.reduce(0) { $0 + $1.headOperations })
        try run.measure("headSeconds", cells.reduce(0) { $0 + $1.headSeconds })
    }
}
