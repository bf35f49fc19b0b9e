import LoamTensor
import Testing

@Suite struct LinearAlgebraTriangularTests {
    @Test func choleskyFactorOfPascalsMatrixIsBinomial() throws {
        let l = try cholesky(KnownMatrix.pascal(5))
        let expected = Tensor<Double>([1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 2, 1, 0, 0, 1, 3, 3, 1, 0, 1, 4, 6, 4, 1], shape: [5, 5])
        #expect(largestDifference(l, expected) < 1e-13)
    }

    @Test func choleskyReadsOnlyTheLowerTriangle() throws {
        var a = KnownMatrix.positive(4, seed: 1)
        let l = try cholesky(a)
        a[0, 3] = 1e9
        #expect(try cholesky(a) == l)
        #expect(l[0, 3] == 0 && l[1, 2] == 0)
    }

    @Test(arguments: [1, 5, 130])
    func choleskyMultipliesBack(_ n: Int) throws {
        let a = KnownMatrix.positive(n, batch: [2], seed: 2)
        let l = try cholesky(a)
        #expect((matmul(l, l, transposeB: true) - a).size < 1e-13 * a.size * Double(n))
        let single = try cholesky(a.rounded)
        #expect((Tensor<Double>(casting: single) - l).size < 1e-4)
    }

    @Test func indefiniteMatrixNamesItsMinor() {
        // Minors 4, 4·2 − 1 = 7, then negative.
        let a = Tensor<Double>([4, 1, 0, 1, 2, 0, 0, 0, -1], shape: [3, 3])
        #expect(throws: LinearAlgebraError.notPositiveDefinite(operation: "cholesky", matrix: 0, leadingMinor: 3)) { try cholesky(a) }
        let batch = Tensor.stacked([Tensor<Double>.identity(3), a])
        #expect(throws: LinearAlgebraError.notPositiveDefinite(operation: "cholesky", matrix: 1, leadingMinor: 3)) { try cholesky(batch) }
    }

    @Test func choleskySolveAgreesWithElimination() throws {
        let a = KnownMatrix.positive(6, batch: [2], seed: 3)
        let b = gaussian([6, 2], seed: 4)
        #expect(largestDifference(try choleskySolve(factor: cholesky(a), b), try solve(a, b)) < 1e-13)
    }

    @Test(arguments: [false, true], [false, true])
    func triangularSolutions(_ lower: Bool, _ transposed: Bool) throws {
        let t = KnownMatrix.regular(5, seed: 5)
        let b = gaussian([5, 3], seed: 6)
        // The same triangle as a full matrix.
        var full = t
        for i in 0..<5 { for j in 0..<5 where lower ? j > i : j < i { full[i, j] = 0 } }
        let x = try triangularSolve(t, b, lower: lower, transposed: transposed)
        #expect((matmul(full, x, transposeA: transposed) - b).size < 1e-13)
        for i in 0..<5 { full[i, i] = 1 }
        let unit = try triangularSolve(t, b, lower: lower, transposed: transposed, unitDiagonal: true)
        #expect((matmul(full, unit, transposeA: transposed) - b).size < 1e-10)
    }

    @Test func zeroDiagonalIsNamed() {
        let t = Tensor<Double>([1, 0, 5, 0], shape: [2, 2])
        #expect(throws: LinearAlgebraError.singular(operation: "triangularSolve", matrix: 0, pivot: 1)) {
            try triangularSolve(t, Tensor<Double>([1, 1]))
        }
    }

    @Test func derivativesOfCholesky() {
        // Through a symmetric matrix, as the cotangent is that of one.
        checkDerivatives([gaussian([2, 3, 3], seed: 7)]) { inputs in
            try! cholesky(matmul(inputs[0], inputs[0], transposeB: true) + Tensor<Double>.identity(3))
        }
    }

    @Test func cotangentOfCholeskyIsSymmetric() {
        let a = KnownMatrix.positive(4, seed: 8)
        let weights = gaussian([4, 4], seed: 9)
        let g = gradient(at: a) { (try! cholesky($0) * weights).sum() }
        #expect((g - g.transposed()).size < 1e-14)
    }

    @Test func derivativesOfCholeskySolve() {
        checkDerivatives([gaussian([3, 3], seed: 10), gaussian([3, 2], seed: 11)]) { inputs in
            let l = try! cholesky(matmul(inputs[0], inputs[0], transposeB: true) + Tensor<Double>.identity(3))
            return try! choleskySolve(factor: l, inputs[1])
        }
    }

    @Test(arguments: [false, true], [false, true])
    func derivativesOfTriangularSolve(_ lower: Bool, _ transposed: Bool) {
        checkDerivatives([KnownMatrix.regular(3, batch: [2], seed: 12), gaussian([3, 2], seed: 13)]) {
            try! triangularSolve($0[0], $0[1], lower: lower, transposed: transposed)
        }
    }

    @Test func derivativesWithUnitDiagonal() {
        checkDerivatives([gaussian([3, 3], seed: 14), gaussian([3, 2], seed: 15)]) {
            try! triangularSolve($0[0], $0[1], lower: false, unitDiagonal: true)
        }
    }
}
