import COpenBLAS

// C ← alpha op(A) op(B) + beta C on row-major matrices: 2 m n k floating-point operations, m k + k n + m n elements moved at least.
// Small ones are Loam's own; OpenBLAS runs on one thread inside a parallel loop and on all of them outside.

extension Float {
    public static func _gemm(
        transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, alpha: Float, a: UnsafePointer<Float>, lda: Int,
        b: UnsafePointer<Float>, ldb: Int, beta: Float, c: UnsafeMutablePointer<Float>, ldc: Int
    ) {
        if alpha == 1 && beta == 0
            && SmallMatrixProduct<FloatVector>.run(
                transposeA: transposeA, transposeB: transposeB, m: m, n: n, k: k, a: a, lda: lda, b: b, ldb: ldb, c: c, ldc: ldc)
        {
            return
        }
        Parallel.adoptThreads()
        cblas_sgemm(
            Int32(LoamRowMajor), Int32(transposeA ? LoamTrans : LoamNoTrans), Int32(transposeB ? LoamTrans : LoamNoTrans), Int32(m),
            Int32(n),
            Int32(k), alpha, a, Int32(lda), b, Int32(ldb), beta, c, Int32(ldc))
    }
}

extension Double {
    public static func _gemm(
        transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, alpha: Double, a: UnsafePointer<Double>, lda: Int,
        b: UnsafePointer<Double>, ldb: Int, beta: Double, c: UnsafeMutablePointer<Double>, ldc: Int
    ) {
        if alpha == 1 && beta == 0
            && SmallMatrixProduct<DoubleVector>.run(
                transposeA: transposeA, transposeB: transposeB, m: m, n: n, k: k, a: a, lda: lda, b: b, ldb: ldb, c: c, ldc: ldc)
        {
            return
        }
        Parallel.adoptThreads()
        cblas_dgemm(
            Int32(LoamRowMajor), Int32(transposeA ? LoamTrans : LoamNoTrans), Int32(transposeB ? LoamTrans : LoamNoTrans), Int32(m),
            Int32(n),
            Int32(k), alpha, a, Int32(lda), b, Int32(ldb), beta, c, Int32(ldc))
    }
}
