import LoamTensor
import Testing

@Suite struct PoolingTests {
    struct Options: Sendable, CustomStringConvertible {
        var extents: [Int]
        var kernel: Int
        var stride: Int
        var padding = 0
        var dilation = 1
        var roundingUp = false
        var description: String {
            "\(extents), kernel \(kernel), stride \(stride), padding \(padding), dilation \(dilation), up \(roundingUp)"
        }

        /// Input positions of the window at output position `o` of an axis, as the definition has them.
        func window(_ o: Int, _ extent: Int) -> [Int] {
            (0..<kernel).map { o * stride - padding + $0 * dilation }.filter { $0 >= 0 && $0 < extent }
        }
        func outputExtent(_ extent: Int) -> Int {
            let room = extent + 2 * padding - dilation * (kernel - 1) - 1
            guard roundingUp else { return room / stride + 1 }
            let count = (room + stride - 1) / stride + 1
            return (count - 1) * stride >= extent + padding ? count - 1 : count
        }
        /// Windows of the whole plane as flat positions, in row-major order.
        var windows: [[Int]] {
            var result: [[Int]] = [[0]]
            var first = true
            for extent in extents {
                var next: [[Int]] = []
                for partial in result {
                    for o in 0..<outputExtent(extent) {
                        next.append(partial.flatMap { head in window(o, extent).map { (first ? 0 : head * extent) + $0 } })
                    }
                }
                first = false
                result = next
            }
            return result
        }
        var outputShape: [Int] { extents.map(outputExtent) }
    }

    static let matrix = [
        Options(extents: [10], kernel: 2, stride: 2),
        Options(extents: [11], kernel: 3, stride: 2, padding: 1),
        Options(extents: [8, 9], kernel: 2, stride: 2),
        Options(extents: [9, 7], kernel: 3, stride: 2, padding: 1),
        Options(extents: [9, 9], kernel: 3, stride: 1, padding: 1),
        Options(extents: [7, 8], kernel: 3, stride: 2, roundingUp: true),
        Options(extents: [6, 6], kernel: 2, stride: 3, padding: 1, roundingUp: true),
        Options(extents: [5, 6, 7], kernel: 2, stride: 2),
        Options(extents: [5, 5, 6], kernel: 3, stride: 2, padding: 1),
    ]
    static let dilated = [
        Options(extents: [12], kernel: 3, stride: 1, dilation: 2),
        Options(extents: [9, 10], kernel: 3, stride: 2, padding: 1, dilation: 2),
    ]

    /// The definition, for every plane.
    private func reference(_ x: Tensor<Double>, _ o: Options, _ value: ([Double]) -> Double) -> Tensor<Double> {
        let size = o.extents.reduce(1, *)
        let scalars = x.scalars
        let windows = o.windows
        let planes = x.shape[0] * x.shape[1]
        return Tensor(
            (0..<planes).flatMap { plane in windows.map { window in value(window.map { scalars[plane * size + $0] }) } },
            shape: Shape([x.shape[0], x.shape[1]] + o.outputShape))
    }

    private func maximum<Scalar: TensorScalar>(_ x: Tensor<Scalar>, _ o: Options) -> Tensor<Scalar> {
        maxPooling(
            x, kernel: AxisValues(o.kernel), stride: AxisValues(o.stride), padding: AxisValues(o.padding), dilation: AxisValues(o.dilation),
            roundingUp: o.roundingUp)
    }
    private func average<Scalar: TensorScalar>(_ x: Tensor<Scalar>, _ o: Options, countsPadding: Bool) -> Tensor<Scalar> {
        averagePooling(
            x, kernel: AxisValues(o.kernel), stride: AxisValues(o.stride), padding: AxisValues(o.padding), countsPadding: countsPadding,
            roundingUp: o.roundingUp)
    }
    private func input(_ o: Options, seed: UInt64, channels: Int = 3) -> Tensor<Double> {
        gaussian(Shape([2, channels] + o.extents), seed: seed)
    }

    @Test(arguments: matrix + dilated)
    func maximumMatchesTheDefinition(_ o: Options) {
        let x = input(o, seed: 1)
        #expect(maximum(x, o) == reference(x, o) { $0.max()! })
    }

