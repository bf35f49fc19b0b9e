import LoamTensor
import Testing

@Suite struct StructuralDerivativeTests {
    let x = gaussian([2, 3, 4], seed: 21)

    @Test func sumOverAxes() { checkDerivatives([x]) { $0[0].squared().sum(axes: [0, 2]) } }
    @Test func sumKeepingAxes() { checkDerivatives([x]) { $0[0] * $0[0].sum(axes: [1], keepingAxes: true) } }
    @Test func meanAndVariance() { checkDerivatives([x]) { $0[0].mean(axes: [1]) * $0[0].variance(axes: [1], correction: 1) } }
    @Test func maximumOverAxis() { checkDerivatives([x]) { $0[0].maximum(axes: [1]).squared() } }
    @Test func minimumOverAll() { checkDerivatives([x]) { $0[0].minimum().squared() } }
    @Test func logSumExp() { checkDerivatives([x]) { $0[0].logSumExp(axes: [2]) } }
    @Test func softmax() { checkDerivatives([x]) { $0[0].softmax(axis: 1) } }
    @Test func reshape() { checkDerivatives([x]) { $0[0].squared().reshaped([4, 6]) } }
    @Test func permutation() { checkDerivatives([x]) { $0[0].squared().permuted([2, 0, 1]) } }
    @Test func slice() { checkDerivatives([x]) { $0[0].squared().sliced(1..<3, axis: 1) } }
    @Test func stridedSlice() { checkDerivatives([x]) { $0[0].squared().sliced(0..<4, axis: 2, step: 2) } }
    @Test func select() { checkDerivatives([x]) { $0[0].squared().select(1, axis: 1) } }
    @Test func broadcast() { checkDerivatives([gaussian([3, 1])]) { $0[0].squared().broadcast(to: [2, 3, 4]) } }
    @Test func concatenation() {
        checkDerivatives([x, gaussian([2, 1, 4], seed: 3)]) { Tensor.concatenated([$0[0], $0[1] * $0[1]], axis: 1) }
    }
    @Test func stacking() { checkDerivatives([x, gaussian([2, 3, 4], seed: 4)]) { Tensor.stacked([$0[0] * $0[1], $0[1]], axis: 1) } }
    @Test func padding() { checkDerivatives([x]) { $0[0].squared().padded([(1, 0), (0, 2), (1, 1)]) } }
    @Test func gather() { checkDerivatives([x]) { $0[0].squared().gathered(Tensor<Int32>([2, 0, 2]), axis: 1) } }
    @Test func scatter() { checkDerivatives([x]) { $0[0].squared().scatteredAdd(at: Tensor<Int32>([1, 1, 3]), axis: 1, length: 5) } }
    @Test func pickedPerRow() { checkDerivatives([gaussian([3, 4])]) { $0[0].squared().pickedPerRow(Tensor<Int32>([3, 0, 2])) } }
    @Test func replacement() {
        let mask = gaussian([2, 3, 4], seed: 5).elementsGreater(than: Tensor(0))
        checkDerivatives([x, gaussian([4], seed: 6)]) { $0[0].squared().replacing(with: $0[1].exp(), where: mask) }
    }
    @Test func diagonal() { checkDerivatives([gaussian([2, 3, 3])]) { $0[0].squared().diagonal() } }

    @Test func matrixProduct() { checkDerivatives([gaussian([3, 4]), gaussian([4, 2], seed: 2)]) { $0[0].matmul($0[1]) } }
    @Test(arguments: [(false, false), (true, false), (false, true), (true, true)])
    func transposedMatrixProduct(_ a: Bool, _ b: Bool) {
        checkDerivatives([gaussian(a ? [4, 3] : [3, 4]), gaussian(b ? [2, 4] : [4, 2], seed: 2)]) {
            matmul($0[0], $0[1], transposeA: a, transposeB: b)
        }
    }
    @Test(arguments: [(false, false), (true, false), (false, true), (true, true)])
    func batchedMatrixProduct(_ a: Bool, _ b: Bool) {
        checkDerivatives([gaussian(a ? [5, 4, 3] : [5, 3, 4]), gaussian(b ? [5, 2, 4] : [5, 4, 2], seed: 2)]) {
            matmul($0[0], $0[1], transposeA: a, transposeB: b)
        }
    }
    @Test func broadcastBatchedMatrixProduct() {
        checkDerivatives([gaussian([2, 1, 3, 4]), gaussian([5, 4, 2], seed: 2)]) { $0[0].matmul($0[1]) }
    }
    @Test func batchTimesOneMatrix() { checkDerivatives([gaussian([5, 3, 4]), gaussian([4, 2], seed: 2)]) { $0[0].matmul($0[1]) } }
    @Test func vectorProducts() {
        checkDerivatives([gaussian([4]), gaussian([4, 3], seed: 2), gaussian([3], seed: 3)]) { $0[0].matmul($0[1]).matmul($0[2]) }
    }
    @Test(arguments: [FusedActivation.identity, .tanh, .relu, .sigmoid])
    func denseLayer(_ activation: FusedActivation) {
        checkDerivatives([gaussian([5, 3]), gaussian([4, 3], seed: 2), gaussian([4], seed: 3)]) {
            linear($0[0], weight: $0[1], bias: $0[2], activation: activation).squared()
        }
    }
    @Test func denseLayerOnABatchOfSequences() {
        checkDerivatives([gaussian([2, 5, 3]), gaussian([4, 3], seed: 2)]) { linear($0[0], weight: $0[1], activation: .tanh) }
    }

