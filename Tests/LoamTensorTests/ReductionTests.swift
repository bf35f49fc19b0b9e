import LoamTensor
import Testing

@Suite struct ReductionTests {
    /// Folds the elements over `axes`, index by index.
    private func naive(_ x: Tensor<Double>, _ axes: [Int], _ start: Double, _ combine: (Double, Double) -> Double) -> Tensor<Double> {
        let kept = Shape((0..<x.rank).filter { !axes.contains($0) }.map { x.shape[$0] })
        var totals: [[Int]: Double] = [:]
        let scalars = x.scalars
        for (position, index) in everyIndex(x.shape).enumerated() {
            let key = (0..<x.rank).filter { !axes.contains($0) }.map { index[$0] }
            totals[key] = combine(totals[key] ?? start, scalars[position])
        }
        return Tensor(everyIndex(kept).map { totals[$0]! }, shape: kept)
    }

    @Test(arguments: [[5], [3, 4], [2, 3, 4], [3, 1, 2, 5], [2, 2, 3, 2, 2]])
    func everySubsetOfAxes(_ extents: [Int]) {
        let x = gaussian(Shape(extents), seed: 1)
        for axes in everySubset(ofRank: extents.count) {
            let sum = naive(x, axes, 0, +)
            #expect(largestDifference(x.sum(axes: axes), sum) < 1e-13, "sum over \(axes)")
            #expect(x.maximum(axes: axes) == naive(x, axes, -.infinity, max), "maximum over \(axes)")
            #expect(x.minimum(axes: axes) == naive(x, axes, .infinity, min), "minimum over \(axes)")
            let number = Double(axes.reduce(1) { $0 * extents[$1] })
            #expect(largestDifference(x.mean(axes: axes), sum / number) < 1e-14, "mean over \(axes)")
            var kept = Shape(extents)
            for axis in axes { kept[axis] = 1 }
            #expect(x.sum(axes: axes, keepingAxes: true).shape == kept && x.sum(axes: axes, keepingAxes: true).count == sum.count)
        }
    }

    @Test func negativeAndUnorderedAxes() {
        let x = gaussian([2, 3, 4], seed: 2)
        #expect(x.sum(axes: [-1]) == x.sum(axes: [2]) && x.sum(axes: [2, 0]) == x.sum(axes: [0, 2]))
        #expect(x.mean(axes: [-3, -1]) == x.mean(axes: [0, 2]))
    }

