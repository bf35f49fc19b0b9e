import COpenBLAS

/// LAPACK's routines for either precision, with their workspace. Matrices are column-major, as LAPACK has them: callers that hold
/// a row-major matrix A pass it as Aᵀ and choose the routine so that nothing needs transposing.
///
/// The result is LAPACK's `info`: 0 for success, positive for a numerical failure. Negative values (a wrong argument) are our own
/// fault and stop the program.
enum LAPACK {
    @inline(__always)
    private static func single<Scalar>(_ pointer: UnsafeMutablePointer<Scalar>) -> UnsafeMutablePointer<Float> {
        UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: Float.self)
    }

    @inline(__always)
    private static func double<Scalar>(_ pointer: UnsafeMutablePointer<Scalar>) -> UnsafeMutablePointer<Double> {
        UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: Double.self)
    }

    private static func checked(_ info: Int32, _ routine: StaticString) -> Int {
        precondition(info >= 0, "LAPACK \(routine) rejects its argument \(-info)")
        return Int(info)
    }

    /// Asks `routine` for its workspace (a length of −1), allocates it and runs it.
    private static func withWorkspace<Scalar: TensorScalar>(
        _: Scalar.Type, _ routine: (_ work: UnsafeMutablePointer<Scalar>, _ length: inout Int32) -> Void
    ) {
        var query = Scalar(0)
        var length = Int32(-1)
        routine(&query, &length)
        // A Float holds integers exactly only up to 2²⁴: round upwards past that.
        length = Int32(max(1, query.nextUp.rounded(.up)))
        withUnsafeTemporaryAllocation(of: Scalar.self, capacity: Int(length)) { routine($0.baseAddress!, &length) }
    }

    /// P L U of an m × n matrix. Positive info: that pivot (from 1) is exactly zero.
    static func getrf<Scalar: TensorScalar>(
        m: Int, n: Int, _ a: UnsafeMutablePointer<Scalar>, lda: Int, pivots: UnsafeMutablePointer<Int32>
    ) -> Int {
        var (m, n, lda, info) = (Int32(m), Int32(n), Int32(lda), Int32(0))
        if Scalar.self == Float.self {
            sgetrf_(&m, &n, single(a), &lda, pivots, &info)
        } else {
            dgetrf_(&m, &n, double(a), &lda, pivots, &info)
        }
        return checked(info, "getrf")
    }

    /// UᵀU of a symmetric matrix, from its upper triangle. Positive info: the order of a leading minor that is not positive.
    static func potrf<Scalar: TensorScalar>(n: Int, _ a: UnsafeMutablePointer<Scalar>, lda: Int) -> Int {
        var (n, lda, info) = (Int32(n), Int32(lda), Int32(0))
        if Scalar.self == Float.self { spotrf_("U", &n, single(a), &lda, &info, 1) } else { dpotrf_("U", &n, double(a), &lda, &info, 1) }
        return checked(info, "potrf")
    }

    /// L Q of an m × n matrix, Q as reflectors.
    static func gelqf<Scalar: TensorScalar>(
        m: Int, n: Int, _ a: UnsafeMutablePointer<Scalar>, lda: Int, reflectors tau: UnsafeMutablePointer<Scalar>
    ) {
        var (m, n, lda, info) = (Int32(m), Int32(n), Int32(lda), Int32(0))
        withWorkspace(Scalar.self) { work, length in
            if Scalar.self == Float.self {
                sgelqf_(&m, &n, single(a), &lda, single(tau), single(work), &length, &info)
            } else {
                dgelqf_(&m, &n, double(a), &lda, double(tau), double(work), &length, &info)
            }
        }
        _ = checked(info, "gelqf")
    }

    /// The first m rows of the orthogonal n × n matrix given by k reflectors.
    static func orglq<Scalar: TensorScalar>(
        m: Int, n: Int, k: Int, _ a: UnsafeMutablePointer<Scalar>, lda: Int, reflectors tau: UnsafeMutablePointer<Scalar>
    ) {
        var (m, n, k, lda, info) = (Int32(m), Int32(n), Int32(k), Int32(lda), Int32(0))
        withWorkspace(Scalar.self) { work, length in
            if Scalar.self == Float.self {
                sorglq_(&m, &n, &k, single(a), &lda, single(tau), single(work), &length, &info)
            } else {
                dorglq_(&m, &n, &k, double(a), &lda, double(tau), double(work), &length, &info)
            }
        }
        _ = checked(info, "orglq")
    }

    /// Eigenvalues, ascending, of a symmetric matrix given by its upper triangle, which the eigenvectors (as columns) replace.
    static func syevd<Scalar: TensorScalar>(
        n: Int, _ a: UnsafeMutablePointer<Scalar>, lda: Int, values: UnsafeMutablePointer<Scalar>, vectors: Bool
    ) -> Int {
        var (order, lda, info) = (Int32(n), Int32(lda), Int32(0))
        let job = vectors ? "V" : "N"
        // The documented minimum is 3 + 5n with vectors and 1 without.
        var integers = Int32(3 + 5 * n)
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: Int(integers)) { integerWork in
            withWorkspace(Scalar.self) { work, length in
                let integerWork = integerWork.baseAddress!
                if Scalar.self == Float.self {
                    ssyevd_(job, "U", &order, single(a), &lda, single(values), single(work), &length, integerWork, &integers, &info, 1, 1)
                } else {
                    dsyevd_(job, "U", &order, double(a), &lda, double(values), double(work), &length, integerWork, &integers, &info, 1, 1)
                }
            }
        }
        return checked(info, "syevd")
    }

    /// The reduced singular value decomposition of an m × n matrix, which is destroyed; only the singular values when `u` is nil.
    static func gesdd<Scalar: TensorScalar>(
        m: Int, n: Int, _ a: UnsafeMutablePointer<Scalar>, lda: Int, singularValues: UnsafeMutablePointer<Scalar>,
        u: UnsafeMutablePointer<Scalar>?, vTransposed: UnsafeMutablePointer<Scalar>?
    ) -> Int {
        let smaller = min(m, n)
        var (rows, columns, lda, ldu, ldv, info) = (Int32(m), Int32(n), Int32(lda), Int32(m), Int32(smaller), Int32(0))
        let job = u == nil ? "N" : "S"
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: 8 * smaller) { integerWork in
            withWorkspace(Scalar.self) { work, length in
                let integerWork = integerWork.baseAddress!
                if Scalar.self == Float.self {
                    sgesdd_(
                        job, &rows, &columns, single(a), &lda, single(singularValues), u.map(single), &ldu, vTransposed.map(single), &ldv,
                        single(work), &length, integerWork, &info, 1)
                } else {
                    dgesdd_(
                        job, &rows, &columns, double(a), &lda, double(singularValues), u.map(double), &ldu, vTransposed.map(double), &ldv,
                        double(work), &length, integerWork, &info, 1)
                }
            }
        }
        return checked(info, "gesdd")
    }

    /// The solution of least norm of the least-squares problem, in place of b (leading dimension at least max(m, n)).
    static func gelsd<Scalar: TensorScalar>(
        m: Int, n: Int, columns: Int, _ a: UnsafeMutablePointer<Scalar>, lda: Int, _ b: UnsafeMutablePointer<Scalar>, ldb: Int,
        singularValues: UnsafeMutablePointer<Scalar>, relativeCutoff: Scalar, rank: inout Int32
    ) -> Int {
        var (rows, order, right, lda, ldb, info) = (Int32(m), Int32(n), Int32(columns), Int32(lda), Int32(ldb), Int32(0))
        var cutoff = relativeCutoff
        let smaller = max(1, min(m, n))
        // LIWORK ≥ 3 · MINMN · NLVL + 11 · MINMN with NLVL = log₂(MINMN/(SMLSIZ + 1)) + 1 and SMLSIZ about 25: 32 levels are more than any.
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: smaller * (3 * 32 + 11)) { integerWork in
            withWorkspace(Scalar.self) { work, length in
                let integerWork = integerWork.baseAddress!
                if Scalar.self == Float.self {
                    withUnsafeMutablePointer(to: &cutoff) { cutoff in
                        sgelsd_(
                            &rows, &order, &right, single(a), &lda, single(b), &ldb, single(singularValues), single(cutoff), &rank,
                            single(work), &length, integerWork, &info)
                    }
                } else {
                    withUnsafeMutablePointer(to: &cutoff) { cutoff in
                        dgelsd_(
                            &rows, &order, &right, double(a), &lda, double(b), &ldb, double(singularValues), double(cutoff), &rank,
                            double(work), &length, integerWork, &info)
                    }
                }
            }
        }
        return checked(info, "gelsd")
    }
}