    @Test(arguments: matrix)
    func averageWithoutPaddingMatchesTheDefinition(_ o: Options) {
        let x = input(o, seed: 2)
        let expected = reference(x, o) { $0.reduce(0, +) / Double($0.count) }
        #expect(largestDifference(average(x, o, countsPadding: false), expected) < 1e-14)
    }

    @Test(arguments: matrix.filter { !$0.roundingUp })
    func averageCountingPaddingMatchesTheDefinition(_ o: Options) {
        let x = input(o, seed: 3)
        var volume = 1.0
        for _ in o.extents { volume *= Double(o.kernel) }
        #expect(largestDifference(average(x, o, countsPadding: true), reference(x, o) { $0.reduce(0, +) / volume }) < 1e-14)
    }

    @Test func roundingUpDividesByWhatLiesWithinThePaddedInput() {
        // Extent 6, kernel 3, stride 3, padding 1: windows at −1…1 and 2…4, rounded up also 5…7, of which the padded input holds 5 and 6.
        let x = Tensor<Double>([1, 2, 3, 4, 5, 6], shape: [1, 1, 6])
        let y = averagePooling(x, kernel: 3, stride: 3, padding: 1, roundingUp: true)
        #expect(y.scalars == [1, 4, 3])
    }

    @Test func roundingUpDropsAWindowThatStartsInThePaddingBehindTheInput() {
        // As PyTorch does: with extent 5 the third window would cover 5…7 and hold nothing but padding.
        let x = Tensor<Double>([1, 2, 3, 4, 5], shape: [1, 1, 5])
        #expect(averagePooling(x, kernel: 3, stride: 3, padding: 1, roundingUp: true).scalars == [1, 4])
        #expect(maxPooling(x, kernel: 3, stride: 3, padding: 1, roundingUp: true).scalars == [2, 5])
    }

    @Test(arguments: matrix + dilated)
    func maximumHasFirstAndSecondDerivatives(_ o: Options) { checkDerivatives([input(o, seed: 4)]) { self.maximum($0[0], o).squared() } }

    @Test(arguments: matrix, [true, false])
    func averageHasFirstAndSecondDerivatives(_ o: Options, _ countsPadding: Bool) {
        checkDerivatives([input(o, seed: 5)]) { self.average($0[0], o, countsPadding: countsPadding).tanh() }
    }

    @Test(arguments: matrix, [3, 8, 13])
    func blockedPoolingEqualsRowMajorPooling(_ o: Options, _ channels: Int) {
        // A kernel of one keeps the numbers and leaves them in the layout of convolutions.
        let x = Tensor<Float>(casting: input(o, seed: 6, channels: channels))
        let identity = Tensor<Float>.identity(channels).reshaped(Shape([channels, channels] + o.extents.map { _ in 1 }))
        let blocked = convolution(x, identity)
        #expect(maximum(blocked, o) == maximum(x, o))
        #expect(largestDifference(average(blocked, o, countsPadding: true), average(x, o, countsPadding: true)) < 1e-6)
        let a = gradient(at: x) { self.maximum(convolution($0, identity), o).squared().sum() }
        let b = gradient(at: x) { self.maximum($0, o).squared().sum() }
        #expect(largestDifference(a, b) < 1e-5)
        let c = gradient(at: x) { self.average(convolution($0, identity), o, countsPadding: false).squared().sum() }
        let d = gradient(at: x) { self.average($0, o, countsPadding: false).squared().sum() }
        #expect(largestDifference(c, d) < 1e-5)
    }

    @Test func indicesPointAtTheMaxima() {
        let x = gaussian([2, 3, 6, 7], seed: 7)
        let (values, indices) = maxPoolingWithIndices(x, kernel: 3, stride: 2, padding: 1)
        let planes = x.reshaped([6, 42])
        let flat = indices.reshaped([6, -1])
        let found = (0..<6).map { planes.select($0, axis: 0).gathered(flat.select($0, axis: 0)) }
        #expect(Tensor.stacked(found).reshaped(values.shape) == values)
    }

