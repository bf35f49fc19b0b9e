import Foundation
import LoamTensor

/// Measures cells of a phase map on given data.
struct CellMeasurement {
    let configuration: MapConfiguration
    let activation: Activation
    let architecture: Architecture
    let data: StudyData
    let seed: UInt64
    private let inputs: SampleMatrix
    private let relative: RelativeEntropy
    /// S_rel levels of the mean image and of a constant one.
    let meanImageLevel: Double
    let constantImageLevel: Double

    init(_ configuration: MapConfiguration, data: StudyData, seed: UInt64) throws {
        self.configuration = configuration
        activation = try Activation(named: configuration.activation)
        architecture = try configuration.family().body(
            depth: configuration.depth, input: data.imageShape, classes: data.classCount, activation)
        self.data = data
        self.seed = seed
        inputs = SampleMatrix(data.testImages[0..<configuration.evaluation, axis: 0])
        relative = RelativeEntropy(inputs: inputs)
        let mean = data.images.mean(axes: [0])
        meanImageLevel = Quantiles(relative.against(image: Tensor<Double>(casting: mean).scalars)).mean
        constantImageLevel = Quantiles(relative.constantImageLevels).mean
    }

    /// The random numbers of repetition `r` are those of seed + r.
    func seed(repetition: Int) -> UInt64 { seed &+ UInt64(repetition) }

    /// Trains the heads of one cell and evaluates every depth; the first repetition keeps pictures.
    func measure(weightVariance: Double, repetition: Int, progress: (Int) throws -> Void) throws -> MeasuredCell {
        switch configuration.precision {
        case .float32: try measure(Float.self, weightVariance, repetition, progress)
        case .float64: try measure(Double.self, weightVariance, repetition, progress)
        }
    }

    private func measure<Scalar: TensorScalar>(
        _: Scalar.Type, _ weightVariance: Double, _ repetition: Int, _ progress: (Int) throws -> Void
    ) throws -> MeasuredCell {
        let begin = ContinuousClock.now
        let seed = seed(repetition: repetition)
        var cascade = Cascade(network: network(Scalar.self, weightVariance, seed: seed), seed: seed)
        let training = configuration.headTraining
        let images = trainingImages(Scalar.self)
        try cascade.fit(images, training, progress: progress)
        let headSeconds = begin.duration(to: .now).seconds
        let samples = training.batches(count: images.shape[0], seed: seed).reduce(0) { $0 + $1.count }
        let evaluated = evaluate(cascade, weightVariance: weightVariance, repetition: repetition, samples: samples)
        var cell = evaluated.profile
        cell.headSeconds = headSeconds
        cell.seconds = begin.duration(to: .now).seconds
        let pictures =
            repetition == 0
            ? try ReconstructionSheet(evaluated.reconstructions.map { $0.gathered(examples, axis: 0) }, shape: data.imageShape).png : nil
        return MeasuredCell(profile: cell, pictures: pictures)
    }

    /// The evaluation images of which pictures are kept.
    private var examples: Tensor<Int32> {
        Tensor(ReconstructionSheet.examples(labels: data.testLabels[0..<configuration.evaluation, axis: 0].scalars).map(Int32.init))
    }

    /// Those images themselves.
    func exampleSheet() throws -> ReconstructionSheet {
        try ReconstructionSheet([data.testImages.gathered(examples, axis: 0)], shape: data.imageShape)
    }

    /// The untrained network of a cell.
    func network<Scalar: TensorScalar>(_: Scalar.Type, _ weightVariance: Double, seed: UInt64) -> Network<Scalar> {
        Network(
            architecture,
            variances: InitialVariances(weight: weightVariance, bias: configuration.biasVariance, scheme: configuration.scheme),
            seed: seed, variant: configuration.noiseVariant(weightVariance))
    }

    /// The images that heads are trained on.
    func trainingImages<Scalar: TensorScalar>(_: Scalar.Type) -> Tensor<Scalar> {
        Tensor<Scalar>(casting: data.images[0..<min(configuration.images, data.images.shape[0]), axis: 0])
    }

