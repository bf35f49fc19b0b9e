import COneDNN
import COpenBLAS

// C ← alpha op(A) op(B) + beta C on row-major matrices: 2 m n k floating-point operations, m k + k n + m n elements moved at least.
// Small ones are Loam's own; the libraries run on one thread inside a parallel loop and on all of them outside.
//
// In single precision oneDNN's product is up to twice as fast as OpenBLAS's where one dimension is small (no pass that clears C, kernels
// for the rests, products with a vector: five times), equal on large ones, and at half the speed where rows lie a multiple of 2 KB apart
// and are not copied first, since they share few sets of the caches. Measured on AVX2 with OpenBLAS 0.3.21 and oneDNN 2.6.

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
        let sharesCacheSets = (lda >= 512 && lda % 256 == 0) || (ldb >= 512 && ldb % 256 == 0)
        if !sharesCacheSets {
            let status = dnnl_sgemm(
                CChar(bitPattern: UInt8(ascii: transposeA ? "T" : "N")), CChar(bitPattern: UInt8(ascii: transposeB ? "T" : "N")), Int64(m),
                Int64(n), Int64(k), alpha, a, Int64(lda), b, Int64(ldb), beta, c, Int64(ldc))
            if status == dnnl_success { return }
        }
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
