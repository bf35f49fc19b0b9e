import Foundation
import LoamDynamics
import LoamTensor
import Testing

/// dX = μX dt + σX dW, the trajectory's parameters being μ and σ: X_T = X₀ e^((μ − σ²/2)T + σW_T).
private struct GeometricBrownianMotion: StochasticSystem {
    var dimension: Int { 1 }
    var noiseDimension: Int { 1 }
    var parameterCount: Int { 2 }
    func drift<Number: TrajectoryScalar>(
        at time: Number, _ x: UnsafePointer<Number>, _ p: UnsafePointer<Number>, into drift: UnsafeMutablePointer<Number>
    ) {
        drift[0] = p[0] * x[0]
    }
    func diffusion<Number: TrajectoryScalar>(
        at time: Number, _ x: UnsafePointer<Number>, _ p: UnsafePointer<Number>, times w: UnsafePointer<Number>,
        into displacement: UnsafeMutablePointer<Number>
    ) {
        displacement[0] = p[1] * x[0] * w[0]
    }
}

/// Two coordinates driven by three motions: dX = −B X dt + Σ dW with constant matrices.
private struct LinearSystem: StochasticSystem {
    var dimension: Int { 2 }
    var noiseDimension: Int { 3 }
    func drift<Number: TrajectoryScalar>(
        at time: Number, _ x: UnsafePointer<Number>, _ p: UnsafePointer<Number>, into drift: UnsafeMutablePointer<Number>
    ) {
        drift[0] = -x[0] + Number(0.5) * x[1]
        drift[1] = -(Number(0.25) * x[0]) - 2 * x[1]
    }
    func diffusion<Number: TrajectoryScalar>(
        at time: Number, _ x: UnsafePointer<Number>, _ p: UnsafePointer<Number>, times w: UnsafePointer<Number>,
        into displacement: UnsafeMutablePointer<Number>
    ) {
        displacement[0] = w[0] + Number(0.5) * w[1]
        displacement[1] = Number(0.3) * w[1] - w[2]
    }
}

struct EulerMaruyamaTests {
    private func motion(_ count: Int, mu: Double, sigma: Double, seed: UInt64) -> StochasticProblem<GeometricBrownianMotion, Double> {
        StochasticProblem(
            GeometricBrownianMotion(), from: Tensor<Double>.ones([1, count]),
            parameters: Tensor(Array(repeating: mu, count: count) + Array(repeating: sigma, count: count), shape: [2, count]), seed: seed)
    }

    /// The mean of the numerical solution is (1 + μh)ⁿ exactly, its variance (1 + 2μh + μ²h² + σ²h)ⁿ − (1 + μh)²ⁿ.
    @Test func meanAndVarianceOfTheSchemeItself() {
        let (mu, sigma, h, steps, count) = (0.5, 0.4, 0.1, 10, 200_000)
        let values = motion(count, mu: mu, sigma: sigma, seed: 21).solve(EulerMaruyama(step: h), steps: steps).finalStates.scalars
        let n = Double(count)
        let mean = values.reduce(0, +) / n
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
        let exactMean = pow(1 + mu * h, Double(steps))
        let exactVariance = pow((1 + mu * h) * (1 + mu * h) + sigma * sigma * h, Double(steps)) - exactMean * exactMean
        #expect(abs(mean - exactMean) < 4 * (exactVariance / n).squareRoot())
        // Nearly lognormal with σ√T = 0.4: kurtosis below 7.
        #expect(abs(variance - exactVariance) < 4 * exactVariance * (6 / n).squareRoot())
    }

    @Test func weakOrderIsOne() {
        let (mu, sigma, count) = (1.0, 0.2, 200_000)
        let errors = [4, 8, 16].map { steps -> Double in
            let values = motion(count, mu: mu, sigma: sigma, seed: 22).solve(EulerMaruyama(step: 1 / Double(steps)), steps: steps)
                .finalStates
            return exp(mu) - values.scalars.reduce(0, +) / Double(count)
        }
        // The statistical error 0.0013 is 1.6 % of the smallest discretisation error, and of both at once when the noise is shared; the
        // order of the exact means between h = 1/8 and 1/16 is 0.92.
        #expect(abs(observedOrder(errors) - 0.92) < 0.06, "errors \(errors)")
    }

