import LoamTensor
import Testing

/// Single precision takes oneDNN's route where there is one; these compare it with the plain path in double precision.
@Suite struct OneDNNConvolutionTests {
    @Test(arguments: ConvolutionCase.matrix)
    func singlePrecisionForwardMatchesDouble(_ c: ConvolutionCase) {
        let x = gaussianPair(c.inputShape, seed: 31)
        let w = gaussianPair(c.weightShape, seed: 32)
        let error = largestDifference(Tensor<Double>(casting: c(x.single, w.single)), c(x.double, w.double))
        #expect(error < singlePrecisionTolerance(terms: c.terms))
    }

    @Test(arguments: ConvolutionCase.matrix)
    func singlePrecisionForwardWithBiasMatchesDouble(_ c: ConvolutionCase) {
        let x = gaussianPair(c.inputShape, seed: 31)
        let w = gaussianPair(c.weightShape, seed: 32)
        let b = gaussianPair([c.outputs], seed: 33)
        let error = largestDifference(
            Tensor<Double>(casting: c(x.single, w.single, bias: b.single)), c(x.double, w.double, bias: b.double))
        #expect(error < singlePrecisionTolerance(terms: c.terms + 1))
    }

    @Test(arguments: ConvolutionCase.matrix)
    func singlePrecisionDerivativesMatchDouble(_ c: ConvolutionCase) {
        let x = gaussianPair(c.inputShape, seed: 34)
        let w = gaussianPair(c.weightShape, seed: 35)
        let b = gaussianPair([c.outputs], seed: 36)
        let g = gaussianPair(c.outputShape, seed: 37)
        let single = gradient(at: [x.single, w.single, b.single]) { (c($0[0], $0[1], bias: $0[2]) * g.single).sum() }
        let double = gradient(at: [x.double, w.double, b.double]) { (c($0[0], $0[1], bias: $0[2]) * g.double).sum() }
        let positions = c.batch * c.outputExtents.reduce(1, *)
        let terms = [c.terms * c.outputs / c.inputs + c.outputs, positions, positions]
        for index in 0..<3 {
            let error = largestDifference(Tensor<Double>(casting: single[index]), double[index])
            #expect(error < singlePrecisionTolerance(terms: terms[index]), "input \(index)")
        }
    }

    @Test(arguments: ConvolutionCase.matrix)
    func transposedSinglePrecisionMatchesDouble(_ c: ConvolutionCase) {
        let y = gaussianPair(c.outputShape, seed: 38)
        let w = gaussianPair(c.weightShape, seed: 39)
        let b = gaussianPair([c.inputs], seed: 40)
        func map<Scalar: TensorScalar>(_ y: Tensor<Scalar>, _ w: Tensor<Scalar>, _ b: Tensor<Scalar>) -> Tensor<Scalar> {
            transposedConvolution(
                y, w, bias: b, stride: AxisValues(c.stride), padding: AxisValues(c.padding), dilation: AxisValues(c.dilation),
                groups: c.groups)
        }
        let error = largestDifference(
            Tensor<Double>(casting: map(y.single, w.single, b.single)), map(y.double, w.double, b.double))
        #expect(error < singlePrecisionTolerance(terms: c.terms * c.outputs / c.inputs + c.outputs))
    }

    @Test func secondDerivativeInSinglePrecisionMatchesDouble() {
        let c = ConvolutionCase(8, 16, [9, 9], kernel: [3, 3], padding: 1)
        let x = gaussianPair(c.inputShape, seed: 41)
        let w = gaussianPair(c.weightShape, seed: 42)
        let v = gaussianPair(c.weightShape, seed: 43)
        func product<Scalar: TensorScalar>(_ x: Tensor<Scalar>, _ w: Tensor<Scalar>, _ v: Tensor<Scalar>) -> Tensor<Double> {
            Tensor<Double>(casting: hessianVectorProduct(at: w, times: v) { c(x, $0).tanh().squared().mean() }.product)
        }
        let double = product(x.double, w.double, v.double)
        let error = largestDifference(product(x.single, w.single, v.single), double)
        #expect(error < 1e-4 * double.magnitude().maximum().item)
    }

