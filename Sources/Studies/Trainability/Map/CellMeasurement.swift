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
    /// The evaluation images of which pictures are kept.
    private let examples: Tensor<Int32>
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
        let labels = data.testLabels[0..<configuration.evaluation, axis: 0].scalars
        examples = Tensor(ReconstructionSheet.examples(labels: labels).map(Int32.init))
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
        let clock = ContinuousClock()
        let begin = clock.now
        let seed = seed(repetition: repetition)
        let variances = InitialVariances(weight: weightVariance, bias: configuration.biasVariance, scheme: configuration.scheme)
        let network = Network<Scalar>(
            architecture, variances: variances, seed: seed, variant: configuration.noiseVariant(weightVariance))
        var cascade = Cascade(network: network, seed: seed)
        let training = configuration.headTraining
        let images = Tensor<Scalar>(casting: data.images[0..<min(configuration.images, data.images.shape[0]), axis: 0])
        try cascade.fit(images, training, progress: progress)
        let headSeconds = begin.duration(to: clock.now).seconds

        let evaluation = Tensor<Scalar>(casting: data.testImages[0..<configuration.evaluation, axis: 0])
        let beginStatistics = clock.now
        var activations: [Tensor<Scalar>] = []
        let statistics = NetworkStatistics(network, inputs: evaluation, limit: cascade.heads.count, seed: seed) { activations.append($0) }
        let statisticsSeconds = beginStatistics.duration(to: clock.now).seconds
        let reconstructions = cascade.reconstructions(of: evaluation, fromActivations: activations)
        var curves = [[Double]](repeating: [], count: reconstructions.count)
        var profiles = [LayerProfile?](repeating: nil, count: reconstructions.count)
        profiles.withUnsafeMutableBufferPointer { profiles in
            curves.withUnsafeMutableBufferPointer { curves in
                Parallel.forEach(reconstructions.count) { k in
                    let image = SampleMatrix(reconstructions[k])
                    curves[k] = relative(image)
                    profiles[k] = profile(k, image, curves[k], SampleMatrix(activations[k]), cascade.losses[k], statistics)
                }
            }
        }
        let samples = (0..<configuration.evaluation).map { row in curves.map { $0[row] } }
        let sampleCutoffs = Quantiles(
            samples.filter { $0.allSatisfy(\.isFinite) }.map {
                Double(Cutoff(curve: $0, relativeTolerance: configuration.cutoffTolerance).depth)
            })
        let samplesSeen = training.batches(count: images.shape[0], seed: seed).reduce(0) { $0 + $1.count }
        let cell = CellProfile(
            weightVariance: weightVariance, biasVariance: configuration.biasVariance, repetition: repetition, layers: profiles.map { $0! },
            cutoff: Cutoff(curves: samples, relativeTolerance: configuration.cutoffTolerance), sampleCutoffMean: sampleCutoffs.mean,
            sampleCutoffDeviation: sampleCutoffs.standardDeviation, divergedLayer: cascade.divergedLayer,
            headOperations: Cost.heads(cascade.heads, of: architecture, samples: samplesSeen),
            headSeconds: headSeconds, seconds: begin.duration(to: clock.now).seconds, statisticsSeconds: statisticsSeconds)
        let pictures =
            repetition == 0
            ? try ReconstructionSheet(reconstructions.map { $0.gathered(examples, axis: 0) }, shape: data.imageShape).png : nil
        return MeasuredCell(profile: cell, pictures: pictures)
    }

    /// Those images themselves.
    func exampleSheet() throws -> ReconstructionSheet {
        try ReconstructionSheet([data.testImages.gathered(examples, axis: 0)], shape: data.imageShape)
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
            activationVonNeumann: VonNeumannEntropy(activation).value, headLoss: tail.reduce(0, +) / Double(tail.count),
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
