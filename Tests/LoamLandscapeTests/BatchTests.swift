import LoamLandscape
import Testing

@Suite struct BatchTests {
    /// The same training, one trajectory at a time with the plain gradient.
    static func reference(_ problem: ShallowProblem, _ start: [Double], _ plan: TrainingPlan) -> [Double] {
        var theta = start
        var (m, v) = ([Double](repeating: 0, count: theta.count), [Double](repeating: 0, count: theta.count))
        var (one, two) = (1.0, 1.0)
        for _ in 0..<plan.steps {
            (one, two) = (one * 0.9, two * 0.999)
            var g = problem.lossAndGradient(theta).gradient
            for i in theta.indices {
                if plan.optimiser != .adamW { g[i] += plan.decay * theta[i] }
                switch plan.optimiser {
                case .descent: theta[i] -= plan.rate * g[i]
                case .momentum(let mu):
                    m[i] = mu * m[i] + g[i]
                    theta[i] -= plan.rate * m[i]
                case .nesterov(let mu):
                    m[i] = mu * m[i] + g[i]
                    theta[i] -= plan.rate * (g[i] + mu * m[i])
                case .adam, .adamW:
                    m[i] = 0.9 * m[i] + 0.1 * g[i]
                    v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i]
                    if plan.optimiser == .adamW { theta[i] *= 1 - plan.rate * plan.decay }
                    theta[i] -= plan.rate * (m[i] / (1 - one)) / ((v[i] / (1 - two)).squareRoot() + 1e-8)
                case .rmsProp:
                    v[i] = 0.99 * v[i] + 0.01 * g[i] * g[i]
                    theta[i] -= plan.rate * g[i] / (v[i].squareRoot() + 1e-8)
                }
            }
        }
        return theta
    }

    @Test(arguments: [
        DiscreteOptimiser.descent, .momentum(0.9), .nesterov(0.8), .adam, .adamW, .rmsProp,
    ]) func lanesFollowThePlainGradient(_ optimiser: DiscreteOptimiser) throws {
        for (index, (loss, outputs)) in [(Loss.squared, 1), (.squared, 2), (.logistic, 1), (.softmax, 3)].enumerated() {
            for activation in [Activation.relu, .leakyReLU(0.2), .reluPower(2), .tanh] {
                let random = RandomProblem(
                    activation, outputs: outputs, hiddenBias: true, outputBias: true, loss: loss, seed: UInt64(40 + index), count: 11)
                let problem = try ShallowProblem(random.network.architecture, random.samples, loss)
                let starts = (0..<11).map { InitialisationScheme.kaiming.network(problem.architecture, trajectory: $0, seed: 3).parameters }
                let plan = TrainingPlan(optimiser, rate: 0.02, steps: 12, decay: 0.1)
                let result = TrajectoryBatch<Double>(problem, from: starts).run(plan)
                for lane in [0, 7, 10] {
                    let expected = Self.reference(problem, starts[lane], plan)
                    let worst = zip(result.parameters[lane], expected).map { abs($0 - $1) }.max()!
                    #expect(worst < 1e-11, "\(optimiser) \(loss) \(activation) lane \(lane): \(worst)")
                    #expect(isClose(result.losses[lane], problem.loss(expected), 1e-11))
                }
            }
        }
    }

    @Test func singlePrecisionFollowsDouble() throws {
        let problem = try ShallowProblem(ShallowArchitecture(inputs: 2, hidden: 2), .circle())
        let plan = TrainingPlan(rate: 0.1, steps: 100)
        let double = TrajectoryBatch<Double>(problem, 0..<40, scheme: .kaiming, seed: 1).run(plan)
        let single = TrajectoryBatch<Float>(problem, 0..<40, scheme: .kaiming, seed: 1).run(plan)
        for i in 0..<40 { #expect(isClose(single.losses[i], double.losses[i], 1e-4), "trajectory \(i)") }
    }

    @Test func resultsDoNotDependOnHowTrajectoriesAreGrouped() throws {
        let problem = try ShallowProblem(ShallowArchitecture(inputs: 2, hidden: 3), .circle())
        let plan = TrainingPlan(.momentum(0.9), rate: 0.05, steps: 50, minibatch: 8, seed: 4)
        let whole = TrajectoryBatch<Double>(problem, 0..<100, scheme: .xavier, seed: 2).run(plan)
        let part = TrajectoryBatch<Double>(problem, 37..<59, scheme: .xavier, seed: 2).run(plan)
        #expect(Array(whole.parameters[37..<59]) == part.parameters && Array(whole.drifts[37..<59]) == part.drifts)
    }

    @Test func driftOfDescentIsFirstOrder() throws {
        let problem = try ShallowProblem(Toy.positive.architecture, .circle())
        let rates = [0.1, 0.05, 0.025, 0.0125]
        let drifts = rates.map { rate in
            TrajectoryBatch<Double>(problem, from: [Toy.mixed.parameters]).run(TrainingPlan(rate: rate, steps: Int(20 / rate + 0.5)))
                .drifts[0]
        }
        for (drift, expected) in zip(drifts, [3.85e-3, 1.90e-3, 9.43e-4, 4.70e-4]) {
            #expect(isClose(drift, expected, 0.006 * expected), "\(drift) for \(expected)")
        }
        for (coarse, fine) in zip(drifts, drifts.dropFirst()) {
            let slope = logarithm(coarse / fine) / logarithm(2)
            #expect(isClose(slope, 1, 0.03), "\(slope)")
        }
    }

    @Test func optimisersOfTheObstructedRun() throws {
        let problem = try ShallowProblem(Toy.positive.architecture, .circle())
        func run(_ optimiser: DiscreteOptimiser, _ rate: Double) -> (loss: Double, drift: Double, flips: Int, first: Int) {
            let result = TrajectoryBatch<Double>(problem, from: [Toy.positive.parameters])
                .run(TrainingPlan(optimiser, rate: rate, steps: 2000))
            let end = ConservationLaws.invariants(problem.architecture, result.parameters[0], degree: 1)
            let start = ConservationLaws.invariants(problem.architecture, Toy.positive.parameters, degree: 1)
            let drift = zip(start, end).map { abs($0 - $1) }.max()!
            #expect(drift <= result.drifts[0] + 1e-12)
            return (result.losses[0], drift, result.flips[0], result.firstFlips[0])
        }
        let small = run(.descent, 0.1)
        #expect(isClose(small.loss, 0.117982, 1e-6) && isClose(small.drift, 7.3e-3, 1e-4) && small.flips == 0, "\(small)")
        let adam = run(.adam, 0.01)
        #expect(isClose(adam.loss, 0.117983, 2e-6) && isClose(adam.drift, 0.52, 0.01) && adam.flips == 0, "\(adam)")
        let fast = run(.adam, 0.05)
        #expect(isClose(fast.loss, 0.11378, 1e-4) && fast.flips > 0 && abs(fast.first - 46) <= 2, "\(fast)")
        #expect(run(.descent, 4).flips > 0)
    }

    @Test func frozenSignsNeverChangeAlongSmallSteps() throws {
        let problem = try ShallowProblem(ShallowArchitecture(inputs: 2, hidden: 2), .circle())
        let result = TrajectoryBatch<Double>(problem, 0..<1500, scheme: .kaiming, seed: 0).run(TrainingPlan(rate: 0.05, steps: 1000))
        let negative = (0..<1500).reduce(0) { sum, i in
            let network = InitialisationScheme.kaiming.network(problem.architecture, trajectory: i, seed: 0)
            return sum + (try! InvariantSet(network)).neurons.count { $0.kind == .negative }
        }
        #expect(negative >= 800, "seed 0: \(negative) neurons with c < 0")
        #expect(result.flips.reduce(0, +) == 0)
    }
}
