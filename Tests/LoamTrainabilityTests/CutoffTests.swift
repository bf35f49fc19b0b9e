import LoamTrainability
import Testing

@Suite struct CutoffTests {
    static let curve = [0.3, 0.4, 0.46, 0.49, 0.498, 0.5, 0.5, 0.5]

    @Test(arguments: [(0.01, 4), (0.005, 4), (1e-4, 5)])
    func exampleCurve(_ tolerance: Double, _ depth: Int) {
        let cutoff = Cutoff(curve: Self.curve, relativeTolerance: tolerance)
        #expect(cutoff == Cutoff(depth: depth, isCensored: false))
    }

    @Test func flatCurveIsLostAtTheFirstLayer() {
        #expect(Cutoff(curve: [0.5, 0.5, 0.5], relativeTolerance: 0.005) == Cutoff(depth: 0, isCensored: false))
    }

    @Test func movingCurveIsCensored() {
        let cutoff = Cutoff(curve: (1...10).map(Double.init), relativeTolerance: 0.005)
        #expect(cutoff == Cutoff(depth: 9, isCensored: true))
    }

    @Test func divergedLayersAreLeftOut() {
        #expect(Cutoff(curve: Self.curve + [.nan, .nan], relativeTolerance: 0.01).depth == 4)
        #expect(Cutoff(curve: [.nan], relativeTolerance: 0.01) == Cutoff(depth: 0, isCensored: false))
    }

    @Test func batchUsesTheMedianOfNormalisedCurves() {
        // Two samples of the example at different scales and one outlier: the median is the example.
        let batch = [Self.curve, Self.curve.map { 3 * $0 }, Self.curve.map { _ in 1.0 }]
        #expect(Cutoff(curves: batch, relativeTolerance: 0.01).depth == 4)
    }

    @Test func frontInterpolates() {
        #expect(Front.depth([-5, -9, -15, -17], threshold: -13).map { isClose($0, 2 + 4.0 / 6, 1e-12) } == true)
        #expect(Front.depth([-14, -15], threshold: -13) == 1)
        #expect(Front.depth([-5, -6], threshold: -13) == nil)
        #expect(Front.depth([-5, -.infinity], threshold: -13) == 2)
    }

    @Test func relativeThresholdIsHalfway() {
        #expect(Front.relativeThreshold([[-5, -19, -.infinity], [-6, -18]]) == -12)
        #expect(Front.relativeThreshold([[-.infinity]]) == nil)
    }
}
