/// The explicit Runge–Kutta method of Dormand and Prince (1980), order 5 with an error estimate of order 4: the one to begin with for
/// equations that are not stiff.
///
/// Between the ends of a step the solution is a polynomial of degree 4 with an error of O(h⁵). Seven stages, the last of which is the next
/// step's first: six evaluations of the right-hand side a step. The step's length follows the error with proportional-integral control.
///
/// Reference: Hairer, Nørsett and Wanner, *Solving Ordinary Differential Equations I*, II.4 to II.6 (the code DOPRI5).
public struct DormandPrince: Sendable, Hashable {
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
    public func solve(_ method: DormandPrince, savingAt times: [Double] = []) -> EnsembleSolution {
        gather(savingAt: times) { output in
            let block = DormandPrinceBlock(system, method.tolerances)
            var ensemble = AdaptiveEnsemble(
                self, block, method.tolerances, firstStep: method.firstStep, maximumSteps: method.maximumSteps, output)
            ensemble.run()
        }
    }
}

/// One step of the method on a block of trajectories. About 2·(21 + 12 + 8)·n floating-point operations beside the right-hand sides.
@usableFromInline
final class DormandPrinceBlock<System: DynamicalSystem>: BlockMethod {
    @usableFromInline let system: System
    @usableFromInline let tolerances: Tolerances
    @usableFromInline let n: Int
    /// Seven derivatives, the state, the next one, the trial state, scratch, parameters.
    @usableFromInline let memory: UnsafeMutablePointer<DoubleLanes>

    @inlinable
    init(_ system: System, _ tolerances: Tolerances) {
        self.system = system
        self.tolerances = tolerances
        n = system.dimension
        memory = .allocate(capacity: 11 * n + system.parameterCount + 1)
        memory.initialize(repeating: DoubleLanes(0), count: 11 * n + system.parameterCount + 1)
    }

    deinit { memory.deallocate() }

    @inlinable var derivative: UnsafeMutablePointer<DoubleLanes> { memory }
    @inlinable var state: UnsafeMutablePointer<DoubleLanes> { memory + 7 * n }
    @inlinable var next: UnsafeMutablePointer<DoubleLanes> { memory + 8 * n }
    @inlinable var trial: UnsafeMutablePointer<DoubleLanes> { memory + 9 * n }
    @inlinable var scratch: UnsafeMutablePointer<DoubleLanes> { memory + 10 * n }
    @inlinable var parameters: UnsafeMutablePointer<DoubleLanes> { memory + 11 * n }
    @inlinable var errorExponent: Double { 0.2 }
    @inlinable var previousExponent: Double { DormandPrinceTableau.previousExponent }
    @inlinable var evaluationsPerStep: Int { 6 }

