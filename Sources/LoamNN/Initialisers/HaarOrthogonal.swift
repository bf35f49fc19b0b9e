import LoamTensor

/// Random orthogonal matrices.
///
/// The orthogonal factor of a Gaussian matrix, with the triangular factor's diagonal positive, is distributed by Haar's measure
/// (Mezzadri, Notices of the AMS 2007). Gram and Schmidt's process gives exactly that sign; done twice it is orthogonal to rounding
/// (Giraud, Langou and Rozložník 2005). Blocks of rows make it matrix products.
enum HaarOrthogonal {
    private static let block = 32

    /// A matrix with orthonormal rows (rows ≤ columns) or columns.
    static func matrix(rows: Int, columns: Int, using generator: inout PhiloxGenerator) -> Tensor<Double> {
        if rows > columns { return matrix(rows: columns, columns: rows, using: &generator).transposed() }
        let gaussian = Tensor<Double>(normal: [rows, columns], using: &generator)
        var finished: [Tensor<Double>] = []
        var start = 0
        while start < rows {
            var part = gaussian[start..<min(rows, start + block), axis: 0]
            for _ in 0..<2 {
                if !finished.isEmpty {
                    let earlier = Tensor.concatenated(finished)
                    part = part - LoamTensor.matmul(LoamTensor.matmul(part, earlier, transposeB: true), earlier)
                }
                orthonormaliseRows(&part)
            }
            finished.append(part)
            start += block
        }
        return finished.isEmpty ? gaussian : Tensor.concatenated(finished)
    }

    /// Gram and Schmidt's process in its modified form on the rows of a matrix.
    private static func orthonormaliseRows(_ matrix: inout Tensor<Double>) {
        let (rows, columns) = (matrix.shape[0], matrix.shape[1])
        matrix.withUnsafeMutablePointer { base in
            for i in 0..<rows {
                let row = base + i * columns
                for j in 0..<i {
                    let other = base + j * columns
                    let overlap = inner(row, other, columns)
                    for k in 0..<columns { row[k] -= overlap * other[k] }
                }
                let scale = 1 / inner(row, row, columns).squareRoot()
                for k in 0..<columns { row[k] *= scale }
            }
        }
    }

    private static func inner(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ count: Int) -> Double {
        var lanes = SIMD8<Double>(repeating: 0)
        var k = 0
        while k + 8 <= count {
            lanes += UnsafeRawPointer(a + k).loadUnaligned(as: SIMD8<Double>.self) * UnsafeRawPointer(b + k).loadUnaligned(as: SIMD8<Double>.self)
            k += 8
        }
        var sum = lanes.sum()
        while k < count {
            sum += a[k] * b[k]
            k += 1
        }
        return sum
    }

    /// A kernel [outputs, inputs, spatial…] whose centre tap is gain times an orthogonal matrix; needs odd extents.
    static func deltaKernel<Scalar: TensorScalar>(_ shape: Shape, gain: Double, using generator: inout PhiloxGenerator) -> Tensor<Scalar> {
        precondition(
            shape.rank >= 3 && shape.dropFirst(2).allSatisfy { $0 % 2 == 1 },
            "deltaOrthogonal: shape \(shape) is not a convolution weight with odd kernel extents")
        let taps = shape.dropFirst(2).reduce(1, *)
        let centre = matrix(rows: shape[0], columns: shape[1], using: &generator).scalars
        var result = Tensor<Scalar>.zeros(shape)
        result.withUnsafeMutablePointer { target in
            for (index, value) in centre.enumerated() { target[index * taps + taps / 2] = Scalar(gain * value) }
        }
        return result
    }
}
