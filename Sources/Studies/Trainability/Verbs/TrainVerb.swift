import Foundation
import LoamNN
import LoamRuns
import LoamTensor

/// Trains deep networks: on a grid, or in the published search for the frontier of trainability.
enum TrainVerb: Verb {
    static let name = "train"
    static let summary = "real training: a grid over σ_w² and depth, or the published search for the trainability frontier"
    static let kind = VerbKind.experiment
    static let presets = TrainPresets.all

    static func run(_ configuration: TrainConfiguration, in run: RunContext) throws {
        var map = configuration.map
        map.images = configuration.options.headImages
        let needsHeads = configuration.options.mode == .frontier || configuration.options.monitor > 0
        let data = try StudyData(
            map.data, count: max(configuration.training.images, needsHeads ? map.images : 0),
            testCount: max(configuration.training.testImages, needsHeads ? map.evaluation : 0), pooled: map.pooled,
            asRows: try map.family().isDense, seed: run.seed)
        var training = try NetworkTraining(configuration.training, map: map, data: data)
        training.sufficientAccuracy = configuration.options.accuracyThreshold
        switch configuration.options.mode {
        case .frontier: try frontier(configuration, training, in: run)
        case .grid:
            if let file = configuration.options.initFrom {
                try fromFile(file, configuration, training, in: run)
            } else {
                try grid(configuration, training, in: run)
            }
        }
    }

    // MARK: Grid

    private static func grid(_ configuration: TrainConfiguration, _ training: NetworkTraining, in run: RunContext) throws {
        let monitor = try monitor(configuration, training, in: run)
        let cells = try TrainingGrid.train(
            training, depths: configuration.training.depths, in: run, fraction: 0...1, monitor: monitor,
            keepsWeights: configuration.options.saveWeights)
        try publish(cells, configuration, training, monitor, in: run)
        try run.add(TrainFigures.strip(cells.map(\.trained), training.map, training.activation))
        if ReferenceRun.applies(to: configuration.map) {
            for finding in ReferenceRun.findings(cells.map(\.trained), configuration.training) { run.add(finding) }
        }
    }

    private static func monitor(
        _ configuration: TrainConfiguration, _ training: NetworkTraining, in run: RunContext
    ) throws -> TrainingMonitor? {
        guard configuration.options.monitor > 0 else { return nil }
        return try TrainingMonitor(
            training, looks: configuration.options.monitor, images: configuration.options.headImages, seed: run.seed)
    }

    private static func publish(
        _ cells: [MonitoredCell], _ configuration: TrainConfiguration, _ training: NetworkTraining, _ monitor: TrainingMonitor?,
        in run: RunContext
    ) throws {
        let trained = cells.map(\.trained)
        try TrainedCells.save(trained, in: run)
        if let figure = TrainFigures.learningCurves(trained) { try run.add(figure) }
        if let best = trained.max(by: { $0.outcome.accuracy < $1.outcome.accuracy }) {
            try run.summarize("bestAccuracy", best.outcome.accuracy)
            try run.summarize("bestWeightVariance", best.weightVariance)
            try run.summarize("bestDepth", best.depth)
        }
        let (operations, seconds) = (trained.reduce(0) { $0 + $1.operations }, trained.reduce(0) { $0 + $1.seconds })
        try run.summarize("trainingOperations", operations)
        try run.measure("trainingSeconds", seconds)
        guard let monitor else { return }
        try run.saveCSV(MonitoredCell.table(cells), to: "monitor.csv")
        try run.add(MonitorFigures.map(cells, meanImageLevel: monitor.meanImageLevel))
        let looks = cells.flatMap { cell in cell.looks.map(\.profile) }
        try run.measure("monitorSeconds", looks.reduce(0) { $0 + $1.seconds })
        for cell in cells {
            guard let first = cell.looks.first, let last = cell.looks.last, last.step > first.step else { continue }
            let name = "w\(short(cell.trained.weightVariance)).l\(cell.trained.depth).r\(cell.trained.repetition)"
            let reach = (first.reach(monitor.meanImageLevel), last.reach(monitor.meanImageLevel))
            run.add(
                Finding(
                    id: "monitor.reach.\(name)",
                    quantity:
                        "layers down to which images stay apart after training (before: \(reach.0) of \(first.profile.layers.count)), "
                        + "σ_w² = \(short(cell.trained.weightVariance)), L = \(cell.trained.depth)",
                    value: Double(reach.1), .informational(reference: Double(reach.0)),
                    source: "S_rel below the mean image's level by two standard errors"))
        }
    }