    @Test func notANumberIsSeenWhereverItStands() {
        // At every position of rows that end in a partial register, along rows and along columns.
        for position in 0..<37 {
            var single = gaussian([37], seed: 3).rounded
            single[position] = .nan
            var double = gaussian([37], seed: 3)
            double[position] = .nan
            #expect(single.maximum().item.isNaN && single.minimum().item.isNaN && single.sum().item.isNaN, "position \(position)")
            #expect(double.maximum().item.isNaN && double.minimum().item.isNaN && double.sum().item.isNaN, "position \(position)")
            let columns = Tensor.stacked([double, double * 0, double], axis: 1)
            #expect(columns.maximum(axes: [0]).scalars.allSatisfy(\.isNaN) && columns.minimum(axes: [0]).scalars.allSatisfy(\.isNaN))
            let rows = Tensor.stacked([gaussian([37], seed: 4), double, gaussian([37], seed: 5)])
            let largest = rows.maximum(axes: [0]).scalars
            for index in 0..<37 { #expect(largest[index].isNaN == (index == position)) }
        }
    }

    @Test func pairwiseExtremaPassNotANumberOn() {
        let a = Tensor<Double>([.nan, 1, .nan, 2, 0])
        let b = Tensor<Double>([1, .nan, .nan, 3, -0.0])
        #expect(Tensor.maximum(a, b).scalars.map(\.isNaN) == [true, true, true, false, false])
        #expect(Tensor.minimum(a, b).scalars.map(\.isNaN) == [true, true, true, false, false])
        #expect(Tensor.maximum(a, b)[3] == 3 && Tensor.minimum(a, b)[3] == 2)
    }

    @Test func extremaOfInfinities() {
        let x = Tensor<Float>([-.infinity, -.infinity])
        #expect(x.maximum().item == -.infinity && (-x).minimum().item == .infinity)
        #expect(x.minimum().item == -.infinity)
    }

    @Test func positionsOfExtrema() {
        let x = Tensor<Double>([3, 7, 7, 1, 1, 0, 5, 9, 9], shape: [3, 3])
        #expect(x.argMaximum().scalars == [1, 0, 1])
        #expect(x.argMaximum(axis: 0).scalars == [2, 2, 2])
        #expect(x.argMinimum(axis: 1).scalars == [0, 2, 0])
        #expect(x.reshaped([1, 9]).argMaximum(axis: 1).scalars == [7])
    }

    @Test func positionsOfNotANumber() {
        let x = Tensor<Double>([1, 5, .nan, 9, .nan])
        #expect(x.argMaximum().item == 2 && x.argMinimum().item == 2)
        #expect(Tensor<Double>([.nan, 5]).argMaximum().item == 0)
    }

    @Test func sumsOfTenMillionFloats() {
        // 0.1 in single precision is 0.100000001490116…: the exact sum is known. Naive summation is off by several per cent.
        let x = Tensor<Float>(repeating: 0.1, shape: [10_000_000])
        let exact = 10_000_000 * Double(Float(0.1))
        // Blocks of 4096 in 32 lanes: 128 additions of relative error 2⁻²⁴ each at most, the rest in double.
        #expect(abs(Double(x.sum().item) - exact) <= exact * 130 * 0x1p-24)
        #expect(abs(Double(x.mean().item) - Double(Float(0.1))) <= 130 * 0x1p-24)
    }

    @Test func longColumnSumsStayAccurate() {
        let x = Tensor<Float>(repeating: 0.1, shape: [1_000_000, 3])
        let exact = 1_000_000 * Double(Float(0.1))
        // Blocks of 256, 3907 of them.
        for value in x.sum(axes: [0]).scalars { #expect(abs(Double(value) - exact) <= exact * (256 + 3907) * 0x1p-24 / 4) }
    }

    @Test func varianceOfShiftedNumbers() {
        // The mean is 10⁸ times the deviation: the textbook formula E x² − (E x)² would lose every digit.
        let x = Tensor<Double>([1e8 + 4, 1e8 + 7, 1e8 + 13, 1e8 + 16])
        #expect(x.variance(axes: [0], correction: 1).item == 30)
        #expect(x.variance(axes: [0]).item == 22.5)
    }

    @Test func logSumExpAtTheExtremes() {
        #expect(abs(Tensor<Double>([1000, 1000]).logSumExp(axes: [0]).item - (1000 + Double.log(2))) < 1e-12)
        #expect(abs(Tensor<Double>([-1000, -1000]).logSumExp(axes: [0]).item - (-1000 + Double.log(2))) < 1e-12)
        #expect(Tensor<Double>([-.infinity, -.infinity]).logSumExp(axes: [0]).item == -.infinity)
        #expect(Tensor<Double>([-.infinity, 3]).logSumExp(axes: [0]).item == 3)
        #expect(Tensor<Double>([.infinity, 3]).logSumExp(axes: [0]).item == .infinity)
        #expect(Tensor<Double>([.nan, 3]).logSumExp(axes: [0]).item.isNaN)
        let kept = gaussian([2, 3], seed: 6).logSumExp(axes: [1], keepingAxes: true)
        #expect(kept.shape == [2, 1])
    }

    @Test func softmaxSumsToOne() {
        let p = gaussian([3, 5, 2], seed: 7, deviation: 30).softmax(axis: 1)
        #expect(largestDifference(p.sum(axes: [1]), Tensor<Double>.ones([3, 2])) < 1e-14)
        #expect(Tensor<Double>([-.infinity, 0, 0]).softmax() == Tensor([0, 0.5, 0.5]))
    }

    @Test func normAndFiniteness() {
        #expect(Tensor<Double>([3, 4]).norm == 5)
        #expect(Tensor<Double>([1, 2]).isFinite && !Tensor<Double>([1, .infinity]).isFinite && !Tensor<Double>([.nan]).isFinite)
    }

    @Test func summingToAShapeUndoesBroadcasting() {
        let g = gaussian([4, 2, 3], seed: 8)
        #expect(g.summed(to: [3]) == g.sum(axes: [0, 1]))
        #expect(g.summed(to: [2, 1]) == g.sum(axes: [0, 2], keepingAxes: true).squeezed(axis: 0))
        #expect(largestDifference(g.summed(to: []), g.sum()) < 1e-14)
    }
}
