import LoamTensor
import Testing

@Suite struct ConvolutionTests {
    @Test(arguments: ConvolutionCase.matrix)
    func forwardMatchesTheDefinition(_ c: ConvolutionCase) {
        let x = gaussian(c.inputShape, seed: 1)
        let w = gaussian(c.weightShape, seed: 2)
        #expect(largestDifference(c(x, w), c.reference(x, w)) < 1e-12)
    }

    @Test(arguments: ConvolutionCase.matrix)
    func derivativesMatchTheDefinition(_ c: ConvolutionCase) {
        let x = gaussian(c.inputShape, seed: 3)
        let w = gaussian(c.weightShape, seed: 4)
        let g = gaussian(c.outputShape, seed: 5)
        let (gx, gw) = gradient(at: x, w) { (c($0, $1) * g).sum() }
        #expect(largestDifference(gx, c.referenceByData(g, w)) < 1e-12)
        #expect(largestDifference(gw, c.referenceByWeights(x, g)) < 1e-11)
    }

    @Test(arguments: [0, 3, 5, 6, 9, 16, 18, 19, 20, 21, 25, 29, 30])
    func firstAndSecondDerivatives(_ index: Int) {
        var c = ConvolutionCase.matrix[index]
        c.batch = 1
        checkDerivatives([
            gaussian(c.inputShape, seed: 6, deviation: 0.5), gaussian(c.weightShape, seed: 7, deviation: 0.5), gaussian([c.outputs]),
        ]) {
            c($0[0], $0[1], bias: $0[2]).tanh()
        }
    }

    @Test func thirdDerivativeAlongALine() {
        // f(t) = Σ (w ∗ (x + t v))³ has f''' = 6 Σ (w ∗ v)³.
        let w = gaussian([2, 1, 3, 3], seed: 8)
        let x = gaussian([1, 1, 5, 5], seed: 9)
        let v = gaussian([1, 1, 5, 5], seed: 10)
        let third = gradient(at: Tensor(0.3)) { t in
            gradient(at: t) { t in
                gradient(at: t) { t in
                    let y = convolution(x + v * t, w, padding: 1)
                    return (y * y * y).sum()
                }
            }
        }
        let direction = convolution(v, w, padding: 1)
        let exact = 6 * (direction * direction * direction).sum().item
        #expect(abs(third.item - exact) < 1e-9 * abs(exact))
    }

    @Test func biasIsAddedToItsChannel() {
        let c = ConvolutionCase(2, 3, [4, 4], kernel: [3, 3])
        let x = gaussian(c.inputShape)
        let w = gaussian(c.weightShape)
        let difference = c(x, w, bias: Tensor([1, 2, 3])) - c(x, w)
        #expect(largestDifference(difference, Tensor<Double>([1, 2, 3]).reshaped([3, 1, 1]).broadcast(to: c.outputShape)) < 1e-14)
    }

    @Test func kernelOfOneIsAMatrixProductOverChannels() {
        let x = gaussian([2, 5, 3, 4])
        let w = gaussian([6, 5, 1, 1])
        let product = matmul(w.reshaped([6, 5]), x.reshaped([2, 5, 12])).reshaped([2, 6, 3, 4])
        #expect(largestDifference(convolution(x, w), product) < 1e-13)
    }

    @Test func deltaKernelShiftsTheInput() {
        let x = gaussian([1, 1, 6])
        let y = convolution(x, Tensor([1, 0, 0], shape: [1, 1, 3]), padding: 1)
        #expect(y.scalars == [0] + x.scalars.dropLast())
    }

    @Test func samePaddingKeepsExtentsAndPutsTheOddElementAtTheEnd() {
        let x = Tensor<Double>([1, 2, 3, 4, 5], shape: [1, 1, 5])
        let y = convolution(x, Tensor.ones([1, 1, 4]), padding: .same)
        #expect(y.scalars == [6, 10, 14, 12, 9])
    }

    @Test func samePaddingWithAStrideDividesTheExtent() {
        let x = gaussian([1, 2, 7, 8])
        #expect(convolution(x, gaussian([3, 2, 3, 3]), stride: 2, padding: .same).shape == [1, 3, 4, 4])
    }

    @Test func circularPaddingCommutesWithShifts() {
        let x = gaussian([1, 2, 8, 6])
        let w = gaussian([3, 2, 3, 3], seed: 2)
        let roll = Tensor<Int32>([5, 6, 7, 0, 1, 2, 3, 4])
        let shifted = convolution(x.gathered(roll, axis: 2), w, padding: 1, paddingMode: .circular)
        #expect(largestDifference(shifted, convolution(x, w, padding: 1, paddingMode: .circular).gathered(roll, axis: 2)) < 1e-13)
    }

    @Test(arguments: [PaddingMode.circular, .reflect, .replicate])
    func paddingModesReadTheRightElements(_ mode: PaddingMode) {
        let x = Tensor<Double>([1, 2, 3, 4], shape: [1, 1, 4])
        let padded = x.paddedSpatially(before: 2, after: 1, mode: mode).scalars
        let expected: [PaddingMode: [Double]] = [
            .circular: [3, 4, 1, 2, 3, 4, 1], .reflect: [3, 2, 1, 2, 3, 4, 3], .replicate: [1, 1, 1, 2, 3, 4, 4],
        ]
        #expect(padded == expected[mode])
    }

    @Test(arguments: PaddingMode.allCases)
    func derivativesWithEveryPaddingMode(_ mode: PaddingMode) {
        checkDerivatives([gaussian([1, 2, 4, 5]), gaussian([2, 2, 3, 3], seed: 2)]) {
            convolution($0[0], $0[1], stride: 2, padding: [1, 2], paddingMode: mode).squared()
        }
    }

    @Test func viewsAsInputsGiveTheSameAsCopies() {
        let whole = gaussian([3, 9, 4, 8])
        let view = whole.permuted([0, 2, 3, 1]).sliced(1..<3, axis: 0).sliced(0..<7, axis: 2, step: 2)
        let copy = Tensor(view.scalars, shape: view.shape)
        let w = gaussian([3, 5, 3, 3], seed: 4).permuted([1, 0, 2, 3]).sliced(0..<4, axis: 0)
        let wide = gaussian([5, 4, 3, 3], seed: 6).sliced(0..<5, axis: 0)
        #expect(view.shape == [2, 4, 4, 9])
        #expect(convolution(view, wide, padding: 1) == convolution(copy, wide, padding: 1))
        let other = gaussian([1, 3, 5, 5])
        #expect(convolution(other, w) == convolution(other, Tensor(w.scalars, shape: w.shape)))
    }

    @Test func anEmptyBatchHasAnEmptyResultAndZeroWeightGradient() {
        let x = Tensor<Double>.zeros([0, 2, 5, 5])
        let w = gaussian([3, 2, 3, 3])
        #expect(convolution(x, w).shape == [0, 3, 3, 3])
        #expect(gradient(at: w) { convolution(x, $0).sum() } == Tensor.zeros(w.shape))
    }

    @Test func resultsDoNotDependOnTheNumberOfThreads() {
        let c = ConvolutionCase(5, 7, [20, 20], kernel: [3, 3], padding: 1)
        let x = gaussian(c.inputShape)
        let w = gaussian(c.weightShape)
        func all() -> [Tensor<Double>] {
            let (gx, gw) = gradient(at: x, w) { c($0, $1).squared().sum() }
            return [c(x, w), gx, gw]
        }
        let several = all()
        let one = Parallel.onOneThread(all)
        for (a, b) in zip(several, one) { #expect(largestDifference(a, b) < 1e-11) }
    }
}
