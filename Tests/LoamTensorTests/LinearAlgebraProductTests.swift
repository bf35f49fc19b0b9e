import LoamTensor
import Testing

@Suite struct LinearAlgebraProductTests {
    /// Every combination of odd extents and transposes against the definition, in both precisions.
    @Test(arguments: [false, true], [false, true])
    func productsAgreeWithTheDefinition(_ transposeA: Bool, _ transposeB: Bool) {
        for (m, k, n) in [(1, 1, 1), (1, 5, 1), (3, 1, 4), (7, 13, 5), (17, 31, 19), (64, 65, 33)] {
            let a = gaussian([m, k], seed: 1)
            let b = gaussian([k, n], seed: 2)
            let expected = naiveProduct(a, b)
            // The same matrix once as dense memory in the other order, once as a view.
            let denseA = transposeA ? Tensor(a.transposed().scalars, shape: [k, m]) : a
            let denseB = transposeB ? Tensor(b.transposed().scalars, shape: [n, k]) : b
            #expect(largestDifference(matmul(denseA, denseB, transposeA: transposeA, transposeB: transposeB), expected) < 1e-13)
            let viewA = transposeA ? denseA.transposed() : a
            let viewB = transposeB ? denseB.transposed() : b
            #expect(largestDifference(matmul(viewA, viewB), expected) < 1e-13)
            let single = matmul(denseA.rounded, denseB.rounded, transposeA: transposeA, transposeB: transposeB)
            #expect(largestDifference(Tensor<Double>(casting: single), expected) < 1e-4)
        }
    }

    @Test func productsOfSlicesAndStridedViews() {
        let a = gaussian([9, 14], seed: 3)
        let b = gaussian([14, 9], seed: 4)
        let dense: (Tensor<Double>) -> Tensor<Double> = { Tensor($0.scalars, shape: $0.shape) }
        let views = [
            (a.sliced(2..<7, axis: 0), b.sliced(1..<4, axis: 1)), (a.sliced(3..<9, axis: 1), b.sliced(4..<10, axis: 0)),
            (a.sliced(0..<14, axis: 1, step: 3), b.sliced(0..<14, axis: 0, step: 3)),
            (a.sliced(0..<9, axis: 0, step: 2), b.sliced(0..<9, axis: 1, step: 4)),
            (a.sliced(4..<5, axis: 0), b.sliced(4..<5, axis: 1)), (a.sliced(4..<5, axis: 1), b.sliced(4..<5, axis: 0)),
        ]
        for (left, right) in views { #expect(largestDifference(matmul(left, right), naiveProduct(dense(left), dense(right))) < 1e-13) }
    }

    @Test func productsOfBroadcastViews() {
        let row = gaussian([1, 6], seed: 5).broadcast(to: [4, 6])
        let column = gaussian([6, 1], seed: 6).broadcast(to: [6, 3])
        let expected = naiveProduct(Tensor(row.scalars, shape: [4, 6]), Tensor(column.scalars, shape: [6, 3]))
        #expect(largestDifference(matmul(row, column), expected) < 1e-14)
    }

    @Test func batchesBroadcastAgainstEachOther() {
        let a = gaussian([2, 1, 3, 4], seed: 7)
        let b = gaussian([5, 4, 2], seed: 8)
        let c = matmul(a, b)
        #expect(c.shape == [2, 5, 3, 2])
        for i in 0..<2 {
            for j in 0..<5 {
                let expected = naiveProduct(a.select(i, axis: 0).select(0, axis: 0), b.select(j, axis: 0))
                #expect(largestDifference(c.select(i, axis: 0).select(j, axis: 0), expected) < 1e-14)
            }
        }
    }

    @Test func permutedBatchAxes() {
        let a = gaussian([3, 2, 4], seed: 9).permuted([1, 0, 2])
        let b = gaussian([4, 5, 2], seed: 10).permuted([2, 0, 1])
        let c = matmul(a, b)
        for i in 0..<2 {
            let expected = naiveProduct(a.select(i, axis: 0), b.select(i, axis: 0))
            #expect(largestDifference(c.select(i, axis: 0), expected) < 1e-14)
        }
    }

    @Test func emptyInnerExtentGivesZeros() {
        #expect(matmul(Tensor<Double>.zeros([2, 0]), Tensor<Double>.zeros([0, 3])) == Tensor<Double>.zeros([2, 3]))
        #expect(matmul(Tensor<Double>.zeros([4, 2, 0]), Tensor<Double>.zeros([0, 3])) == Tensor<Double>.zeros([4, 2, 3]))
        #expect(matmul(Tensor<Double>.zeros([4, 2, 0]), Tensor<Double>.zeros([4, 0, 3])) == Tensor<Double>.zeros([4, 2, 3]))
        #expect(
            linear(Tensor<Double>.zeros([4, 2, 0]), weight: Tensor<Double>.zeros([3, 0]), bias: Tensor([1, 2, 3])).shape == [4, 2, 3])
    }

