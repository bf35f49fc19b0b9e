import Foundation
import LoamTrainability
import Testing

@Suite struct TrajectoryTests {
    static let variances = InitialVariances(weight: 2, bias: 0.05)

    @Test func rectifierCorrelationsFromZero() {
        let states = MeanField(.relu).trajectory(length: 1, correlation: 0, depth: 4, .he)
        let expected = [0.3183098862, 0.4937310902, 0.6048257201, 0.6809535334]
        for (state, value) in zip(states, expected) { #expect(isClose(state.correlation, value, 6e-11)) }
        #expect(states.allSatisfy { isClose($0.length, 1, 1e-14) })
    }

    @Test func rectifierApproachesOneQuadratically() throws {
        let state = try #require(MeanField(.relu).trajectory(length: 1, correlation: 0, depth: 1000, .he).last)
        #expect(isClose(1e6 * state.decorrelation, 43.13, 0.005), "\(1e6 * state.decorrelation)")
        #expect(1e6 * state.decorrelation < 9 * Double.pi * Double.pi / 2)
    }

    @Test func rectifierLimitIsNineHalvesPiSquared() throws {
        // The relative distance from the limit 44.4132 falls like ln ℓ/ℓ.
        let states = MeanField(.relu).trajectory(length: 1, correlation: 0, depth: 100_000, .he)
        let value = 1e10 * states[99_999].decorrelation
        #expect(isClose(value, 44.4132, 0.05), "\(value)")
    }

    @Test func tanhEdgeRate() throws {
        let theory = MeanField(.tanh)
        let critical = try #require(theory.criticalPoints(biasVariance: 0.05).first)
        #expect(isClose(theory.edgeRate(length: critical.length!), 6.171126, 6e-7))
    }

    @Test func tanhEdgeDecay() throws {
        let theory = MeanField(.tanh)
        let critical = try #require(theory.criticalPoints(biasVariance: 0.05).first)
        let v = InitialVariances(weight: critical.weightVariance, bias: 0.05)
        let states = theory.trajectory(length: critical.length!, decorrelation: 0.5, depth: 1000, v)
        #expect(isClose(100 * states[99].decorrelation, 5.91335, 6e-6), "\(100 * states[99].decorrelation)")
        #expect(isClose(1000 * states[999].decorrelation, 6.19543, 6e-6), "\(1000 * states[999].decorrelation)")
    }

    @Test func kinkedActivationsHaveNoEdgeRate() { #expect(MeanField(.relu).edgeRate(length: 1) == 0) }

    @Test func tanhLengths() {
        let states = MeanField(.tanh).trajectory(length: 1, correlation: 0.9, depth: 4, Self.variances)
        let expected = [0.8385889808, 0.7750054760, 0.7468883421, 0.7338100004]
        for (state, value) in zip(states, expected) { #expect(isClose(state.length, value, 1e-10), "\(state.length)") }
    }

    @Test func tanhCorrelationsAtTheFixedPoint() throws {
        let theory = MeanField(.tanh)
        let q = try #require(theory.fixedPoint(Self.variances)).length
        let states = theory.trajectory(length: q, correlation: 0.9, depth: 3, Self.variances)
        let expected = [0.8973305518, 0.8946425599, 0.8919384313]
        for (state, value) in zip(states, expected) { #expect(isClose(state.correlation, value, 1e-10), "\(state.correlation)") }
    }

    @Test(arguments: [1.2, 2.0, 3.5])
    func longTrajectoryEndsAtTheFixedPoint(_ weight: Double) throws {
        let theory = MeanField(.tanh)
        let v = InitialVariances(weight: weight, bias: 0.05)
        let point = try #require(theory.fixedPoint(v))
        let last = try #require(theory.trajectory(length: 2, correlation: 0.3, depth: 1200, v).last)
        #expect(isClose(last.length, point.length, 1e-12))
        #expect(isClose(last.correlation, point.correlation, 1e-10))
    }

    @Test(arguments: [1.2, 2.5])
    func decayIsTheCorrelationScale(_ weight: Double) throws {
        let theory = MeanField(.tanh)
        let v = InitialVariances(weight: weight, bias: 0.05)
        let point = try #require(theory.fixedPoint(v))
        let start = point.decorrelation + 1e-6
        let states = theory.trajectory(length: point.length, decorrelation: start, depth: 10, v)
        let ratio = (states[9].decorrelation - point.decorrelation) / (start - point.decorrelation)
        #expect(isRelativelyClose(-10 / log(ratio), point.correlationScale, 1e-3))
    }

    @Test func unbiasedCollapseStaysFinite() {
        let states = MeanField(.tanh).trajectory(length: 1, correlation: 0.5, depth: 3000, InitialVariances(weight: 0.5, bias: 0))
        #expect(states.allSatisfy { $0.length.isFinite && $0.decorrelation.isFinite })
    }
}
