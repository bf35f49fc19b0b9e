import COpenBLAS

// C ← alpha op(A) op(B) + beta C on row-major matrices: 2 m n k floating-point operations, m k + k n + m n elements moved at least.
// OpenBLAS runs on one thread inside a parallel loop and on all of them outside.

extension Float {
    public static func _gemm(
        transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, alpha: Float, a: UnsafePointer<Float>, lda: Int,
        b: UnsafePointer<Float>, ldb: Int, beta: Float, c: UnsafeMutablePointer<Float>, ldc: Int
    ) {
        cblas_sgemm(
            Int32(LoamRowMajor), Int32(transposeA ? LoamTrans : LoamNoTrans), Int32(transposeB ? LoamTrans : LoamNoTrans), Int32(m), Int32(n),
            Int32(k), alpha, a, Int32(lda), b, Int32(ldb), beta, c, Int32(ldc))
    }
}

extension Double {
    public static func _gemm(
        transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, alpha: Double, a: UnsafePointer<Double>, lda: Int,
        b: UnsafePointer<Double>, ldb: Int, beta: Double, c: UnsafeMutablePointer<Double>, ldc: Int
    ) {
        cblas_dgemm(
            Int32(LoamRowMajor), Int32(transposeA ? LoamTrans : LoamNoTrans), Int32(transposeB ? LoamTrans : LoamNoTrans), Int32(m), Int32(n),
            Int32(k), alpha, a, Int32(lda), b, Int32(ldb), beta, c, Int32(ldc))
    }
}
