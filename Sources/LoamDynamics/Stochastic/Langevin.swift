import LoamTensor

/// Forces that depend on positions, written once for one trajectory and computed for many side by side.
public protocol ForceField: Sendable {
    /// The number of coordinates.
    var dimension: Int { get }
    /// The number of parameters that differ from trajectory to trajectory; 0 unless said otherwise.
    var parameterCount: Int { get }
    /// Writes the force −∇V at a position.
    func force<Number: TrajectoryScalar>(
        at position: UnsafePointer<Number>, _ parameters: UnsafePointer<Number>, into force: UnsafeMutablePointer<Number>)
}

extension ForceField {
    public var parameterCount: Int { 0 }
}

/// Langevin's equations dq = M⁻¹p dt, dp = F(q) dt − γM⁻¹p dt + √(2γ/β) dW, with a diagonal mass matrix M, friction γ and inverse
/// temperature β; when F = −∇V their stationary law is proportional to e^(−β(V(q) + pᵀM⁻¹p/2)).
public struct LangevinDynamics<Field: ForceField>: Sendable {
    /// The forces.
    public var field: Field
    /// γ, in units of mass over time.
    public var friction: Double
    /// β, in units of one over energy.
    public var inverseTemperature: Double
    /// The masses, one a coordinate.
    public var masses: [Double]
    /// The period of each coordinate that lives on a circle: it is kept within half a period of 0, and its turns are counted.
    public var periods: [Double?]

    /// Dynamics in a force field; masses are 1 and no coordinate is periodic unless said otherwise.
    /// - Precondition: friction is not negative, β and the masses are positive.
    public init(_ field: Field, friction: Double, inverseTemperature: Double = 1, masses: [Double]? = nil, periods: [Double?]? = nil) {
        let dimension = field.dimension
        precondition(
            friction >= 0 && inverseTemperature > 0 && (masses ?? [1]).allSatisfy { $0 > 0 },
            "LangevinDynamics(friction: \(friction), inverseTemperature: \(inverseTemperature)): friction must not be negative, "
                + "inverse temperature and masses must be positive")
        precondition(
            (masses?.count ?? dimension) == dimension && (periods?.count ?? dimension) == dimension,
            "LangevinDynamics: masses and periods are given for each of \(dimension) coordinates")
        self.field = field
        self.friction = friction
        self.inverseTemperature = inverseTemperature
        self.masses = masses ?? Array(repeating: 1, count: dimension)
        self.periods = periods ?? Array(repeating: nil, count: dimension)
    }
}

/// A splitting of Langevin's equations into drift of positions (A), kicks by forces (B) and the exact Ornstein–Uhlenbeck process of momenta
/// (O), each solved exactly over the step or halves of it, in the order of the letters.
public struct LangevinSplitting: Sendable, Hashable {
    /// The order of the parts.
    public enum Order: String, Sendable, Hashable, CaseIterable, Codable {
        /// The geometric Langevin algorithm, B½ A B½ O: a step of velocity Verlet, then O (Bou-Rabee and Owhadi 2010).
        case gla
        /// B½ A½ O A½ B½ (Leimkuhler and Matthews 2013): exact positions for harmonic forces.
        case baoab
        /// O½ B½ A B½ O½ (Bussi and Parrinello 2007). Two normal numbers a coordinate and step.
        case obabo
        /// A½ B½ O B½ A½.
        case aboba
    }
    /// The order of the parts.
    public var order: Order
    /// The step's length.
    public var step: Double

    /// A splitting with a step.
    public init(_ order: Order, step: Double) {
        precondition(step > 0, "LangevinSplitting(step: \(step)): the step must be positive")
        self.order = order
        self.step = step
    }
    /// The geometric Langevin algorithm.
    public static func gla(step: Double) -> LangevinSplitting { LangevinSplitting(.gla, step: step) }
    /// The method BAOAB.
    public static func baoab(step: Double) -> LangevinSplitting { LangevinSplitting(.baoab, step: step) }
    /// The method OBABO.
    public static func obabo(step: Double) -> LangevinSplitting { LangevinSplitting(.obabo, step: step) }
    /// The method ABOBA.
    public static func aboba(step: Double) -> LangevinSplitting { LangevinSplitting(.aboba, step: step) }
}
