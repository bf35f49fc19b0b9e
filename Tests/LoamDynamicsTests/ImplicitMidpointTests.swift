import Foundation
import LoamDynamics
import LoamTensor
import Testing

/// The implicit midpoint rule against what is known of it.
struct ImplicitMidpointTests {
    /// A rigid body with principal moments 1, 2, 3 (Euler's equations): energy and the square of the angular momentum are quadratic laws.
    private let body: VectorField = { _, y, dy in
        dy[0] = (1.0 / 3 - 1.0 / 2) * y[1] * y[2]
        dy[1] = (1 - 1.0 / 3) * y[2] * y[0]
        dy[2] = (1.0 / 2 - 1) * y[0] * y[1]
    }

    @Test func quadraticLawsAreConservedAtAnyStep() {
        let stepper = ImplicitMidpointStepper(dimension: 3)
        stepper.start(at: 0, from: [0.8, 0.6, 0.1])
        func laws() -> (Double, Double) {
            let y = stepper.stateCopy
            return (y[0] * y[0] + y[1] * y[1] + y[2] * y[2], y[0] * y[0] + y[1] * y[1] / 2 + y[2] * y[2] / 3)
        }
        let start = laws()
        for _ in 0..<1000 { #expect(stepper.step(1.5, body).isConverged) }
        let end = laws()
        // A thousand steps' rounding.
        #expect(abs(end.0 - start.0) < 1e-13 && abs(end.1 - start.1) < 1e-13)
    }

    @Test func orderIsTwo() {
        let errors = [0.1, 0.05, 0.025, 0.0125].map { h -> Double in
            let stepper = ImplicitMidpointStepper(dimension: 1)
            stepper.start(at: 0, from: [1])
            for _ in 0..<Int((2 / h).rounded()) { #expect(stepper.step(h) { t, y, dy in dy[0] = y[0] * cos(t) }.isConverged) }
            return abs(stepper.state[0] - exp(sin(2)))
        }
        #expect(abs(observedOrder(errors) - 2) < 0.02, "errors \(errors)")
    }

    @Test func itRunsBackwardsOnItsOwnTrack() {
        let stepper = ImplicitMidpointStepper(dimension: 3)
        stepper.start(at: 0, from: [0.8, 0.6, 0.1])
        for _ in 0..<50 { _ = stepper.step(0.7, body) }
        for _ in 0..<50 { _ = stepper.step(-0.7, body) }
        for (a, b) in zip(stepper.stateCopy, [0.8, 0.6, 0.1]) { #expect(abs(a - b) < 1e-12) }
    }

    /// One step of the oscillator multiplies q + ip by (1 − iωh/2)/(1 + iωh/2). With ωh/2 = 3 the plain iteration would diverge.
    @Test func accelerationReachesBeyondThePlainIteration() {
        let stepper = ImplicitMidpointStepper(dimension: 2)
        stepper.start(at: 0, from: [1, 0])
        let outcome = stepper.step(6, harmonicOscillator)
        #expect(outcome.isConverged && outcome.iterations < 12)
        // (1 − 3i)²/10 = (−8 − 6i)/10
        #expect(abs(stepper.state[0] + 0.8) < 1e-14 && abs(stepper.state[1] + 0.6) < 1e-14)
    }

    /// y′ = −sign y jumps: a step across it has no solution when neither side's midpoint lies on its side.
    @Test func aStepWithoutSolutionIsFlagged() {
        let stepper = ImplicitMidpointStepper(dimension: 1)
        stepper.start(at: 0, from: [0.1])
        #expect(!stepper.step(1) { _, y, dy in dy[0] = y[0] > 0 ? -1 : 1 }.isConverged)
    }

    /// The same body for a hundred initial states, in lanes.
    private struct RigidBody: DynamicalSystem {
        var dimension: Int { 3 }
        func derivative<Number: TrajectoryScalar>(
            at time: Number, _ y: UnsafePointer<Number>, _ p: UnsafePointer<Number>, into dy: UnsafeMutablePointer<Number>
        ) {
            dy[0] = Number(1.0 / 3 - 1.0 / 2) * y[1] * y[2]
            dy[1] = Number(1 - 1.0 / 3) * y[2] * y[0]
            dy[2] = Number(1.0 / 2 - 1) * y[0] * y[1]
        }
    }

    private func bodies(_ count: Int) -> InitialValueProblem<RigidBody> {
        let angles = (0..<count).map { 0.01 + 0.03 * Double($0) }
        let start = angles.map { cos($0) } + angles.map { sin($0) * 0.8 } + angles.map { sin($0) * 0.6 }
        return InitialValueProblem(RigidBody(), from: Tensor(start, shape: [3, count]), over: 0...300)
    }

    @Test func quadraticLawsAreConservedInLanes() {
        let solution = bodies(100).solve(ImplicitMidpoint(step: 1.5), savingEvery: 50)
        #expect(solution.isComplete && solution.times == [75, 150, 225, 300])
        let (y, start) = (solution.states.scalars, bodies(100).initialStates.scalars)
        for save in 0..<4 {
            for k in 0..<100 {
                let (a, b, c) = (y[save * 300 + k], y[save * 300 + 100 + k], y[save * 300 + 200 + k])
                let energy = start[k] * start[k] + start[100 + k] * start[100 + k] / 2 + start[200 + k] * start[200 + k] / 3
                // Two hundred steps' rounding.
                #expect(abs(a * a + b * b + c * c - 1) < 3e-14)
                #expect(abs(a * a + b * b / 2 + c * c / 3 - energy) < 3e-14)
            }
        }
    }

    @Test func lanesAgreeWithTheStepperAndNotWithTheirNeighbours() {
        let solution = bodies(13).solve(ImplicitMidpoint(step: 1.5))
        for index in [0, 7, 12] {
            let initial = (0..<3).map { bodies(13).initialStates.scalars[$0 * 13 + index] }
            let alone = InitialValueProblem(RigidBody(), from: initial, over: 0...300).solve(ImplicitMidpoint(step: 1.5))
            #expect(alone.finalStates.scalars == (0..<3).map { solution.finalStates.scalars[$0 * 13 + index] })
            let stepper = ImplicitMidpointStepper(dimension: 3)
            stepper.start(at: 0, from: initial)
            for _ in 0..<200 { #expect(stepper.step(1.5, body).isConverged) }
            // The same steps but for rounding, which the motion enlarges linearly, near the separatrix exponentially.
            for i in 0..<3 { #expect(abs(stepper.state[i] - alone.finalStates.scalars[i]) < 1e-9) }
        }
    }

    /// One step multiplies a decaying component by (1 − λh/2)/(1 + λh/2), however stiff.
    @Test func stiffPartsStayBounded() {
        struct Decay: DynamicalSystem {
            var dimension: Int { 1 }
            var parameterCount: Int { 1 }
            func derivative<Number: TrajectoryScalar>(
                at time: Number, _ y: UnsafePointer<Number>, _ p: UnsafePointer<Number>, into dy: UnsafeMutablePointer<Number>
            ) {
                dy[0] = -(p[0] * y[0])
            }
        }
        let rates = [0.5, 2, 200, 2e6]
        let solution = InitialValueProblem(
            Decay(), from: Tensor<Double>.ones([1, 4]), parameters: Tensor(rates, shape: [1, 4]), over: 0...1
        ).solve(ImplicitMidpoint(step: 1))
        for (value, rate) in zip(solution.finalStates.scalars, rates) {
            // y₁ is y₀ + h f(z): its rounding is that of λz, which is near 2 at most.
            let factor = (1 - rate / 2) / (1 + rate / 2)
            #expect(abs(value - factor) < 1e-14)
        }
    }

    /// y′ = y² from 1 over a step of 2 has no real midpoint: z = 1 + z² has no root.
    @Test func aStepWithoutSolutionIsFlaggedInItsLane() {
        struct Square: DynamicalSystem {
            var dimension: Int { 1 }
            func derivative<Number: TrajectoryScalar>(
                at time: Number, _ y: UnsafePointer<Number>, _ p: UnsafePointer<Number>, into dy: UnsafeMutablePointer<Number>
            ) {
                dy[0] = y[0] * y[0]
            }
        }
        let solution = InitialValueProblem(Square(), from: Tensor<Double>([1, 0.1, -1], shape: [1, 3]), over: 0...2).solve(
            ImplicitMidpoint(step: 2))
        #expect(solution.outcomes[0] != .finished && solution.outcomes[1] == .finished && solution.outcomes[2] == .finished)
        // z = y + z² (h = 2): the root that continues from y is (1 − √(1 − 4y))/2; y₁ = 2z − y.
        for (index, y) in [(1, 0.1), (2, -1.0)] {
            let expected: Double = 1 - (1 - 4 * y).squareRoot() - y
            #expect(abs(solution.finalStates.scalars[index] - expected) < 1e-14)
        }
    }
}
