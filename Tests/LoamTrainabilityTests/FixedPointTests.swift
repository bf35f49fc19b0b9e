import Foundation
import LoamTrainability
import Testing

@Suite struct FixedPointTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let weight, length, slope, lengthSlope, correlation, lengthScale, correlationScale: Double
        var testDescription: String { "σ_w² = \(weight)" }
    }

    /// The published-precision table for tanh, σ_b² = 0.05.
    static let table: [Row] = [
        Row(0.5, 0.0875798652, 0.4319873818, 0.3711218758, 1, 1.008853, 1.191385),
        Row(1.0, 0.1935925202, 0.7590316472, 0.5642799820, 1, 1.747626, 3.626976),
        Row(1.3, 0.3153164775, 0.8801635099, 0.5711234846, 1, 1.785237, 7.834069),
        Row(1.5, 0.4180372005, 0.9386362682, 0.5519832057, 1, 1.682828, 15.790994),
        Row(2.0, 0.7217618727, 1.0476659996, 0.4865217440, 0.7440824195, 1.387976, 25.213415),
        Row(2.5, 1.0639583774, 1.1335156987, 0.4284638509, 0.4468042323, 1.179873, 11.795598),
        Row(3.0, 1.4280084622, 1.2089344241, 0.3828201966, 0.2993176418, 1.041461, 9.051456),
        Row(4.0, 2.1954939280, 1.3424024144, 0.3181950994, 0.1650649620, 0.873293, 6.980274),
    ]

    @Test(arguments: table)
    func tanhTable(_ row: Row) throws {
        let point = try #require(MeanField(.tanh).fixedPoint(InitialVariances(weight: row.weight, bias: 0.05)))
        #expect(isClose(point.length, row.length, 6e-11))
        #expect(isClose(point.slope, row.slope, 6e-11))
        #expect(isClose(point.lengthSlope, row.lengthSlope, 6e-11))
        #expect(isClose(point.correlation, row.correlation, 6e-11), "c* = \(point.correlation)")
        #expect(isClose(point.lengthScale, row.lengthScale, 6e-7))
        #expect(isClose(point.correlationScale, row.correlationScale, 6e-7), "ξ_c = \(point.correlationScale)")
        #expect(point.phase == (row.weight < 1.7 ? .ordered : .chaotic))
    }

    @Test func fixedPointIsOne() throws {
        for activation in [Activation.tanh, .erf, .sigmoid, .gelu, .silu, .elu, .softplus, .sin, .hardTanh] {
            let v = InitialVariances(weight: 1.2, bias: 0.1)
            guard let point = MeanField(activation).fixedPoint(v) else { continue }
            #expect(isRelativelyClose(MeanField(activation).lengthMap(point.length, v), point.length, 1e-12), "\(activation)")
        }
    }

    @Test func correlationFixedPointIsOne() throws {
        let theory = MeanField(.tanh)
        for weight in [1.77, 1.9, 2.6, 5.0] {
            let v = InitialVariances(weight: weight, bias: 0.05)
            let point = try #require(theory.fixedPoint(v))
            let next = theory.correlationMap(delta: point.decorrelation, q: point.length, v)
            #expect(isRelativelyClose(next, point.decorrelation, 1e-10))
            #expect(point.correlationSlope < 1)
        }
    }

    @Test func gapPerDecorrelationTendsToTheSlope() throws {
        let theory = MeanField(.tanh)
        let v = InitialVariances(weight: 2, bias: 0.05)
        let point = try #require(theory.fixedPoint(v))
        for delta in [1e-10, 1e-9, 1e-8, 1e-7, 1e-6] {
            let ratio = theory.correlationMap(delta: delta, q: point.length, v) / delta
            #expect(isClose(ratio, point.slope, max(1e-10, delta)), "δ = \(delta): \(ratio) against \(point.slope)")
        }
    }

    @Test func justChaoticHasCorrelationBelowOne() throws {
        let point = try #require(MeanField(.tanh).fixedPoint(InitialVariances(weight: 1.77, bias: 0.05)))
        #expect(point.slope > 1 && point.slope < 1.003)
        #expect(point.correlation < 1 && point.decorrelation > 1e-3)
    }

    @Test func slopeAboveOneByABillionthStillHasItsRoot() throws {
        let theory = MeanField(.tanh)
        let critical = try #require(theory.criticalPoints(biasVariance: 0.05).first)
        let v = InitialVariances(weight: critical.weightVariance * (1 + 4e-9), bias: 0.05)
        let point = try #require(theory.fixedPoint(v))
        let excess = point.slope - 1
        #expect(excess > 0 && excess < 1e-8)
        // δ* = 2(χ₁ − 1)/(σ_w² q E[φ″²]) to first order.
        let expected = 2 * excess / (v.weight * point.length * theory.lengthMoments(point.length).curvature)
        #expect(isRelativelyClose(point.decorrelation, expected, 1e-6))
    }

    @Test func decorrelationIsContinuousWhereTheSeriesTakesOver() throws {
        let theory = MeanField(.tanh)
        let critical = try #require(theory.criticalPoints(biasVariance: 0.05).first).weightVariance
        var last = 0.0
        for step in 1...40 {
            let v = InitialVariances(weight: critical * (1 + 1e-8 * Double(step)), bias: 0.05)
            let delta = try #require(theory.fixedPoint(v)).decorrelation
            #expect(isClose(delta - last, delta / Double(step), 2e-2 * delta))
            last = delta
        }
    }

    @Test func oddActivationWithoutBiasForgetsCompletely() throws {
        let point = try #require(MeanField(.tanh).fixedPoint(InitialVariances(weight: 2, bias: 0)))
        #expect(point.correlation == 0)
        #expect(
            isClose(
                point.correlationSlope, MeanField(.tanh).correlationMapSlope(delta: 1, q: point.length, .init(weight: 2, bias: 0)), 1e-12))
    }

    @Test func unbiasedOrderedTanhCollapsesToZero() throws {
        let point = try #require(MeanField(.tanh).fixedPoint(InitialVariances(weight: 0.5, bias: 0)))
        #expect(point.length == 0)
        #expect(point.slope == 0.5)
        #expect(isClose(point.correlationScale, 1 / log(2.0), 1e-14))
    }

    @Test func rectifierFixedPointIsClosed() throws {
        let point = try #require(MeanField(.relu).fixedPoint(InitialVariances(weight: 1.5, bias: 0.1)))
        #expect(isClose(point.length, 0.4, 1e-14))
        #expect(point.slope == 0.75)
        #expect(point.correlation == 1)
    }

    @Test func rectifierWithoutFinitePointReportsNone() {
        #expect(MeanField(.relu).fixedPoint(InitialVariances(weight: 2, bias: 0.1)) == nil)
        #expect(MeanField(.relu).fixedPoint(InitialVariances(weight: 2.5, bias: 0)) == nil)
        #expect(MeanField(.gelu).fixedPoint(InitialVariances(weight: 4, bias: 0.5)) == nil)
    }

    @Test func leakyRectifierScalesTheGain() throws {
        let point = try #require(MeanField(.leakyReLU(0.5)).fixedPoint(InitialVariances(weight: 1, bias: 0.3)))
        #expect(isClose(point.slope, 0.625, 1e-15))
        #expect(isClose(point.length, 0.8, 1e-14))
    }

    @Test func criticalNetworkHasInfiniteScale() throws {
        let theory = MeanField(.sin)
        let point = try #require(theory.fixedPoint(InitialVariances(weight: 1 + tanh(0.5), bias: 0.5 - tanh(0.5))))
        #expect(isClose(point.length, 0.5, 1e-10))
        #expect(point.correlationScale > 1e9)
    }

    @Test func forcedQuadratureGivesTheSameFixedPoints() throws {
        for activation in [Activation.erf, .hardTanh, .sin] {
            let v = InitialVariances(weight: 2.2, bias: 0.05)
            let a = try #require(MeanField(activation).fixedPoint(v))
            let b = try #require(MeanField(activation, closedForms: false).fixedPoint(v))
            #expect(isRelativelyClose(a.length, b.length, 1e-10))
            #expect(isClose(a.correlation, b.correlation, 1e-8), "\(activation): \(a.correlation), \(b.correlation)")
        }
    }
}

extension FixedPointTests.Row {
    init(_ w: Double, _ q: Double, _ chi: Double, _ v: Double, _ c: Double, _ xq: Double, _ xc: Double) {
        self.init(weight: w, length: q, slope: chi, lengthSlope: v, correlation: c, lengthScale: xq, correlationScale: xc)
    }
}
