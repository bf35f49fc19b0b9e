import LoamTensor

/// Matrices with known answers.
enum KnownMatrix {
    /// The second difference: eigenvalues 2 − 2 cos(kπ/(n + 1)), determinant n + 1.
    static func secondDifference(_ n: Int) -> Tensor<Double> {
        var a = Tensor<Double>.identity(n) * 2
        for i in 1..<n {
            a[i, i - 1] = -1
            a[i - 1, i] = -1
        }
        return a
    }

    /// Pascal's symmetric matrix (i + j choose i): determinant 1, Cholesky factor the binomial coefficients.
    static func pascal(_ n: Int) -> Tensor<Double> {
        var a = Tensor<Double>.ones([n, n])
        for i in 1..<n { for j in 1..<n { a[i, j] = a[i - 1, j] + a[i, j - 1] } }
        return a
    }

    /// Symmetric, well conditioned.
    static func positive(_ n: Int, batch: [Int] = [], seed: UInt64) -> Tensor<Double> {
        let g = gaussian(Shape(batch + [n, n]), seed: seed)
        return matmul(g, g, transposeB: true) + Tensor<Double>.identity(n) * Double(n)
    }

    /// Far from singular: a Gaussian matrix plus a multiple of the identity.
    static func regular(_ n: Int, batch: [Int] = [], seed: UInt64) -> Tensor<Double> {
        gaussian(Shape(batch + [n, n]), seed: seed) + Tensor<Double>.identity(n) * (2 * Double(n).squareRoot())
    }

    /// U diag(σ) Vᵀ with random rotations.
    static func withSingularValues(_ values: [Double], rows: Int, columns: Int, seed: UInt64) -> Tensor<Double> {
        var generator = PhiloxGenerator(seed: seed)
        let u = Tensor<Double>(haarOrthogonal: rows, values.count, using: &generator)
        let v = Tensor<Double>(haarOrthogonal: columns, values.count, using: &generator)
        return matmul(u * Tensor(values), v, transposeB: true)
    }
}

/// The product of matrices by its definition, index by index, in double precision.
func naiveProduct(_ a: Tensor<Double>, _ b: Tensor<Double>) -> Tensor<Double> {
    let (m, k, n) = (a.shape[0], a.shape[1], b.shape[1])
    var c = Tensor<Double>.zeros([m, n])
    for i in 0..<m {
        for j in 0..<n {
            var sum = 0.0
            for l in 0..<k { sum += a[i, l] * b[l, j] }
            c[i, j] = sum
        }
    }
    return c
}

extension Tensor where Element == Double {
    var rounded: Tensor<Float> { Tensor<Float>(casting: self) }
    /// The largest magnitude, 0 when empty.
    var size: Double { count == 0 ? 0 : magnitude().maximum().item }
}
