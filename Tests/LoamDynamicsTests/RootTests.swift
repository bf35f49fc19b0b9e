import Foundation
import LoamDynamics
import Testing

/// Root finding on its own and along trajectories.
struct RootTests {
    /// A function with a known root between two places.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let low: Double
        let high: Double
        let root: Double
        let function: @Sendable (Double) -> Double
    }

    static let cases: [Case] = [
        Case(testDescription: "Wallis", low: 2, high: 3, root: 2.094_551_481_542_326_6) { $0 * $0 * $0 - 2 * $0 - 5 },
        Case(testDescription: "Dottie", low: 0, high: 1, root: 0.739_085_133_215_160_6) { cos($0) - $0 },
        Case(testDescription: "steep", low: -1, high: 4, root: 1) { tanh(50 * ($0 - 1)) },
        Case(testDescription: "flat", low: 0, high: 1, root: 0.1) { pow($0, 9) - 1e-9 },
    ]

    @Test(arguments: cases) func bracketsCloseIn(_ test: Case) {
        let (low, high) = (test.function(test.low), test.function(test.high))
        var count = 0
        let found = bracketedRoot(from: test.low, to: test.high, startValue: low, endValue: high, tolerance: 1e-13) {
            count += 1
            return test.function($0)
        }
        #expect(abs(found - test.root) <= 2e-13)
        // Never on the near side.
        let value = test.function(found)
        #expect(value == 0 || (value < 0) != (low < 0))
        // Bisection alone takes 45.
        #expect(count < 40, "\(count) evaluations")
    }

    @Test func bracketsMayRunBackwards() {
        let found = bracketedRoot(from: 2, to: 0, startValue: 1, endValue: -1, tolerance: 1e-14) { $0 - 1 + 1e-3 * ($0 - 1) * ($0 - 1) }
        #expect(abs(found - 1) < 1e-14 && found <= 1)
    }

    private func stepped(_ tolerance: Double) -> DormandPrinceStepper {
        let stepper = DormandPrinceStepper(dimension: 2, tolerances: Tolerances(relative: tolerance, absolute: tolerance))
        stepper.start(at: 0, from: [1, 0], harmonicOscillator)
        return stepper
    }

    @Test func zerosOfTheCosineAreFound() {
        let stepper = stepped(1e-12)
        var times: [Double] = []
        var rising: [Bool] = []
        while stepper.time < 10 {
            #expect(stepper.step(until: 10, harmonicOscillator) == .accepted)
            if let root = stepper.earliestRoot(count: 1, of: { _, _, y in y[0] }) {
                times.append(root.time)
                rising.append(root.isRising)
                stepper.cut(at: root.time)
            }
        }
        // The interpolant's error at this tolerance is about 1e-10.
        #expect(times.count == 3)
        for (index, time) in times.enumerated() { #expect(abs(time - (Double(index) + 0.5) * .pi) < 1e-9) }
        #expect(rising == [false, true, false])
    }

    @Test func theFirstOfSeveralComesFirst() {
        let stepper = DormandPrinceStepper(dimension: 1, tolerances: .fixedStep(1))
        let line: VectorField = { _, _, dy in dy[0] = 1 }
        stepper.start(at: 0, from: [0], line)
        #expect(stepper.step(until: 1, line) == .accepted)
        let levels = [0.9, 0.301, 0.305, 0.301, 0.7]
        let root = stepper.earliestRoot(count: levels.count) { index, _, y in y[0] - levels[index] }
        #expect(root?.index == 1 && root?.isRising == true)
        #expect(abs(root!.time - 0.301) < 1e-13)
    }

    @Test func directionsAreKept() {
        let stepper = DormandPrinceStepper(dimension: 1, tolerances: .fixedStep(1))
        let line: VectorField = { _, _, dy in dy[0] = 1 }
        stepper.start(at: 0, from: [0], line)
        #expect(stepper.step(until: 1, line) == .accepted)
        #expect(stepper.earliestRoot(count: 1, direction: { _ in .falling }, of: { _, _, y in y[0] - 0.4 }) == nil)
        #expect(stepper.earliestRoot(count: 1, direction: { _ in .rising }, of: { _, _, y in y[0] - 0.4 }) != nil)
    }

    @Test func twoPassagesWithinOneStepAreSeen() {
        let stepper = DormandPrinceStepper(dimension: 1, tolerances: .fixedStep(1))
        let line: VectorField = { _, _, dy in dy[0] = 1 }
        stepper.start(at: 0, from: [0], line)
        #expect(stepper.step(until: 1, line) == .accepted)
        // Negative between 0.3 and 0.6 only: the signs at the ends agree.
        let root = stepper.earliestRoot(count: 1) { _, _, y in (y[0] - 0.3) * (y[0] - 0.6) }
        #expect(abs(root!.time - 0.3) < 1e-12 && root!.isRising == false)
    }

    @Test func aZeroAtTheStartIsNoPassage() {
        let stepper = stepped(1e-9)
        stepper.start(at: 0, from: [0, 1], harmonicOscillator)
        #expect(stepper.step(until: 1, harmonicOscillator) == .accepted)
        #expect(stepper.earliestRoot(count: 1, of: { _, _, y in y[0] }) == nil)
    }

    /// A ball dropped from height 1 that keeps the fraction e of its speed: bounce n happens at √(2/g) (1 + 2 Σ_{k<n} eᵏ).
    @Test func bouncesComeInTime() {
        let (gravity, restitution) = (9.81, 0.8)
        let fall: VectorField = { _, y, dy in (dy[0], dy[1]) = (y[1], -gravity) }
        let stepper = DormandPrinceStepper(dimension: 2, tolerances: Tolerances(relative: 1e-10, absolute: 1e-12))
        stepper.start(at: 0, from: [1, 0], fall)
        var bounces: [Double] = []
        while bounces.count < 8 {
            #expect(stepper.step(until: 10, fall) == .accepted)
            if let root = stepper.earliestRoot(count: 1, direction: { _ in .falling }, of: { _, _, y in y[0] }) {
                bounces.append(root.time)
                stepper.cut(at: root.time)
                stepper.changeState { y in
                    y[0] = 0
                    y[1] *= -restitution
                }
            }
        }
        var expected = (2 / gravity).squareRoot()
        for (index, time) in bounces.enumerated() {
            // The polynomial is exact for this motion; each bounce adds the width of a bracket.
            #expect(abs(time - expected) < 1e-11, "bounce \(index)")
            expected += 2 * (2 / gravity).squareRoot() * pow(restitution, Double(index + 1))
        }
    }
}
