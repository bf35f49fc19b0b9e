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
        let network = network(Scalar.self, weightVariance, seed: seed)
        let images = trainingImages(Scalar.self)
        let training = configuration.headTraining
        let samples = training.batches(count: images.shape[0], seed: seed).reduce(0) { $0 + $1.count }
        let evaluation = Evaluation(evaluationImages(Scalar.self), network: network, seed: seed)
        let solver = configuration.headSolver
        let trained =
            try solver == .ridge
            ? nil
            : reading(
                network, seed, evaluation, operations: { Cost.heads($0, of: architecture, samples: samples) },
                fit: { cascade in
                    try cascade.fit(images, training) { try progress(solver == .both ? $0 / 2 : $0) }
                })
        let solved =
            try solver == .adam
            ? nil
            : reading(
                network, seed, evaluation, operations: { Cost.solvedHeads($0, of: architecture, samples: images.shape[0]) },
                fit: { cascade in
                    try cascade.solve(images, training, ridge: configuration.ridge) {
                        try progress(solver == .both ? (architecture.depth + $0) / 2 : $0)
                    }
                })
        let main = trained ?? solved!
        var cell = cell(main, evaluation, weightVariance: weightVariance, repetition: repetition)
        if trained != nil, let solved {
            cell.solved = SolvedProfile(
                layers: solved.layers, cutoff: solved.cutoff, operations: solved.operations, solvingSeconds: solved.fittingSeconds,
                seconds: evaluation.seconds + solved.seconds)
        }
        let pictures =
            try repetition == 0
            ? ReconstructionSheet(main.reconstructions.map { $0.gathered(examples, axis: 0) }, shape: data.imageShape).png : nil
        return MeasuredCell(profile: cell, pictures: pictures)
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
        Tensor(casting: data.images[0..<min(configuration.images, data.images.shape[0]), axis: 0])
    }

    /// The images that cascades are judged by.
    func evaluationImages<Scalar: TensorScalar>(_: Scalar.Type) -> Tensor<Scalar> {
        Tensor(casting: data.testImages[0..<configuration.evaluation, axis: 0])
    }

    /// Gives a cascade its heads in the one way that the configuration says, by steps of Adam from `start` or in closed form.
    ///
    /// - Returns: counted operations.
    func fitHeads<Scalar: TensorScalar>(
        _ cascade: inout Cascade<Scalar>, seed: UInt64, startingFrom start: [Head<Scalar>] = [], progress: (Int) throws -> Void = { _ in }
    ) throws -> Double {
        let images = trainingImages(Scalar.self)
        let training = configuration.headTraining
        if configuration.headSolver == .ridge {
            try cascade.solve(images, training, ridge: configuration.ridge, progress: progress)
            return Cost.solvedHeads(cascade.heads, of: cascade.network.architecture, samples: images.shape[0])
        }
        try cascade.fit(images, training, startingFrom: start, progress: progress)
        let samples = training.batches(count: images.shape[0], seed: seed).reduce(0) { $0 + $1.count }
        return Cost.heads(cascade.heads, of: cascade.network.architecture, samples: samples)
    }

    /// What a cascade keeps of the evaluation images at every depth, and the reconstructions themselves.
    ///
    /// - Parameter headOperations: counted operations of its heads' training.
    func evaluate<Scalar: TensorScalar>(
        _ cascade: Cascade<Scalar>, weightVariance: Double, repetition: Int, headOperations: Double
    ) -> (profile: CellProfile, reconstructions: [Tensor<Scalar>]) {
        let evaluation = Evaluation(evaluationImages(Scalar.self), network: cascade.network, seed: seed(repetition: repetition))
        let reading = reading(cascade, evaluation, operations: headOperations)
        return (cell(reading, evaluation, weightVariance: weightVariance, repetition: repetition), reading.reconstructions)
    }

    /// The evaluation images on their way through a network.
    private struct Evaluation<Scalar: TensorScalar> {
        let images: Tensor<Scalar>
        let activations: [Tensor<Scalar>]
        let statistics: NetworkStatistics
        let operations, seconds: Double

        init(_ images: Tensor<Scalar>, network: Network<Scalar>, seed: UInt64) {
            let begin = ContinuousClock.now
            var activations: [Tensor<Scalar>] = []
            statistics = NetworkStatistics(network, inputs: images, seed: seed) { activations.append($0) }
            self.images = images
            self.activations = activations
            operations = NetworkStatistics.operations(network.architecture.prefix(max(1, activations.count)), samples: images.shape[0])
            seconds = begin.duration(to: .now).seconds
        }
    }

    /// What a cascade says of a cell.
    private struct Reading<Scalar: TensorScalar> {
        let reconstructions: [Tensor<Scalar>]
        let layers: [LayerProfile]
        let cutoff: Cutoff
        /// S_rel of every evaluation image by depth.
        let samples: [[Double]]
        let divergedLayer: Int?
        let operations: Double
        var fittingSeconds = 0.0
        var seconds = 0.0
    }

    private func reading<Scalar: TensorScalar>(
        _ network: Network<Scalar>, _ seed: UInt64, _ evaluation: Evaluation<Scalar>, operations: ([Head<Scalar>]) -> Double,
        fit: (inout Cascade<Scalar>) throws -> Void
    ) rethrows -> Reading<Scalar> {
        let begin = ContinuousClock.now
        var cascade = Cascade(network: network, seed: seed)
        try fit(&cascade)
        let fittingSeconds = begin.duration(to: .now).seconds
        var reading = reading(cascade, evaluation, operations: operations(cascade.heads))
        reading.fittingSeconds = fittingSeconds
        reading.seconds += fittingSeconds
        return reading
    }

    private func reading<Scalar: TensorScalar>(
        _ cascade: Cascade<Scalar>, _ evaluation: Evaluation<Scalar>, operations: Double
    ) -> Reading<Scalar> {
        let begin = ContinuousClock.now
        let reconstructions = cascade.reconstructions(
            of: evaluation.images, fromActivations: Array(evaluation.activations.prefix(cascade.heads.count)))
        var curves = [[Double]](repeating: [], count: reconstructions.count)
        var profiles = [LayerProfile?](repeating: nil, count: reconstructions.count)
        profiles.withUnsafeMutableBufferPointer { profiles in
            curves.withUnsafeMutableBufferPointer { curves in
                Parallel.forEach(reconstructions.count) { k in
                    let image = SampleMatrix(reconstructions[k])
                    curves[k] = relative(image)
                    let losses = k < cascade.losses.count ? cascade.losses[k] : []
                    profiles[k] = profile(k, image, curves[k], SampleMatrix(evaluation.activations[k]), losses, evaluation.statistics)
                }
            }
        }
        let samples = (0..<configuration.evaluation).map { row in curves.map { $0[row] } }
        return Reading(
            reconstructions: reconstructions, layers: profiles.map { $0! },
            cutoff: Cutoff(curves: samples, relativeTolerance: configuration.cutoffTolerance), samples: samples,
            divergedLayer: cascade.divergedLayer, operations: operations, seconds: begin.duration(to: .now).seconds)
    }

    private func cell<Scalar: TensorScalar>(
        _ reading: Reading<Scalar>, _ evaluation: Evaluation<Scalar>, weightVariance: Double, repetition: Int
    ) -> CellProfile {
        let sampleCutoffs = Quantiles(
            reading.samples.filter { $0.allSatisfy(\.isFinite) }.map {
                Double(Cutoff(curve: $0, relativeTolerance: configuration.cutoffTolerance).depth)
            })
        var cell = CellProfile(
            weightVariance: weightVariance, biasVariance: configuration.biasVariance, repetition: repetition, layers: reading.layers,
            cutoff: reading.cutoff, sampleCutoffMean: sampleCutoffs.mean, sampleCutoffDeviation: sampleCutoffs.standardDeviation,
            divergedLayer: reading.divergedLayer, headOperations: reading.operations, headSeconds: reading.fittingSeconds,
            seconds: evaluation.seconds + reading.seconds, statisticsSeconds: evaluation.seconds)
        cell.statisticsOperations = evaluation.operations
        return cell
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
