import Foundation
import LoamTrainability
import Testing

@Suite struct MomentTests {
    static let closed: [Activation] = [.erf, .sin, .relu, .leakyReLU(0.2), .linear, .hardTanh]
    static let lengths = [0.01, 0.3, 1.0, 4.0, 20.0]

    @Test(arguments: closed)
    func lengthMomentsInClosedFormAgreeWithQuadrature(_ activation: Activation) {
        let exact = MeanField(activation)
        let numeric = MeanField(activation, closedForms: false)
        for q in Self.lengths {
            let (a, b) = (exact.lengthMoments(q), numeric.lengthMoments(q))
            #expect(isRelativelyClose(b.value, a.value, 1e-12))
            #expect(isRelativelyClose(b.slope, a.slope, 1e-12))
            #expect(isClose(b.growth, a.growth, 1e-12))
            #expect(a.curvature == b.curvature || isRelativelyClose(b.curvature, a.curvature, 1e-12))
        }
    }

    @Test(arguments: closed)
    func pairMomentsInClosedFormAgreeWithQuadrature(_ activation: Activation) {
        let exact = MeanField(activation)
        let numeric = MeanField(activation, closedForms: false)
        for q in Self.lengths {
            for delta in [1e-6, 0.01, 0.4, 1.0, 1.7] {
                let (a, b) = (exact.pairMoments(q, delta: delta), numeric.pairMoments(q, delta: delta))
                #expect(isRelativelyClose(b.gap, a.gap, 1e-9), "q \(q), δ \(delta): \(b.gap) and \(a.gap)")
                #expect(isClose(b.slope, a.slope, 1e-9), "q \(q), δ \(delta): \(b.slope) and \(a.slope)")
            }
        }
    }

    @Test(arguments: Activation.all)
    func lengthSlopeIsTheDerivativeOfTheLengthMap(_ activation: Activation) {
        let theory = MeanField(activation)
        let v = InitialVariances(weight: 1.7, bias: 0.05)
        for q in [0.05, 0.7, 3.0] {
            let h = 1e-4 * q
            let difference = (theory.lengthMap(q + h, v) - theory.lengthMap(q - h, v)) / (2 * h)
            #expect(isClose(theory.lengthMapSlope(q, v), difference, 1e-6))
        }
    }

    @Test(arguments: Activation.all)
    func correlationSlopeIsTheDerivativeOfTheCorrelationMap(_ activation: Activation) {
        let theory = MeanField(activation)
        let v = InitialVariances(weight: 1.7, bias: 0.05)
        for delta in [0.05, 0.5, 1.2] {
            let h = 1e-5
            let up = theory.correlationMap(delta: delta + h, q: 0.8, v)
            let down = theory.correlationMap(delta: delta - h, q: 0.8, v)
            #expect(isClose(theory.correlationMapSlope(delta: delta, q: 0.8, v), (up - down) / (2 * h), 1e-7))
        }
    }

    @Test(arguments: Activation.all)
    func equalInputsStayEqual(_ activation: Activation) {
        let pair = MeanField(activation).pairMoments(0.9, delta: 0)
        #expect(abs(pair.gap) < 1e-15)
        #expect(isRelativelyClose(pair.slope, MeanField(activation).lengthMoments(0.9).slope, 1e-9))
    }

    @Test(arguments: Activation.all.filter(\.isOdd))
    func oppositeInputsOfAnOddActivationLoseTwiceTheLength(_ activation: Activation) {
        let theory = MeanField(activation)
        #expect(isRelativelyClose(theory.pairMoments(0.9, delta: 2).gap, 2 * theory.lengthMoments(0.9).value, 1e-10))
    }

    @Test(arguments: Activation.all)
    func independentInputsLoseTheVariance(_ activation: Activation) {
        // At δ = 1: gap = E[φ²] − E[φ]², E[φ] by a fine sum over ±10 standard deviations.
        let theory = MeanField(activation)
        var mean = 0.0
        let (q, step) = (0.9, 1e-4)
        for i in -100_000..<100_000 {
            let z = (Double(i) + 0.5) * step
            mean += step * exp(-0.5 * z * z) / (2 * Double.pi).squareRoot() * activation(q.squareRoot() * z)
        }
        #expect(isClose(theory.pairMoments(q, delta: 1).gap, theory.lengthMoments(q).value - mean * mean, 1e-8))
    }

    @Test func sixtyFourNodeGaussHermiteErrorIsAvoided() {
        // E[tanh(√q z)²] by a fine midpoint sum; Gauss–Hermite with 64 nodes is wrong by 3e-3 at 10 and 4e-2 at 50.
        for q in [2.0, 10, 50] {
            var sum = 0.0
            let step = 1e-4
            for i in -100_000..<100_000 {
                let z = (Double(i) + 0.5) * step
                let t = Foundation.tanh(q.squareRoot() * z)
                sum += step * exp(-0.5 * z * z) / (2 * Double.pi).squareRoot() * t * t
            }
            #expect(isClose(MeanField(.tanh).lengthMoments(q).value, sum, 1e-12))
        }
    }

    /// Variances that need graded panels, against closed forms.
    @Test(arguments: [30.0, 300, 1e4, 1e7])
    func largeVariancesAreIntegratedOnTheScaleOfTheActivation(_ q: Double) {
        for activation in [Activation.erf, .relu] {
            let exact = MeanField(activation)
            // A smooth function that is the ReLU up to a region of width 1/10: E[φ′²] lacks ∫₀^∞(1 − s²) − ∫₋∞⁰ s² = 1/10 times the
            // density at 0, which is 0.08/√q of its value.
            let numeric =
                activation == .erf
                ? MeanField(.erf, closedForms: false) : MeanField((try? .expression("0.1*softplus(10*x)")) ?? .linear, tolerance: 1e-8)
            let tolerance = activation == .erf ? 1e-10 : 0.1 / q.squareRoot()
            let (m, n) = (numeric.lengthMoments(q), exact.lengthMoments(q))
            #expect(
                isRelativelyClose(m.value, n.value, tolerance) && isRelativelyClose(m.slope, n.slope, tolerance), "\(activation) \(m) \(n)")
            for delta in [1e-5, 0.3, 1, 1.9] {
                let (p, r) = (numeric.pairMoments(q, delta: delta), exact.pairMoments(q, delta: delta))
                #expect(isRelativelyClose(p.gap, r.gap, max(tolerance, 1e-9)), "\(activation) δ = \(delta): \(p) \(r)")
                #expect(isRelativelyClose(p.slope, r.slope, max(tolerance, 1e-9)), "\(activation) δ = \(delta): \(p) \(r)")
            }
        }
    }
}
