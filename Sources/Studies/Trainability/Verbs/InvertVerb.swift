import Foundation
import LoamNN
import LoamRuns
import LoamTensor

/// The settings of `invert`.
public struct InvertConfiguration: Configuration {
    /// The network, the images and the heads.
    public var pictures = PictureSettings()
    /// Steps of Adam an image.
    public var iterations = 300
    /// The size of the first step, in units of the inputs' largest magnitude.
    public var inversionRate = 0.05
    /// The weight of ‖x‖⁶, free of units.
    public var rangeWeight = 1e-2
    /// The weight of the squared variation, free of units.
    public var variationWeight = 1e-2

    /// The quick settings.
    public init() { pictures.stages = [1, 5, 9] }

    private enum Key: String, CodingKey { case iterations, inversionRate, rangeWeight, variationWeight }

    public init(from decoder: any Decoder) throws {
        pictures = try PictureSettings(from: decoder)
        let container = try decoder.container(keyedBy: Key.self)
        iterations = try container.decode(Int.self, forKey: .iterations)
        inversionRate = try container.decode(Double.self, forKey: .inversionRate)
        rangeWeight = try container.decode(Double.self, forKey: .rangeWeight)
        variationWeight = try container.decode(Double.self, forKey: .variationWeight)
    }

    public func encode(to encoder: any Encoder) throws {
        try pictures.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(iterations, forKey: .iterations)
        try container.encode(inversionRate, forKey: .inversionRate)
        try container.encode(rangeWeight, forKey: .rangeWeight)
        try container.encode(variationWeight, forKey: .variationWeight)
    }

    public static let fields: [Field] =
        PictureSettings.fields + [
            Field("iterations", "steps of Adam", .integer(in: 1...1_000_000)),
            Field("inversionRate", "size of its first step, in units of the inputs' largest magnitude", .number(above: 0)),
            Field("rangeWeight", "weight of ‖x‖⁶: 1 for an image whose every number is the inputs' largest", .number(atLeast: 0)),
            Field("variationWeight", "weight of the squared differences of neighbouring pixels", .number(atLeast: 0)),
        ]

    public func validate() throws(ConfigurationError) { try pictures.validate() }

    var inversion: Inversion.Settings {
        Inversion.Settings(iterations: iterations, learningRate: inversionRate, rangeWeight: rangeWeight, variationWeight: variationWeight)
    }
}

/// Pre-images of stages by optimisation beside what the cascade reconstructs from them.
enum InvertVerb: Verb {
    static let name = "invert"
    static let summary = "pre-images of a stage by optimisation (Mahendran and Vedaldi) beside the cascade's reconstructions"
    static let kind = VerbKind.experiment
    static let presets = PicturePresets.invert

    static func run(_ configuration: InvertConfiguration, in run: RunContext) throws {
        let settings = configuration.pictures
        _ = try PicturePlan(ReconstructConfiguration(settings), seed: run.seed)
        let lab = try PictureLab.prepare(settings, deepest: nil, in: run, fraction: 0...0.4)
        let stages = lab.stages
        var results: [InvertedStage] = []
        for (index, stage) in stages.enumerated() {
            results.append(
                try run.cell("invert-\(stage)", inputs: ["images": lab.material.checksum, "shown": "\(lab.inputs.checksum)"]) { _ in
                    try invert(stage, lab, configuration.inversion, in: run) { part in
                        let done = (Double(index) + part) / Double(stages.count)
                        run.progress(0.4 + 0.6 * done, "pre-image of stage \(stage)")
                    }
                })
        }
        let figures = InvertFigures(lab, in: run)
        try figures.publish(results)
        try lab.finish(in: run)
    }

    /// Runs one inversion, going on where an interrupted run stopped.
    private static func invert(
        _ stage: Int, _ lab: PictureLab, _ settings: Inversion.Settings, in run: RunContext, progress: (Double) -> Void
    ) throws -> InvertedStage {
        let inversion = Inversion(lab.network, stage: stage, inputs: lab.inputs, space: lab.material.space, settings: settings)
        var state = inversion.start(count: lab.inputs.shape[0], seed: run.seed)
        if let saved = try run.restoreCheckpoint(as: InversionCheckpoint.self), saved.state.stage == stage, let tensors = saved.tensors {
            state = try saved.state.restored(tensors)
        }
        var last = Date()
        while state.step < settings.iterations {
            let stops = Result { try run.checkInterruption() }
            if (try? stops.get()) == nil || Date().timeIntervalSince(last) > 20 {
                try InversionCheckpoint(stage, state).save(state, in: run)
                last = Date()
            }
            try stops.get()
            do { try inversion.advance(&state) } catch let error as Inversion.Divergence {
                throw TrainabilityError(
                    "inversionRate",
                    "the \(error.quantity) of the inversion of stage \(stage) is not finite at step \(error.step); lower inversionRate (now "
                        + "\(short(settings.learningRate)))")
            }
            if state.step % 8 == 0 { progress(Double(state.step) / Double(settings.iterations)) }
        }
        let found = inversion.featureErrors(state.x).scalars.map(Double.init)
        let chained = lab.cascade.reconstruct(
            activation: lab.network.activations(of: lab.inputs, through: stage).last!, at: stage, of: lab.inputs)
        let relative = RelativeEntropy(inputs: SampleMatrix(lab.inputs))
        return InvertedStage(
            stage: stage, images: (0..<state.x.shape[0]).map { state.x.select($0, axis: 0).scalars },
            cascade: (0..<state.x.shape[0]).map { chained.select($0, axis: 0).scalars }, featureErrors: found,
            cascadeFeatureErrors: inversion.featureErrors(chained).scalars.map(Double.init), entropies: relative(SampleMatrix(state.x)),
            cascadeEntropies: relative(SampleMatrix(chained)), objective: state.objective, featureCurve: state.featureError)
    }
}

/// What came of inverting one stage, for every shown image.
struct InvertedStage: Codable {
    let stage: Int
    /// The pre-images and the cascade's reconstructions, as numbers of the network's input.
    let images, cascade: [[Float]]
    /// ‖Φ(x) − Φ₀‖²/‖Φ₀‖² of both.
    let featureErrors, cascadeFeatureErrors: [Double]
    /// S_rel of both.
    let entropies, cascadeEntropies: [Double]
    /// The objective and the feature error before every step, means over the images.
    let objective, featureCurve: [Double]
}

/// The state of an interrupted inversion.
struct InversionCheckpoint: Codable {
    let stage, step: Int
    let objective, featureError: [Double]

    init(_ stage: Int, _ state: Inversion.State) {
        self.stage = stage
        step = state.step
        objective = state.objective
        featureError = state.featureError
    }

    func save(_ state: Inversion.State, in run: RunContext) throws {
        try run.saveCheckpoint(self) { url in
            var tensors = StateDictionary<Float>()
            tensors["x"] = .tensor(state.x)
            tensors["first"] = .tensor(state.first)
            tensors["second"] = .tensor(state.second)
            try tensors.write(to: url)
        }
    }

    func restored(_ url: URL) throws -> Inversion.State {
        let file = try Safetensors.read(url)
        return Inversion.State(
            step: step, x: try file.tensor(named: "x"), first: try file.tensor(named: "first"), second: try file.tensor(named: "second"),
            objective: objective, featureError: featureError)
    }
}

extension ReconstructConfiguration {
    /// These pictures and nothing else.
    init(_ pictures: PictureSettings) { self.pictures = pictures }
}
