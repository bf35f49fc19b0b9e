import LoamNN
import LoamTensor
import Testing

@Suite struct LBFGSTests {
    private func rosenbrock(_ x: Tensor<Double>) -> Tensor<Double> {
        let (a, b) = (x[0..<1, axis: 0], x[1..<2, axis: 0])
        return ((b - a.squared()).squared() * 100 + (1 - a).squared()).sum()
    }

    @Test func rosenbrocksValleyLeadsToOneOne() throws {
        var x = Tensor<Double>([-1.2, 1])
        var method = LBFGS<Double>(maximumIterations: 100, gradientTolerance: 1e-10, changeTolerance: 1e-16)
        let report = try method.minimise(&x, of: rosenbrock)
        #expect(report.outcome == .gradientIsSmall)
        #expect(abs(x.scalars[0] - 1) < 1e-8 && abs(x.scalars[1] - 1) < 1e-8)
        // The published count for L-BFGS from this start is about 35 to 50 iterations.
        #expect(report.iterations < 60)
    }

    @Test func quadraticsOfFewDimensionsEndQuickly() throws {
        let matrix = Tensor<Double>([5, 1, 0, 1, 3, 1, 0, 1, 2], shape: [3, 3])
        var x = Tensor<Double>([1, -2, 3])
        var method = LBFGS<Double>(maximumIterations: 40, gradientTolerance: 1e-10, changeTolerance: 1e-18)
        let report = try method.minimise(&x) { x in (x * matrix.matmul(x)).sum() * 0.5 + x.sum() }
        #expect((matrix.matmul(x) + 1).norm < 1e-9)
        #expect(report.outcome == .gradientIsSmall && report.iterations < 25)
    }

    @Test func interruptedRunsContinueToTheBit() throws {
        let short = LBFGS<Double>(maximumIterations: 5)
        var (x, first) = (Tensor<Double>([-1.2, 1]), short)
        try first.minimise(&x, of: rosenbrock)
        let state = try withTemporaryFile { url in
            try first.stateDictionary.write(to: url)
            return try StateDictionary<Double>(contentsOf: url)
        }
        var (y, second) = (x, short)
        try second.load(state)
        try first.minimise(&x, of: rosenbrock)
        try second.minimise(&y, of: rosenbrock)
        #expect(x == y)
    }

    @Test func twoCallsAreOneLongCall() throws {
        // The state between calls holds all that matters: 5 + 5 iterations give what 10 give.
        var (x, halves) = (Tensor<Double>([-1.2, 1]), LBFGS<Double>(maximumIterations: 5, maximumEvaluations: 1000))
        try halves.minimise(&x, of: rosenbrock)
        try halves.minimise(&x, of: rosenbrock)
        var (y, whole) = (Tensor<Double>([-1.2, 1]), LBFGS<Double>(maximumIterations: 10, maximumEvaluations: 1000))
        try whole.minimise(&y, of: rosenbrock)
        #expect(largestDifference(x, y) < 1e-12)
    }

    @Test func everyLossAfterTheFirstIsLower() throws {
        var model = Perceptron<Double>(3, 8, 2)
        let (x, y) = (gaussian([20, 3], seed: 1), gaussian([20, 2], seed: 2))
        var method = LBFGS<Double>(maximumIterations: 1)
        var losses: [Double] = []
        for _ in 0..<15 { losses.append(try method.minimise(&model) { meanSquaredError($0(x), y) }.loss) }
        for (earlier, later) in zip(losses, losses.dropFirst()) { #expect(later < earlier) }
    }

    @Test func nonFiniteStartsAreRefused() {
        var x = Tensor<Double>([-1])
        var method = LBFGS<Double>()
        #expect(throws: TrainingError.self) { try method.minimise(&x) { $0.log().sum() } }
    }

    @Test func theDomainsEdgeTurnsTheSearchBack() throws {
        // x − ln x is undefined for x ≤ 0, and the first trial from 6 goes there.
        var x = Tensor<Double>([6])
        var method = LBFGS<Double>(learningRate: 20, maximumIterations: 50, gradientTolerance: 1e-9, changeTolerance: 1e-16)
        try method.minimise(&x) { x in (x - x.log()).sum() }
        #expect(abs(x.item - 1) < 1e-8)
    }
}
