/// The Rosenbrock–Wanner method Rodas5P of order 5(4) (Steinebach 2023) for stiff equations: L-stable, so that fast decaying parts
/// are damped however long the step, and without iterations, since a stage solves one linear system.
///
/// The Jacobian comes from forward-mode differentiation of the right-hand side, one evaluation for each component and one for the time,
/// at every step. The linear systems are solved in the registers' lanes with partial pivoting, at about n³ + 16 n² operations a step and
/// trajectory: made for many trajectories of a few to a few dozen components. For one large system take ``RosenbrockStepper``.
public struct Rosenbrock: Sendable, Hashable {
    /// What steps must satisfy.
    public var tolerances: Tolerances
    /// The first step's length; chosen from the derivative when nil.
    public var firstStep: Double?
    /// Steps, rejected ones included, after which a trajectory is given up.
    public var maximumSteps: Int

    /// The method with given tolerances.
    public init(_ tolerances: Tolerances = Tolerances(), firstStep: Double? = nil, maximumSteps: Int = 1_000_000) {
        self.tolerances = tolerances
        self.firstStep = firstStep
        self.maximumSteps = maximumSteps
    }
}

extension InitialValueProblem {
    /// Follows all trajectories, each with its own step lengths, on all threads; the result does not depend on their number.
    /// - Parameter times: when to keep the states, ascending within the time span.
    @inlinable
    public func solve(_ method: Rosenbrock, savingAt times: [Double] = []) -> EnsembleSolution {
        gather(savingAt: times) { output in
            let block = RosenbrockBlock(system, method.tolerances)
            var ensemble = AdaptiveEnsemble(
                self, block, method.tolerances, firstStep: method.firstStep, maximumSteps: method.maximumSteps, output)
            ensemble.run()
        }
    }
}

/// One step of the method on a block of trajectories.
@usableFromInline
final class RosenbrockBlock<System: DynamicalSystem>: BlockMethod {
    @usableFromInline typealias L = DoubleLanes
    @usableFromInline typealias D = Dual<DoubleLanes>
    @usableFromInline let system: System
    @usableFromInline let tolerances: Tolerances
    @usableFromInline let n: Int
    @usableFromInline let tableau = RosenbrockTableau.rodas5P
    /// Derivative, state, next, trial, scratch, time derivative, eight stages, parameters.
    @usableFromInline let memory: UnsafeMutablePointer<DoubleLanes>
    @usableFromInline let duals: UnsafeMutablePointer<Dual<DoubleLanes>>
    @usableFromInline let linear: LaneLinearSystem

    @inlinable
    init(_ system: System, _ tolerances: Tolerances) {
        self.system = system
        self.tolerances = tolerances
        n = system.dimension
        let count = 14 * n + system.parameterCount + 1
        memory = .allocate(capacity: count)
        memory.initialize(repeating: DoubleLanes(0), count: count)
        duals = .allocate(capacity: 2 * n + system.parameterCount + 1)
        duals.initialize(repeating: D(0), count: 2 * n + system.parameterCount + 1)
        linear = LaneLinearSystem(n)
    }

    deinit {
        memory.deallocate()
        duals.deallocate()
    }

    @inlinable var derivative: UnsafeMutablePointer<DoubleLanes> { memory }
    @inlinable var state: UnsafeMutablePointer<DoubleLanes> { memory + n }
    @inlinable var next: UnsafeMutablePointer<DoubleLanes> { memory + 2 * n }
    @inlinable var trial: UnsafeMutablePointer<DoubleLanes> { memory + 3 * n }
    @inlinable var scratch: UnsafeMutablePointer<DoubleLanes> { memory + 4 * n }
    @inlinable var timeDerivative: UnsafeMutablePointer<DoubleLanes> { memory + 5 * n }
    @inlinable var stages: UnsafeMutablePointer<DoubleLanes> { memory + 6 * n }
    @inlinable var parameters: UnsafeMutablePointer<DoubleLanes> { memory + 14 * n }
    @inlinable var errorExponent: Double { 0.2 }
    @inlinable var previousExponent: Double { 0 }
    @inlinable var evaluationsPerStep: Int { 8 + n + 1 }