    @Test func emptyOuterExtents() {
        #expect(matmul(Tensor<Double>.zeros([0, 3]), Tensor<Double>.zeros([3, 2])).shape == [0, 2])
        #expect(matmul(Tensor<Double>.zeros([0, 2, 3]), Tensor<Double>.zeros([3, 4])).shape == [0, 2, 4])
    }

    @Test func gradientThroughAnEmptyInnerExtent() {
        let g = gradient(at: [Tensor<Double>.zeros([4, 2, 0]), Tensor<Double>.zeros([0, 3])]) { matmul($0[0], $0[1]).sum() }
        #expect(g[0].shape == [4, 2, 0] && g[1].shape == [0, 3])
    }

    @Test func denseLayerAgreesWithItsParts() {
        let x = gaussian([11, 7], seed: 11)
        let w = gaussian([5, 7], seed: 12)
        let b = gaussian([5], seed: 13)
        let affine = naiveProduct(x, w.transposed()) + b
        #expect(largestDifference(linear(x, weight: w, bias: b), affine) < 1e-14)
        #expect(largestDifference(linear(x, weight: w, bias: b, activation: .tanh), affine.tanh()) < 1e-14)
        #expect(largestDifference(linear(x, weight: w, bias: b, activation: .relu), affine.relu()) < 1e-14)
        #expect(largestDifference(linear(x, weight: w, bias: b, activation: .sigmoid), affine.sigmoid()) < 1e-14)
    }

    @Test func rawProductScalesAndAccumulates() {
        let a = gaussian([3, 4], seed: 14)
        let b = gaussian([4, 2], seed: 15)
        var c = gaussian([3, 2], seed: 16)
        let expected = naiveProduct(a, b) * 2 + c * 0.5
        c.withUnsafeMutablePointer { c in
            a.withUnsafePointer { a in
                b.withUnsafePointer { b in BLAS.gemm(m: 3, n: 2, k: 4, alpha: 2, a: a, lda: 4, b: b, ldb: 2, beta: 0.5, c: c, ldc: 2) }
            }
        }
        #expect(largestDifference(c, expected) < 1e-14)
    }

    @Test func rawProductOfNothingOnlyScales() {
        var c: [Float] = [1, .nan, 3, 4]
        let nothing: [Float] = [.nan]
        BLAS.gemm(m: 1, n: 2, k: 0, a: nothing, lda: 1, b: nothing, ldb: 2, beta: 0, c: &c, ldc: 2)
        #expect(c == [0, 0, 3, 4])
    }

    @Test func largeProductAgainstSampledDefinition() {
        // Large enough for OpenBLAS to use every thread.
        let a = gaussian([301, 257], seed: 17)
        let b = gaussian([257, 283], seed: 18)
        let c = matmul(a, b)
        for (i, j) in [(0, 0), (300, 282), (151, 7), (299, 140)] {
            var sum = 0.0
            for l in 0..<257 { sum += a[i, l] * b[l, j] }
            #expect(abs(c[i, j] - sum) < 1e-11)
        }
    }
}
