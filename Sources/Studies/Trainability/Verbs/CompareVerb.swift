import Foundation
import LoamRuns

/// The settings of a comparison: the map, the training grid, and how they are scored.
public struct CompareConfiguration: Configuration {
    /// The settings of the map.
    public var map = MapConfiguration()
    /// The settings of the training grid.
    public var training = TrainingConfiguration()
    /// The accuracy from which a network counts as trained.
    public var accuracyThreshold = 0.3
    /// The names of the predictors that are scored, or “all”.
    public var predictors = ["all"]
    /// Training images of the batch with which predictors look at untrained networks.
    public var predictorImages = 64
    /// Bootstrap resamples.
    public var resamples = 1000
    /// The folder of a finished `map` run to use instead of measuring one.
    public var mapFolder: String?
    /// The folder of a finished `compare` or `train` run whose training results are used.
    public var trainingFolder: String?

    /// The quick settings on Fashion-MNIST.
    public init() {}

    public static let fields: [Field] =
        MapConfiguration.fields(prefix: "map.") + TrainingConfiguration.fields(prefix: "training.") + [
            Field("accuracyThreshold", "accuracy from which a network counts as trained", .number(in: 0...1)),
            Field(
                "predictors", "predictors of the league: all, or a list",
                .list(of: .choice(["all"] + Predictor.allCases.map(\.rawValue)))),
            Field(
                "predictorImages", "training images with which predictors look at untrained networks; correlations need two",
                .integer(in: 2...10_000)),
            Field("resamples", "bootstrap resamples", .integer(in: 1...1_000_000)),
            Field("mapFolder", "folder of a finished `map` run to use instead of measuring one", .optional(.path)),
            Field("trainingFolder", "folder of a finished `compare` or `train` run whose training results are used", .optional(.path)),
        ]

    public func validate() throws(ConfigurationError) {
        try map.validate(prefix: "map.")
        if let pair = zip(training.depths, training.depths.dropFirst()).first(where: { $0.0 >= $0.1 }) {
            throw ConfigurationError(
                key: "training.depths", "depths must ascend", found: "\(pair.0) before \(pair.1)",
                allowed: "depths in ascending order, each once")
        }
        if Set(predictors).count < predictors.count || predictors.contains("all") && predictors.count > 1 {
            throw ConfigurationError(
                key: "predictors", "a predictor is named twice", found: predictors.joined(separator: ", "),
                allowed: "all, or a list of different predictors")
        }
        if mapFolder == nil, let deepest = training.depths.last, deepest > map.depth {
            throw ConfigurationError(
                key: "training.depths", "the map does not reach the deepest trained network", found: String(deepest),
                allowed: "at most map.depth = \(map.depth)")
        }
    }

    /// The predictors that are asked for, in the order of the league.
    var asked: [Predictor] { Predictor.allCases.filter { predictors == ["all"] || predictors.contains($0.rawValue) } }
}

/// Trains the networks that a map makes predictions about and scores the predictions.
enum CompareVerb: Verb {
    static let name = "compare"
    static let summary = "a phase map beside real training: how well each predictor orders the networks, and what it costs"
    static let kind = VerbKind.experiment

    static let presets =
        Presets.sets.map { set in
            Preset(
                name: "mlp-\(set.name)", summary: "dense tanh networks on \(set.title), predicted and trained",
                source: Presets.compareSource,
                quick: Presets.quickCompare(set.data), paper: Presets.paperCompare(set.data), quickSeconds: 18, paperSeconds: 1800)
        } + [
            Preset(
                name: "mlp-\(Presets.cifar.name)",
                summary: "shrinking dense tanh networks on \(Presets.cifar.title), predicted and trained",
                source: Presets.compareSource, quick: Presets.quickShrinkingCompare(Presets.cifar.data),
                paper: Presets.paperShrinkingCompare(Presets.cifar.data), quickSeconds: 20, paperSeconds: 3600)
        ]
        + Presets.convolutionalSets.map { set in
            Preset(
                name: "cnn-\(set.name)", summary: "periodic convolutional tanh networks on \(set.title), predicted and trained",
                source: Presets.compareSource, quick: Presets.quickConvolutionalCompare(set.data),
                paper: Presets.paperConvolutionalCompare(set.data), quickSeconds: 20, paperSeconds: 7200)
        } + [
            Preset(
                name: "resnet-fashion", summary: "residual convolutional tanh networks on Fashion-MNIST, predicted and trained",
                source: Presets.compareSource, quick: Presets.quickResidualCompare("fashion-mnist"),
                paper: Presets.paperResidualCompare("fashion-mnist"), published: Presets.publishedResidualCompare("fashion-mnist"),
                quickSeconds: 20, paperSeconds: 7200,
                // Ten epochs of the network, forwards and backwards, beside one of its heads.
                publishedSeconds: 11 * PublishedTime.map(Presets.publishedResidual("fashion-mnist"), image: [1, 28, 28]))
        ]

