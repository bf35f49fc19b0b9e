import LoamTensor
import Testing

/// 3×3 and 3×3×3 convolutions of stride 1 in single precision, which go by Winograd's filtering where that saves operations, against
/// the direct sums in double precision.
///
/// Bound: each of F(2×2, 3×3)'s transforms adds at most four numbers a direction, so that an intermediate is at most 4·|x| and 9/4·|w|
/// and an element of y adds nine of their products: the error is that of the direct sum, at most a few √n·2⁻²⁴ Σ|x||w|, times a factor
/// below 10 (Lavin and Gray, CVPR 2016, measure about 1.5). 1e-5 of Σ|x||w| is 170 units in the last place.
@Suite struct WinogradTests {
    static let flat: [ConvolutionCase] = [
        ConvolutionCase(8, 64, [16, 16], kernel: [3, 3], padding: 1, batch: 4),
        ConvolutionCase(16, 16, [16, 16], kernel: [3, 3], padding: 1, batch: 3),
        ConvolutionCase(32, 24, [14, 10], kernel: [3, 3], padding: 0, batch: 2),
        ConvolutionCase(24, 32, [13, 17], kernel: [3, 3], padding: 1, batch: 6),
        ConvolutionCase(16, 40, [11, 12], kernel: [3, 3], padding: 2, batch: 8),
        ConvolutionCase(64, 64, [15, 15], kernel: [3, 3], padding: 1, batch: 2),
        ConvolutionCase(12, 20, [20, 19], kernel: [3, 3], padding: 1, batch: 2),
        ConvolutionCase(17, 33, [16, 9], kernel: [3, 3], padding: 2, batch: 3),
        ConvolutionCase(64, 128, [33, 31], kernel: [3, 3], padding: 1, batch: 1),
        ConvolutionCase(256, 320, [8, 8], kernel: [3, 3], padding: 1, batch: 8),
        ConvolutionCase(48, 64, [4, 4], kernel: [3, 3], padding: 1, batch: 40),
        ConvolutionCase(48, 64, [4, 4], kernel: [3, 3], padding: 2, batch: 40),
        ConvolutionCase(32, 32, [2, 40], kernel: [3, 3], padding: 1, batch: 4),
        ConvolutionCase(32, 32, [6, 6], kernel: [3, 3], padding: 0, batch: 30),
    ]
    static let deep: [ConvolutionCase] = [
        ConvolutionCase(8, 16, [6, 12, 12], kernel: [3, 3, 3], padding: 1, batch: 1),
        ConvolutionCase(16, 32, [17, 16, 15], kernel: [3, 3, 3], padding: 1, batch: 1),
        ConvolutionCase(24, 8, [20, 10, 14], kernel: [3, 3, 3], padding: 0, batch: 2),
        ConvolutionCase(16, 16, [4, 9, 12], kernel: [3, 3, 3], padding: 2, batch: 2),
        ConvolutionCase(20, 12, [5, 12, 11], kernel: [3, 3, 3], padding: 1, batch: 2),
        ConvolutionCase(32, 16, [1, 12, 12], kernel: [3, 3, 3], padding: 2, batch: 3),
        ConvolutionCase(32, 32, [5, 12, 12], kernel: [1, 3, 3], padding: 0, batch: 2),
        ConvolutionCase(64, 64, [4, 4, 4], kernel: [3, 3, 3], padding: 1, batch: 8),
        ConvolutionCase(128, 96, [3, 8, 8], kernel: [3, 3, 3], padding: 1, batch: 2),
    ]
    static let all = flat + deep

    /// Inputs that are not centred: sums do not cancel, and padded edges differ from what is inside.
    private func inputs(_ c: ConvolutionCase, seed: UInt64) -> (x: Tensor<Float>, w: Tensor<Float>, b: Tensor<Float>, g: Tensor<Float>) {
        func some(_ shape: Shape, _ stream: UInt64) -> Tensor<Float> {
            Tensor<Float>(casting: gaussian(shape, seed: seed + stream, mean: 0.3))
        }
        return (some(c.inputShape, 0), some(c.weightShape, 1), some([c.outputs], 2), some(c.outputShape, 3))
    }

    private func double(_ x: Tensor<Float>) -> Tensor<Double> { Tensor<Double>(casting: x) }

    /// The largest error relative to the scale of the same sum over magnitudes.
    private func relativeError(_ value: Tensor<Float>, _ exact: Tensor<Double>, scale: Tensor<Double>) -> Double {
        ((double(value) - exact).magnitude() / scale).maximum().item
    }

    @Test(arguments: all)
    func forwardMatchesDoublePrecision(_ c: ConvolutionCase) {
        let (x, w, b, _) = inputs(c, seed: 101)
        let exact = c(double(x), double(w), bias: double(b))
        let scale = c(double(x).magnitude(), double(w).magnitude(), bias: double(b).magnitude())
        #expect(relativeError(c(x, w, bias: b), exact, scale: scale) < 1e-5)
    }

