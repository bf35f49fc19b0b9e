import Foundation
import LoamTrainability
import Testing

@Suite struct CriticalPointTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let activation: Activation
        let bias, weight, length, digits: Double
        var testDescription: String { "\(activation), σ_b² = \(bias)" }
    }

    static let table: [Row] = [
        Row(activation: .tanh, bias: 0.05, weight: 1.760954639607, length: 0.570047881641, digits: 6e-13),
        Row(activation: .tanh, bias: 2e-5, weight: 1.049911631970, length: 0.025873538321, digits: 6e-13),
        Row(activation: .tanh, bias: 0.01, weight: 1.424205290489, length: 0.273300913458, digits: 6e-13),
        Row(activation: .tanh, bias: 0.1, weight: 1.986072641136, length: 0.805799181913, digits: 6e-13),
        Row(activation: .tanh, bias: 1.0, weight: 3.443210912265, length: 3.036396394624, digits: 6e-13),
        Row(activation: .erf, bias: 0.05, weight: 1.375839007347, length: 0.517176837981, digits: 6e-13),
        Row(activation: .hardTanh, bias: 0.05, weight: 1.1655446896, length: 0.4638639694, digits: 6e-11),
        Row(activation: .elu, bias: 0.04, weight: 1.5110583262, length: 1.10693054, digits: 6e-9),
        Row(activation: .gelu, bias: 0.05, weight: 2.3025195117, length: 0.72203577, digits: 6e-9),
        Row(activation: .sin, bias: 0.05, weight: 1.5020701026, length: 0.55207010, digits: 6e-9),
    ]

    @Test(arguments: table)
    func publishedCriticalPoint(_ row: Row) throws {
        let points = MeanField(row.activation).criticalPoints(biasVariance: row.bias)
        let nearest = try #require(points.min { abs($0.weightVariance - row.weight) < abs($1.weightVariance - row.weight) })
        #expect(isClose(nearest.weightVariance, row.weight, max(row.digits, 6e-11)), "\(points)")
        #expect(isClose(try #require(nearest.length), row.length, row.digits), "\(points)")
    }

    @Test func tanhCriticalPointsToTwelveDigits() throws {
        for row in Self.table where row.activation == .tanh {
            let point = try #require(MeanField(.tanh).criticalPoints(biasVariance: row.bias).first)
            #expect(isClose(point.weightVariance, row.weight, 6e-13), "\(row.bias): \(point.weightVariance)")
            #expect(point.isStable)
        }
    }

    @Test(arguments: [0.1, 0.5, 1, 3])
    func sineCriticalLineIsExact(_ q: Double) throws {
        let points = MeanField(.sin).criticalPoints(biasVariance: q - tanh(q))
        #expect(points.contains { isClose($0.weightVariance, 1 + tanh(q), 1e-10) })
    }

    @Test(arguments: [0.1, 0.5, 1, 3])
    func sineCriticalLineByQuadrature(_ q: Double) {
        let points = MeanField(.sin, closedForms: false).criticalPoints(biasVariance: q - tanh(q))
        #expect(points.contains { isClose($0.weightVariance, 1 + tanh(q), 1e-10) })
    }

    @Test func errorFunctionByQuadratureEqualsItsClosedForm() throws {
        let exact = try #require(MeanField(.erf).criticalPoints(biasVariance: 0.05).first)
        let numeric = try #require(MeanField(.erf, closedForms: false).criticalPoints(biasVariance: 0.05).first)
        #expect(isClose(exact.weightVariance, numeric.weightVariance, 1e-10))
    }

    @Test func rectifierIsCriticalAtOnePointOnly() {
        let points = MeanField(.relu).criticalPoints(biasVariance: 0)
        #expect(points.map(\.weightVariance) == [2])
        #expect(points[0].length == nil)
        #expect(MeanField(.relu).criticalPoints(biasVariance: 0.1).isEmpty)
    }

    @Test func linearIsCriticalAtOne() {
        #expect(MeanField(.linear).criticalPoints(biasVariance: 0).map(\.weightVariance) == [1])
    }

    @Test func tanhWithoutBiasIsCriticalAtOne() {
        let points = MeanField(.tanh).criticalPoints(biasVariance: 0)
        #expect(points.map(\.weightVariance) == [1], "\(points)")
        #expect(points[0].length == 0 && points[0].isStable)
    }

    @Test(arguments: [Activation.tanh, .erf, .gelu, .silu, .elu, .sin, .hardTanh])
    func everyRootIsAFixedPointWithSlopeOne(_ activation: Activation) {
        let theory = MeanField(activation)
        for point in theory.criticalPoints(biasVariance: 0.07) {
            let v = InitialVariances(weight: point.weightVariance, bias: 0.07)
            let q = point.length!
            #expect(isRelativelyClose(theory.lengthMap(q, v), q, 1e-10))
            #expect(isClose(v.weight * theory.lengthMoments(q).slope, 1, 1e-12))
            #expect(point.isStable == (abs(theory.lengthMapSlope(q, v)) < 1))
        }
    }

    @Test func criticalLineOfTanhRises() {
        let line = MeanField(.tanh).criticalLine(lengths: (1...40).map { 0.1 * Double($0) })
        #expect(line.count == 40)
        for (a, b) in zip(line, line.dropFirst()) {
            #expect(a.weightVariance < b.weightVariance && a.biasVariance < b.biasVariance)
        }
    }
}
