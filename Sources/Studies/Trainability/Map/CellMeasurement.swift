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
        if configuration.headSolver != .adam { try RidgeSupport.check(architecture) }
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
        let seed = seed(repetition: repetition)
        let variances = InitialVariances(weight: weightVariance, bias: configuration.biasVariance, scheme: configuration.scheme)
        let network = Network<Scalar>(
            architecture, variances: variances, seed: seed, variant: configuration.noiseVariant(weightVariance))
        let images = Tensor<Scalar>(casting: data.images[0..<min(configuration.images, data.images.shape[0]), axis: 0])
        let evaluation = Evaluation<Scalar>(
            Tensor(casting: data.testImages[0..<configuration.evaluation, axis: 0]), network: network, seed: seed)
        let solver = configuration.headSolver
        let trained =
            try solver == .ridge
            ? nil
            : reading(evaluation, network, images, seed, byRidge: false, keepsPictures: repetition == 0) {
                try progress(solver == .both ? $0 / 2 : $0)
            }
        let solved =
            try solver == .adam
            ? nil
            : reading(evaluation, network, images, seed, byRidge: true, keepsPictures: repetition == 0 && solver == .ridge) {
                try progress(solver == .both ? (architecture.depth + $0) / 2 : $0)
            }
        let main = trained ?? solved!
        let sampleCutoffs = Quantiles(
            main.samples.filter { $0.allSatisfy(\.isFinite) }.map {
                Double(Cutoff(curve: $0, relativeTolerance: configuration.cutoffTolerance).depth)
            })
        var cell = CellProfile(
            weightVariance: weightVariance, biasVariance: configuration.biasVariance, repetition: repetition, layers: main.layers,
            cutoff: main.cutoff, sampleCutoffMean: sampleCutoffs.mean, sampleCutoffDeviation: sampleCutoffs.standardDeviation,
            divergedLayer: main.divergedLayer, headOperations: main.operations, headSeconds: main.fittingSeconds,
            seconds: evaluation.seconds + main.seconds, statisticsSeconds: evaluation.seconds)
        cell.statisticsOperations = NetworkStatistics.operations(
            architecture.prefix(max(1, evaluation.activations.count)), samples: configuration.evaluation)
        if trained != nil, let solved {
            cell.solved = SolvedProfile(
                layers: solved.layers, cutoff: solved.cutoff, operations: solved.operations, solvingSeconds: solved.fittingSeconds,
                seconds: evaluation.seconds + solved.seconds)
        }
        return MeasuredCell(profile: cell, pictures: main.pictures)
    }

    /// The evaluation images on their way through a network.
    private struct Evaluation<Scalar: TensorScalar> {
        let images: Tensor<Scalar>
        let activations: [Tensor<Scalar>]
        let statistics: NetworkStatistics
        let seconds: Double

        init(_ images: Tensor<Scalar>, network: Network<Scalar>, seed: UInt64) {
            let clock = ContinuousClock()
            let begin = clock.now
            var activations: [Tensor<Scalar>] = []
            statistics = NetworkStatistics(network, inputs: images, seed: seed) { activations.append($0) }
            self.images = images
            self.activations = activations
            seconds = begin.duration(to: clock.now).seconds
        }
    }

    /// What a cascade says of a cell.
    private struct Reading {
        let layers: [LayerProfile]
        let cutoff: Cutoff
        /// S_rel of every evaluation image by depth.
        let samples: [[Double]]
        let divergedLayer: Int?
        let operations, fittingSeconds, seconds: Double
        /// A ``ReconstructionSheet`` as PNG, where one is kept.
        let pictures: Data?
    }

    private func reading<Scalar: TensorScalar>(
        _ evaluation: Evaluation<Scalar>, _ network: Network<Scalar>, _ images: Tensor<Scalar>, _ seed: UInt64, byRidge: Bool,
        keepsPictures: Bool, _ progress: (Int) throws -> Void
    ) throws -> Reading {
        let clock = ContinuousClock()
        let begin = clock.now
        var cascade = Cascade(network: network, seed: seed)
        let training = configuration.headTraining
        if byRidge {
            try cascade.solve(images, training, ridge: configuration.ridge, progress: progress)
        } else {
            try cascade.fit(images, training, progress: progress)
        }
        let fittingSeconds = begin.duration(to: clock.now).seconds
        let reconstructions = cascade.reconstructions(
            of: evaluation.images, fromActivations: Array(evaluation.activations.prefix(cascade.heads.count)))
        var curves = [[Double]](repeating: [], count: reconstructions.count)
        var profiles = [LayerProfile?](repeating: nil, count: reconstructions.count)
        profiles.withUnsafeMutableBufferPointer { profiles in
            curves.withUnsafeMutableBufferPointer { curves in
                Parallel.forEach(reconstructions.count) { k in
                    let image = SampleMatrix(reconstructions[k])
                    curves[k] = relative(image)
                    profiles[k] = profile(
                        k, image, curves[k], SampleMatrix(evaluation.activations[k]), cascade.losses[k], evaluation.statistics)
                }
            }
        }
        let samples = (0..<configuration.evaluation).map { row in curves.map { $0[row] } }
        let operations =
            byRidge
            ? Cost.solvedHeads(cascade.heads, of: architecture, samples: images.shape[0])
            : Cost.heads(
                cascade.heads, of: architecture,
                samples: training.batches(count: images.shape[0], seed: seed).reduce(0) { $0 + $1.count })
        return Reading(
            layers: profiles.map { $0! }, cutoff: Cutoff(curves: samples, relativeTolerance: configuration.cutoffTolerance),
            samples: samples, divergedLayer: cascade.divergedLayer, operations: operations, fittingSeconds: fittingSeconds,
            seconds: begin.duration(to: clock.now).seconds,
            pictures: try keepsPictures
                ? ReconstructionSheet(reconstructions.map { $0.gathered(examples, axis: 0) }, shape: data.imageShape).png : nil)
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
