import Foundation
import LoamTrainability
import Testing

@Suite struct PhasePlaneTests {
    @Test(arguments: [Activation.tanh, .hardTanh, .silu])
    func planeEqualsPointwiseTheory(_ activation: Activation) {
        let weights = (1...12).map { 0.4 * Double($0) }
        let biases = (0...4).map { 0.05 + 0.2 * Double($0) }
        let plane = PhasePlane(activation, weightVariances: weights, biasVariances: biases)
        let exact = MeanField(activation)
        for (row, bias) in biases.enumerated() {
            for (column, weight) in weights.enumerated() {
                let (a, b) = (plane[column, row], exact.fixedPoint(InitialVariances(weight: weight, bias: bias)))
                #expect((a == nil) == (b == nil))
                guard let a, let b else { continue }
                #expect(isRelativelyClose(a.length, b.length, 1e-8))
                #expect(isClose(a.correlation, b.correlation, 1e-8), "σ_w² \(weight), σ_b² \(bias)")
                #expect(isRelativelyClose(a.correlationScale, b.correlationScale, 1e-6), "σ_w² \(weight), σ_b² \(bias)")
            }
        }
    }

    @Test func planeTakesTwoHundredSquaredPointsInSeconds() {
        let weights = (0..<200).map { 0.02 + 6.0 * Double($0) / 200 }
        let biases = (0..<200).map { 1e-4 + 1.0 * Double($0) / 200 }
        let clock = ContinuousClock()
        let duration = clock.measure { _ = PhasePlane(.tanh, weightVariances: weights, biasVariances: biases) }
        print("200 × 200 mean-field plane of tanh: \(duration)")
        // The goal is 3 s on two free cores; the test allows for a loaded machine.
        #expect(duration < .seconds(15))
    }

    @Test func orderedAndChaoticSidesMeetAtTheCriticalLine() throws {
        let critical = try #require(MeanField(.tanh).criticalPoints(biasVariance: 0.05).first).weightVariance
        let plane = PhasePlane(.tanh, weightVariances: [critical - 0.01, critical + 0.01], biasVariances: [0.05])
        #expect(plane[0, 0]?.phase == .ordered)
        #expect(plane[1, 0]?.phase == .chaotic)
    }
}
