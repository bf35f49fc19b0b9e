import LoamRuns
import LoamTensor
import RealModule

/// What was measured at one layer of one cell.
public struct LayerProfile: Hashable, Codable, Sendable {
    /// ℓ, from 1.
    public var depth: Int
    /// S_rel over the evaluation images: mean, standard error of the mean, median and the 5 % and 95 % quantiles.
    public var relativeMean, relativeError, relativeMedian, relativeLow, relativeHigh: Double
    /// S_diff and S_vN of the reconstructions, S_vN of the activations themselves.
    public var differential, vonNeumann, activationVonNeumann: Double
    /// Mean training loss of the head over the last quarter of its steps.
    public var headLoss: Double
    /// q̂, ĉ and χ̂ of the finite network.
    public var length, correlation, gain: Double
    /// Evaluation images whose reconstruction was not finite.
    public var excluded: Int

    /// All members.
    public init(
        depth: Int, relativeMean: Double, relativeError: Double, relativeMedian: Double, relativeLow: Double, relativeHigh: Double,
        differential: Double, vonNeumann: Double, activationVonNeumann: Double, headLoss: Double, length: Double, correlation: Double,
        gain: Double, excluded: Int
    ) {
        self.depth = depth
        self.relativeMean = relativeMean
        self.relativeError = relativeError
        self.relativeMedian = relativeMedian
        self.relativeLow = relativeLow
        self.relativeHigh = relativeHigh
        self.differential = differential
        self.vonNeumann = vonNeumann
        self.activationVonNeumann = activationVonNeumann
        self.headLoss = headLoss
        self.length = length
        self.correlation = correlation
        self.gain = gain
        self.excluded = excluded
    }
}

/// What heads in closed form make of a cell.
public struct SolvedProfile: Hashable, Codable, Sendable {
    /// From layer 1 on.
    public var layers: [LayerProfile]
    /// As that of the cell.
    public var cutoff: Cutoff
    /// Counted operations of solving the heads.
    public var operations: Double
    /// Measured seconds of solving the heads.
    @Measured public var solvingSeconds: Double
    /// Measured seconds of everything.
    @Measured public var seconds: Double

    /// All members.
    public init(layers: [LayerProfile], cutoff: Cutoff, operations: Double, solvingSeconds: Double, seconds: Double) {
        self.layers = layers
        self.cutoff = cutoff
        self.operations = operations
        self.solvingSeconds = solvingSeconds
        self.seconds = seconds
    }
}

/// One cell of a phase map: one network and its cascade, all depths.
public struct CellProfile: Hashable, Codable, Sendable {
    /// σ_w² and σ_b².
    public var weightVariance, biasVariance: Double
    /// Which of the repetitions with different random numbers, from 0.
    public var repetition: Int
    /// What was measured, from layer 1 on; shorter than the map where the network diverged.
    public var layers: [LayerProfile]
    /// From the median of the normalised curves, and mean and standard deviation over the samples' own.
    public var cutoff: Cutoff
    /// Mean and standard deviation of the cutoffs of single samples.
    public var sampleCutoffMean, sampleCutoffDeviation: Double
    /// The first layer whose activations were not finite, from 1.
    public var divergedLayer: Int?
    /// Counted operations of head training.
    public var headOperations: Double
    /// Measured seconds of head training.
    @Measured public var headSeconds: Double
    /// Measured seconds of everything.
    @Measured public var seconds: Double
    /// Seconds of propagating the evaluation images and tangents through the untrained network.
    @Measured public var statisticsSeconds: Double
    /// Counted operations of the same; nil in maps of versions that did not count them.
    public var statisticsOperations: Double?

    /// The same cell through heads in closed form, where heads were both trained and solved.
    public var solved: SolvedProfile?

    /// All members.
    public init(
        weightVariance: Double, biasVariance: Double, repetition: Int, layers: [LayerProfile], cutoff: Cutoff, sampleCutoffMean: Double,
        sampleCutoffDeviation: Double, divergedLayer: Int? = nil, headOperations: Double, headSeconds: Double, seconds: Double,
        statisticsSeconds: Double
    ) {
        self.weightVariance = weightVariance
        self.biasVariance = biasVariance
        self.repetition = repetition
        self.layers = layers
        self.cutoff = cutoff
        self.sampleCutoffMean = sampleCutoffMean
        self.sampleCutoffDeviation = sampleCutoffDeviation
        self.divergedLayer = divergedLayer
        self.headOperations = headOperations
        _headSeconds = Measured(wrappedValue: headSeconds)
        _seconds = Measured(wrappedValue: seconds)
        _statisticsSeconds = Measured(wrappedValue: statisticsSeconds)
    }

    /// The value at `depth` (from 1); beyond the deepest layer that the cell has, the deepest one's when the cell did not diverge.
    func at(_ depth: Int, _ value: (LayerProfile) -> Double) -> Double {
        if depth <= layers.count { return value(layers[depth - 1]) }
        return divergedLayer == nil ? layers.last.map(value) ?? .nan : .nan
    }