    /// A network's piece whose activations stay blocked, against the same piece whose every step goes through row-major memory.
    private func chain(channels: Int, extents: [Int], separated: Bool, _ p: [Tensor<Float>]) -> Tensor<Float> {
        let one = Tensor<Float>(repeating: 1, shape: Shape([1, 1] + extents.map { _ in 1 }))
        // A multiplication by 1 has no blocked form: it reads and writes row-major.
        func step(_ x: Tensor<Float>) -> Tensor<Float> { separated ? x * one : x }
        var h = step(convolution(p[0], p[1], bias: p[2], padding: 1))
        h = step(batchNormalisation(h, scale: p[3], shift: p[4]).value)
        h = step(h.relu())
        let skip = step(maxPooling(h, kernel: 3, stride: 2, padding: 1))
        h = step(convolution(skip, p[5], padding: 1))
        h = step(groupNormalisation(h, groups: 1, scale: p[3], shift: p[4]))
        h = step(h.tanh())
        h = step(averagePooling(step(h + skip), kernel: 2))
        return step(convolution(h, p[5], padding: 1))
    }

    private func parameters(_ channels: Int, _ extents: [Int]) -> [Tensor<Float>] {
        let kernel = extents.map { _ in 3 }
        return [
            Shape([3, channels] + extents), Shape([channels, channels] + kernel), [channels], [channels], [channels],
            Shape([channels, channels] + kernel),
        ].enumerated().map { Tensor<Float>(casting: gaussian($1, seed: UInt64(50 + $0), deviation: $0 == 0 ? 1 : 0.3)) }
    }

    @Test(arguments: [8, 16, 17, 5, 1])
    func blockedChainEqualsRowMajorChain(_ channels: Int) {
        let p = parameters(channels, [12, 10])
        let blocked = chain(channels: channels, extents: [12, 10], separated: false, p)
        let plain = chain(channels: channels, extents: [12, 10], separated: true, p)
        #expect(largestDifference(blocked, plain) < 1e-4 * max(1, plain.magnitude().maximum().item))
    }

    @Test(arguments: [8, 16, 17, 5, 1])
    func gradientOfABlockedChainEqualsThatOfARowMajorChain(_ channels: Int) {
        let p = parameters(channels, [12, 10])
        let blocked = gradient(at: p) { self.chain(channels: channels, extents: [12, 10], separated: false, $0).squared().mean() }
        let plain = gradient(at: p) { self.chain(channels: channels, extents: [12, 10], separated: true, $0).squared().mean() }
        for (index, (a, b)) in zip(blocked, plain).enumerated() {
            #expect(largestDifference(a, b) < 2e-4 * max(1e-2, b.magnitude().maximum().item), "parameter \(index)")
        }
    }

    @Test(arguments: [8, 10])
    func blockedChainInThreeDimensionsEqualsRowMajorChain(_ channels: Int) {
        let p = parameters(channels, [6, 5, 6])
        let blocked = gradient(at: p) { self.chain(channels: channels, extents: [6, 5, 6], separated: false, $0).squared().mean() }
        let plain = gradient(at: p) { self.chain(channels: channels, extents: [6, 5, 6], separated: true, $0).squared().mean() }
        for (index, (a, b)) in zip(blocked, plain).enumerated() {
            #expect(largestDifference(a, b) < 2e-4 * max(1e-2, b.magnitude().maximum().item), "parameter \(index)")
        }
    }

    @Test func blockedChainInOneDimensionEqualsRowMajorChain() {
        let p = parameters(16, [21])
        let blocked = chain(channels: 16, extents: [21], separated: false, p)
        let plain = chain(channels: 16, extents: [21], separated: true, p)
        #expect(largestDifference(blocked, plain) < 1e-4 * max(1, plain.magnitude().maximum().item))
    }

