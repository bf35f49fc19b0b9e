import LoamTensor

/// How long one part of the study takes on this machine.
struct SpeedMeasurement: Codable {
    /// What was measured, in words.
    let work: String
    /// The median time of a repetition, in seconds.
    let seconds: Double
    /// Counted floating-point operations, a multiply-add counting two; nil where they are not counted.
    var operations: Double?
    /// The time that the matrix products in it take at the rate they reach alone, in seconds; nil where there are none.
    var productSeconds: Double?

    /// Counted operations a second, in 10⁹.
    var gigaflops: Double? { operations.map { $0 / seconds / 1e9 } }
    /// The part of the time that is matrix products.
    var productShare: Double? { productSeconds.map { $0 / seconds } }

    /// Measures `body`: one call that does not count, then the median of `repetitions`.
    static func seconds(repetitions: Int, _ body: () throws -> Void) rethrows -> Double {
        try body()
        let clock = ContinuousClock()
        let times = try (0..<repetitions).map { _ in try clock.measure(body).seconds }.sorted()
        return 0.5 * (times[(repetitions - 1) / 2] + times[repetitions / 2])
    }
}

/// Matrix products alone, in single precision, at the shapes in which the study uses them.
enum ProductRate {
    /// Seconds of one product op(A)·op(B), m×k times k×n: the median of enough repetitions for a tenth of a second, on all threads.
    static func seconds(transposeA: Bool = false, transposeB: Bool = false, m: Int, n: Int, k: Int) -> Double {
        var generator = PhiloxGenerator(seed: 1, stream: 1)
        let a = Tensor<Float>(uniform: [m * k], in: -1..<1, using: &generator)
        let b = Tensor<Float>(uniform: [k * n], in: -1..<1, using: &generator)
        var c = Tensor<Float>.zeros([m * n])
        let operations = 2 * Double(m) * Double(n) * Double(k)
        let repetitions = max(3, min(500, Int(5e9 / operations)))
        return a.withUnsafePointer { a in
            b.withUnsafePointer { b in
                c.withUnsafeMutablePointer { c in
                    SpeedMeasurement.seconds(repetitions: repetitions) {
                        BLAS.gemm(
                            transposeA: transposeA, transposeB: transposeB, m: m, n: n, k: k, a: a, lda: transposeA ? m : k, b: b,
                            ldb: transposeB ? k : n, c: c, ldc: n)
                    }
                }
            }
        }
    }

    /// Seconds that the products of one epoch of training a dense head take: the frozen stage, the head's forward products and its
    /// gradient's.
    static func headTraining(width: Int, samples: Int, batch: Int) -> Double {
        let steps = Double(samples) / Double(batch)
        return seconds(transposeB: true, m: samples, n: width, k: width)
            + steps
            * (seconds(transposeB: true, m: batch, n: width, k: width) + seconds(transposeA: true, m: width, n: width, k: batch))
    }
}
