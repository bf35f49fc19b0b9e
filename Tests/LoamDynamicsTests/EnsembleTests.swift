import Foundation
import LoamDynamics
import LoamTensor
import Testing

/// Many trajectories at once by the method of Dormand and Prince.
struct EnsembleTests {
    @Test func orderIsFive() {
        let errors = [0.2, 0.1, 0.05, 0.025].map { h in
            abs(InitialValueProblem(Forced(), from: [1], over: 0...2).solve(DormandPrince(.fixedStep(h))).finalStates.item - exp(sin(2.0)))
        }
        #expect(abs(observedOrder(errors) - 5) < 0.15, "errors \(errors)")
    }

    /// 101 oscillators of very different frequencies: each needs its own step length.
    @Test func everyTrajectoryHasItsOwnSteps() {
        let count = 101
        let frequencies = (0..<count).map { 0.1 * pow(1000, Double($0) / 100) }
        let initial = Tensor(Array(repeating: 1.0, count: count) + Array(repeating: 0, count: count), shape: [2, count])
        let problem = InitialValueProblem(Oscillator(), from: initial, parameters: Tensor(frequencies, shape: [1, count]), over: 0...10)
        let times = [0, 1.25, 3.3, 10]
        let solution = problem.solve(DormandPrince(Tolerances(relative: 1e-9, absolute: 1e-9)), savingAt: times)
        #expect(solution.isComplete)
        let states = solution.states.scalars
        for (save, time) in times.enumerated() {
            for (index, omega) in frequencies.enumerated() {
                let error = abs(states[save * 2 * count + index] - cos(omega * time))
                // Phase errors add up over ωt radians, some ten steps each; p is ω times as large, hence its share of the tolerance.
                #expect(error < 2e-8 * (1 + omega * time), "ω = \(omega), t = \(time): \(error)")
            }
        }
        #expect(solution.statistics[100].accepted > 50 * solution.statistics[0].accepted)
    }

