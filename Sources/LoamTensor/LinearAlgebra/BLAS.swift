import COpenBLAS

/// Products and triangular solves on raw row-major memory, for code that keeps its own buffers.
///
/// Every routine runs on all of ``Parallel/threads`` outside a parallel loop and on its own thread inside one. Extents may be zero.
/// Pointers need no alignment beyond the scalar's; outputs must not overlap inputs.
public enum BLAS {
    /// C ← alpha · op(A) · op(B) + beta · C, op being the transpose where asked for.
    ///
    /// - Parameters:
    ///   - m: rows of op(A) and of C.
    ///   - n: columns of op(B) and of C.
    ///   - k: columns of op(A) and rows of op(B). With k = 0 this is C ← beta · C.
    ///   - a: m × k, or k × m with `transposeA`; consecutive rows are `lda` elements apart.
    ///   - b: k × n, or n × k with `transposeB`; rows `ldb` apart.
    ///   - beta: with 0, C is written without being read and may be uninitialised.
    ///   - c: m × n; rows `ldc` apart.
    @inlinable
    public static func gemm<Scalar: TensorScalar>(
        transposeA: Bool = false, transposeB: Bool = false, m: Int, n: Int, k: Int, alpha: Scalar = 1, a: UnsafePointer<Scalar>, lda: Int,
        b: UnsafePointer<Scalar>, ldb: Int, beta: Scalar = 0, c: UnsafeMutablePointer<Scalar>, ldc: Int
    ) {
        precondition(
            m >= 0 && n >= 0 && k >= 0 && lda >= max(1, transposeA ? m : k) && ldb >= max(1, transposeB ? k : n) && ldc >= max(1, n),
            "gemm: m \(m), n \(n), k \(k) do not fit leading dimensions \(lda), \(ldb), \(ldc)")
        if m == 0 || n == 0 { return }
        if k == 0 {
            for row in 0..<m { for column in 0..<n { c[row * ldc + column] = beta == 0 ? 0 : beta * c[row * ldc + column] } }
            return
        }
        Scalar._gemm(
            transposeA: transposeA, transposeB: transposeB, m: m, n: n, k: k, alpha: alpha, a: a, lda: lda, b: b, ldb: ldb, beta: beta,
            c: c,
            ldc: ldc)
    }

    /// B ← op(T)⁻¹ B for a triangular n × n matrix T, of which only the named triangle is read; B is n × `columns`.
    ///
    /// A zero on the diagonal gives infinities or NaN, not an error.
    public static func trsm<Scalar: TensorScalar>(
        lower: Bool, transpose: Bool = false, unitDiagonal: Bool = false, n: Int, columns: Int, t: UnsafePointer<Scalar>, ldt: Int,
        b: UnsafeMutablePointer<Scalar>, ldb: Int
    ) {
        precondition(
            n >= 0 && columns >= 0 && ldt >= max(1, n) && ldb >= max(1, columns),
            "trsm: n \(n), columns \(columns) do not fit leading dimensions \(ldt), \(ldb)")
        if n == 0 || columns == 0 { return }
        let triangle = Int32(lower ? LoamLower : LoamUpper)
        let operation = Int32(transpose ? LoamTrans : LoamNoTrans)
        let diagonal = Int32(unitDiagonal ? LoamUnit : LoamNonUnit)
        if Scalar.self == Float.self {
            cblas_strsm(
                Int32(LoamRowMajor), Int32(LoamLeft), triangle, operation, diagonal, Int32(n), Int32(columns), 1,
                UnsafeRawPointer(t).assumingMemoryBound(to: Float.self), Int32(ldt),
                UnsafeMutableRawPointer(b).assumingMemoryBound(to: Float.self), Int32(ldb))
        } else {
            cblas_dtrsm(
                Int32(LoamRowMajor), Int32(LoamLeft), triangle, operation, diagonal, Int32(n), Int32(columns), 1,
                UnsafeRawPointer(t).assumingMemoryBound(to: Double.self), Int32(ldt),
                UnsafeMutableRawPointer(b).assumingMemoryBound(to: Double.self), Int32(ldb))
        }
    }
}
