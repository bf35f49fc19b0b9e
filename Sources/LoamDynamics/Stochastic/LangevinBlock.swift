/// A block of trajectories of Langevin's equations, one in each lane, that whoever holds it advances step by step: for loops that evaluate
/// something along the way, without anything being stored.
///
/// All methods need 2 to 4 multiplications a coordinate and step beside the force and the random numbers; the force is evaluated once a
/// step and carried over.
public final class LangevinBlock<Field: ForceField, Scalar: LaneScalar> {
    /// A register of numbers, one a trajectory.
    public typealias Lanes = Scalar.Lanes
    /// The equations.
    public let dynamics: LangevinDynamics<Field>
    /// The method and its step.
    public let splitting: LangevinSplitting
    /// The seed of the noise.
    public let seed: UInt64
    /// The number of the first lane's trajectory, on which its noise depends.
    @usableFromInline var trajectory = 0
    /// Steps taken since the block was loaded.
    public private(set) var stepCount = 0

    @usableFromInline let memory: BlockMemory<Lanes>
    @usableFromInline let d: Int
    @usableFromInline let noisePerStep: Int
    @usableFromInline var forceIsCurrent = false
    @usableFromInline let isPeriodic: Bool
    @usableFromInline let halfStep: Lanes

    /// A block for lanes still to be loaded.
    @inlinable
    public init(_ dynamics: LangevinDynamics<Field>, _ splitting: LangevinSplitting, seed: UInt64) {
        self.dynamics = dynamics
        self.splitting = splitting
        self.seed = seed
        d = dynamics.field.dimension
        noisePerStep = splitting.order == .obabo ? 2 * d : d
        memory = BlockMemory(9 * d + dynamics.field.parameterCount + Lanes.normalsPerBlock * noisePerStep)
        isPeriodic = dynamics.periods.contains { $0 != nil }
        let h = splitting.step
        halfStep = Lanes(h / 2)
        for i in 0..<d {
            let mass = dynamics.masses[i]
            let drift = splitting.order == .baoab || splitting.order == .aboba ? h / 2 : h
            let decayTime = splitting.order == .obabo ? h / 2 : h
            let x = dynamics.friction * decayTime / mass
            driftFactors[i] = Lanes(drift / mass)
            decays[i] = Lanes((-x).exp())
            kicks[i] = Lanes((mass / dynamics.inverseTemperature * -expMinusOne(-2 * x)).squareRoot())
            let period = dynamics.periods[i]
            self.periods[i] = Lanes(period ?? 0)
            frequencies[i] = Lanes(period.map { 1 / $0 } ?? 0)
        }
    }

    /// Positions, `dimension` registers.
    @inlinable public var positions: UnsafeMutablePointer<Lanes> { memory.base }
    /// Momenta.
    @inlinable public var momenta: UnsafeMutablePointer<Lanes> { memory.base + d }
    /// Forces at the positions that the last kick used.
    @inlinable public var forces: UnsafeMutablePointer<Lanes> { memory.base + 2 * d }
    /// How often each periodic coordinate has gone round, so that position + turns · period is the unwrapped position.
    @inlinable public var turns: UnsafeMutablePointer<Lanes> { memory.base + 3 * d }
    @inlinable var driftFactors: UnsafeMutablePointer<Lanes> { memory.base + 4 * d }
    @inlinable var decays: UnsafeMutablePointer<Lanes> { memory.base + 5 * d }
    @inlinable var kicks: UnsafeMutablePointer<Lanes> { memory.base + 6 * d }
    @inlinable var periods: UnsafeMutablePointer<Lanes> { memory.base + 7 * d }
    @inlinable var frequencies: UnsafeMutablePointer<Lanes> { memory.base + 8 * d }
    /// The trajectories' parameters.
    @inlinable public var parameters: UnsafeMutablePointer<Lanes> { memory.base + 9 * d }
    @inlinable var normals: UnsafeMutablePointer<Lanes> { memory.base + 9 * d + dynamics.field.parameterCount }

    /// Says that positions, momenta and parameters have been set for trajectories `trajectory`, `trajectory` + 1, …, about to take their
    /// step number `stepCount`.
    @inlinable
    public func begin(trajectory: Int, stepCount: Int = 0) {
        precondition(trajectory >= 0 && stepCount >= 0, "LangevinBlock.begin(trajectory: \(trajectory), stepCount: \(stepCount))")
        self.trajectory = trajectory
        setStepCount(stepCount)
        forceIsCurrent = false
        for i in 0..<d { turns[i] = Lanes(0) }
        if stepCount % Lanes.normalsPerBlock != 0 { fillNoise(fromStep: stepCount - stepCount % Lanes.normalsPerBlock) }
    }

    @usableFromInline func setStepCount(_ count: Int) { stepCount = count }

    @inlinable
    func fillNoise(fromStep step: Int) {
        Lanes.fillNormals(
            into: normals, count: Lanes.normalsPerBlock * noisePerStep, seed: seed, trajectory: trajectory, position: step * noisePerStep)
    }

    /// The normal numbers of the last step's O, in the order in which they were used: for stochastic integrals along the trajectory.
    @inlinable
    public var lastNoise: UnsafeMutablePointer<Lanes> {
        normals + ((stepCount + Lanes.normalsPerBlock - 1) % Lanes.normalsPerBlock) * noisePerStep
    }

    /// Takes one step.
    @inlinable @inline(__always)
    public func step() {
        let phase = stepCount % Lanes.normalsPerBlock
        if phase == 0 { fillNoise(fromStep: stepCount) }
        let noise = normals + phase * noisePerStep
        if !forceIsCurrent && splitting.order != .aboba { updateForces() }
        switch splitting.order {
        case .gla:
            kick()
            drift()
            updateForces()
            kick()
            thermalise(noise)
        case .baoab:
            kick()
            drift()
            thermalise(noise)
            drift()
            updateForces()
            kick()
        case .obabo:
            thermalise(noise)
            kick()
            drift()
            updateForces()
            kick()
            thermalise(noise + d)
        case .aboba:
            drift()
            updateForces()
            kick()
            thermalise(noise)
            kick()
            drift()
        }
        setStepCount(stepCount + 1)
    }

    @inlinable @inline(__always)
    func updateForces() {
        dynamics.field.force(at: positions, parameters, into: forces)
        forceIsCurrent = true
    }

    @inlinable @inline(__always)
    func kick() { for i in 0..<d { momenta[i] = Lanes.multiplyAdd(halfStep, forces[i], momenta[i]) } }

    @inlinable @inline(__always)
    func drift() {
        for i in 0..<d { positions[i] = Lanes.multiplyAdd(driftFactors[i], momenta[i], positions[i]) }
        if isPeriodic {
            for i in 0..<d {
                let turned = (positions[i] * frequencies[i]).roundedToInteger()
                positions[i] = Lanes.multiplyAdd(-turned, periods[i], positions[i])
                turns[i] += turned
            }
        }
    }

    @inlinable @inline(__always)
    func thermalise(_ noise: UnsafePointer<Lanes>) {
        for i in 0..<d { momenta[i] = Lanes.multiplyAdd(decays[i], momenta[i], kicks[i] * noise[i]) }
    }
}
