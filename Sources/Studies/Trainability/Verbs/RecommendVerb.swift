import Foundation
import LoamNN
import LoamRuns
import LoamTensor

/// Finds initial variances with which a network of a given depth trains, without training it, and writes the weights.
enum RecommendVerb: Verb {
    static let name = "recommend"
    static let summary = "initial variances and ready weights for a network of a given depth, from a dozen cascades instead of a grid"
    static let kind = VerbKind.experiment
    static let presets = RecommendPresets.all

    /// Where the weights are.
    static let weightFile = "init.safetensors"

    static func run(_ configuration: RecommendConfiguration, in run: RunContext) throws {
        let data = try StudyData(
            configuration.map.data,
            count: max(configuration.map.images, configuration.options.verify.isEmpty ? 0 : configuration.training.images),
            testCount: max(configuration.map.evaluation, configuration.options.verify.isEmpty ? 0 : configuration.training.testImages),
            pooled: configuration.map.pooled, asRows: try configuration.map.family().isDense, seed: run.seed)
        let share = configuration.options.verify.isEmpty ? 1 : 0.4
        let result = try RecommendationRun(configuration, data: data).search(in: run, fraction: 0...share)
        let initial = try write(result, configuration, data, in: run)
        let check =
            configuration.options.verify.isEmpty
            ? nil
            : try RecommendationCheck.run(configuration, result.variances, initial: initial, data: data, in: run, fraction: share...1)
        try publish(result, check, configuration, data, in: run)
    }

    /// Writes the untrained classifier and gives it back.
    private static func write(
        _ result: InitialisationSearch.Result, _ configuration: RecommendConfiguration, _ data: StudyData, in run: RunContext
    ) throws -> Network<Float> {
        var map = configuration.map
        map.biasVariance = result.variances.bias
        map.scheme = result.variances.scheme
        let training = try NetworkTraining(configuration.training, map: map, data: data)
        let network = try training.network(weightVariance: result.variances.weight, depth: map.depth, seed: run.seed, variant: 0)
        let metadata = [
            "format": "pt", "sigma_w2": short(result.variances.weight), "sigma_b2": short(result.variances.bias),
            "scheme": result.variances.scheme.rawValue, "depth": "\(map.depth)", "architecture": map.architecture,
            "activation": map.activation, "input": "\(data.imageShape)",
        ]
        try run.saveFile(to: weightFile) { try network.weightFile.write(to: $0, metadata: metadata) }
        return network
    }

    private static func publish(
        _ result: InitialisationSearch.Result, _ check: RecommendationCheck?, _ configuration: RecommendConfiguration, _ data: StudyData,
        in run: RunContext
    ) throws {
        try run.saveJSON(result, to: "recommendation.json")
        try run.saveCSV(RecommendFigures.table(result, RecommendationRun.stage(configuration)), to: "search.csv")
        let levels = try CellMeasurement(configuration.map, data: data, seed: run.seed)
        try run.add(RecommendFigures.search(result, check, configuration, meanImageLevel: levels.meanImageLevel))
        for finding in RecommendFindings.findings(result, check, configuration, classes: data.classCount) { run.add(finding) }
        let variances = result.variances
        try run.summarize("weightVariance", variances.weight)
        try run.summarize("biasVariance", variances.bias)
        try run.summarize("readingDepth", result.readingDepth)
        try run.summarize("scheme", variances.scheme.rawValue)
        try run.summarize("predictedMaximalDepth", result.maximalDepth)
        try run.summarize("predictedMaximalDepthIsLowerBound", result.isDepthCensored)
        if let from = result.trainableFrom { try run.summarize("trainableFrom", from) }
        if let to = result.trainableTo { try run.summarize("trainableTo", to) }
        run.note(
            "σw² \(fixed(variances.weight, 3)), σb² \(short(variances.bias)), \(variances.scheme.rawValue): predicted to train down to depth "
                + "\(result.maximalDepth)\(result.isDepthCensored ? " at least" : ""), from \(result.measured.count) cascades; weights in "
                + run.folder.appending(path: weightFile).path)
        run.html("The weights", RecommendFigures.usage(configuration, variances))
        if let check {
            try TrainedCells.save(check.all, in: run)
            try CostLedger(heads: result.measured.map(\.cell), trained: check.grid).publish(networks: check.grid.count, in: run)
        }
    }
}