    @Test func agreesWithTheStepper() {
        let system = Lorenz()
        let tolerances = Tolerances(relative: 1e-8, absolute: 1e-10)
        let problem = InitialValueProblem(
            system, from: Tensor([1.0, 1, 1], shape: [3, 1]), parameters: Tensor([28.0], shape: [1, 1]), over: 0...3)
        let solution = problem.solve(DormandPrince(tolerances))
        let field: VectorField = { t, y, dy in withUnsafePointer(to: 28.0) { system.derivative(at: t, y, $0, into: dy) } }
        let stepper = DormandPrinceStepper(dimension: 3, tolerances: tolerances)
        stepper.start(at: 0, from: [1, 1, 1], field)
        while stepper.time < 3 { #expect(stepper.step(until: 3, field) == .accepted) }
        // The same steps up to rounding, which the flow enlarges by about e³ until then.
        #expect(solution.statistics[0].accepted == stepper.statistics.accepted)
        for i in 0..<3 { #expect(abs(solution.finalStates.scalars[i] - stepper.state[i]) < 1e-10) }
    }

    private func lorenz(_ count: Int) -> InitialValueProblem<Lorenz> {
        let initial: [Double] = (0..<3 * count).map { place -> Double in
            let (component, index) = place.quotientAndRemainder(dividingBy: count)
            return 1 + 0.01 * Double(component) + 0.001 * Double(index)
        }
        let rho = (0..<count).map { 20 + 0.1 * Double($0) }
        return InitialValueProblem(
            Lorenz(), from: Tensor(initial, shape: [3, count]), parameters: Tensor(rho, shape: [1, count]), over: 0...5)
    }

    /// Neither the number of threads nor the neighbours in a register change a bit.
    @Test func resultsDoNotDependOnThreadsOrNeighbours() {
        let method = DormandPrince(Tolerances(relative: 1e-7, absolute: 1e-9))
        let problem = lorenz(67)
        let many = problem.solve(method, savingAt: [1, 2.5, 5])
        let single = Parallel.onOneThread { problem.solve(method, savingAt: [1, 2.5, 5]) }
        #expect(many.states.scalars == single.states.scalars && many.statistics == single.statistics)
        for index in [0, 31, 66] {
            let initial = (0..<3).map { problem.initialStates.scalars[$0 * 67 + index] }
            let alone = InitialValueProblem(
                Lorenz(), from: Tensor(initial, shape: [3, 1]), parameters: Tensor([20 + 0.1 * Double(index)], shape: [1, 1]), over: 0...5
            ).solve(method, savingAt: [1, 2.5, 5])
            #expect(alone.finalStates.scalars == (0..<3).map { many.finalStates.scalars[$0 * 67 + index] })
            #expect(alone.states.scalars == (0..<9).map { many.states.scalars[$0 * 67 + index] })
        }
    }

    @Test func bouncesComeInTime() {
        let restitutions = (0..<11).map { 0.5 + 0.04 * Double($0) }
        let count = restitutions.count
        let initial = Tensor(Array(repeating: 1.0, count: count) + Array(repeating: 0, count: count), shape: [2, count])
        let solution = InitialValueProblem(
            BouncingBall(), from: initial, parameters: Tensor(restitutions, shape: [1, count]), over: 0...1.3
        ).solve(DormandPrince(Tolerances(relative: 1e-9, absolute: 1e-12)))
        #expect(solution.isComplete)
        for (index, e) in restitutions.enumerated() {
            let events = solution.events.filter { $0.trajectory == index }
            var expected = (2 / 9.81).squareRoot()
            var count = 0
            while expected < 1.3 {
                #expect(abs(events[count].time - expected) < 1e-11 && !events[count].isRising)
                count += 1
                expected += 2 * (2 / 9.81).squareRoot() * pow(e, Double(count))
            }
            #expect(events.count == count)
        }
    }

    @Test func anEventMayStopATrajectory() {
        var ball = BouncingBall()
        ball.stopsAtFirst = true
        let heights = (1...20).map { Double($0) }
        let initial = Tensor(heights + heights.map { _ in 0 }, shape: [2, 20])
        let solution = InitialValueProblem(ball, from: initial, parameters: Tensor<Double>.zeros([1, 20]), over: 0...1.5).solve(
            DormandPrince(), savingAt: [1.25])
        for (index, height) in heights.enumerated() {
            let landing = (2 * height / 9.81).squareRoot()
            let lands = landing < 1.5
            #expect(solution.outcomes[index] == (lands ? .stopped : .finished))
            #expect(abs(solution.finalTimes[index] - min(landing, 1.5)) < 1e-11)
            // The state at t = 1.25 exists only where the trajectory got that far.
            let saved = solution.states.scalars[index]
            #expect(landing < 1.25 ? saved.isNaN : abs(saved - (height - 9.81 * 1.25 * 1.25 / 2)) < 1e-11)
        }
    }

    /// y′ = y² from y₀ has the pole 1/y₀: trajectories that meet it must fail alone.
    struct Explosion: DynamicalSystem {
        var dimension: Int { 1 }
        func derivative<Number: TrajectoryScalar>(
            at time: Number, _ y: UnsafePointer<Number>, _ p: UnsafePointer<Number>, into dy: UnsafeMutablePointer<Number>
        ) {
            dy[0] = y[0] * y[0]
        }
    }

    @Test func aTrajectoryFailsAlone() {
        let initial = (0..<20).map { 0.1 + 0.1 * Double($0) }
        let solution = InitialValueProblem(Explosion(), from: Tensor(initial, shape: [1, 20]), over: 0...1).solve(
            DormandPrince(Tolerances(relative: 1e-9, absolute: 1e-9)))
        for (index, y) in initial.enumerated() {
            if y < 0.95 {
                #expect(solution.outcomes[index] == .finished)
                // The sensitivity to a disturbance is 1/(1 − y)².
                #expect(abs(solution.finalStates.scalars[index] / (y / (1 - y)) - 1) < 1e-6)
            } else if y > 1.05 {
                #expect(solution.outcomes[index] == .stalled || solution.outcomes[index] == .notFinite)
                #expect(abs(solution.finalTimes[index] - 1 / y) < 1e-3)
            }
        }
    }

    @Test func theNumberOfStepsIsLimited() {
        let solution = InitialValueProblem(Forced(), from: [1], over: 0...100).solve(DormandPrince(.fixedStep(0.01), maximumSteps: 50))
        #expect(solution.outcomes == [.tooManySteps] && abs(solution.finalTimes[0] - 0.5) < 1e-12)
    }
}