    @inlinable @inline(__always)
    func attempt(at time: DoubleLanes, step h: DoubleLanes) -> DoubleLanes {
        typealias T = DormandPrinceTableau
        typealias L = DoubleLanes
        let n = self.n
        let (k1, k2, k3, k4) = (memory, memory + n, memory + 2 * n, memory + 3 * n)
        let (k5, k6, k7) = (memory + 4 * n, memory + 5 * n, memory + 6 * n)
        let (y, next, trial, p) = (state, self.next, self.trial, parameters)
        let ha = h * L(T.a21)
        for i in 0..<n { trial[i] = L.multiplyAdd(ha, k1[i], y[i]) }
        system.derivative(at: L.multiplyAdd(h, L(T.c2), time), trial, p, into: k2)
        for i in 0..<n { trial[i] = L.multiplyAdd(h, L.multiplyAdd(L(T.a31), k1[i], L(T.a32) * k2[i]), y[i]) }
        system.derivative(at: L.multiplyAdd(h, L(T.c3), time), trial, p, into: k3)
        for i in 0..<n {
            let sum = L.multiplyAdd(L(T.a41), k1[i], L.multiplyAdd(L(T.a42), k2[i], L(T.a43) * k3[i]))
            trial[i] = L.multiplyAdd(h, sum, y[i])
        }
        system.derivative(at: L.multiplyAdd(h, L(T.c4), time), trial, p, into: k4)
        for i in 0..<n {
            let inner = L.multiplyAdd(L(T.a53), k3[i], L(T.a54) * k4[i])
            trial[i] = L.multiplyAdd(h, L.multiplyAdd(L(T.a51), k1[i], L.multiplyAdd(L(T.a52), k2[i], inner)), y[i])
        }
        system.derivative(at: L.multiplyAdd(h, L(T.c5), time), trial, p, into: k5)
        for i in 0..<n {
            let inner = L.multiplyAdd(L(T.a63), k3[i], L.multiplyAdd(L(T.a64), k4[i], L(T.a65) * k5[i]))
            trial[i] = L.multiplyAdd(h, L.multiplyAdd(L(T.a61), k1[i], L.multiplyAdd(L(T.a62), k2[i], inner)), y[i])
        }
        system.derivative(at: time + h, trial, p, into: k6)
        for i in 0..<n {
            let inner = L.multiplyAdd(L(T.b4), k4[i], L.multiplyAdd(L(T.b5), k5[i], L(T.b6) * k6[i]))
            next[i] = L.multiplyAdd(h, L.multiplyAdd(L(T.b1), k1[i], L.multiplyAdd(L(T.b3), k3[i], inner)), y[i])
        }
        system.derivative(at: time + h, next, p, into: k7)
        var total = L(0)
        let (absolute, relative, tiny) = (L(tolerances.absolute), L(tolerances.relative), L(Double.leastNormalMagnitude))
        for i in 0..<n {
            let inner = L.multiplyAdd(L(T.e5), k5[i], L.multiplyAdd(L(T.e6), k6[i], L(T.e7) * k7[i]))
            let sum = L.multiplyAdd(L(T.e1), k1[i], L.multiplyAdd(L(T.e3), k3[i], L.multiplyAdd(L(T.e4), k4[i], inner)))
            let size = L.larger(y[i].magnitude, next[i].magnitude)
            let ratio = h * sum / L.larger(L.multiplyAdd(relative, size, absolute), tiny)
            total = L.multiplyAdd(ratio, ratio, total)
        }
        return (total * L(1 / Double(n))).squareRoot()
    }

    @inlinable
    func interpolate(at s: DoubleLanes, step h: DoubleLanes, into destination: UnsafeMutablePointer<DoubleLanes>) {
        typealias T = DormandPrinceTableau
        typealias L = DoubleLanes
        let n = self.n
        let (k1, k3, k4) = (memory, memory + 2 * n, memory + 3 * n)
        let (k5, k6, k7) = (memory + 4 * n, memory + 5 * n, memory + 6 * n)
        let (y, next) = (state, self.next)
        let r = L(1) - s
        for i in 0..<n {
            let difference = next[i] - y[i]
            let bend = h * k1[i] - difference
            let other = difference - h * k7[i] - bend
            let inner = L.multiplyAdd(L(T.d5), k5[i], L.multiplyAdd(L(T.d6), k6[i], L(T.d7) * k7[i]))
            let sum = L.multiplyAdd(L(T.d1), k1[i], L.multiplyAdd(L(T.d3), k3[i], L.multiplyAdd(L(T.d4), k4[i], inner)))
            let cubic = L.multiplyAdd(h * sum, r, other)
            destination[i] = L.multiplyAdd(s, L.multiplyAdd(r, L.multiplyAdd(s, cubic, bend), difference), y[i])
        }
    }

    @inlinable @inline(__always)
    func accept(where mask: DoubleLanes.Mask) {
        let n = self.n
        let (y, next, k1, k7) = (state, self.next, memory, memory + 6 * n)
        for i in 0..<n {
            y[i] = next[i].selected(where: mask, otherwise: y[i])
            k1[i] = k7[i].selected(where: mask, otherwise: k1[i])
        }
    }
}
