import LoamTensor

/// The implicit midpoint rule y₁ = y₀ + h f(t + h/2, (y₀ + y₁)/2) for many trajectories with a common step: order 2, symmetric, symplectic,
/// A-stable, and exact in every quadratic law yᵀCy that the equation conserves (Hairer, Lubich and Wanner, *Geometric Numerical
/// Integration*,
/// IV.2.1).
///
/// The equation for the midpoint is solved by Newton's method in every lane for itself, with the Jacobian by forward-mode differentiation:
/// the
/// laws are conserved, and stiff parts bounded, at any step for which it converges. ``ImplicitMidpointStepper`` serves single trajectories
/// of
/// many components.
public struct ImplicitMidpoint: Sendable, Hashable {
    /// The step's length. It is shortened, if need be, so that the time span is a whole number of steps.
    public var step: Double
    /// Newton iterations after which a step is taken as it is, and the trajectory's outcome becomes ``TrajectoryOutcome/notConverged``.
    public var maximumIterations: Int

    /// The method with a step.
    public init(step: Double, maximumIterations: Int = 25) {
        precondition(step > 0 && maximumIterations > 0, "ImplicitMidpoint(step: \(step), maximumIterations: \(maximumIterations))")
        self.step = step
        self.maximumIterations = maximumIterations
    }
}

extension InitialValueProblem {
    /// Follows all trajectories on all threads; the result does not depend on their number. Events are not looked for.
    ///
    /// In the statistics, rejected steps are those whose equation was not solved; they have been taken all the same.
    /// - Parameter interval: keeps the states after every `interval` steps; nil keeps the end only.
    @inlinable
    public func solve(_ method: ImplicitMidpoint, savingEvery interval: Int? = nil) -> EnsembleSolution {
        precondition((interval ?? 1) >= 1, "solve(savingEvery: \(interval ?? 0))")
        let length = timeSpan.upperBound - timeSpan.lowerBound
        let steps = Int((length / method.step * (1 - 1e-12)).rounded(.up))
        let h = steps > 0 ? length / Double(steps) : 0
        let saves = interval.map { steps / $0 } ?? 0
        let times = (1..<saves + 1).map { min(timeSpan.upperBound, timeSpan.lowerBound + h * Double($0 * (interval ?? 1))) }
        return gather(savingAt: times) { output in
            let block = ImplicitMidpointBlock(system, method)
            block.run(output, from: timeSpan.lowerBound, step: h, steps: steps, interval: interval)
        }
    }
}

/// The rule on a block of trajectories that begin and end together.
@usableFromInline
final class ImplicitMidpointBlock<System: DynamicalSystem> {
    @usableFromInline typealias L = DoubleLanes
    @usableFromInline typealias D = Dual<DoubleLanes>
    @usableFromInline let system: System
    @usableFromInline let method: ImplicitMidpoint
    @usableFromInline let n: Int
    /// State, midpoint, slope, correction, parameters.
    @usableFromInline let memory: BlockMemory<DoubleLanes>
    /// State, derivative, parameters.
    @usableFromInline let duals: UnsafeMutablePointer<Dual<DoubleLanes>>
    @usableFromInline let linear: LaneLinearSystem

    @inlinable
    init(_ system: System, _ method: ImplicitMidpoint) {
        self.system = system
        self.method = method
        n = system.dimension
        memory = BlockMemory(4 * n + system.parameterCount)
        duals = .allocate(capacity: 2 * n + system.parameterCount + 1)
        duals.initialize(repeating: D(0), count: 2 * n + system.parameterCount + 1)
        linear = LaneLinearSystem(n)
    }

    deinit { duals.deallocate() }