    /// What a cascade keeps of the evaluation images at every depth, and the reconstructions themselves.
    ///
    /// - Parameter samples: how many images its heads were trained on, counted with repetition; for the cost.
    func evaluate<Scalar: TensorScalar>(
        _ cascade: Cascade<Scalar>, weightVariance: Double, repetition: Int, samples: Int
    ) -> (profile: CellProfile, reconstructions: [Tensor<Scalar>]) {
        let begin = ContinuousClock.now
        let evaluation = Tensor<Scalar>(casting: data.testImages[0..<configuration.evaluation, axis: 0])
        var activations: [Tensor<Scalar>] = []
        let statistics = NetworkStatistics(
            cascade.network, inputs: evaluation, limit: cascade.heads.count, seed: seed(repetition: repetition)
        ) { activations.append($0) }
        let statisticsSeconds = begin.duration(to: .now).seconds
        let reconstructions = cascade.reconstructions(of: evaluation, fromActivations: activations)
        var curves = [[Double]](repeating: [], count: reconstructions.count)
        var profiles = [LayerProfile?](repeating: nil, count: reconstructions.count)
        profiles.withUnsafeMutableBufferPointer { profiles in
            curves.withUnsafeMutableBufferPointer { curves in
                Parallel.forEach(reconstructions.count) { k in
                    let image = SampleMatrix(reconstructions[k])
                    curves[k] = relative(image)
                    let losses = k < cascade.losses.count ? cascade.losses[k] : []
                    profiles[k] = profile(k, image, curves[k], SampleMatrix(activations[k]), losses, statistics)
                }
            }
        }
        let samplesOfCurves = (0..<configuration.evaluation).map { row in curves.map { $0[row] } }
        let sampleCutoffs = Quantiles(
            samplesOfCurves.filter { $0.allSatisfy(\.isFinite) }.map {
                Double(Cutoff(curve: $0, relativeTolerance: configuration.cutoffTolerance).depth)
            })
        let cell = CellProfile(
            weightVariance: weightVariance, biasVariance: configuration.biasVariance, repetition: repetition, layers: profiles.map { $0! },
            cutoff: Cutoff(curves: samplesOfCurves, relativeTolerance: configuration.cutoffTolerance), sampleCutoffMean: sampleCutoffs.mean,
            sampleCutoffDeviation: sampleCutoffs.standardDeviation, divergedLayer: cascade.divergedLayer,
            headOperations: Cost.heads(cascade.heads, of: cascade.network.architecture, samples: samples),
            headSeconds: 0, seconds: begin.duration(to: .now).seconds, statisticsSeconds: statisticsSeconds)
        return (cell, reconstructions)
    }

    private func profile(
        _ k: Int, _ image: SampleMatrix, _ curve: [Double], _ activation: SampleMatrix, _ losses: [Double], _ statistics: NetworkStatistics
    ) -> LayerProfile {
        let entropies = Quantiles(curve)
        let tail = losses.suffix(max(1, losses.count / 4))
        return LayerProfile(
            depth: k + 1, relativeMean: entropies.mean, relativeError: entropies.standardDeviation / Double(curve.count).squareRoot(),
            relativeMedian: entropies.median, relativeLow: entropies(0.05), relativeHigh: entropies(0.95),
            differential: configuration.differentialEntropy(image), vonNeumann: VonNeumannEntropy(image).value,
            activationVonNeumann: VonNeumannEntropy(activation).value,
            headLoss: tail.isEmpty ? .nan : tail.reduce(0, +) / Double(tail.count),
            length: statistics.lengths[k], correlation: statistics.correlations[k], gain: statistics.gains[k],
            excluded: curve.count { $0.isNaN })
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

/// What is kept of one cell: its numbers, and small pictures of what every depth makes of a few images.
struct MeasuredCell: Codable, Sendable {
    let profile: CellProfile
    /// A ``ReconstructionSheet`` as PNG; none of further repetitions.
    let pictures: Data?
}
