import Foundation
import LoamDynamics
import LoamTensor
import Testing

/// V = q²/2 in every coordinate.
private struct HarmonicForces: ForceField {
    var dimension = 1
    func force<Number: TrajectoryScalar>(
        at q: UnsafePointer<Number>, _ p: UnsafePointer<Number>, into force: UnsafeMutablePointer<Number>
    ) {
        for i in 0..<dimension { force[i] = -q[i] }
    }
}

private struct NoForces: ForceField {
    var dimension: Int { 1 }
    func force<Number: TrajectoryScalar>(
        at q: UnsafePointer<Number>, _ p: UnsafePointer<Number>, into force: UnsafeMutablePointer<Number>
    ) {
        force[0] = 0
    }
}

/// V = (1 − cos q)/2.
private struct CosineForces: ForceField {
    var dimension: Int { 1 }
    func force<Number: TrajectoryScalar>(
        at q: UnsafePointer<Number>, _ p: UnsafePointer<Number>, into force: UnsafeMutablePointer<Number>
    ) {
        force[0] = Number(-0.5) * q[0].sin()
    }
}

struct LangevinTests {
    /// The covariance (⟨q²⟩, ⟨qp⟩, ⟨p²⟩) that a splitting's parts keep for V = q²/2 with mass m, iterated part by part to convergence.
    private func stationary(_ order: LangevinSplitting.Order, h: Double, gamma: Double, beta: Double, mass m: Double) -> [Double] {
        var (qq, qp, pp) = (0.0, 0.0, m / beta)
        func a(_ t: Double) { (qq, qp) = (qq + 2 * t / m * qp + t * t / (m * m) * pp, qp + t / m * pp) }
        func b(_ t: Double) { (qp, pp) = (qp - t * qq, pp - 2 * t * qp + t * t * qq) }
        func o(_ t: Double) {
            let c = exp(-gamma * t / m)
            (qp, pp) = (c * qp, c * c * pp + (1 - c * c) * m / beta)
        }
        for _ in 0..<5000 {
            for letter in letters(order) {
                switch letter {
                case .a(let share): a(share * h)
                case .b(let share): b(share * h)
                case .o(let share): o(share * h)
                }
            }
        }
        return [qq, qp, pp]
    }

    private enum Part { case a(Double), b(Double), o(Double) }
    private func letters(_ order: LangevinSplitting.Order) -> [Part] {
        switch order {
        case .gla: [.b(0.5), .a(1), .b(0.5), .o(1)]
        case .baoab: [.b(0.5), .a(0.5), .o(1), .a(0.5), .b(0.5)]
        case .obabo: [.o(0.5), .b(0.5), .a(1), .b(0.5), .o(0.5)]
        case .aboba: [.a(0.5), .b(0.5), .o(1), .b(0.5), .a(0.5)]
        }
    }

    /// Measured second moments of the harmonic oscillator after the transient, with their standard errors' scale √(2/n).
    private func measured<Scalar: LaneScalar>(
        _ splitting: LangevinSplitting, gamma: Double, beta: Double, mass: Double, count: Int, seed: UInt64, _: Scalar.Type
    ) -> [Double] {
        let dynamics = LangevinDynamics(HarmonicForces(), friction: gamma, inverseTemperature: beta, masses: [mass])
        var generator = PhiloxGenerator(seed: seed)
        let start = Tensor<Scalar>(normal: [1, count], using: &generator)
        let solution = LangevinProblem(dynamics, positions: start, momenta: start, seed: seed).solve(splitting, steps: 60)
        let (q, p) = (solution.finalPositions.scalars.map { Double($0) }, solution.finalMomenta.scalars.map { Double($0) })
        let n = Double(count)
        return [
            zip(q, q).reduce(0) { $0 + $1.0 * $1.1 } / n, zip(q, p).reduce(0) { $0 + $1.0 * $1.1 } / n,
            zip(p, p).reduce(0) { $0 + $1.0 * $1.1 } / n,
        ]
    }

