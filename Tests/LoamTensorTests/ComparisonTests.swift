import LoamTensor
import Testing

@Suite struct ComparisonTests {
    @Test func comparisonsBroadcast() {
        let a = Tensor<Double>([1, 2, 3, 4], shape: [2, 2])
        let b = Tensor<Double>([2, 3])
        #expect(a.elementsLess(than: b).scalars == [true, true, false, false])
        #expect(a.elementsGreater(than: b).scalars == [false, false, true, true])
        #expect(a.elementsEqual(Tensor(3)).scalars == [false, false, true, false])
    }

    @Test func comparisonsWithNotANumberAreFalse() {
        let x = Tensor<Double>([.nan])
        for mask in [x.elementsLess(than: Tensor(0)), x.elementsGreater(than: Tensor(0)), x.elementsEqual(x)] { #expect(!mask.item) }
        #expect(x != x)
    }

    @Test func replacementBroadcastsAllThree() {
        let mask = Tensor<Bool>([true, false], shape: [2, 1])
        let y = Tensor<Double>([1, 2, 3]).replacing(with: Tensor(9), where: mask)
        #expect(y == Tensor([9, 9, 9, 1, 2, 3], shape: [2, 3]))
    }

    @Test func replacedInfinitiesLeaveNoTraceInTheDerivative() {
        // d/dx of where(x > 0, ln x, 0): the branch not taken has an infinite slope at 0.
        let x = Tensor<Double>([0, 2])
        let mask = x.elementsGreater(than: Tensor(0))
        let weights = Tensor<Double>([.infinity, 1])
        let g = gradient(at: x) { (Tensor<Double>([5, 5]).replacing(with: $0 * 3, where: mask) * weights).sum() }
        #expect(g == Tensor([0, 3]))
    }

    @Test func castingKeepsValues() {
        #expect(Tensor<Float>(casting: Tensor<Bool>([true, false])) == Tensor([1, 0]))
        #expect(Tensor<Double>(casting: Tensor<UInt8>([0, 255])) == Tensor([0, 255]))
        #expect(Tensor<Double>(casting: Tensor<Int32>([-7])) == Tensor([-7]))
        #expect(Tensor<Double>(casting: Tensor<Int>([1 << 52])) == Tensor([0x1p52]))
        #expect(Tensor<Float>(casting: Tensor<Double>([1e-300, 1e300, 0.1])) == Tensor([0, .infinity, 0.1]))
        #expect(Tensor<Double>(casting: Tensor<Float>([0.1])).item == Double(Float(0.1)))
        #expect(Tensor<Float>(casting: Tensor<Int32>([1, 2, 3, 4], shape: [2, 2]).transposed()).scalars == [1, 3, 2, 4])
    }

    @Test func clampingKeepsNotANumber() {
        let y = Tensor<Double>([-5, 0.5, 5, .nan]).clamped(-1, 1).scalars
        #expect(y[0] == -1 && y[1] == 0.5 && y[2] == 1 && y[3].isNaN)
        #expect(Tensor<Double>([-5, 5]).clamped(-.infinity, 2) == Tensor([-5, 2]))
    }

    @Test func derivativesAtTiesAreShared() {
        let (a, b) = gradient(at: Tensor<Double>([1, 2]), Tensor<Double>([1, 5])) { Tensor.maximum($0, $1).sum() }
        #expect(a == Tensor([0.5, 0]) && b == Tensor([0.5, 1]))
        #expect(gradient(at: Tensor<Double>([3, 1, 3])) { $0.maximum() } == Tensor([0.5, 0, 0.5]))
    }

    @Test func equalityOfShapes() {
        #expect(Tensor<Double>([1, 2]) != Tensor<Double>([1, 2], shape: [1, 2]))
        #expect(counting([2, 3]).transposed() == Tensor([0, 3, 1, 4, 2, 5], shape: [3, 2]))
    }
}
