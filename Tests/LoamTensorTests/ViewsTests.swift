import LoamTensor
import Testing

@Suite struct ViewsTests {
    private func address(_ x: Tensor<Double>) -> UnsafePointer<Double> { x.withUnsafePointer { $0 } }

    @Test func rowMajorSlicesShareMemory() {
        let x = counting([6, 4])
        let start = address(x)
        #expect(address(x.sliced(2..<5, axis: 0)) == start + 8)
        #expect(address(x.select(3, axis: 0)) == start + 12)
        #expect(address(x.reshaped([3, 8])) == start)
        #expect(address(x.expanded(axis: 1)) == start && address(x.expanded(axis: 0).squeezed(axis: 0)) == start)
        #expect(address(x.transposed().transposed()) == start)
    }

    @Test func copiesSeparateOnWriting() {
        let x = counting([2, 3])
        var y = x
        y[1, 2] = 100
        #expect(x[1, 2] == 5 && y[1, 2] == 100)
        var row = x.select(0, axis: 0)
        row[1] = -1
        #expect(x[0, 1] == 1 && row == Tensor([0, -1, 2]))
        var column = x.transposed()
        column[2, 0] = 9
        #expect(x[0, 2] == 2 && column[2, 0] == 9 && column[2, 1] == 5)
    }

    @Test func writingThroughABroadcastViewTouchesOneElement() {
        var x = Tensor<Double>([1, 2]).broadcast(to: [3, 2])
        x[1, 0] = 7
        #expect(x == Tensor([1, 2, 7, 2, 1, 2], shape: [3, 2]))
    }

    @Test func anUnsharedTensorIsWrittenInPlace() {
        var x = counting([4, 4])
        let before = address(x)
        x[0, 0] = 5
        x.withUnsafeMutablePointer { $0[1] = 6 }
        #expect(address(x) == before && x[0, 1] == 6)
    }

    @Test func writingDropsHistory() {
        let g = gradient(at: Tensor<Double>([1, 2])) { x in
            var y = x * 3
            y[0] = 10
            return y.sum() + x.sum()
        }
        #expect(g == Tensor([1, 1]))
    }