    // MARK: Weights from a file

    private static func fromFile(
        _ file: String, _ configuration: TrainConfiguration, _ training: NetworkTraining, in run: RunContext
    ) throws {
        let depth = configuration.training.depths[0]
        let state = try WeightFiles.read(file, Float.self)
        let network = try WeightFiles.fitting(
            file,
            "Set depths, architecture, width, data and pooled to those that the file was made for, here: depths=[\(depth)], "
                + "architecture=\(training.map.architecture), images of \(training.data.imageShape)."
        ) { try Network(training.architecture(depth: depth), state) }
        let weight = network.empiricalWeightVariance
        let monitor = try monitor(configuration, training, in: run)
        let seed = run.seed
        let contents = try Data(contentsOf: URL(filePath: (file as NSString).expandingTildeInPath))
        let cell = try run.cell("train-file", inputs: ["data": training.data.checksum, "weights": fingerprint(contents)]) { context in
            try TrainingGrid.train(
                training, network, TrainingGrid.Job(weight: weight, depth: depth, repetition: 0), seed: seed,
                watch: monitor?.watch(depth: depth, repetition: 0, weightVariance: weight), keepsWeights: configuration.options.saveWeights,
                context)
        }
        try TrainingGrid.save(cell, "from-file", in: run)
        run.note(cell.trained.line)
        try publish([cell], configuration, training, monitor, in: run)
        run.add(
            Finding(
                id: "accuracy.from-file", quantity: "test accuracy after training from the file's weights (σ_w² ≈ \(fixed(weight, 3)))",
                value: cell.trained.outcome.accuracy, .informational(reference: 1 / Double(training.data.classCount)),
                source: "reference: chance level"))
    }

    // MARK: Frontier

    private static func frontier(_ configuration: TrainConfiguration, _ training: NetworkTraining, in run: RunContext) throws {
        let search = configuration.frontier
        let deepest = FrontierRun.layers(search.startDepth, training.family)
        var map = training.map
        map.weightVariances = (search.variances(above: false).reversed() + [search.startVariance] + search.variances(above: true))
        // The layers that the published maps reconstruct: all but the last two.
        map.depth = max(3, deepest - 2)
        let predicted = try MapRun.measure(map, data: training.data, in: run, fraction: 0...0.25)
        let walk = FrontierRun(search: search, training: training, threshold: configuration.options.accuracyThreshold ?? 1)
        let columns = try walk.columns(in: run, fraction: 0.25...1)
        let trained = columns.flatMap(\.attempts)
        try TrainedCells.save(trained, in: run)
        try MapRun.save(predicted, in: run)
        try run.saveJSON(columns, to: "frontier.json")
        try run.saveCSV(FrontierRun.table(columns, predicted), to: "frontier.csv")
        try run.add(TrainFigures.frontier(columns, predicted, search))
        for finding in FrontierFindings.findings(columns, predicted, configuration) { run.add(finding) }
        try run.summarize("deepestTrained", columns.compactMap(\.depth).max() ?? 0)
        try CostLedger(heads: predicted.cells, trained: trained).publish(networks: trained.count, in: run)
    }
}

extension Network {
    /// σ_w² as the weights have it: fan_in times their mean square, averaged over all weights that are not of the last stage.
    var empiricalWeightVariance: Double {
        var values: [Double] = []
        for (stage, weights) in weights.enumerated() where stage < depth - 1 {
            for weight in weights { values.append(Double(weight.squared().mean().item) * Double(weight.count / weight.shape[0])) }
        }
        return Quantiles(values).mean
    }
}
