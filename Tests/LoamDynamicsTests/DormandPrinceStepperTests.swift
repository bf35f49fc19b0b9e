import Foundation
import LoamDynamics
import Testing

/// The stepper for single trajectories against closed forms.
struct DormandPrinceStepperTests {
    /// y′ = y cos t has the solution e^(sin t).
    private let forced: VectorField = { t, y, dy in dy[0] = y[0] * cos(t) }

    private func run(_ field: VectorField, from state: [Double], until end: Double, _ tolerances: Tolerances) -> DormandPrinceStepper {
        let stepper = DormandPrinceStepper(dimension: state.count, tolerances: tolerances)
        stepper.start(at: 0, from: state, field)
        while stepper.time < end { #expect(stepper.step(until: end, field) == .accepted) }
        return stepper
    }

    @Test func endsOfStepsHaveOrderFive() {
        let errors = [0.2, 0.1, 0.05, 0.025].map { abs(run(forced, from: [1], until: 2, .fixedStep($0)).state[0] - exp(sin(2))) }
        // The ratio of successive errors differs from 2⁵ by O(h).
        #expect(abs(observedOrder(errors) - 5) < 0.15, "errors \(errors)")
    }

    @Test func interpolationHasLocalOrderFive() {
        // Within the first step from exact data, so that what is seen is the polynomial's own error, O(h⁵).
        let errors = [0.2, 0.1, 0.05].map { h -> Double in
            let stepper = DormandPrinceStepper(dimension: 1, tolerances: .fixedStep(h))
            stepper.start(at: 0.3, from: [exp(sin(0.3))], forced)
            #expect(stepper.step(until: 1, forced) == .accepted)
            return stride(from: 0.1, to: 1, by: 0.1).map { abs(stepper.stateWithinStep(at: 0.3 + $0 * h)[0] - exp(sin(0.3 + $0 * h))) }
                .max()!
        }
        #expect(abs(observedOrder(errors) - 5) < 0.2, "errors \(errors)")
    }

    @Test func fixedStepsAreCounted() {
        let stepper = run(forced, from: [1], until: 1, .fixedStep(0.125))
        // Six evaluations a step and one at the start.
        #expect(stepper.statistics.accepted == 8)
        #expect(stepper.statistics.evaluations == 49 && stepper.statistics.rejected == 0)
        #expect(stepper.time == 1)
    }

    /// The orbit of Arenstorf closes after the published period (Hairer, Nørsett and Wanner, *Solving ODEs I*, II.0).
    @Test func arenstorfOrbitCloses() {
        let mu = 0.012277471
        let field: VectorField = { _, y, dy in
            let (x, z) = (y[0], y[1])
            let d1 = pow((x + mu) * (x + mu) + z * z, 1.5)
            let d2 = pow((x - (1 - mu)) * (x - (1 - mu)) + z * z, 1.5)
            dy[0] = y[2]
            dy[1] = y[3]
            dy[2] = x + 2 * y[3] - (1 - mu) * (x + mu) / d1 - mu * (x - (1 - mu)) / d2
            dy[3] = z - 2 * y[2] - (1 - mu) * z / d1 - mu * z / d2
        }
        let start = [0.994, 0, 0, -2.001_585_106_379_082_5]
        let stepper = run(field, from: start, until: 17.065_216_560_157_963, Tolerances(relative: 1e-12, absolute: 1e-13))
        // One revolution enlarges a disturbance by about 10⁶ (the close passage at x = 0.994), hence the distance of the end.
        #expect(hypot(stepper.state[0] - 0.994, stepper.state[1]) < 1e-4)
    }

    @Test func errorFollowsTheTolerance() {
        let errors = [1e-5, 1e-7, 1e-9].map { tolerance -> Double in
            let stepper = run(harmonicOscillator, from: [1, 0], until: 20, Tolerances(relative: tolerance, absolute: tolerance))
            return hypot(stepper.state[0] - cos(20), stepper.state[1] + sin(20))
        }
        // Error per step is below the tolerance; over 20 units of time some twenty to two hundred steps add up.
        for (error, tolerance) in zip(errors, [1e-5, 1e-7, 1e-9]) { #expect(error < 100 * tolerance && error > 0.01 * tolerance) }
    }

    @Test func manyComponentsAreIndependentOfPadding() {
        // 13 copies of one equation, not a multiple of the register width: all must be equal, and the step sizes those of one copy.
        let copies: VectorField = { t, y, dy in for i in 0..<13 { dy[i] = y[i] * cos(t) } }
        let tolerances = Tolerances(relative: 1e-8, absolute: 0)
        let many = run(copies, from: Array(repeating: 1, count: 13), until: 3, tolerances)
        let one = run(forced, from: [1], until: 3, tolerances)
        #expect(many.statistics.accepted == one.statistics.accepted)
        // The mean over components is rounded differently for 13 than for 1.
        for value in many.stateCopy { #expect(abs(value - one.state[0]) < 1e-13) }
    }

    @Test func cuttingGivesTheInterpolatedStateAndGoesOn() {
        let stepper = DormandPrinceStepper(dimension: 2, tolerances: Tolerances(relative: 1e-10, absolute: 1e-10))
        stepper.start(at: 0, from: [1, 0], harmonicOscillator)
        for _ in 0..<5 { #expect(stepper.step(until: 10, harmonicOscillator) == .accepted) }
        let middle = 0.5 * (stepper.previousTime + stepper.time)
        var expected = [0.0, 0.0]
        stepper.interpolate(at: middle, into: &expected)
        stepper.cut(at: middle)
        #expect(stepper.stateCopy == expected && stepper.time == middle)
        while stepper.time < 10 { #expect(stepper.step(until: 10, harmonicOscillator) == .accepted) }
        #expect(abs(stepper.state[0] - cos(10)) < 1e-8)
    }

    @Test func aChangedRightHandSideTakesEffect() {
        let stepper = DormandPrinceStepper(dimension: 1, tolerances: Tolerances(relative: 1e-9, absolute: 1e-12))
        let grow: VectorField = { _, y, dy in dy[0] = y[0] }
        let decay: VectorField = { _, y, dy in dy[0] = -2 * y[0] }
        stepper.start(at: 0, from: [1], grow)
        while stepper.time < 1 { #expect(stepper.step(until: 1, grow) == .accepted) }
        stepper.changeState { _ in }
        while stepper.time < 2 { #expect(stepper.step(until: 2, decay) == .accepted) }
        #expect(abs(stepper.state[0] - exp(-1)) < 1e-8)
    }

    @Test func aSlidingModeStalls() {
        // Both sides point at y = 0: no explicit step across it is accurate, and none is accepted below the shortest.
        let sliding: VectorField = { _, y, dy in dy[0] = y[0] > 0 ? -1 : 1 }
        let stepper = DormandPrinceStepper(dimension: 1, tolerances: Tolerances(relative: 1e-9, absolute: 1e-12, minimumStep: 1e-9))
        stepper.start(at: 0, from: [0.5], sliding)
        var outcome = StepOutcome.accepted
        while outcome == .accepted && stepper.time < 1 { outcome = stepper.step(until: 1, sliding) }
        #expect(outcome == .stalled && abs(stepper.time - 0.5) < 1e-6)
    }

    @Test func aDerivativeThatIsNotFiniteIsReported() {
        let singular: VectorField = { t, _, dy in dy[0] = t < 0.5 ? 0 : .nan }
        let stepper = DormandPrinceStepper(dimension: 1)
        stepper.start(at: 0, from: [1], singular)
        var outcome = StepOutcome.accepted
        while outcome == .accepted && stepper.time < 1 { outcome = stepper.step(until: 1, singular) }
        #expect(outcome == .notFinite && stepper.time <= 0.5 && stepper.state[0] == 1)
    }
}
