/// What a network repeats, as mean-field theory sees it.
public enum BlockKind: String, Codable, CaseIterable, Hashable, Sendable {
    /// z ← φ(Wz + b).
    case dense
    /// φ of a convolution with periodic padding; its spatially uniform mode obeys the dense theory.
    case convolution
    /// z ← φ(F(z) + z), F two weight layers with φ between them (the paper's residual block).
    case residual
    /// x ← x + φ(Wx + b).
    case residualPre
}

/// Mean-field theory of one architecture: which lines a figure may draw for it.
///
/// Residual blocks have no edge of chaos: the shortcut keeps a part of the input whatever the variances, so neither a critical σ_w² nor
/// a correlation length of the exponential kind exists (Yang and Schoenholz 2017), and the corresponding answers are empty.
public struct BlockTheory: Sendable {
    /// What is repeated.
    public let block: BlockKind
    /// φ.
    public let activation: Activation
    /// P of the population that carries the residual block.
    public let population: Int
    /// The key of the population's random numbers.
    public let seed: UInt64
    private let theory: MeanField

    /// - Parameters:
    ///   - tolerance: relative accuracy of the Gaussian integrals.
    ///   - population: used by ``BlockKind/residual`` only.
    public init(_ block: BlockKind, _ activation: Activation, tolerance: Double = 1e-9, population: Int = 200_000, seed: UInt64 = 0) {
        self.block = block
        self.activation = activation
        self.population = population
        self.seed = seed
        theory = MeanField(activation, tolerance: tolerance)
    }

    /// Whether networks of this block have an edge of chaos.
    public var hasCriticalLine: Bool { block == .dense || block == .convolution }

    /// ξ_c in layers; `nil` for residual blocks and where no finite fixed point exists.
    public func correlationScale(_ v: InitialVariances) -> Double? {
        hasCriticalLine ? theory.fixedPoint(v)?.correlationScale : nil
    }

    /// The critical σ_w² at that σ_b²; empty for residual blocks.
    public func criticalPoints(biasVariance: Double) -> [CriticalPoint] {
        hasCriticalLine ? theory.criticalPoints(biasVariance: biasVariance) : []
    }

    /// Lengths and correlations after each of `depth` blocks, from (q₀, c₀); the start is not part of the result.
    ///
    /// Dense and convolutional: the variance and correlation of pre-activations. Residual: mean square and uncentred correlation of the
    /// block's output z (by ``PopulationDynamics``) or of the stream x (by ``MeanField/residualTrajectory(from:depth:_:)``, from a
    /// stream of mean 0).
    public func trajectory(length q0: Double, correlation c0: Double, depth: Int, _ v: InitialVariances) -> [MeanFieldState] {
        switch block {
        case .dense, .convolution: return theory.trajectory(length: q0, correlation: c0, depth: depth, v)
        case .residual:
            return PopulationDynamics(activation: activation, block: .post, population: population, seed: seed)
                .run(length: q0, decorrelation: 1 - c0, depth: depth, v)
        case .residualPre:
            return theory.residualTrajectory(from: StreamState(power: q0, decorrelation: 1 - c0), depth: depth, v).map {
                MeanFieldState(length: $0.power, decorrelation: $0.decorrelation)
            }
        }
    }
}
