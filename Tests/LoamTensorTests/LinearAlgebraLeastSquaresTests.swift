import LoamTensor
import Testing

@Suite struct LinearAlgebraLeastSquaresTests {
    @Test func straightLineThroughFourPoints() throws {
        // (0, 6), (1, 5), (2, 7), (3, 10): intercept 4.9, slope 1.4, residual 4.2.
        let a = Tensor<Double>([1, 0, 1, 1, 1, 2, 1, 3], shape: [4, 2])
        let fit = try leastSquares(a, Tensor([6, 5, 7, 10]))
        #expect(largestDifference(fit.solution, Tensor([4.9, 1.4])) < 1e-13)
        #expect(abs(fit.squaredResiduals.item - 4.2) < 1e-12)
        #expect(fit.rank.item == 2)
        #expect(largestDifference(fit.singularValues, try singularValues(a)) < 1e-13)
    }

    @Test func residualIsOrthogonalToTheColumns() throws {
        let a = gaussian([3, 20, 4], seed: 1)
        let b = gaussian([20, 2], seed: 2)
        let fit = try leastSquares(a, b)
        #expect(fit.solution.shape == [3, 4, 2] && fit.squaredResiduals.shape == [3, 2] && fit.rank.shape == [3])
        #expect(matmul(a, b - matmul(a, fit.solution), transposeA: true).size < 1e-12)
    }

    @Test func wideSystemsGetTheShortestSolution() throws {
        let a = gaussian([3, 7], seed: 3)
        let b = gaussian([3], seed: 4)
        let x = try leastSquares(a, b).solution
        #expect((a.matmul(x) - b).size < 1e-13)
        // In the row space: x = Aᵀ (A Aᵀ)⁻¹ b.
        let expected = a.transposed().matmul(try solve(matmul(a, a, transposeB: true), b))
        #expect(largestDifference(x, expected) < 1e-13)
    }

    @Test func rankDeficiencyIsSeen() throws {
        let a = KnownMatrix.withSingularValues([5, 2], rows: 6, columns: 4, seed: 5)
        let fit = try leastSquares(a, gaussian([6, 1], seed: 6))
        #expect(fit.rank.item == 2)
        #expect(try matrixRank(a).item == 2)
        #expect(try matrixRank(a, relativeCutoff: 0.5).item == 1)
        #expect(try matrixRank(Tensor.stacked([a, a * 0])) == Tensor<Int32>([2, 0]))
    }

    @Test func singlePrecision() throws {
        let a = gaussian([15, 5], seed: 7)
        let b = gaussian([15, 3], seed: 8)
        let single = try leastSquares(a.rounded, b.rounded).solution
        #expect((Tensor<Double>(casting: single) - (try leastSquares(a, b).solution)).size < 1e-5)
    }

    @Test(arguments: [(6, 3), (3, 6), (4, 4)])
    func penroseConditions(_ m: Int, _ n: Int) throws {
        let a = KnownMatrix.withSingularValues([4, 1.5], rows: m, columns: n, seed: 9)
        let p = try pseudoInverse(a)
        let ap = matmul(a, p)
        let pa = matmul(p, a)
        #expect((matmul(ap, a) - a).size < 1e-13)
        #expect((matmul(pa, p) - p).size < 1e-13)
        #expect((ap - ap.transposed()).size < 1e-13 && (pa - pa.transposed()).size < 1e-13)
    }

    @Test func derivativesOfTallLeastSquares() {
        checkDerivatives([gaussian([5, 3], seed: 10), gaussian([5, 2], seed: 11)]) { try! leastSquares($0[0], $0[1]).solution }
    }
    @Test func derivativesOfWideLeastSquares() {
        checkDerivatives([gaussian([2, 2, 4], seed: 12), gaussian([2, 1], seed: 13)]) { try! leastSquares($0[0], $0[1]).solution }
    }
    @Test func derivativesOfTheResidual() {
        checkDerivatives([gaussian([4, 2], seed: 14), gaussian([4], seed: 15)]) { try! leastSquares($0[0], $0[1]).squaredResiduals }
    }
    @Test(arguments: [(4, 2), (2, 4), (3, 3)])
    func derivativesOfPseudoInverse(_ m: Int, _ n: Int) {
        checkDerivatives([gaussian([m, n], seed: 16)]) { try! pseudoInverse($0[0]) }
    }

    @Test func normsAndCondition() throws {
        let a = KnownMatrix.withSingularValues([6, 3, 2], rows: 5, columns: 3, seed: 17)
        #expect(abs(try matrixNorm(a, .frobenius).item - 7) < 1e-13)
        #expect(abs(try matrixNorm(a, .spectral).item - 6) < 1e-13)
        #expect(abs(try matrixNorm(a, .nuclear).item - 11) < 1e-13)
        #expect(abs(try conditionNumber(a).item - 3) < 1e-13)
        #expect(try conditionNumber(Tensor<Double>([1, 0, 0, 0], shape: [2, 2])).item == .infinity)
        // Squares of these overflow and vanish.
        #expect(abs(try matrixNorm(a * 1e200).item / 7e200 - 1) < 1e-13)
        #expect(abs(try matrixNorm(a * 1e-200).item / 7e-200 - 1) < 1e-13)
        #expect(try matrixNorm(Tensor<Double>.zeros([2, 2])).item == 0)
    }

    @Test(arguments: MatrixNorm.allCases)
    func derivativesOfNorms(_ norm: MatrixNorm) { checkDerivatives([gaussian([2, 4, 3], seed: 18)]) { try! matrixNorm($0[0], norm) } }

    @Test func derivativesOfConditionNumber() { checkDerivatives([gaussian([3, 3], seed: 19)]) { try! conditionNumber($0[0]) } }
}