    @Test(arguments: all)
    func derivativesMatchDoublePrecision(_ c: ConvolutionCase) {
        let (x, w, b, g) = inputs(c, seed: 111)
        let single = gradient(at: [x, w, b]) { (c($0[0], $0[1], bias: $0[2]) * g).sum() }
        let exact = gradient(at: [double(x), double(w), double(b)]) { (c($0[0], $0[1], bias: $0[2]) * double(g)).sum() }
        let scale = gradient(at: [x, w, b].map { double($0).magnitude() }) { (c($0[0], $0[1], bias: $0[2]) * double(g).magnitude()).sum() }
        for index in 0..<3 { #expect(relativeError(single[index], exact[index], scale: scale[index]) < 1e-5, "input \(index)") }
    }

    /// H v has a part of every bilinear map: the derivative of each map by each of its operands.
    @Test(arguments: [
        ConvolutionCase(16, 24, [12, 11], kernel: [3, 3], padding: 1, batch: 10),
        ConvolutionCase(32, 16, [10, 10], kernel: [3, 3], padding: 0, batch: 10),
        ConvolutionCase(16, 16, [5, 12, 12], kernel: [3, 3, 3], padding: 1, batch: 1),
    ])
    func secondDerivativesMatchDoublePrecision(_ c: ConvolutionCase) {
        let (x, w, _, _) = inputs(c, seed: 121)
        let (u, v, _, _) = inputs(c, seed: 131)
        func products<Scalar: TensorScalar>(_ p: [Tensor<Scalar>], _ d: [Tensor<Scalar>]) -> [Tensor<Scalar>] {
            hessianVectorProduct(at: p, times: d) { (c($0[0], $0[1]) * 0.05).tanh().squared().sum() }.product
        }
        let single = products([x, w], [u, v])
        let exact = products([x, w].map(double), [u, v].map(double))
        for index in 0..<2 {
            #expect(
                largestDifference(double(single[index]), exact[index]) < 2e-5 * exact[index].magnitude().maximum().item, "input \(index)")
        }
    }

    @Test func thirdDerivativeMatchesDoublePrecision() {
        let c = ConvolutionCase(16, 16, [12, 12], kernel: [3, 3], padding: 1, batch: 8)
        let (x, w, _, g) = inputs(c, seed: 141)
        func third<Scalar: TensorScalar>(_ x: Tensor<Scalar>, _ w: Tensor<Scalar>, _ g: Tensor<Scalar>) -> Tensor<Scalar> {
            gradient(at: w) { w in
                let second = gradient(at: x) { x in
                    let first = gradient(at: w) { w in ((c(x, w) * 0.05).tanh() * g).sum() }
                    return (first * first).sum()
                }
                return (second * second).sum()
            }
        }
        let exact = third(double(x), double(w), double(g))
        #expect(largestDifference(double(third(x, w, g)), exact) < 1e-4 * exact.magnitude().maximum().item)
    }

    /// The adjoint as an operation of its own, also where it has more output than the stride explains.
    @Test(arguments: [0, 1, 2])
    func transposedConvolutionMatchesDoublePrecision(_ padding: Int) {
        let x = gaussianPair([12, 24, 12, 13], seed: 151)
        let w = gaussianPair([24, 16, 3, 3], seed: 152)
        let b = gaussianPair([16], seed: 153)
        let single = transposedConvolution(x.single, w.single, bias: b.single, padding: AxisValues(padding))
        let exact = transposedConvolution(x.double, w.double, bias: b.double, padding: AxisValues(padding))
        let scale = transposedConvolution(x.double.magnitude(), w.double.magnitude(), padding: AxisValues(padding)) + 1
        #expect(relativeError(single, exact, scale: scale) < 1e-5)
    }

    @Test(arguments: [1, 2, 7])
    func tinyImagesMatchDoublePrecision(_ extent: Int) {
        for batch in [1, 5, 64] {
            let c = ConvolutionCase(32, 32, [extent, extent], kernel: [3, 3], padding: 1, batch: batch)
            let (x, w, b, g) = inputs(c, seed: 161)
            let single = gradient(at: [x, w, b]) { (c($0[0], $0[1], bias: $0[2]) * g).sum() }
            let exact = gradient(at: [double(x), double(w), double(b)]) { (c($0[0], $0[1], bias: $0[2]) * double(g)).sum() }
            for index in 0..<3 {
                let size = Swift.max(1, exact[index].magnitude().maximum().item)
                #expect(largestDifference(double(single[index]), exact[index]) < 1e-5 * size, "batch \(batch), input \(index)")
            }
        }
    }

