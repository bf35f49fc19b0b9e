import LoamRuns
import LoamTensor

/// Trains the heads of untrained networks over σ_w² and draws what every layer keeps.
enum MapVerb: Verb {
    static let name = "map"
    static let summary = "phase map: what reconstructions from every layer keep of the input, over σ_w²"
    static let kind = VerbKind.experiment

    static let presets =
        Presets.sets.map { set in
            Preset(
                name: "mlp-\(set.name)", summary: "dense tanh networks on \(set.title)", source: Presets.mapSource,
                quick: Presets.quickMap(set.data), paper: Presets.paperMap(set.data), published: Presets.publishedMap(set.data),
                quickSeconds: 10, paperSeconds: 1500, publishedSeconds: PublishedTime.map(Presets.publishedMap(set.data), image: grey))
        } + [
            Preset(
                name: "mlp-\(Presets.cifar.name)", summary: "shrinking dense tanh networks on \(Presets.cifar.title)",
                source: Presets.mapSource, quick: Presets.quickShrinking(Presets.cifar.data),
                paper: Presets.paperShrinking(Presets.cifar.data), quickSeconds: 12, paperSeconds: 1500)
        ]
        + Presets.convolutionalSets.map { set in
            Preset(
                name: "cnn-\(set.name)", summary: "periodic convolutional tanh networks on \(set.title)", source: Presets.mapSource,
                quick: Presets.quickConvolutional(set.data), paper: Presets.paperConvolutional(set.data),
                published: Presets.publishedConvolutional(set.data), quickSeconds: 20, paperSeconds: 1500,
                publishedSeconds: PublishedTime.map(Presets.publishedConvolutional(set.data), image: grey))
        } + [
            Preset(
                name: "resnet-fashion", summary: "residual convolutional tanh networks on Fashion-MNIST", source: Presets.mapSource,
                quick: Presets.quickResidual("fashion-mnist"), paper: Presets.paperResidual("fashion-mnist"),
                published: Presets.publishedResidual("fashion-mnist"), quickSeconds: 20, paperSeconds: 1500,
                publishedSeconds: PublishedTime.map(Presets.publishedResidual("fashion-mnist"), image: grey))
        ]

    /// An image of MNIST or Fashion-MNIST.
    private static let grey: Shape = [1, 28, 28]

    static func run(_ configuration: MapConfiguration, in run: RunContext) throws {
        let data = try StudyData(
            configuration.data, count: configuration.images, testCount: configuration.evaluation, pooled: configuration.pooled,
            asRows: try configuration.family().isDense, seed: run.seed)
        let map = try MapRun.measure(configuration, data: data, in: run, fraction: 0...1)
        try publish(map, configuration, in: run)
        try MapRun.summarize(map, configuration, in: run)
    }

    /// Files, findings and figures of a map.
    ///
    /// - Parameter hover: the figure and the panel in which pictures of the cells are shown.
    static func publish(
        _ map: PhaseMap, _ configuration: MapConfiguration, hover: (figure: String, panel: Int) = ("phase-map-differential", 0),
        in run: RunContext
    ) throws {
        try MapRun.save(map, in: run)
        for finding in MapFindings.findings(map, configuration) + SolverFindings.findings(map) { run.add(finding) }
        try run.add(MapFigures.differential(map, clip: configuration.clipLow))
        if let sheet = try PictureFigures.atlas(map, in: run.folder) { try run.add(sheet) }
        if let cells = PictureFigures.hover(map, figure: hover.figure, panel: hover.panel) {
            run.html("What each cell keeps", cells.html)
        }
        try run.add(MapFigures.others(map))
        try run.add(MapFigures.profiles(map))
        if let figure = SolverFigures.heads(map) { try run.add(figure) }
        if let figure = MapFigures.front(map) { try run.add(figure) }
        try FiniteWidthFigures.publish(map, configuration, in: run)
    }
}

extension MapRun {
    /// The best σ_w², how deep it is predicted to train, and the cost.
    ///
    /// - Parameter configuration: that of the map, for R, what training every depth would cost by the published protocol.
    static func summarize(_ map: PhaseMap, _ configuration: MapConfiguration? = nil, in run: RunContext) throws {
        // The σ_w² whose deepest reconstructions keep most.
        let best = map.weightVariances.min { a, b in
            level(map, a) < level(map, b)
        }
        let seconds = map.cells.reduce(0) { $0 + $1.headSeconds }
        let operations = map.cells.reduce(0) { $0 + $1.headOperations }
        try run.summarize("headOperations", operations)
        try run.measure("headOperations", operations)
        try run.measure("headSeconds", seconds)
        try run.measure("gigaflops", operations / seconds / 1e9)
        guard let best else { return }
        let cutoffs = map.cells(at: best).map(\.cutoff)
        let depth = Quantiles(cutoffs.map { Double($0.isCensored ? map.depth : $0.depth) }).mean
        try run.summarize("bestWeightVariance", best)
        try run.summarize("predictedMaximalDepth", depth)
        var text = "best σw² \(short(best)): predicted to train down to depth \(short(depth))"
        if cutoffs.contains(where: \.isCensored) { text += " at least (the map ends there)" }
        if let configuration, let factor = Cost.publishedSaving(configuration, depth: map.depth) {
            try run.summarize("savingOfPublishedProtocol", factor)
            text +=
                "; R \(fixed(factor, 0)): training depths 5, 10 … \(map.depth / 5 * 5) for 200 epochs each takes so many times the operations"
        }
        run.note(text)
    }

    private static func level(_ map: PhaseMap, _ weight: Double) -> Double {
        let value = map.summary(weight) { $0.at(map.depth, \.relativeMean) }.mean
        return value.isNaN ? .infinity : value
    }
}
