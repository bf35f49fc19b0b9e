import LoamTensor
import Testing

@Suite struct ShapeTests {
    @Test func shapeIsACollection() {
        var shape: Shape = [2, 3, 4]
        #expect(shape.rank == 3 && shape.elementCount == 24 && Array(shape) == [2, 3, 4] && shape.description == "[2, 3, 4]")
        shape.insert(7, at: 1)
        #expect(shape == [2, 7, 3, 4])
        #expect(shape.remove(at: 0) == 2)
        #expect(shape == [7, 3, 4] && shape != [7, 3] && Shape().elementCount == 1 && Shape(repeating: 2, rank: 3) == [2, 2, 2])
        // An extent that was removed must not be remembered by equality or hashing.
        var longer: Shape = [7, 3, 4, 9]
        longer.remove(at: 3)
        #expect(longer == shape && longer.hashValue == shape.hashValue)
    }

    @Test(
        arguments: [
            ([2, 3], [3], [2, 3]), ([2, 1], [1, 5], [2, 5]), ([], [4, 2], [4, 2]), ([3, 1, 2], [4, 1], [3, 4, 2]), ([1], [0], [0]),
            ([0, 3], [1, 3], [0, 3]), ([2, 3], [2], nil), ([3], [0], nil), ([2, 1, 3], [3, 2], nil),
        ] as [([Int], [Int], [Int]?)])
    func broadcastShapes(_ a: [Int], _ b: [Int], _ expected: [Int]?) {
        #expect(Shape.broadcast(Shape(a), Shape(b)) == expected.map { Shape($0) })
        #expect(Shape.broadcast(Shape(b), Shape(a)) == expected.map { Shape($0) })
    }

    static let operands: [Shape] = [
        [], [1], [4], [3, 4], [3, 1], [1, 4], [2, 3, 4], [2, 1, 4], [2, 3, 1], [1, 3, 1], [1, 1, 1], [2, 1, 1], [5, 2, 3, 4], [5, 1, 1, 4],
        [1, 2, 1, 4],
    ]

    /// Every pair of these shapes that broadcasts, dense and as views with scrambled strides, against the literal rule.
    @Test func broadcastingAgreesIndexByIndex() {
        for (i, p) in ShapeTests.operands.enumerated() {
            for (j, q) in ShapeTests.operands.enumerated() {
                guard Shape.broadcast(p, q) != nil else { continue }
                let a = gaussian(p, seed: UInt64(i))
                let b = gaussian(q, seed: UInt64(100 + j))
                #expect(a + b == naiveBroadcast(a, b, +), "\(p) + \(q)")
                #expect(a - b == naiveBroadcast(a, b, -), "\(p) - \(q)")
                #expect(scrambled(a) * b == naiveBroadcast(a, b, *), "scrambled \(p) * \(q)")
                #expect(a / scrambled(b) == naiveBroadcast(a, b, /), "\(p) / scrambled \(q)")
                #expect(Tensor.maximum(scrambled(a), scrambled(b)) == naiveBroadcast(a, b, max), "maximum of \(p) and \(q)")
            }
        }
    }

    /// The same elements lying in memory in reversed axis order, every second one.
    private func scrambled(_ x: Tensor<Double>) -> Tensor<Double> {
        if x.rank == 0 { return x }
        let reversed = Array((0..<x.rank).reversed())
        let doubled = Tensor.stacked([x.permuted(reversed), x.permuted(reversed) * 0], axis: 1)
        let strided = doubled.select(0, axis: 1)
        return strided.permuted(reversed)
    }

    @Test func broadcastingInSinglePrecisionOverLongRows() {
        // Rows longer than several registers, with a partial one.
        let a = gaussian([7, 45], seed: 1).rounded
        let row = gaussian([45], seed: 2).rounded
        let column = gaussian([7, 1], seed: 3).rounded
        let result = (a * row - column).scalars
        for (position, index) in everyIndex([7, 45]).enumerated() {
            #expect(result[position] == a[index[0], index[1]] * row[index[1]] - column[index[0], 0])
        }
    }

