import LoamTensor
import Testing

@Suite struct LinearAlgebraDecompositionTests {
    @Test(arguments: [(5, 3), (4, 4), (3, 6), (90, 40), (1, 1), (40, 90)])
    func qrMultipliesBack(_ m: Int, _ n: Int) throws {
        let a = gaussian([2, m, n], seed: 1)
        let k = min(m, n)
        for positive in [false, true] {
            let (q, r) = try qr(a, positiveDiagonal: positive)
            #expect(q.shape == [2, m, k] && r.shape == [2, k, n])
            #expect((matmul(q, r) - a).size < 1e-13 * Double(m))
            #expect((matmul(q, q, transposeA: true) - Tensor<Double>.identity(k)).size < 1e-14 * Double(m))
            for b in 0..<2 { for i in 0..<k { for j in 0..<i { #expect(r[b, i, j] == 0) } } }
            if positive { for b in 0..<2 { for i in 0..<k { #expect(r[b, i, i] >= 0) } } }
        }
    }

    @Test func qrOfAKnownMatrix() throws {
        // Columns (3, 4) and (1, 2): r₁₁ = 5, r₁₂ = 11/5, r₂₂ = det/5 = 2/5.
        let (q, r) = try qr(Tensor<Double>([3, 1, 4, 2], shape: [2, 2]), positiveDiagonal: true)
        #expect(largestDifference(q, Tensor([0.6, -0.8, 0.8, 0.6], shape: [2, 2])) < 1e-15)
        #expect(largestDifference(r, Tensor([5, 2.2, 0, 0.4], shape: [2, 2])) < 1e-15)
    }

    @Test func qrInSinglePrecision() throws {
        let a = gaussian([30, 12], seed: 2)
        let (q, r) = try qr(a.rounded, positiveDiagonal: true)
        let exact = try qr(a, positiveDiagonal: true)
        #expect(largestDifference(Tensor<Double>(casting: q), exact.q) < 1e-5)
        #expect(largestDifference(Tensor<Double>(casting: r), exact.r) < 1e-4)
    }

    @Test func derivativesOfTallQR() {
        checkDerivatives([gaussian([2, 4, 3], seed: 3)]) { inputs in
            let (q, r) = try! qr(inputs[0])
            return Tensor.concatenated([q, r * r], axis: -2)
        }
    }
    @Test func derivativesOfSquareQR() {
        checkDerivatives([gaussian([3, 3], seed: 4)]) { inputs in
            let (q, r) = try! qr(inputs[0], positiveDiagonal: true)
            return q.exp() + r
        }
    }
    @Test func derivativesOfWideQR() {
        checkDerivatives([gaussian([2, 4], seed: 5)]) { inputs in
            let (q, r) = try! qr(inputs[0])
            return Tensor.concatenated([q, r], axis: -1)
        }
    }

    @Test func eigenvaluesOfTheSecondDifference() throws {
        let n = 24
        let (values, vectors) = try symmetricEigen(KnownMatrix.secondDifference(n))
        for k in 1...n { #expect(abs(values[k - 1] - (2 - 2 * Double.cos(Double(k) * .pi / Double(n + 1)))) < 1e-14) }
        // Eigenvector k is √(2/(n+1)) sin(ikπ/(n+1)) up to sign.
        for i in 1...n {
            let expected = (2 / Double(n + 1)).squareRoot() * Double.sin(Double(i) * .pi / Double(n + 1))
            #expect(abs(abs(vectors[i - 1, 0]) - abs(expected)) < 1e-13)
        }
    }

    @Test func eigenvectorsDiagonalise() throws {
        let a = KnownMatrix.positive(12, batch: [3], seed: 6)
        let (values, vectors) = try symmetricEigen(a)
        #expect((matmul(a, vectors) - vectors * values.expanded(axis: -2)).size < 1e-12)
        #expect((matmul(vectors, vectors, transposeA: true) - Tensor<Double>.identity(12)).size < 1e-13)
        let single = try symmetricEigen(a.rounded).values
        #expect((Tensor<Double>(casting: single) - values).size < 1e-4)
    }

    @Test func eigenvaluesReadOnlyTheLowerTriangle() throws {
        var a = KnownMatrix.positive(5, seed: 7)
        let values = try symmetricEigen(a).values
        a[1, 4] = -77
        #expect(try symmetricEigen(a).values == values)
    }

    @Test func derivativesOfEigen() {
        checkDerivatives([gaussian([2, 3, 3], seed: 8)]) { inputs in
            let (values, vectors) = try! symmetricEigen(inputs[0] + inputs[0].transposed())
            return Tensor.concatenated([values.expanded(axis: -2), vectors * vectors], axis: -2)
        }
    }

    @Test func eigenvalueDerivativeAtARepeatedEigenvalue() {
        // Σ λ = tr A, whose derivative is I even where the eigenvalues coincide.
        let g = gradient(at: Tensor<Double>.identity(4)) { try! symmetricEigen($0).values.sum() }
        #expect((g - Tensor<Double>.identity(4)).size < 1e-14)
    }

    @Test(arguments: [(5, 3), (4, 4), (3, 6), (60, 20), (1, 7)])
    func singularValueDecompositionMultipliesBack(_ m: Int, _ n: Int) throws {
        let a = gaussian([2, m, n], seed: 9)
        let (u, s, vt) = try svd(a)
        let k = min(m, n)
        #expect(u.shape == [2, m, k] && s.shape == [2, k] && vt.shape == [2, k, n])
        #expect((matmul(u * s.expanded(axis: -2), vt) - a).size < 1e-13 * Double(m + n))
        #expect((matmul(u, u, transposeA: true) - Tensor<Double>.identity(k)).size < 1e-13)
        #expect((matmul(vt, vt, transposeB: true) - Tensor<Double>.identity(k)).size < 1e-13)
        for i in 1..<max(1, k) { #expect(s[0, i - 1] >= s[0, i] && s[0, i] >= 0) }
        #expect(largestDifference(try singularValues(a), s) < 1e-13)
    }

    @Test func singularValuesAreFound() throws {
        let a = KnownMatrix.withSingularValues([7, 3, 0.5], rows: 8, columns: 5, seed: 10)
        let s = try singularValues(a)
        #expect(largestDifference(s, Tensor([7, 3, 0.5, 0, 0])) < 1e-14)
        let single = try svd(a.rounded).singularValues
        #expect(largestDifference(single, Tensor<Float>([7, 3, 0.5, 0, 0])) < 2e-6)
    }

    @Test(arguments: [(4, 3), (3, 3), (2, 4)])
    func derivativesOfSVD(_ m: Int, _ n: Int) {
        checkDerivatives([gaussian([m, n], seed: 11)]) { inputs in
            let (u, s, vt) = try! svd(inputs[0])
            return Tensor.concatenated([(u * u).flattened(), s, (vt * vt).flattened(), matmul(u, vt).flattened()], axis: 0)
        }
    }
    @Test func derivativesOfSingularValues() { checkDerivatives([gaussian([2, 4, 3], seed: 12)]) { try! singularValues($0[0]) } }

    @Test func nuclearNormGradientIsTheOrthogonalFactor() throws {
        // ∂‖A‖₊/∂A = U Vᵀ.
        let a = gaussian([5, 3], seed: 13)
        let (u, _, vt) = try svd(a)
        let g = try gradient(at: a) { try matrixNorm($0, .nuclear) }
        #expect(largestDifference(g, matmul(u, vt)) < 1e-14)
    }

    @Test func emptyMatrices() throws {
        #expect(try qr(Tensor<Double>.zeros([3, 0])).q.shape == [3, 0])
        #expect(try svd(Tensor<Double>.zeros([0, 4])).vTransposed.shape == [0, 4])
        #expect(try symmetricEigen(Tensor<Double>.zeros([0, 0])).values.shape == [0])
        #expect(try cholesky(Tensor<Double>.zeros([2, 0, 0])).shape == [2, 0, 0])
        #expect(try inverse(Tensor<Double>.zeros([0, 3, 3])).shape == [0, 3, 3])
        #expect(try matrixRank(Tensor<Double>.zeros([4, 0])).item == 0)
        #expect(try matrixNorm(Tensor<Double>.zeros([0, 4]), .spectral).item == 0)
    }
}
