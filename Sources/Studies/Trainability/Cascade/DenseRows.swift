import LoamTensor

/// y = φ(xWᵀ + b) for many rows, a block of rows at a time, so that φ meets what the product has just written in the cache.
enum DenseRows {
    /// - Parameters:
    ///   - x: [rows, inputs].
    ///   - weight: [outputs, inputs].
    ///   - y: [rows, outputs]; must not overlap x.
    static func apply<Scalar: TensorScalar>(
        _ x: UnsafePointer<Scalar>, rows: Int, weight: Tensor<Scalar>, bias: Tensor<Scalar>?, _ activation: FusedActivation,
        to y: UnsafeMutablePointer<Scalar>
    ) {
        let (outputs, inputs) = (weight.shape[0], weight.shape[1])
        weight.withUnsafePointer { weight in
            withPointer(to: bias) { bias in
                func product(_ range: Range<Int>) {
                    let start = range.lowerBound
                    Scalar._gemm(
                        transposeA: false, transposeB: true, m: range.count, n: outputs, k: inputs, alpha: 1, a: x + start * inputs,
                        lda: inputs, b: weight, ldb: inputs, beta: 0, c: y + start * outputs, ldc: outputs)
                }
                func finish(_ range: Range<Int>) {
                    Scalar._biasActivation(
                        activation.function, y + range.lowerBound * outputs, bias, rows: range.count, columns: outputs)
                }
                // Weights that fit a core's own cache: a block a thread, from product to φ. Larger ones: all threads on each product,
                // since every thread would pack the weights for itself.
                if outputs * inputs <= 65_536 {
                    Parallel.chunks(rows, grain: 256) { range in
                        for start in stride(from: range.lowerBound, to: range.upperBound, by: 256) {
                            let block = start..<min(start + 256, range.upperBound)
                            product(block)
                            finish(block)
                        }
                    }
                    return
                }
                for start in stride(from: 0, to: rows, by: 1024) {
                    let block = start..<min(start + 1024, rows)
                    product(block)
                    Parallel.chunks(block.count, grain: max(1, 8192 / outputs)) { finish(start + $0.lowerBound..<start + $0.upperBound) }
                }
            }
        }
    }

    private static func withPointer<Scalar: TensorScalar>(to tensor: Tensor<Scalar>?, _ body: (UnsafePointer<Scalar>?) -> Void) {
        if let tensor { tensor.withUnsafePointer { body($0) } } else { body(nil) }
    }
}