    /// Takes up trajectories, eight at a time, until none is left.
    @inlinable
    func run(_ output: EnsembleOutput, from start: Double, step h: Double, steps: Int, interval: Int?) {
        let (y, p) = (memory.base, memory.base + 4 * n)
        let count = output.trajectoryCount
        var indices: [Int] = []
        while true {
            indices.removeAll(keepingCapacity: true)
            while indices.count < L.width, case let index = output.takeTrajectory(), index >= 0 { indices.append(index) }
            if indices.isEmpty { return }
            for lane in 0..<L.width {
                let index = indices[min(lane, indices.count - 1)]
                for i in 0..<n { y[i][lane] = output.initial[i * count + index] }
                for i in 0..<system.parameterCount { p[i][lane] = output.parameters[i * count + index] }
            }
            var (unsolved, evaluations) = (L(0), L(0))
            for step in 0..<steps {
                let (isSolved, iterations) = advance(at: L(start + h * (Double(step) + 0.5)), step: L(h))
                unsolved += L(0).selected(where: isSolved, otherwise: L(1))
                evaluations += iterations
                if let interval, (step + 1) % interval == 0 {
                    let place = output.saved + ((step + 1) / interval - 1) * n * count
                    for (lane, index) in indices.enumerated() { for i in 0..<n { place[i * count + index] = y[i][lane] } }
                }
            }
            for (lane, index) in indices.enumerated() {
                var isFinite = true
                for i in 0..<n {
                    output.final[i * count + index] = y[i][lane]
                    isFinite = isFinite && y[i][lane].isFinite
                }
                output.finalTimes[index] = start + h * Double(steps)
                output.outcomes[index] = !isFinite ? .notFinite : unsolved[lane] > 0 ? .notConverged : .finished
                var statistics = StepStatistics()
                statistics.rejected = Int(unsolved[lane])
                statistics.accepted = steps - statistics.rejected
                statistics.evaluations = steps + Int(evaluations[lane]) * (n + 1)
                output.statistics[index] = statistics
            }
        }
    }

    /// One step; where its equation was solved, and the iterations it took.
    @inlinable
    func advance(at middle: L, step h: L) -> (L.Mask, L) {
        let (y, z, slope, correction, p) = (
            memory.base, memory.base + n, memory.base + 2 * n, memory.base + 3 * n, memory.base + 4 * n
        )
        let half = h * L(0.5)
        system.derivative(at: middle, y, p, into: slope)
        for i in 0..<n { z[i] = L.multiplyAdd(half, slope[i], y[i]) }
        var isSolved = L.Mask(repeating: false)
        var iterations = L(0)
        for _ in 0..<method.maximumIterations {
            linearise(at: middle, half: half)
            for i in 0..<n { correction[i] = L.multiplyAdd(half, slope[i], y[i]) - z[i] }
            linear.factorise()
            linear.solve(correction)
            var (change, size) = (L(0), L(Double.leastNormalMagnitude))
            for i in 0..<n {
                // Lanes that are done stay as they are, whatever their neighbours still need.
                z[i] = z[i].selected(where: isSolved, otherwise: z[i] + correction[i])
                change = L.multiplyAdd(correction[i], correction[i], change)
                size += L.larger(z[i] * z[i], y[i] * y[i])
            }
            iterations = iterations.selected(where: isSolved, otherwise: iterations + L(1))
            // Convergence is quadratic: after a correction of 10⁻⁹ only rounding is left.
            isSolved = isSolved .| (change < size * L(1e-18))
            if !L.any(.!isSolved) { break }
        }
        system.derivative(at: middle, z, p, into: slope)
        for i in 0..<n { y[i] = L.multiplyAdd(h, slope[i], y[i]) }
        return (isSolved, iterations)
    }

    /// The matrix 1 − (h/2) J at the midpoint, and the slope there.
    @inlinable
    func linearise(at middle: L, half: L) {
        let (z, slope, p) = (memory.base + n, memory.base + 2 * n, memory.base + 4 * n)
        let (x, dx, q) = (duals, duals + n, duals + 2 * n)
        for i in 0..<n { x[i] = D(z[i], tangent: L(0)) }
        for i in 0..<system.parameterCount { q[i] = D(p[i], tangent: L(0)) }
        let time = D(middle, tangent: L(0))
        for column in 0..<n {
            x[column].tangent = L(1)
            system.derivative(at: time, x, q, into: dx)
            x[column].tangent = L(0)
            for row in 0..<n {
                linear.matrix[row * n + column] = (row == column ? L(1) : L(0)) - half * dx[row].tangent
            }
        }
        for row in 0..<n { slope[row] = dx[row].value }
    }
}
