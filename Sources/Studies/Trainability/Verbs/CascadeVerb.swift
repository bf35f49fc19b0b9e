import Foundation
import LoamNN
import LoamRuns
import LoamTensor

/// One network, its heads, and what they reconstruct from every layer.
enum CascadeVerb: Verb {
    static let name = "cascade"
    static let summary = "one network: heads for every layer, the profile of what they keep, and pictures; from random numbers or a file"
    static let kind = VerbKind.tool

    static let presets = [
        Preset(
            name: "default", summary: "a dense tanh network at its critical σ_w² on Fashion-MNIST", source: "arXiv 2406.12916, method",
            quick: CascadeConfiguration(), paper: paper, quickSeconds: 5, paperSeconds: 60)
    ]

    private static var paper: CascadeConfiguration {
        var configuration = CascadeConfiguration()
        configuration.map.pooled = false
        configuration.map.images = 12_800
        configuration.map.depth = 100
        return configuration
    }

    static func run(_ configuration: CascadeConfiguration, in run: RunContext) throws {
        let data = try StudyData(
            configuration.map.data, count: configuration.map.images, testCount: configuration.map.evaluation,
            pooled: configuration.map.pooled, asRows: try configuration.map.family().isDense, seed: run.seed)
        switch configuration.map.precision {
        case .float32: try self.run(Float.self, configuration, data, in: run)
        case .float64: try self.run(Double.self, configuration, data, in: run)
        }
    }

    private static func run<Scalar: TensorScalar>(
        _: Scalar.Type, _ configuration: CascadeConfiguration, _ data: StudyData, in run: RunContext
    ) throws {
        let measurement = try CellMeasurement(configuration.map, data: data, seed: run.seed)
        var (cascade, weight) = try start(Scalar.self, configuration, measurement, data, in: run)
        let begin = ContinuousClock.now
        let depth = Double(measurement.architecture.depth)
        var operations = 0.0
        if configuration.options.epochs > 0 {
            operations = try measurement.fitHeads(&cascade, seed: run.seed, startingFrom: cascade.heads) { layer in
                run.progress(0.9 * Double(layer) / depth, "heads of stage \(layer)")
                try run.checkInterruption()
            }
        }
        let headSeconds = begin.duration(to: .now).seconds
        if let layer = cascade.divergedLayer {
            run.warn("the network diverged at stage \(layer); deeper stages are not part of the profile")
        }
        guard !cascade.heads.isEmpty else {
            throw TrainabilityError(
                configuration.options.weights == nil ? "weightVariance" : "weights",
                cascade.divergedLayer == nil
                    ? "the file holds no heads and epochs=0 trains none; set epochs to at least 1"
                    : "the first stage's activations are not finite; there is nothing to reconstruct from")
        }
        var (cell, reconstructions) = measurement.evaluate(cascade, weightVariance: weight, repetition: 0, headOperations: operations)
        cell.headSeconds = headSeconds
        cell.seconds = begin.duration(to: .now).seconds
        let map = PhaseMap(
            activation: measurement.activation, biasVariance: configuration.map.biasVariance, depth: measurement.architecture.depth,
            stem: measurement.architecture.stem, width: data.width, architecture: configuration.map.architecture,
            meanImageLevel: measurement.meanImageLevel, constantImageLevel: measurement.constantImageLevel, cells: [cell], seed: run.seed)
        try MapRun.save(map, in: run)
        if configuration.options.saveWeights { try run.saveFile(to: "cascade.safetensors") { try cascade.save(to: $0) } }
        try run.add(CascadeFigures.profile(map, cell))
        try pictures(reconstructions.map { Tensor<Float>(casting: $0) }, cell, configuration, data, in: run)
        if configuration.options.weights == nil {
            for finding in MapFindings.findings(map, configuration.map) { run.add(finding) }
        }
        for rule in DecisionRule.allCases {
            let deepest = (1...cell.layers.count).last { rule.predictsTrainable(cell, depth: $0, map: map) } ?? 0
            try run.summarize("predictedDepth.\(rule.rawValue)", deepest)
        }
        try run.summarize("headOperations", cell.headOperations)
        try run.measure("headSeconds", cell.headSeconds)
        run.note(MapRun.line(cell))
    }

    /// The cascade that training starts from, and its σ_w².
    private static func start<Scalar: TensorScalar>(
        _: Scalar.Type, _ configuration: CascadeConfiguration, _ measurement: CellMeasurement, _ data: StudyData, in run: RunContext
    ) throws -> (Cascade<Scalar>, Double) {
        guard let file = configuration.options.weights else {
            let weight = configuration.options.weightVariance
            return (Cascade(network: measurement.network(Scalar.self, weight, seed: run.seed), seed: run.seed), weight)
        }
        let state = try WeightFiles.read(file, Scalar.self)
        let architecture = measurement.architecture
        let cascade = try WeightFiles.fitting(
            file,
            "The network here is \(architecture.name) of \(architecture.depth) stages on images of \(data.imageShape); set depth, "
                + "architecture, width, channels, data and pooled to those of the file. Names are net.ℓ.weight, net.ℓ.bias, head.ℓ.weight, "
                + "head.ℓ.bias, ℓ from 1."
        ) { try Cascade(architecture, state, rule: configuration.map.headActivation, seed: run.seed) }
        let weight = cascade.network.empiricalWeightVariance
        run.note("\(file): \(cascade.network.depth) stages, \(cascade.heads.count) heads, σw² as measured \(fixed(weight, 3))")
        return (cascade, weight)
    }

    /// The strip of pictures, as a file and in the report.
    private static func pictures(
        _ reconstructions: [Tensor<Float>], _ cell: CellProfile, _ configuration: CascadeConfiguration, _ data: StudyData,
        in run: RunContext
    ) throws {
        let strip = ReconstructionStrip(
            inputs: data.testImages[0..<configuration.options.shown, axis: 0], reconstructions: reconstructions, imageShape: data.imageShape
        )
        guard let strip else {
            run.warn("images of \(data.imageShape) are neither grey nor of three colours; there are no pictures")
            return
        }
        try run.saveFile(to: "reconstructions/strip.png") { try strip.write(to: $0) }
        run.html("Reconstructions", try strip.html { cell.layers[$0 - 1].relativeMean })
    }
}