    @Test func emptyTensors() {
        let empty = Tensor<Double>.zeros([0, 3])
        #expect(empty.count == 0 && empty.scalars == [])
        #expect((empty + Tensor([1, 2, 3])).shape == [0, 3])
        #expect((empty * 2).exp().shape == [0, 3])
        #expect(empty.sum().item == 0)
        #expect(empty.sum(axes: [0]) == Tensor([0, 0, 0]))
        #expect(empty.transposed().shape == [3, 0])
        #expect(empty.maximum(axes: [1]).shape == [0])
        #expect(Tensor.concatenated([empty, Tensor<Double>.ones([2, 3])]) == Tensor<Double>.ones([2, 3]))
        #expect(empty == empty && empty.isFinite)
        #expect(gradient(at: empty) { $0.squared().sum() }.shape == [0, 3])
    }

    @Test func scalarsHaveNoAxes() {
        let x = Tensor<Float>(3)
        #expect(x.rank == 0 && x.count == 1 && x.item == 3 && x.shape == [] && x.scalars == [3])
        #expect((x * x + 1).item == 10)
        #expect(x.sum() == x && x.maximum() == x && x.expanded(axis: 0).shape == [1])
        #expect(x.broadcast(to: [2, 2]) == Tensor<Float>(repeating: 3, shape: [2, 2]))
    }

    @Test func eightAxes() {
        let x = counting([1, 2, 1, 3, 2, 1, 2, 2])
        let order = [7, 6, 5, 4, 3, 2, 1, 0]
        let y = x.permuted(order)
        #expect(y.shape == [2, 2, 1, 2, 3, 1, 2, 1])
        for index in everyIndex(x.shape) where index[3] == 2 && index[7] == 1 {
            #expect(broadcastElement(y, Array(index.reversed())) == broadcastElement(x, index))
        }
        #expect(y.permuted(order) == x)
    }

    @Test func scalarOperatorsOnBothSides() {
        let x = Tensor<Double>([1, 2, 4])
        #expect(x + 1 == Tensor([2, 3, 5]) && 1 + x == Tensor([2, 3, 5]))
        #expect(x - 1 == Tensor([0, 1, 3]) && 1 - x == Tensor([0, -1, -3]))
        #expect(x * 3 == Tensor([3, 6, 12]) && 3 * x == Tensor([3, 6, 12]))
        #expect(x / 2 == Tensor([0.5, 1, 2]) && 2 / x == Tensor([2, 1, 0.5]))
        #expect(-x == Tensor([-1, -2, -4]))
    }

    @Test func compoundAssignmentLeavesSharedValuesAlone() {
        let original = Tensor<Double>([1, 2])
        var x = original
        x += original
        x *= Tensor(3)
        x -= Tensor([0, 1])
        x /= Tensor(2)
        #expect(x == Tensor([3, 5.5]) && original == Tensor([1, 2]))
        x += x
        #expect(x == Tensor([6, 11]))
    }

    @Test func linearSpacingHitsBothEnds() {
        for count in 2..<60 {
            let x = Tensor<Double>.linearlySpaced(from: 0.1, through: 0.7, count: count)
            #expect(x[0] == 0.1 && x[count - 1] == 0.7)
        }
        #expect(Tensor<Float>.linearlySpaced(from: -1, through: 1, count: 5) == Tensor([-1, -0.5, 0, 0.5, 1]))
        #expect(Tensor<Float>.linearlySpaced(from: 4, through: 9, count: 1) == Tensor([4]))
    }

    @Test func descriptionShowsShapeAndElements() {
        #expect(Tensor<Int32>([1, 2], shape: [1, 2]).description == "Tensor<Int32>[1, 2] [1, 2]")
        #expect(Tensor<Bool>(repeating: true, shape: [100]).description.hasSuffix("true, …]"))
    }
}
