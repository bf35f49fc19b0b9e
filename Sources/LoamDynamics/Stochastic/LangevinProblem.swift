import LoamTensor

/// Langevin dynamics, where its trajectories begin, and the seed of their noise. Single or double precision goes by the initial states.
public struct LangevinProblem<Field: ForceField, Scalar: LaneScalar>: Sendable {
    /// The equations.
    public var dynamics: LangevinDynamics<Field>
    /// The positions at the beginning, of shape [dimension, trajectories].
    public var positions: Tensor<Scalar>
    /// The momenta at the beginning, of the same shape.
    public var momenta: Tensor<Scalar>
    /// What differs from trajectory to trajectory in the forces, of shape [parameters, trajectories].
    public var parameters: Tensor<Scalar>
    /// The seed of all trajectories' noise.
    public var seed: UInt64
    /// The number of the first trajectory: trajectories k of two problems with the same seed meet the same noise.
    public var firstTrajectory: Int

    /// A problem for as many trajectories as `positions` has columns.
    public init(
        _ dynamics: LangevinDynamics<Field>, positions: Tensor<Scalar>, momenta: Tensor<Scalar>, parameters: Tensor<Scalar>? = nil,
        seed: UInt64,
        firstTrajectory: Int = 0
    ) {
        let field = dynamics.field
        precondition(
            positions.rank == 2 && positions.shape[0] == field.dimension && momenta.shape == positions.shape,
            "LangevinProblem: positions of shape \(positions.shape) and momenta of shape \(momenta.shape) for \(field.dimension) "
                + "coordinates; the shape is [dimension, trajectories]")
        let parameters = parameters ?? Tensor<Scalar>.zeros([field.parameterCount, positions.shape[1]])
        precondition(
            parameters.shape == [field.parameterCount, positions.shape[1]],
            "LangevinProblem: parameters of shape \(parameters.shape), not [\(field.parameterCount), \(positions.shape[1])]")
        self.dynamics = dynamics
        self.positions = positions
        self.momenta = momenta
        self.parameters = parameters
        self.seed = seed
        self.firstTrajectory = firstTrajectory
    }

    /// The number of trajectories.
    public var trajectoryCount: Int { positions.shape[1] }

    /// Hands every block of trajectories to `body`, loaded and ready for its first step, on all threads at once.
    ///
    /// The lanes of the block are trajectories `range.lowerBound`, …; where the range is shorter than a register, the lanes beyond it
    /// repeat
    /// the last trajectory's initial state under noise of their own and count for nothing.
    @inlinable
    public func forEachBlock(_ splitting: LangevinSplitting, _ body: (LangevinBlock<Field, Scalar>, Range<Int>) -> Void) {
        typealias L = Scalar.Lanes
        let (d, count) = (dynamics.field.dimension, trajectoryCount)
        positions.withUnsafePointer { q in
            momenta.withUnsafePointer { p in
                parameters.withUnsafePointer { given in
                    Parallel.chunks((count + L.width - 1) / L.width) { blocks in
                        let block = LangevinBlock<Field, Scalar>(dynamics, splitting, seed: seed)
                        for index in blocks {
                            let columns = BlockColumns(first: index * L.width, count: count, width: L.width)
                            columns.load(q, rows: d, into: block.positions)
                            columns.load(p, rows: d, into: block.momenta)
                            columns.load(given, rows: dynamics.field.parameterCount, into: block.parameters)
                            block.begin(trajectory: firstTrajectory + columns.first)
                            body(block, columns.first..<min(columns.first + L.width, count))
                        }
                    }
                }
            }
        }
    }

    /// Takes `steps` steps of every trajectory on all threads; the result does not depend on their number.
    /// - Parameter interval: keeps positions and momenta after every `interval` steps; nil keeps the end only.
    @inlinable
    public func solve(_ splitting: LangevinSplitting, steps: Int, savingEvery interval: Int? = nil) -> LangevinSolution<Scalar> {
        precondition(steps >= 0 && (interval ?? 1) >= 1, "solve(steps: \(steps), savingEvery: \(interval ?? 0))")
        typealias L = Scalar.Lanes
        let (d, count) = (dynamics.field.dimension, trajectoryCount)
        let saves = interval.map { steps / $0 } ?? 0
        var (q, p) = (Tensor<Scalar>.zeros([saves, d, count]), Tensor<Scalar>.zeros([saves, d, count]))
        var (finalPositions, finalMomenta) = (Tensor<Scalar>.zeros([d, count]), Tensor<Scalar>.zeros([d, count]))
        q.withUnsafeMutablePointer { q in
            p.withUnsafeMutablePointer { p in
                finalPositions.withUnsafeMutablePointer { endQ in
                    finalMomenta.withUnsafeMutablePointer { endP in
                        forEachBlock(splitting) { block, range in
                            let columns = BlockColumns(first: range.lowerBound, count: count, width: L.width)
                            let unwrapped = BlockMemory<L>(d)
                            func store(_ q: UnsafeMutablePointer<Scalar>, _ p: UnsafeMutablePointer<Scalar>) {
                                for i in 0..<d { unwrapped.base[i] = L.multiplyAdd(block.turns[i], block.periods[i], block.positions[i]) }
                                columns.store(unwrapped.base, rows: d, into: q)
                                columns.store(block.momenta, rows: d, into: p)
                            }
                            for step in 0..<steps {
                                block.step()
                                if let interval, (step + 1) % interval == 0 {
                                    let place = ((step + 1) / interval - 1) * d * count
                                    store(q + place, p + place)
                                }
                            }
                            store(endQ, endP)
                        }
                    }
                }
            }
        }
        let times = (0..<saves).map { splitting.step * Double(($0 + 1) * (interval ?? 1)) }
        return LangevinSolution(times: times, positions: q, momenta: p, finalPositions: finalPositions, finalMomenta: finalMomenta)
    }
}

/// Positions and momenta of many trajectories at common times. Periodic coordinates are unwrapped.
public struct LangevinSolution<Scalar: LaneScalar>: Sendable {
    /// The times of ``positions`` and ``momenta``.
    public var times: [Double]
    /// The positions, of shape [times, dimension, trajectories].
    public var positions: Tensor<Scalar>
    /// The momenta, of the same shape.
    public var momenta: Tensor<Scalar>
    /// The positions at the end, of shape [dimension, trajectories].
    public var finalPositions: Tensor<Scalar>
    /// The momenta at the end, of the same shape.
    public var finalMomenta: Tensor<Scalar>

    @usableFromInline
    init(
        times: [Double], positions: Tensor<Scalar>, momenta: Tensor<Scalar>, finalPositions: Tensor<Scalar>, finalMomenta: Tensor<Scalar>
    ) {
        self.times = times
        self.positions = positions
        self.momenta = momenta
        self.finalPositions = finalPositions
        self.finalMomenta = finalMomenta
    }
}