    @Test(arguments: [8, 12])
    func everyActivationOfABlockedTensorEqualsThatOfARowMajorOne(_ channels: Int) {
        let x = Tensor<Float>(casting: gaussian([2, channels, 7, 7], seed: 60))
        let w = Tensor<Float>(casting: gaussian([channels, channels, 3, 3], seed: 61, deviation: 0.2))
        let blocked = convolution(x, w, padding: 1)
        let plain = Tensor(blocked.scalars, shape: blocked.shape)
        let functions: [(Tensor<Float>) -> Tensor<Float>] = [
            { $0.relu() }, { $0.tanh() }, { $0.sigmoid() }, { $0.exp() }, { $0.gelu() }, { $0.silu() }, { $0.softplus() },
            { $0.magnitude() },
            { -$0 }, { $0.leakyReLU() }, { $0.reciprocal() },
        ]
        for (index, function) in functions.enumerated() {
            let a = convolution(function(convolution(x, w, padding: 1)), w)
            let b = convolution(function(plain), w)
            #expect(largestDifference(a, b) <= 1e-5 * max(1, b.magnitude().maximum().item), "function \(index)")
        }
    }

    @Test func repeatedStepsDoNotGrowTheMemoryInUse() {
        let p = parameters(16, [16, 16])
        func step() { _ = gradient(at: p) { self.chain(channels: 16, extents: [16, 16], separated: false, $0).squared().mean() } }
        for _ in 0..<3 { step() }
        // Other tests run at the same time and hold memory of their own for a moment. What a step keeps shows in every attempt.
        let perStep = p.reduce(0) { $0 + $1.count * 4 }
        let growth = (0..<10).map { _ in
            let before = BufferPool.usage.live
            for _ in 0..<20 { step() }
            return BufferPool.usage.live - before
        }
        #expect(growth.min()! < 20 * perStep)
    }

    @Test func concurrentConvolutionsAgree() async {
        let c = ConvolutionCase(16, 16, [16, 16], kernel: [3, 3], padding: 1)
        let x = Tensor<Float>(casting: gaussian(c.inputShape, seed: 70))
        let w = Tensor<Float>(casting: gaussian(c.weightShape, seed: 71))
        let expected = gradient(at: x, w) { c($0, $1).squared().sum() }
        await withTaskGroup(of: Bool.self) { tasks in
            for _ in 0..<8 {
                tasks.addTask {
                    (0..<10).allSatisfy { _ in
                        let (gx, gw) = gradient(at: x, w) { c($0, $1).squared().sum() }
                        return largestDifference(gx, expected.0) < 1e-2 && largestDifference(gw, expected.1) < 1e-1
                    }
                }
            }
            for await isRight in tasks { #expect(isRight) }
        }
    }

    @Test func insideAParallelLoopTheResultIsTheSame() {
        let c = ConvolutionCase(8, 16, [9, 9], kernel: [3, 3], padding: 1)
        let x = Tensor<Float>(casting: gaussian(c.inputShape, seed: 72))
        let w = Tensor<Float>(casting: gaussian(c.weightShape, seed: 73))
        let outside = c(x, w)
        let slots = Tensor<Float>(shape: [4]) { errors in
            nonisolated(unsafe) let errors = errors
            Parallel.forEach(4) { errors[$0] = largestDifference(c(x, w), outside) }
        }
        #expect(slots.scalars.allSatisfy { Double($0) < singlePrecisionTolerance(terms: c.terms) })
    }

    @Test func writingToABlockedResultKeepsTheOtherElements() {
        let x = Tensor<Float>(casting: gaussian([1, 8, 5, 5], seed: 74))
        let w = Tensor<Float>(casting: gaussian([8, 8, 3, 3], seed: 75))
        let y = convolution(x, w, padding: 1)
        var changed = y
        changed[0, 3, 2, 1] = 7
        #expect(changed[0, 3, 2, 1] == 7 && y[0, 3, 2, 1] != 7)
        // The blocked form is no longer that of the changed tensor: operations must see the new element.
        #expect((changed + y)[0, 3, 2, 1] == 7 + y[0, 3, 2, 1])
        #expect(changed.relu()[0, 3, 2, 1] == 7)
    }
}
