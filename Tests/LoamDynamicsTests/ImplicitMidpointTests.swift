import Foundation
import LoamDynamics
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
}