    /// Steps as long as the oscillator's stability nearly allows, so that the methods' laws differ by far more than the noise.
    @Test(arguments: LangevinSplitting.Order.allCases) func harmonicMoments(order: LangevinSplitting.Order) {
        let (h, gamma, beta, mass, count) = (1.2, 1.5, 2.0, 1.3, 200_000)
        let exact = stationary(order, h: h, gamma: gamma, beta: beta, mass: mass)
        let values = measured(LangevinSplitting(order, step: h), gamma: gamma, beta: beta, mass: mass, count: count, seed: 31, Double.self)
        let scales = [exact[0] * exact[0] * 2, exact[0] * exact[2] + exact[1] * exact[1], exact[2] * exact[2] * 2]
        for i in 0..<3 { #expect(abs(values[i] - exact[i]) < 4 * (scales[i] / Double(count)).squareRoot(), "\(order), moment \(i)") }
    }

    /// V = q²/2, β = m = 1: BAOAB ⟨q²⟩ = 1 and ⟨p²⟩ = 1 − h²/4; GLA and OBABO ⟨q²⟩ = 1/(1 − h²/4) and ⟨p²⟩ = 1; in single precision.
    @Test(arguments: [LangevinSplitting.Order.baoab, .gla, .obabo]) func closedForms(order: LangevinSplitting.Order) {
        let position: Double = order == .baoab ? 1 : 4.0 / 3
        let momentum: Double = order == .baoab ? 0.75 : 1
        let count = 200_000
        let values = measured(LangevinSplitting(order, step: 1), gamma: 1, beta: 1, mass: 1, count: count, seed: 32, Float.self)
        #expect(abs(values[0] - position) < 4 * position * (2 / Double(count)).squareRoot())
        #expect(abs(values[2] - momentum) < 4 * momentum * (2 / Double(count)).squareRoot())
    }

    /// D by the growth of the mean squared displacement between T and 2T, and its standard error.
    private func diffusion<Field: ForceField>(
        _ dynamics: LangevinDynamics<Field>, _ splitting: LangevinSplitting, steps: Int, count: Int, seed: UInt64
    ) -> (Double, Double) {
        var generator = PhiloxGenerator(seed: seed)
        let momenta = Tensor<Double>(normal: [1, count], using: &generator)
        let solution = LangevinProblem(dynamics, positions: Tensor<Double>.zeros([1, count]), momenta: momenta, seed: seed).solve(
            splitting, steps: 2 * steps, savingEvery: steps)
        let q = solution.positions.scalars
        let growth = (0..<count).map { (q[count + $0] * q[count + $0] - q[$0] * q[$0]) / (2 * splitting.step * Double(steps)) }
        let mean = growth.reduce(0, +) / Double(count)
        let variance = growth.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
        return (mean, (variance / Double(count)).squareRoot())
    }

    /// Without forces every splitting has D = (h/2β) coth(γh/2).
    @Test(arguments: LangevinSplitting.Order.allCases) func freeDiffusion(order: LangevinSplitting.Order) {
        let (h, gamma, beta) = (1.0, 2.0, 0.5)
        let dynamics = LangevinDynamics(NoForces(), friction: gamma, inverseTemperature: beta)
        let (value, error) = diffusion(dynamics, LangevinSplitting(order, step: h), steps: 30, count: 100_000, seed: 33)
        let exact = h / (2 * beta) / tanh(gamma * h / 2)
        #expect(abs(value - exact) < 4 * error, "\(value) ± \(error), exact \(exact)")
        // Far from what the continuous equation has, 1/(γβ).
        #expect(abs(value - 1 / (gamma * beta)) > 10 * error)
    }

    /// V = (1 − cos q)/2, γ = β = 1: D of GLA at h = 0.8 is 0.877130, from the principal eigenvalue of its step operator; of the continuous
    /// equation 0.814972. The coordinate lives on a circle and is unwrapped by its turns.
    @Test func diffusionInAPeriodicPotential() {
        let dynamics = LangevinDynamics(CosineForces(), friction: 1, periods: [2 * .pi])
        let (value, error) = diffusion(dynamics, .gla(step: 0.8), steps: 40, count: 200_000, seed: 34)
        #expect(error < 0.006)
        #expect(abs(value - 0.877130) < 4 * error, "\(value) ± \(error)")
    }

    @Test func wrappingChangesNothing() {
        func solve(_ periods: [Double?]) -> LangevinSolution<Double> {
            let momenta = Tensor((0..<20).map { 5 + 0.1 * Double($0) }, shape: [1, 20])
            return LangevinProblem(
                LangevinDynamics(CosineForces(), friction: 0.1, periods: periods), positions: Tensor<Double>.zeros([1, 20]),
                momenta: momenta,
                seed: 35
            ).solve(.baoab(step: 0.05), steps: 100)
        }
        let (wrapped, free) = (solve([2 * .pi]), solve([nil]))
        for (a, b) in zip(wrapped.finalPositions.scalars, free.finalPositions.scalars) { #expect(abs(a - b) < 1e-11) }
        #expect(free.finalPositions.scalars.allSatisfy { $0 > 10 })
    }

    /// γ = 0 is Hamilton's equations by velocity Verlet: energy oscillates within O(h²) and does not drift.
    @Test func withoutFrictionEnergyDoesNotDrift() {
        let dynamics = LangevinDynamics(CosineForces(), friction: 0)
        let momenta = Tensor((0..<16).map { 0.3 + 0.1 * Double($0) }, shape: [1, 16])
        let problem = LangevinProblem(dynamics, positions: Tensor<Double>.zeros([1, 16]), momenta: momenta, seed: 1)
        let solution = problem.solve(.gla(step: 0.1), steps: 20_000, savingEvery: 100)
        let (q, p) = (solution.positions.scalars, solution.momenta.scalars)
        for place in q.indices {
            let start = momenta.scalars[place % 16] * momenta.scalars[place % 16] / 2
            let energy = p[place] * p[place] / 2 + (1 - cos(q[place])) / 2
            // The modified energy differs from H by h²/12 p²V″ − h²/24 V′², below 0.1² · 4/24 + … here.
            #expect(abs(energy - start) < 2e-3)
        }
    }

    @Test func resultsDoNotDependOnThreadsOrNeighbours() {
        func problem(_ columns: Range<Int>) -> LangevinProblem<HarmonicForces, Float> {
            let q = Tensor<Float>(
                (0..<3 * columns.count).map { Float($0 / columns.count) + Float(columns.lowerBound + $0 % columns.count) * 0.01 })
            return LangevinProblem(
                LangevinDynamics(HarmonicForces(dimension: 3), friction: 1), positions: q.reshaped([3, columns.count]),
                momenta: Tensor<Float>.zeros([3, columns.count]), seed: 36, firstTrajectory: columns.lowerBound)
        }
        let method = LangevinSplitting.obabo(step: 0.1)
        let whole = problem(0..<83).solve(method, steps: 50)
        let single = Parallel.onOneThread { problem(0..<83).solve(method, steps: 50) }
        #expect(whole.finalPositions.scalars == single.finalPositions.scalars)
        let part = problem(37..<44).solve(method, steps: 50)
        for i in 0..<3 { for k in 0..<7 { #expect(part.finalMomenta.scalars[i * 7 + k] == whole.finalMomenta.scalars[i * 83 + 37 + k]) } }
    }

    /// p after a step of GLA from rest without forces is √(1 − e^(−2γh)) times the noise that the block shows.
    @Test func aBlockShowsItsNoise() {
        let dynamics = LangevinDynamics(NoForces(), friction: 1)
        let block = LangevinBlock<NoForces, Double>(dynamics, .gla(step: 0.3), seed: 37)
        for step in 0..<5 {
            block.momenta[0] = 0
            block.positions[0] = 0
            block.begin(trajectory: 8, stepCount: step)
            block.step()
            let expected = block.lastNoise[0][2] * (1 - exp(-0.6)).squareRoot()
            #expect(abs(block.momenta[0][2] - expected) < 1e-15)
            // Number `step` of trajectory 10.
            let fresh = [DoubleLanes](unsafeUninitializedCapacity: 2) { buffer, used in
                DoubleLanes.fillNormals(into: buffer.baseAddress!, count: 2, seed: 37, trajectory: 10, position: step / 2 * 2)
                used = 2
            }
            #expect(block.lastNoise[0][2] == fresh[step % 2][0])
        }
    }
}