/// Makes the search inside a run: every cascade is a resumable cell.
struct RecommendationRun {
    let configuration: RecommendConfiguration
    let data: StudyData
    private let theory: MeanField?

    init(_ configuration: RecommendConfiguration, data: StudyData) throws {
        self.configuration = configuration
        self.data = data
        let isDense = ["mlp", "mlp-shrinking", "cnn"].contains(configuration.map.architecture)
        theory = isDense ? MeanField(try Activation(named: configuration.map.activation)) : nil
    }

    /// The stage that a network of the requested depth reaches.
    static func stage(_ configuration: RecommendConfiguration) -> Int {
        (try? configuration.map.family().lastStage(depth: configuration.map.depth)) ?? configuration.map.depth
    }

    func search(in run: RunContext, fraction: ClosedRange<Double>) throws -> InitialisationSearch.Result {
        let options = configuration.options
        let levels = try CellMeasurement(configuration.map, data: data, seed: run.seed)
        var search = InitialisationSearch(
            depth: RecommendationRun.stage(configuration), lowest: options.lowestVariance, highest: options.highestVariance,
            biasVariance: configuration.map.biasVariance, meanImageLevel: levels.meanImageLevel)
        search.tune = options.tune
        search.otherBiasVariances = options.otherBiasVariances
        search.schemes = options.schemes
        search.budget = options.cells
        let reference = PhaseMap(
            activation: levels.activation, biasVariance: configuration.map.biasVariance, depth: levels.architecture.depth,
            stem: levels.architecture.stem, width: data.width, architecture: configuration.map.architecture,
            meanImageLevel: levels.meanImageLevel, constantImageLevel: levels.constantImageLevel, cells: [])
        var done = 0
        return try search.run(
            shift: { from, to in
                guard let a = theory?.criticalPoints(biasVariance: from).first, let b = theory?.criticalPoints(biasVariance: to).first
                else {
                    return 1
                }
                return b.weightVariance / a.weightVariance
            },
            isTrainable: { options.rule.predictsTrainable($0, depth: search.depth, map: reference) }
        ) { candidates in
            let span = fraction.upperBound - fraction.lowerBound
            func place(_ count: Int) -> Double { fraction.lowerBound + span * min(1, Double(count) / Double(options.cells)) }
            defer { done += candidates.count }
            return try run.cells(
                candidates, id: cellName, inputs: ["data": data.checksum],
                atATime: levels.architecture.fillsAllThreads || candidates.count == 1 ? 1 : nil,
                span: place(done)...place(done + candidates.count), finished: { run.note(line($0, $1) + MapRun.timeLeft(run)) },
                compute: { [seed = run.seed, processes = Double(run.processesPerComputer)] in
                    try measure($0, seed: seed, processes: processes, $1)
                })
        }
    }

    private func cellName(_ candidate: InitialisationSearch.Candidate) -> String {
        let variances = candidate.variances
        return "cascade-w\(variances.weight)-b\(variances.bias)-\(variances.scheme.rawValue)" + (candidate.isConfirmation ? "-deep" : "")
    }

    private func line(_ candidate: InitialisationSearch.Candidate, _ cell: CellProfile) -> String {
        MapRun.line(cell) + "  σb² \(short(candidate.variances.bias))  \(candidate.variances.scheme.rawValue)"
    }

    private func measure(_ candidate: InitialisationSearch.Candidate, seed: UInt64, processes: Double, _ context: CellContext) throws
        -> CellProfile
    {
        let weight = candidate.variances.weight
        var map = configuration.map
        map.weightVariances = [weight]
        map.biasVariance = candidate.variances.bias
        map.scheme = candidate.variances.scheme
        map.memory /= processes
        // The recommended network is followed to twice the depth, so that its own cutoff is seen.
        if candidate.isConfirmation { map.depth = min(2 * map.depth, 2000) }
        let measurement = try CellMeasurement(map, data: data, seed: seed)
        let cell = try measurement.measure(weightVariance: weight, repetition: 0) { layer in
            context.progress(
                Double(layer) / Double(measurement.architecture.depth), "heads of stage \(layer), σw² \(fixed(weight, 3))")
        }.profile
        if let layer = cell.divergedLayer { context.warn("σw² \(fixed(weight, 3)): the network diverged at stage \(layer)") }
        return cell
    }
}