    /// Lanes beyond the last channel are zero in every result: what sums over whole blocks must not see them.
    @Test func channelsThatFillUpABlockStayZero() {
        let c = ConvolutionCase(12, 20, [16, 16], kernel: [3, 3], padding: 1, batch: 2)
        let (x, w, b, _) = inputs(c, seed: 171)
        let next = Tensor<Float>(casting: gaussian([12, 20, 3, 3], seed: 172))
        let y = c(x, w, bias: b).relu()
        let plain = Tensor(y.scalars, shape: y.shape)
        #expect(largestDifference(convolution(y, next, padding: 1), convolution(plain, next, padding: 1)) == 0)
        let (value, _) = valueAndGradient(at: y) { ($0 + $0).sum() }
        #expect(abs(Double(value.item) - 2 * double(plain).sum().item) < 1e-4 * double(plain).magnitude().sum().item)
    }

    /// What is in memory of the pool beforehand must not matter: the last tiles of a chunk are worked on in groups of six.
    @Test func leftoversInMemoryDoNotReachTheResult() {
        let c = ConvolutionCase(16, 24, [13, 13], kernel: [3, 3], padding: 1, batch: 5)
        let (x, w, _, g) = inputs(c, seed: 181)
        func all() -> [Tensor<Float>] {
            let (gx, gw) = gradient(at: x, w) { (c($0, $1) * g).sum() }
            return [c(x, w), gx, gw]
        }
        let expected = all()
        for exponent in 12..<20 { _ = Tensor<Float>(repeating: .nan, shape: [1 << exponent]) + 1 }
        for (a, b) in zip(all(), expected) { #expect(largestDifference(a, b) == 0) }
    }

    @Test func repeatedCallsGiveTheSameBits() {
        for c in [
            ConvolutionCase(32, 48, [15, 14], kernel: [3, 3], padding: 1, batch: 5),
            ConvolutionCase(16, 16, [18, 13, 12], kernel: [3, 3, 3], padding: 1, batch: 2),
        ] {
            let (x, w, b, g) = inputs(c, seed: 191)
            func all() -> [Tensor<Float>] {
                [c(x, w, bias: b)] + gradient(at: [x, w, b]) { (c($0[0], $0[1], bias: $0[2]) * g).sum() }
            }
            let first = all()
            for _ in 0..<5 {
                for (a, b) in zip(all(), first) { #expect(a.scalars.elementsEqual(b.scalars) { $0.bitPattern == $1.bitPattern }) }
            }
        }
    }

    /// Inside a parallel loop there is one thread. The forward map and that by data do not depend on how many there are; the sums of
    /// the map by weights are cut at other places.
    @Test func oneThreadGivesTheSameBitsForTheMapsWithoutSumsOverTiles() {
        for c in [
            ConvolutionCase(32, 48, [15, 14], kernel: [3, 3], padding: 1, batch: 5),
            ConvolutionCase(16, 16, [18, 13, 12], kernel: [3, 3, 3], padding: 1, batch: 2),
        ] {
            let (x, w, b, g) = inputs(c, seed: 201)
            let y = c(x, w, bias: b)
            let (gx, gw) = gradient(at: x, w) { (c($0, $1) * g).sum() }
            let scale = gw.magnitude().maximum().item
            let errors = Tensor<Float>(shape: [3, 2]) { errors in
                nonisolated(unsafe) let errors = errors
                Parallel.forEach(2) { thread in
                    let (hx, hw) = gradient(at: x, w) { (c($0, $1) * g).sum() }
                    errors[thread] = largestDifference(c(x, w, bias: b), y)
                    errors[2 + thread] = largestDifference(hx, gx)
                    errors[4 + thread] = largestDifference(hw, gw) / scale
                }
            }.scalars
            #expect(errors[0..<4].allSatisfy { $0 == 0 })
            #expect(errors[4...].allSatisfy { $0 < 1e-5 })
        }
    }

    @Test func concurrentCallsAgree() async {
        let c = ConvolutionCase(32, 48, [15, 14], kernel: [3, 3], padding: 1, batch: 3)
        let (x, w, _, g) = inputs(c, seed: 211)
        let (gx, gw) = gradient(at: x, w) { (c($0, $1) * g).sum() }
        await withTaskGroup(of: Bool.self) { tasks in
            for _ in 0..<8 {
                tasks.addTask {
                    (0..<10).allSatisfy { _ in
                        let (hx, hw) = gradient(at: x, w) { (c($0, $1) * g).sum() }
                        return largestDifference(hx, gx) == 0 && largestDifference(hw, gw) < 1e-5 * gw.magnitude().maximum().item
                    }
                }
            }
            for await isRight in tasks { #expect(isRight) }
        }
    }
}