    /// The linear system's matrix 1/(hγ) − J, and ∂f/∂t.
    @inlinable
    func linearise(at time: L, step h: L) {
        let (y, p) = (state, parameters)
        let (x, dx, q) = (duals, duals + n, duals + 2 * n)
        for i in 0..<n { x[i] = D(y[i], tangent: L(0)) }
        for i in 0..<system.parameterCount { q[i] = D(p[i], tangent: L(0)) }
        system.derivative(at: D(time, tangent: L(1)), x, q, into: dx)
        for i in 0..<n { timeDerivative[i] = dx[i].tangent }
        let diagonal = L(1 / RosenbrockTableau.gamma) / h
        for column in 0..<n {
            x[column].tangent = L(1)
            system.derivative(at: D(time, tangent: L(0)), x, q, into: dx)
            x[column].tangent = L(0)
            for row in 0..<n {
                let entry = -dx[row].tangent
                linear.matrix[row * n + column] = row == column ? diagonal + entry : entry
            }
        }
    }

    @inlinable
    func attempt(at time: L, step h: L) -> L {
        linearise(at: time, step: h)
        linear.factorise()
        let inverse = L(1) / h
        let (y, u, right) = (state, trial, scratch)
        for stage in 0..<RosenbrockTableau.stages {
            let k = stages + stage * n
            for i in 0..<n {
                var position = y[i]
                var sum = L(0)
                for j in 0..<stage {
                    let earlier = stages[j * n + i]
                    position = L.multiplyAdd(L(tableau.a[8 * stage + j]), earlier, position)
                    sum = L.multiplyAdd(L(tableau.c[8 * stage + j]), earlier, sum)
                }
                u[i] = position
                k[i] = L.multiplyAdd(sum, inverse, h * L(tableau.d[stage]) * timeDerivative[i])
            }
            system.derivative(at: L.multiplyAdd(h, L(tableau.times[stage]), time), u, parameters, into: right)
            for i in 0..<n { k[i] += right[i] }
            linear.solve(k)
        }
        let last = stages + 7 * n
        var total = L(0)
        let (absolute, relative, tiny) = (L(tolerances.absolute), L(tolerances.relative), L(Double.leastNormalMagnitude))
        for i in 0..<n {
            next[i] = u[i] + last[i]
            let size = L.larger(y[i].magnitude, next[i].magnitude)
            let ratio = last[i] / L.larger(L.multiplyAdd(relative, size, absolute), tiny)
            total = L.multiplyAdd(ratio, ratio, total)
        }
        return (total * L(1 / Double(n))).squareRoot()
    }

    @inlinable
    func interpolate(at s: L, step h: L, into destination: UnsafeMutablePointer<L>) {
        let r = L(1) - s
        for i in 0..<n {
            var (k1, k2, k3) = (L(0), L(0), L(0))
            for j in 0..<RosenbrockTableau.stages {
                let k = stages[j * n + i]
                k1 = L.multiplyAdd(L(tableau.dense[j]), k, k1)
                k2 = L.multiplyAdd(L(tableau.dense[8 + j]), k, k2)
                k3 = L.multiplyAdd(L(tableau.dense[16 + j]), k, k3)
            }
            let bend = L.multiplyAdd(s, L.multiplyAdd(s, k3, k2), k1)
            destination[i] = L.multiplyAdd(s, L.multiplyAdd(r, bend, next[i]), r * state[i])
        }
    }

    @inlinable
    func accept(where mask: L.Mask) {
        for i in 0..<n { state[i] = next[i].selected(where: mask, otherwise: state[i]) }
    }
}
