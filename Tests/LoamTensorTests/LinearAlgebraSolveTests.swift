import LoamTensor
import Testing

@Suite struct LinearAlgebraSolveTests {
    @Test func solutionOfTwoEquations() throws {
        // 2x + y = 5, x + 3y = 10: x = 1, y = 3.
        let x = try solve(Tensor<Double>([2, 1, 1, 3], shape: [2, 2]), Tensor([5, 10]))
        #expect(x.shape == [2] && largestDifference(x, Tensor([1, 3])) < 1e-15)
    }

    @Test func aZeroPivotNeedsAnInterchange() throws {
        let a = Tensor<Double>([0, 2, 0, 0, 0, 3, 5, 0, 0], shape: [3, 3])
        #expect(try solve(a, Tensor([4, 9, 5])) == Tensor([1, 2, 3]))
    }

    @Test(arguments: [1, 2, 7, 64, 150])
    func residualIsSmall(_ n: Int) throws {
        let a = KnownMatrix.regular(n, seed: UInt64(n))
        let b = gaussian([n, 3], seed: 5)
        let x = try solve(a, b)
        #expect((matmul(a, x) - b).size < 1e-13 * Double(n), "seed \(n)")
    }

    @Test func singlePrecision() throws {
        let a = KnownMatrix.regular(40, seed: 3)
        let b = gaussian([40, 2], seed: 4)
        let x = try solve(a.rounded, b.rounded)
        #expect(largestDifference(Tensor<Double>(casting: x), try solve(a, b)) < 1e-5)
    }

    @Test func transposedViewsAreReadInPlace() throws {
        let a = KnownMatrix.regular(9, seed: 6)
        let b = gaussian([4, 9], seed: 7)
        let x = try solve(a.transposed(), b.transposed())
        #expect((matmul(a, x, transposeA: true) - b.transposed()).size < 1e-13)
    }

    @Test func batchesBroadcast() throws {
        let a = KnownMatrix.regular(4, batch: [3, 1], seed: 8)
        let b = gaussian([2, 4, 5], seed: 9)
        let x = try solve(a, b)
        #expect(x.shape == [3, 2, 4, 5])
        for i in 0..<3 {
            for j in 0..<2 {
                let one = try solve(a.select(i, axis: 0).select(0, axis: 0), b.select(j, axis: 0))
                #expect(largestDifference(x.select(i, axis: 0).select(j, axis: 0), one) < 1e-14)
            }
        }
    }

    @Test func emptySystems() throws {
        #expect(try solve(Tensor<Double>.zeros([0, 0]), Tensor<Double>.zeros([0, 2])).shape == [0, 2])
        #expect(try solve(Tensor<Double>.identity(3), Tensor<Double>.zeros([3, 0])).shape == [3, 0])
        #expect(try determinant(Tensor<Double>.zeros([0, 0])).item == 1)
    }

    @Test func singularMatrixIsNamed() {
        let regular = Tensor<Double>.identity(2)
        let singular = Tensor<Double>([1, 2, 2, 4], shape: [2, 2])
        let error = #expect(throws: LinearAlgebraError.self) {
            try solve(Tensor.stacked([regular, singular]), Tensor<Double>.ones([2, 1]))
        }
        #expect(error == .singular(operation: "solve", matrix: 1, pivot: 1))
        #expect(error!.description.contains("solve: matrix 1 is singular"))
        #expect(throws: LinearAlgebraError.singular(operation: "inverse", matrix: 0, pivot: 1)) { try inverse(singular) }
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func elementsThatAreNotFiniteAreRefused(_ bad: Double) {
        var a = KnownMatrix.positive(3, batch: [2], seed: 1)
        a[1, 2, 0] = bad
        func refused(_ name: String) -> LinearAlgebraError { .notFinite(operation: name, matrix: 1, row: 2, column: 0) }
        #expect(throws: refused("solve")) { try solve(a, Tensor<Double>.ones([3, 1])) }
        #expect(throws: refused("inverse")) { try inverse(a) }
        #expect(throws: refused("cholesky")) { try cholesky(a) }
        #expect(throws: refused("qr")) { try qr(a) }
        #expect(throws: refused("symmetricEigen")) { try symmetricEigen(a) }
        #expect(throws: refused("svd")) { try svd(a) }
        #expect(throws: refused("singularValues")) { try singularValues(a) }
        #expect(throws: refused("leastSquares")) { try leastSquares(a, Tensor<Double>.ones([3, 1])) }
        #expect(throws: LinearAlgebraError.self) { try matrixNorm(a, .frobenius) }
    }

