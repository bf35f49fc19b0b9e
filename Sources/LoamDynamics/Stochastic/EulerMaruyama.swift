import LoamTensor

/// The method of Euler and Maruyama, Xₙ₊₁ = Xₙ + h b(tₙ, Xₙ) + √h Σ(tₙ, Xₙ) ξₙ with independent standard normal ξₙ: weak order 1, strong
/// order ½ (1 when Σ is constant). Reference: Kloeden and Platen, *Numerical Solution of Stochastic Differential Equations*, 1992, 10.2.
///
/// Component c of ξₙ is normal number n·m + c of the trajectory (``NoiseVector``), m the number of Brownian motions.
public struct EulerMaruyama: Sendable, Hashable {
    /// The step's length.
    public var step: Double

    /// The method with a step.
    public init(step: Double) {
        precondition(step > 0, "EulerMaruyama(step: \(step)): the step must be positive")
        self.step = step
    }
}

extension StochasticProblem {
    /// Takes `steps` steps of every trajectory on all threads; the result does not depend on their number.
    /// - Parameter interval: keeps the states after every `interval` steps; nil keeps the end only.
    @inlinable
    public func solve(_ method: EulerMaruyama, steps: Int, savingEvery interval: Int? = nil) -> StochasticSolution<Scalar> {
        precondition(steps >= 0 && (interval ?? 1) >= 1, "solve(steps: \(steps), savingEvery: \(interval ?? 0))")
        typealias L = Scalar.Lanes
        let (dimension, noise, count) = (system.dimension, system.noiseDimension, trajectoryCount)
        let saves = interval.map { steps / $0 } ?? 0
        let times = (0..<saves).map { startTime + method.step * Double(($0 + 1) * (interval ?? 1)) }
        var states = Tensor<Scalar>.zeros([saves, dimension, count])
        var final = Tensor<Scalar>.zeros([dimension, count])
        states.withUnsafeMutablePointer { saved in
            final.withUnsafeMutablePointer { end in
                initialStates.withUnsafePointer { initial in
                    parameters.withUnsafePointer { given in
                        Parallel.chunks((count + L.width - 1) / L.width) { blocks in
                            let memory = BlockMemory<L>(3 * dimension + system.parameterCount + L.normalsPerBlock * noise)
                            let (x, drift, displacement) = (memory.base, memory.base + dimension, memory.base + 2 * dimension)
                            let p = memory.base + 3 * dimension
                            let normals = p + system.parameterCount
                            let (h, root) = (L(method.step), L(method.step.squareRoot()))
                            for block in blocks {
                                let columns = BlockColumns(first: block * L.width, count: count, width: L.width)
                                columns.load(initial, rows: dimension, into: x)
                                columns.load(given, rows: system.parameterCount, into: p)
                                for step in 0..<steps {
                                    // As many steps' noise at a time as a block of the generator has numbers.
                                    let phase = step % L.normalsPerBlock
                                    if phase == 0 {
                                        L.fillNormals(
                                            into: normals, count: L.normalsPerBlock * noise, seed: seed,
                                            trajectory: firstTrajectory + columns.first, position: step * noise)
                                    }
                                    let time = L(startTime + method.step * Double(step))
                                    system.drift(at: time, x, p, into: drift)
                                    system.diffusion(at: time, x, p, times: normals + phase * noise, into: displacement)
                                    for i in 0..<dimension {
                                        x[i] = L.multiplyAdd(root, displacement[i], L.multiplyAdd(h, drift[i], x[i]))
                                    }
                                    if let interval, (step + 1) % interval == 0 {
                                        columns.store(x, rows: dimension, into: saved + ((step + 1) / interval - 1) * dimension * count)
                                    }
                                }
                                columns.store(x, rows: dimension, into: end)
                            }
                        }
                    }
                }
            }
        }
        return StochasticSolution(times: times, states: states, finalStates: final)
    }
}
