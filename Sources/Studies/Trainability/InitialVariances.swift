import LoamNN
import LoamTensor

/// How the entries of a weight matrix are drawn.
public enum InitializationScheme: String, Codable, CaseIterable, Hashable, Sendable {
    /// Independent N(0, σ_w²/fan_in).
    case gaussian
    /// Independent U(±√(3σ_w²/fan_in)), the same variance.
    case uniform
    /// σ_w times a Haar-distributed orthogonal matrix; rectangular ones have orthonormal rows or columns.
    case orthogonal
    /// Convolutions: zero but for the centre tap, σ_w times an orthogonal matrix (Xiao et al. 2018). Elsewhere as ``orthogonal``.
    case deltaOrthogonal
}

/// The variances of a random network: W_ij ~ N(0, σ_w²/fan_in), b_i ~ N(0, σ_b²).
///
/// Both members are *variances*; the standard deviations σ_w, σ_b never appear in this study's interface.
public struct InitialVariances: Hashable, Codable, Sendable {
    /// σ_w², the weights' variance times fan_in.
    public var weight: Double
    /// σ_b², the biases' variance.
    public var bias: Double
    /// The law of the weights with that variance.
    public var scheme: InitializationScheme

    /// All members; checked by ``validated()`` only.
    public init(weight: Double, bias: Double, scheme: InitializationScheme = .gaussian) {
        self.weight = weight
        self.bias = bias
        self.scheme = scheme
    }

    /// Itself, when both variances are finite and not negative (and σ_w² > 0).
    ///
    /// - Throws: ``TrainabilityError`` naming the variance and its value.
    public func validated() throws -> InitialVariances {
        guard weight.isFinite, weight > 0 else {
            throw TrainabilityError("sigma-w2", "the weight variance σ_w² must be a finite number above 0, found \(weight)")
        }
        guard bias.isFinite, bias >= 0 else {
            throw TrainabilityError("sigma-b2", "the bias variance σ_b² must be a finite number of at least 0, found \(bias)")
        }
        return self
    }

    /// How a weight of a given shape is drawn; fan_in counts the whole kernel, at borders too.
    var initialiser: (Shape) -> Initialiser {
        let gain = weight.squareRoot()
        return { shape in
            switch scheme {
            case .gaussian: .varianceScaling(scale: weight, fan: .input, distribution: .normal)
            case .uniform: .varianceScaling(scale: weight, fan: .input, distribution: .uniform)
            case .deltaOrthogonal where shape.rank == 4: .deltaOrthogonal(gain: gain)
            case .orthogonal, .deltaOrthogonal: .orthogonal(gain: gain)
            }
        }
    }

    /// He's choice for ReLU: σ_w² = 2, σ_b² = 0.
    public static let he = InitialVariances(weight: 2, bias: 0)
    /// LeCun's choice: σ_w² = 1, σ_b² = 0.
    public static let leCun = InitialVariances(weight: 1, bias: 0)
    /// Glorot's (Xavier's) choice: σ_w² = 2 fan_in/(fan_in + fan_out), σ_b² = 0.
    public static func xavier(fanIn: Int, fanOut: Int) -> InitialVariances {
        precondition(fanIn > 0 && fanOut > 0, "xavier: fan-in \(fanIn) and fan-out \(fanOut) must be positive")
        return InitialVariances(weight: 2 * Double(fanIn) / Double(fanIn + fanOut), bias: 0)
    }
}