    @Test func inverseOfTheHilbertMatrix() throws {
        // Its inverse has integer elements: (−1)^(i+j) (i+j−1) C(n+i−1, n−j) C(n+j−1, n−i) C(i+j−2, i−1)².
        let third = 1.0 / 3
        let h = Tensor<Double>([1, 0.5, third, 0.5, third, 0.25, third, 0.25, 0.2], shape: [3, 3])
        let expected = Tensor<Double>([9, -36, 30, -36, 192, -180, 30, -180, 180], shape: [3, 3])
        #expect(largestDifference(try inverse(h), expected) < 1e-11)
    }

    @Test func determinantsOfKnownMatrices() throws {
        #expect(abs(try determinant(KnownMatrix.secondDifference(30)).item - 31) < 1e-12)
        #expect(abs(try determinant(KnownMatrix.pascal(6)).item - 1) < 1e-11)
        // An odd permutation.
        #expect(try determinant(Tensor<Double>([0, 1, 0, 1, 0, 0, 0, 0, 1], shape: [3, 3])).item == -1)
        #expect(try determinant(Tensor<Double>([1, 2, 2, 4], shape: [2, 2])).item == 0)
    }

    @Test func logDeterminantDoesNotOverflow() throws {
        let (sign, logMagnitude) = try logDeterminant(Tensor<Double>.identity(400) * -10)
        #expect(sign.item == 1 && abs(logMagnitude.item - 400 * Double.log(10)) < 1e-10)
        let negative = try logDeterminant(Tensor<Double>([0, 3, 2, 0], shape: [2, 2]))
        #expect(negative.sign.item == -1 && abs(negative.logMagnitude.item - Double.log(6)) < 1e-15)
        let singular = try logDeterminant(Tensor<Double>.zeros([2, 2]))
        #expect(singular.sign.item == 0 && singular.logMagnitude.item == -.infinity)
    }

    @Test func derivativesOfSolve() {
        checkDerivatives([KnownMatrix.regular(4, seed: 11), gaussian([4, 2], seed: 12)]) { try! solve($0[0], $0[1]) }
    }
    @Test func derivativesOfBroadcastSolve() {
        checkDerivatives([KnownMatrix.regular(3, batch: [2, 1], seed: 13), gaussian([2, 3, 2], seed: 14)]) { try! solve($0[0], $0[1]) }
    }
    @Test func derivativesOfSolveForAVector() {
        checkDerivatives([KnownMatrix.regular(3, seed: 15), gaussian([3], seed: 16)]) { try! solve($0[0], $0[1]) }
    }
    @Test func derivativesOfInverse() { checkDerivatives([KnownMatrix.regular(3, batch: [2], seed: 17)]) { try! inverse($0[0]) } }
    @Test func derivativesOfDeterminant() { checkDerivatives([gaussian([2, 3, 3], seed: 18)]) { try! determinant($0[0]) } }
    @Test func derivativesOfLogDeterminant() {
        checkDerivatives([KnownMatrix.regular(4, batch: [2], seed: 19)]) { try! logDeterminant($0[0]).logMagnitude }
    }

    @Test func thirdDerivativeOfLogDeterminant() {
        // ln det(t I) = n ln t: third derivative 2n/t³.
        let third = gradient(at: Tensor<Double>(1.5)) { t in
            gradient(at: t) { t in
                gradient(at: t) { try! logDeterminant(Tensor<Double>.identity(4) * $0).logMagnitude }
            }
        }
        #expect(abs(third.item - 8 / (1.5 * 1.5 * 1.5)) < 1e-12)
    }
}