    @Test func permutationsOfThreeAxes() {
        let x = counting([2, 3, 4])
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let y = x.permuted(order)
            for index in everyIndex(y.shape) {
                var source = [0, 0, 0]
                for (axis, from) in order.enumerated() { source[from] = index[axis] }
                #expect(y[index[0], index[1], index[2]] == x[source[0], source[1], source[2]])
            }
            // Read one by one, and copied as a whole.
            #expect(y.scalars == everyIndex(y.shape).map { y[$0[0], $0[1], $0[2]] })
        }
    }

    @Test func largeTransposesCopyEveryElement() {
        // Beyond the tile and the threading thresholds, with extents that are no multiple of the tile.
        let x = counting([531, 77])
        let y = Tensor(x.transposed().scalars, shape: [77, 531])
        for (i, j) in [(0, 0), (530, 76), (16, 16), (15, 17), (512, 64), (300, 33)] { #expect(y[j, i] == x[i, j]) }
        #expect(y.transposed() == x)
        let batch = counting([40, 33, 29]).permuted([0, 2, 1])
        let copied = Tensor(batch.scalars, shape: [40, 29, 33])
        #expect(everyIndex([40, 29, 33]).allSatisfy { copied[$0[0], $0[1], $0[2]] == Double($0[0] * 957 + $0[2] * 29 + $0[1]) })
    }

    @Test func slicesTakeTheirSteps() {
        let x = counting([3, 10])
        for start in 0..<4 {
            for end in start...10 {
                for step in 1...4 {
                    let y = x.sliced(start..<end, axis: 1, step: step)
                    let columns = Array(stride(from: start, to: end, by: step))
                    #expect(y.shape == [3, columns.count])
                    #expect(y.scalars == (0..<3).flatMap { row in columns.map { Double(row * 10 + $0) } })
                }
            }
        }
        #expect(x[1..<2, axis: 0] == x.sliced(1..<2, axis: 0))
        #expect(x.sliced(7..<9, axis: -1).scalars == [7, 8, 17, 18, 27, 28])
    }

    @Test func slicesOfSlices() {
        let x = counting([4, 5, 6])
        let y = x.sliced(1..<4, axis: 0).sliced(0..<5, axis: 1, step: 2).sliced(2..<6, axis: 2).transposed().sliced(1..<3, axis: 1)
        #expect(y.shape == [3, 2, 3])
        for i in everyIndex(y.shape) { #expect(y[i[0], i[1], i[2]] == x[i[0] + 1, i[2] * 2, i[1] + 3]) }
    }

    @Test func selectingAnyAxis() {
        let x = counting([2, 3, 4])
        #expect(x.select(1, axis: 0).scalars == (12..<24).map(Double.init))
        #expect(x.select(2, axis: 1).scalars == [8, 9, 10, 11, 20, 21, 22, 23])
        #expect(x.select(3, axis: -1).scalars == [3, 7, 11, 15, 19, 23])
        #expect(x.select(1, axis: 2).select(0, axis: 1).scalars == [1, 13])
    }

    @Test func expandingAndSqueezingViews() {
        let x = counting([3, 4]).transposed()
        let y = x.expanded(axis: 1)
        #expect(y.shape == [4, 1, 3] && y.squeezed(axis: 1) == x && y.squeezed(axis: -2) == x)
        #expect(x.expanded(axis: -1).shape == [4, 3, 1])
        #expect((y + Tensor<Double>.zeros([4, 2, 3])).select(1, axis: 1) == x)
    }

    /// Every kind of kernel reads views as it reads their dense copies.
    @Test func kernelsReadViewsLikeCopies() {
        let base = gaussian([6, 5, 8], seed: 4)
        let views = [
            base.permuted([2, 0, 1]), base.sliced(1..<5, axis: 0).sliced(0..<8, axis: 2, step: 3), base.transposed(),
            base.select(2, axis: 1).expanded(axis: 0), base.sliced(2..<3, axis: 1).broadcast(to: [6, 4, 8]),
            gaussian([5], seed: 5).expanded(axis: 1).broadcast(to: [3, 5, 7]),
        ]
        for (number, view) in views.enumerated() {
            let dense = Tensor(view.scalars, shape: view.shape)
            #expect(view == dense, "view \(number)")
            #expect(view.tanh() == dense.tanh() && -view == -dense, "view \(number)")
            #expect(view + view == dense + dense && view * 2 == dense * 2 && 1 / view == 1 / dense, "view \(number)")
            #expect(view - dense.select(0, axis: 0) == dense - dense.select(0, axis: 0), "view \(number)")
            #expect(view.sum() == dense.sum() && view.sum(axes: [1]) == dense.sum(axes: [1]), "view \(number)")
            #expect(
                view.maximum(axes: [0, 2]) == dense.maximum(axes: [0, 2]) && view.argMaximum() == dense.argMaximum(), "view \(number)")
            #expect(view.elementsLess(than: Tensor(0)) == dense.elementsLess(than: Tensor(0)), "view \(number)")
            #expect(view.gathered(Tensor<Int32>([1, 0]), axis: 1) == dense.gathered(Tensor<Int32>([1, 0]), axis: 1), "view \(number)")
            #expect(view.padded(axis: 1, before: 1, after: 2) == dense.padded(axis: 1, before: 1, after: 2), "view \(number)")
            #expect(Tensor.concatenated([view, dense], axis: 2) == Tensor.concatenated([dense, view], axis: 2), "view \(number)")
            #expect(view.softmax(axis: 1) == dense.softmax(axis: 1) && view.rounded == dense.rounded, "view \(number)")
            #expect(view.flattened() == dense.flattened() && view.isFinite, "view \(number)")
            let indices = Tensor<Int32>((0..<view.shape[0]).map { Int32($0 % 2) })
            #expect(view.scatteredAdd(at: indices, length: 2) == dense.scatteredAdd(at: indices, length: 2), "view \(number)")
            #expect(view.squared().variance(axes: [0]) == dense.squared().variance(axes: [0]), "view \(number)")
        }
    }

    @Test func viewsOfOtherElementTypes() {
        let flags = Tensor<Bool>([true, false, false, true, true, false], shape: [2, 3])
        #expect(flags.transposed().scalars == [true, true, false, true, false, false])
        let bytes = Tensor<UInt8>((0..<6).map { UInt8($0) }, shape: [2, 3])
        #expect(bytes.sliced(1..<3, axis: 1).scalars == [1, 2, 4, 5])
        #expect(Tensor<Int>([1, 2, 3]).broadcast(to: [2, 3]).transposed().scalars == [1, 1, 2, 2, 3, 3])
    }

    @Test func reshapeInfersOneExtent() {
        let x = counting([4, 6])
        #expect(x.reshaped([-1]).shape == [24] && x.reshaped([2, -1, 3]).shape == [2, 4, 3])
        #expect(x.transposed().reshaped([3, 8]).scalars == x.transposed().scalars)
    }
}
