import LoamTensor

/// Random orthogonal matrices.
///
/// The orthogonal factor of a Gaussian matrix, with the triangular factor's diagonal positive, is distributed by Haar's measure
/// (Mezzadri, Notices of the AMS 2007).
enum HaarOrthogonal {
    /// A matrix with orthonormal rows (rows ≤ columns) or columns.
    static func matrix(rows: Int, columns: Int, using generator: inout PhiloxGenerator) -> Tensor<Double> {
        let gaussian = Tensor<Double>(normal: [max(rows, columns), min(rows, columns)], using: &generator)
        guard let (q, _) = try? qr(gaussian, positiveDiagonal: true) else {
            preconditionFailure("orthogonal: a Gaussian matrix of shape \(gaussian.shape) is not finite")
        }
        return rows >= columns ? q : q.transposed()
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