    /// S_diff by depth.
    public var differentialCurve: [Double] { layers.map(\.differential) }

    /// Mean of ln χ̂ over the first `depth` layers: the logarithmic rate at which tangents grow.
    func meanLogGain(_ depth: Int) -> Double {
        let used = layers.prefix(depth)
        return used.isEmpty ? .nan : used.reduce(0) { $0 + Double.log($1.gain) } / Double(used.count)
    }
}

/// A phase map: cells over σ_w², and the levels that its entropies are read against.
public struct PhaseMap: Hashable, Codable, Sendable {
    /// φ.
    public var activation: Activation
    /// σ_b² of every cell.
    public var biasVariance: Double
    /// The family of networks, by the name it was asked for: what a file calls its network cannot be mistaken for a published family.
    public var architecture: String
    /// The number of reconstructed stages, how many of them come before the repeated part, and the number of values of an image.
    public var depth, stem, width: Int
    /// S_rel of the data-mean image (all information lost) and of a constant image, averaged over the evaluation images.
    public var meanImageLevel, constantImageLevel: Double
    /// One a σ_w² and repetition.
    public var cells: [CellProfile]
    /// The seed of repetition 0, that of repetition r being seed + r; nil in maps of versions that did not keep it.
    public var seed: UInt64?
    /// Where pictures of the reconstructions are, beside the file of the map.
    var pictures: MapPictures?

    /// All members.
    public init(
        activation: Activation, biasVariance: Double, depth: Int, stem: Int = 0, width: Int, architecture: String = "mlp",
        meanImageLevel: Double, constantImageLevel: Double, cells: [CellProfile], seed: UInt64? = nil
    ) {
        self.activation = activation
        self.biasVariance = biasVariance
        self.depth = depth
        self.stem = stem
        self.width = width
        self.architecture = architecture
        self.meanImageLevel = meanImageLevel
        self.constantImageLevel = constantImageLevel
        self.cells = cells
        self.seed = seed
    }

    /// Whether the mean-field theory of dense networks holds: for the vanilla periodic convolutional network its uniform mode does.
    public var followsDenseTheory: Bool { ["mlp", "mlp-shrinking", "cnn"].contains(architecture) }

    /// θ of the front: published as −13 for dense networks and −9 for convolutional and residual ones, at 784 pixels; n(y) sums to one, so
    /// S_diff moves by −ln N with the number of pixels.
    public var frontThreshold: Double {
        (stem > 0 ? Front.convolutionalThreshold : Front.denseThreshold) + Double.log(784 / Double(width))
    }

    /// The front depth of a cell, in layers; `nil` where S_diff stays above ``frontThreshold``.
    public func front(_ cell: CellProfile) -> Double? { Front.depth(cell.differentialCurve, threshold: frontThreshold) }

    /// The values of σ_w², ascending.
    public var weightVariances: [Double] { Array(Set(cells.map(\.weightVariance))).sorted() }

    func cells(at weightVariance: Double) -> [CellProfile] { cells.filter { $0.weightVariance == weightVariance } }

    /// Mean and standard error over repetitions of one number a cell.
    func summary(_ weightVariance: Double, _ value: (CellProfile) -> Double) -> (mean: Double, error: Double?) {
        let values = cells(at: weightVariance).map(value)
        let quantiles = Quantiles(values)
        if values.contains(where: \.isInfinite) { return (values.contains(.infinity) ? .infinity : -.infinity, nil) }
        return (quantiles.mean, values.count > 1 ? quantiles.standardDeviation / Double(values.count).squareRoot() : nil)
    }

    /// What makes a map that was read from a file unusable; `nil` for a sound one.
    var problem: String? {
        if depth < 1 || width < 1 || stem < 0 || stem >= depth { return "depth \(depth), width \(width)" }
        if cells.isEmpty { return "no cells" }
        for cell in cells {
            let name = "cell σ_w² = \(cell.weightVariance), repetition \(cell.repetition)"
            if !(cell.weightVariance > 0 && cell.weightVariance.isFinite && cell.biasVariance >= 0) {
                return "\(name): variances out of range"
            }
            if cell.layers.isEmpty || cell.layers.count > depth { return "\(name): \(cell.layers.count) layers in a map of depth \(depth)" }
            if cell.layers.enumerated().contains(where: { $0.offset + 1 != $0.element.depth }) {
                return "\(name): its layers are not 1, 2, …"
            }
        }
        return nil
    }

    /// One row a layer, one column a σ_w², averaged over repetitions; NaN where a cell has no such layer.
    func grid(_ value: (LayerProfile) -> Double) -> [[Double]] {
        (1...depth).map { layer in
            weightVariances.map { weight in
                summary(weight) { $0.layers.count >= layer ? value($0.layers[layer - 1]) : .nan }.mean
            }
        }
    }
}