    static func run(_ configuration: CompareConfiguration, in run: RunContext) throws {
        let (mapping, training) = (configuration.map, configuration.training)
        let data = try StudyData(
            mapping.data, count: max(mapping.images, training.images, configuration.predictorImages),
            testCount: max(mapping.evaluation, training.testImages),
            pooled: mapping.pooled, asRows: try mapping.family().isDense, seed: run.seed)
        let map =
            try configuration.mapFolder.map {
                try MapPictures.copied(loadMap($0, for: configuration, width: data.width), from: $0, in: run)
            }
            ?? MapRun.measure(mapping, data: data, in: run, fraction: 0...0.45)
        let trained =
            try configuration.trainingFolder.map(load)
            ?? TrainingGrid.train(training, map: mapping, data: data, in: run, fraction: 0.45...0.95)
        let proxies = try ProxyGrid.measure(
            configuration.asked, trained, training, map: mapping, count: configuration.predictorImages, data: data, in: run,
            fraction: 0.95...1)
        let league = League(
            map: map, trained: trained, predictors: configuration.asked, proxies: proxies, threshold: configuration.accuracyThreshold,
            resamples: configuration.resamples, seed: run.seed)
        guard league.rules[0].networks > 0 else {
            throw TrainabilityError("mapFolder", "no trained network has a cell of the map; σ_w² and repetitions must agree")
        }
        try TrainedCells.save(trained, in: run)
        try run.saveCSV(LeagueTable.table(league), to: "league.csv")
        if !proxies.isEmpty { try run.saveCSV(ProxyGrid.table(proxies), to: "predictors.csv") }
        // The pictures that the experiment is for come first.
        try run.add(CompareFigures.strip(map, trained, clip: mapping.clipLow))
        try run.add(LeagueFigure.figure(league))
        try MapVerb.publish(map, mapping, hover: ("training-beside-prediction", 1), in: run)
        for finding in CompareFindings.findings(league, map, trained, configuration) { run.add(finding) }
        run.html("League of predictors", LeagueTable.html(league), isMeasured: true)
        try MapRun.summarize(map, in: run)
        try CompareFindings.cost(map, trained, configuration, in: run)
    }

    /// A finished map, of the networks that are to be trained.
    private static func loadMap(_ folder: String, for configuration: CompareConfiguration, width: Int) throws -> PhaseMap {
        let map = try MapRun.load(folder)
        func check(_ isSame: Bool, _ key: String, _ found: String, _ expected: String) throws {
            if !isSame { throw TrainabilityError(key, "the map in \(folder) has \(found), the networks to be trained \(expected)") }
        }
        try check(
            map.architecture == configuration.map.architecture, "map.architecture", "networks “\(map.architecture)”",
            "“\(configuration.map.architecture)”")
        try check(map.width == width, "map.data", "layers of \(map.width) units", "of \(width), the pixels of an image")
        try check(map.activation.name == configuration.map.activation, "map.activation", map.activation.name, configuration.map.activation)
        try check(
            map.biasVariance == configuration.map.biasVariance, "map.biasVariance", short(map.biasVariance),
            short(configuration.map.biasVariance))
        let deepest = try configuration.map.family().lastStage(depth: configuration.training.depths.last ?? 0)
        try check(deepest <= map.depth, "training.depths", "\(map.depth) layers", "up to \(deepest)")
        return map
    }

    private static func load(_ folder: String) throws -> [TrainedCell] {
        let file = URL(filePath: folder).appending(path: "train.json")
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw LoamError(
                .noInput, "there is no train.json in this folder", at: folder,
                advice: "Name the folder of a finished `compare` or `train` run.")
        }
        do {
            var cells = try JSON.decode([TrainedCell].self, from: Data(contentsOf: file))
            if let seconds = RunFolder(URL(filePath: folder)).cost()?.columns["train.csv"]?["seconds"], seconds.count == cells.count {
                for (index, value) in seconds.enumerated() { cells[index].seconds = value }
            }
            return cells
        } catch {
            throw LoamError(.badData, "these are not training results: \(error)", at: file.path)
        }
    }
}