    @Test func mixedSecondDerivative() {
        // f = x² y³: ∂²f/∂x∂y = 6 x y²
        let x = Tensor<Double>(1.3)
        let y = Tensor<Double>(0.7)
        let mixed = gradient(at: y) { y in gradient(at: x) { x in x * x * y * y * y } }
        #expect(abs(mixed.item - 6 * 1.3 * 0.49) < 1e-13)
    }

    @Test func innerGradientOfOuterVariableIsZero() {
        let x = Tensor<Double>(2)
        let result = gradient(at: x) { outer in gradient(at: Tensor<Double>(3)) { _ in outer * outer } + outer }
        #expect(result.item == 1)
    }

    @Test func detachedIsConstant() {
        #expect(gradient(at: Tensor<Double>(3)) { $0.detached() * $0 }.item == 3)
    }

    @Test func nothingIsRecordedOutside() {
        let x = gaussian([4])
        #expect(!(x.tanh() * 2).isTracked)
        let (value, slope) = valueAndGradient(at: x) { $0.tanh().sum() }
        #expect(!value.isTracked && !slope.isTracked)
    }

    @Test func directionalDerivative() {
        let x = gaussian([4], seed: 8)
        let v = gaussian([4], seed: 9)
        let (value, derivative) = jvp(at: x, along: v) { $0.sin() * $0.sum() }
        let expected = v * x.cos() * x.sum() + x.sin() * v.sum()
        #expect(largestDifference(value, x.sin() * x.sum()) < 1e-15)
        #expect(largestDifference(derivative, expected) < 1e-13)
    }

    @Test func pullbackMayBeCalledTwice() {
        let (_, pullback) = valueWithPullback(at: gaussian([3])) { $0.exp() }
        let seed = Tensor<Double>([1, 2, 3])
        #expect(pullback(seed) == pullback(seed))
        #expect(largestDifference(pullback(seed * 2), pullback(seed) * 2) < 1e-14)
    }

    @Test func checkpointingChangesNothing() {
        let x = gaussian([6], seed: 3)
        let w = gaussian([6], seed: 4)
        let body: ([Tensor<Double>]) -> Tensor<Double> = { ($0[0] * $0[1]).tanh() * $0[0].exp() }
        let plain = gradient(at: [x, w]) { body($0).squared().sum() }
        let saved = gradient(at: [x, w]) { checkpointed($0, body).squared().sum() }
        #expect(largestDifference(plain[0], saved[0]) < 1e-14 && largestDifference(plain[1], saved[1]) < 1e-14)
        checkDerivatives([x, w]) { checkpointed($0, body) }
    }

    @Test func customOperation() {
        // A cube whose derivative is given by hand.
        checkDerivatives([gaussian([4])]) { inputs in
            Tensor.custom(inputs: inputs, value: inputs[0] * inputs[0] * inputs[0]) { g, x, _ in [g * x[0] * x[0] * 3] }
        }
    }

    @Test func castCarriesTheDerivative() {
        let x = Tensor<Float>([1.5, -0.5])
        let g = gradient(at: x) { x in Tensor<Float>(casting: (Tensor<Double>(casting: x) * 3).squared().sum()) }
        #expect(g == Tensor<Float>([27, -9]))
    }

    @Test func longChainsAreFreedWithoutRecursion() {
        let x = Tensor<Double>(1)
        let g = gradient(at: x) { x in
            var y = x
            for _ in 0..<200_000 { y = y + 1e-6 }
            return y
        }
        #expect(g.item == 1)
    }
}
