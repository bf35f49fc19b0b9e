import LoamTensor
import Testing

@Suite struct IndexingTests {
    @Test func concatenationAlongEveryAxis() {
        let a = counting([2, 3, 4])
        let b = counting([2, 1, 4]) + 100
        let c = Tensor.concatenated([a, b, a], axis: 1)
        #expect(c.shape == [2, 7, 4])
        #expect(c.sliced(0..<3, axis: 1) == a && c.sliced(3..<4, axis: 1) == b && c.sliced(4..<7, axis: 1) == a)
        for axis in -3..<3 {
            let joined = Tensor.concatenated([a, a * 2], axis: axis)
            let extent = a.shape[axis < 0 ? axis + 3 : axis]
            #expect(joined.sliced(0..<extent, axis: axis) == a && joined.sliced(extent..<2 * extent, axis: axis) == a * 2)
        }
    }

    @Test func stackingMakesAnAxis() {
        let a = counting([2, 3])
        for axis in [0, 1, 2, -1, -2, -3] {
            let s = Tensor.stacked([a, a + 10, a + 20], axis: axis)
            let position = axis < 0 ? axis + 3 : axis
            #expect(s.shape[position] == 3)
            for k in 0..<3 { #expect(s.select(k, axis: position) == a + Double(10 * k)) }
        }
    }

    @Test func paddingPutsTheOriginalInside() {
        let a = counting([2, 3]) + 1
        let p = a.padded([(1, 0), (2, 1)], with: -5)
        #expect(p.shape == [3, 6])
        for index in everyIndex(p.shape) {
            let inside = index[0] >= 1 && index[1] >= 2 && index[1] < 5
            #expect(p[index[0], index[1]] == (inside ? a[index[0] - 1, index[1] - 2] : -5))
        }
        #expect(a.padded(axis: 0, before: 0, after: 0) == a)
    }

    @Test func gatheringRepeatsAndReorders() {
        let x = counting([3, 4, 2])
        let rows: [Int32] = [3, 0, 3, 1, 1]
        let y = x.gathered(Tensor(rows), axis: 1)
        #expect(y.shape == [3, 5, 2])
        for i in everyIndex(y.shape) { #expect(y[i[0], i[1], i[2]] == x[i[0], Int(rows[i[1]]), i[2]]) }
        #expect(x.gathered(Tensor<Int32>([]), axis: 0).shape == [0, 4, 2])
        #expect(Tensor<UInt8>([7, 8, 9]).gathered(Tensor<Int32>([2, 2])).scalars == [9, 9])
    }

    @Test func scatteringAddsUp() {
        let x = counting([4, 2])
        let y = x.scatteredAdd(at: Tensor<Int32>([2, 0, 2, 2]), length: 5)
        #expect(y.scalars == [2, 3, 0, 0, 10, 13, 0, 0, 0, 0])
    }

    @Test func scatterIsTheAdjointOfGather() {
        // ⟨gather x, y⟩ = ⟨x, scatter y⟩.
        let x = gaussian([3, 6, 2], seed: 1)
        let rows = Tensor<Int32>([5, 1, 1, 0])
        let y = gaussian([3, 4, 2], seed: 2)
        let left = x.gathered(rows, axis: 1).dot(y).item
        let right = x.dot(y.scatteredAdd(at: rows, axis: 1, length: 6)).item
        #expect(abs(left - right) < 1e-13)
    }

    @Test func pickingOnePerRow() {
        #expect(counting([3, 4]).pickedPerRow(Tensor<Int32>([3, 0, 2])) == Tensor([3, 4, 10]))
    }

    @Test func repeatingTiles() {
        #expect(Tensor<Double>([1, 2]).repeated(3, axis: 0) == Tensor([1, 2, 1, 2, 1, 2]))
        #expect(counting([2, 1]).repeated(2, axis: 1).scalars == [0, 0, 1, 1])
    }

    @Test func diagonalsIgnoreWhatIsBesideThem() {
        let x = Tensor<Double>([1, .infinity, .nan, 4], shape: [2, 2])
        #expect(x.diagonal() == Tensor([1, 4]))
        #expect(counting([2, 3, 3]).diagonal().scalars == [0, 4, 8, 9, 13, 17])
        #expect(counting([3, 3]).transposed().diagonal() == Tensor([0, 4, 8]))
        #expect(Tensor<Double>.zeros([0, 0]).diagonal().shape == [0])
        #expect(Tensor<Double>([7]).expanded(axis: 0).diagonal() == Tensor([7]))
    }

    @Test func diagonalMatricesAreTheInverseOfDiagonals() {
        let v = Tensor<Double>([.infinity, 2, 3])
        let m = v.diagonalMatrix()
        #expect(m.scalars == [.infinity, 0, 0, 0, 2, 0, 0, 0, 3] && m.diagonal() == v)
        #expect(counting([2, 3]).diagonalMatrix().diagonal() == counting([2, 3]))
        checkDerivatives([gaussian([2, 3], seed: 3)]) { $0[0].diagonalMatrix().squared() }
    }

    @Test func oneHotRows() {
        #expect(Tensor<Float>.oneHot(Tensor<Int32>([2, 0]), classes: 3).scalars == [0, 0, 1, 1, 0, 0])
    }

    @Test func subscriptsReadAndWrite() {
        var x = Tensor<Int>(repeating: 0, shape: [2, 3])
        x[1, 2] = 5
        x[0, 1] += 3
        #expect(x.scalars == [0, 3, 0, 0, 0, 5] && x[1, 2] == 5)
    }
}