    @Test func unpoolingPutsMaximaBack() {
        let x = Tensor<Double>([1, 5, 2, 3, 4, 0, 7, 6], shape: [1, 1, 2, 4])
        let (values, indices) = maxPoolingWithIndices(x, kernel: 2)
        #expect(values.scalars == [5, 7])
        #expect(indices.scalars == [1, 6])
        #expect(maxUnpooling(values, indices: indices, extents: [2, 4]).scalars == [0, 5, 0, 0, 0, 0, 7, 0])
    }

    @Test func unpoolingHasFirstAndSecondDerivatives() {
        let indices = maxPoolingWithIndices(gaussian([1, 2, 4, 6], seed: 8), kernel: 2).indices
        checkDerivatives([gaussian([1, 2, 2, 3], seed: 9)]) { maxUnpooling($0[0], indices: indices, extents: [4, 6]).squared() }
    }

    @Test func theFirstOfEqualElementsGetsTheDerivative() {
        let x = Tensor<Double>([2, 2, 2, 2], shape: [1, 1, 2, 2])
        #expect(gradient(at: x) { maxPooling($0, kernel: 2).sum() }.scalars == [1, 0, 0, 0])
    }

    @Test func notANumberWinsAndMinusInfinityIsANumber() {
        let x = Tensor<Double>([1, .nan, 3, 4, -.infinity, -.infinity, -.infinity, -.infinity], shape: [1, 2, 2, 2])
        let y = maxPooling(x, kernel: 2).scalars
        #expect(y[0].isNaN && y[1] == -.infinity)
        let identity = Tensor<Float>.identity(2).reshaped([2, 2, 1, 1])
        let blocked = convolution(Tensor<Float>([1, 2, 3, 4, -1, -1, -1, -1], shape: [1, 2, 2, 2]), identity)
        #expect((blocked + blocked).scalars == [2, 4, 6, 8, -2, -2, -2, -2])
        #expect(maxPooling(blocked, kernel: 2).scalars == [4, -1])
    }

    @Test(arguments: [[5], [7, 4], [5, 6, 4]])
    func adaptiveAverageCoversEachAxisEvenly(_ extents: [Int]) {
        let x = gaussian(Shape([2, 3] + extents), seed: 10)
        let y = adaptiveAveragePooling(x, output: 3)
        // The first output is the mean over ⌈extent/3⌉ positions of each axis from the start.
        var corner = x
        for axis in extents.indices { corner = corner.sliced(0..<(extents[axis] + 2) / 3, axis: axis + 2) }
        var first = y
        for axis in extents.indices { first = first.sliced(0..<1, axis: axis + 2) }
        #expect(largestDifference(first.reshaped([2, 3]), corner.mean(axes: Array(2..<x.rank))) < 1e-14)
    }

    @Test func adaptivePoolingHasFirstAndSecondDerivatives() {
        checkDerivatives([gaussian([1, 2, 5, 7], seed: 11)]) { adaptiveAveragePooling($0[0], output: [2, 3]).tanh() }
        checkDerivatives([gaussian([1, 2, 5, 7], seed: 12)]) { adaptiveMaxPooling($0[0], output: [2, 3]).squared() }
    }

    @Test func globalPoolingIsTheMeanAndTheMaximum() {
        let x = gaussian([2, 3, 4, 5], seed: 13)
        #expect(largestDifference(globalAveragePooling(x), x.mean(axes: [2, 3])) < 1e-14)
        #expect(globalMaxPooling(x) == x.maximum(axes: [2, 3]))
    }

    @Test func averagePoolingOfAConstantIsTheConstant() {
        let y = averagePooling(Tensor<Double>(repeating: 3, shape: [1, 2, 7, 7]), kernel: 3, stride: 2, padding: 1, countsPadding: false)
        #expect(y == Tensor(repeating: 3, shape: [1, 2, 4, 4]))
    }

    @Test func poolingAViewEqualsPoolingItsCopy() {
        let view = gaussian([6, 5, 3, 2], seed: 14).transposed().permuted([3, 2, 0, 1])
        #expect(maxPooling(view, kernel: 2) == maxPooling(Tensor(view.scalars, shape: view.shape), kernel: 2))
    }
}