    @Test func strongOrderIsOneHalf() {
        let (mu, sigma, count, seed) = (0.2, 1.0, 4096, UInt64(23))
        let errors = [64, 256, 1024].map { steps -> Double in
            let h = 1 / Double(steps)
            let values = motion(count, mu: mu, sigma: sigma, seed: seed).solve(EulerMaruyama(step: h), steps: steps).finalStates.scalars
            var total = 0.0
            var noise = [DoubleLanes](repeating: 0, count: steps)
            for first in stride(from: 0, to: count, by: 8) {
                noise.withUnsafeMutableBufferPointer {
                    DoubleLanes.fillNormals(into: $0.baseAddress!, count: steps, seed: seed, trajectory: first, position: 0)
                }
                let path = noise.reduce(DoubleLanes(0), +)
                for lane in 0..<8 {
                    total += abs(values[first + lane] - exp(mu - sigma * sigma / 2 + sigma * path[lane] * h.squareRoot()))
                }
            }
            return total / Double(count)
        }
        // Steps are quartered: half of log₂ of the ratio. Heavy-tailed errors of 4096 paths leave some per cent.
        #expect(abs(observedOrder(errors) / 2 - 0.5) < 0.08, "errors \(errors)")
    }

    /// The stationary covariance S of Xₙ₊₁ = (1 − hB) Xₙ + √h Σ ξ solves S = A S Aᵀ + h ΣΣᵀ, iterated here to convergence.
    @Test func stationaryCovarianceOfALinearSystem() {
        let (h, count) = (0.2, 100_000)
        let a = [[1 - h, 0.5 * h], [-0.25 * h, 1 - 2 * h]]
        let q = [[1.25, 0.15], [0.15, 1.09]]
        var s = [[0.0, 0], [0, 0]]
        for _ in 0..<500 {
            var next = [[0.0, 0], [0, 0]]
            for i in 0..<2 {
                for j in 0..<2 {
                    next[i][j] = h * q[i][j]
                    for k in 0..<2 { for l in 0..<2 { next[i][j] += a[i][k] * s[k][l] * a[j][l] } }
                }
            }
            s = next
        }
        let states = StochasticProblem(LinearSystem(), from: Tensor<Double>.zeros([2, count]), seed: 24)
            .solve(EulerMaruyama(step: h), steps: 60).finalStates.scalars
        for i in 0..<2 {
            for j in 0...i {
                let measured = (0..<count).reduce(0.0) { $0 + states[i * count + $1] * states[j * count + $1] } / Double(count)
                let error = ((s[i][i] * s[j][j] + s[i][j] * s[i][j]) / Double(count)).squareRoot()
                // e^(−60·0.2·1) of the transient is left, below the statistical error.
                #expect(abs(measured - s[i][j]) < 4 * error + 1e-4)
            }
        }
    }

    @Test func resultsDoNotDependOnThreadsNeighboursOrSaving() {
        func problem(_ count: Int, first: Int) -> StochasticProblem<LinearSystem, Float> {
            StochasticProblem(LinearSystem(), from: Tensor<Float>.ones([2, count]), seed: 25, firstTrajectory: first)
        }
        let method = EulerMaruyama(step: 0.05)
        let whole = problem(75, first: 0).solve(method, steps: 33, savingEvery: 11)
        #expect(Parallel.onOneThread { problem(75, first: 0).solve(method, steps: 33) }.finalStates.scalars == whole.finalStates.scalars)
        let some = problem(5, first: 40).solve(method, steps: 33, savingEvery: 11)
        for i in 0..<2 {
            for k in 0..<5 {
                #expect(some.finalStates.scalars[i * 5 + k] == whole.finalStates.scalars[i * 75 + 40 + k])
                #expect(some.states.scalars[(2 + i) * 5 + k] == whole.states.scalars[(2 + i) * 75 + 40 + k])
            }
        }
        #expect(zip(whole.times, [0.55, 1.1, 1.65]).allSatisfy { abs($0 - $1) < 1e-14 })
    }
}
