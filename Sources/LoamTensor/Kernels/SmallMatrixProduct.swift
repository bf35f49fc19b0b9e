/// Matrix products too small for a library call to pay: nothing is packed, operands stay in the first two cache levels.
///
/// The micro-kernel holds a 6×2-register block of C (12 accumulators, 2 registers of B, 1 broadcast of A: 15 of AVX2's 16) and does
/// 12 fused multiply-adds for 2 loads and 6 broadcasts an inner step. Rows that do not fill a block of six are covered by one
/// more, overlapping block, and so are columns; an element is the same sum in the same order in either.
enum SmallMatrixProduct<V: Vector> {
    typealias Scalar = V.Scalar

    /// C ← A B for an A of any strides and a B whose rows are dense. The rows `rows` of C are written; n ≥ 2 registers.
    @inline(__always)
    static func multiply(
        rows: Range<Int>, n: Int, k: Int, a: UnsafePointer<Scalar>, rowStride: Int, columnStride: Int, b: UnsafePointer<Scalar>, ldb: Int,
        c: UnsafeMutablePointer<Scalar>, ldc: Int
    ) {
        let width = 2 &* V.width
        var column = 0
        while column < n {
            let j = Swift.min(column, n &- width)
            var row = rows.lowerBound
            if rows.count >= 6 {
                while row < rows.upperBound {
                    let i = Swift.min(row, rows.upperBound &- 6)
                    block6(k, a + i &* rowStride, rowStride, columnStride, b + j, ldb, c + (i &* ldc &+ j), ldc)
                    row &+= 6
                }
            } else {
                while row < rows.upperBound {
                    block1(k, a + row &* rowStride, columnStride, b + j, ldb, c + (row &* ldc &+ j))
                    row &+= 1
                }
            }
            column &+= width
        }
    }

    @inline(__always)
    private static func block6(
        _ k: Int, _ a: UnsafePointer<Scalar>, _ rs: Int, _ cs: Int, _ b: UnsafePointer<Scalar>, _ ldb: Int,
        _ c: UnsafeMutablePointer<Scalar>, _ ldc: Int
    ) {
        var c00 = V(0), c01 = V(0), c10 = V(0), c11 = V(0), c20 = V(0), c21 = V(0)
        var c30 = V(0), c31 = V(0), c40 = V(0), c41 = V(0), c50 = V(0), c51 = V(0)
        var pa = a
        var pb = b
        let rs3 = 3 &* rs
        for _ in 0..<k {
            let b0 = V(load: pb)
            let b1 = V(load: pb + V.width)
            let qa = pa + rs3
            let a0 = V(pa[0])
            c00 = V.fusedMultiplyAdd(a0, b0, c00)
            c01 = V.fusedMultiplyAdd(a0, b1, c01)
            let a1 = V(pa[rs])
            c10 = V.fusedMultiplyAdd(a1, b0, c10)
            c11 = V.fusedMultiplyAdd(a1, b1, c11)
            let a2 = V(pa[2 &* rs])
            c20 = V.fusedMultiplyAdd(a2, b0, c20)
            c21 = V.fusedMultiplyAdd(a2, b1, c21)
            let a3 = V(qa[0])
            c30 = V.fusedMultiplyAdd(a3, b0, c30)
            c31 = V.fusedMultiplyAdd(a3, b1, c31)
            let a4 = V(qa[rs])
            c40 = V.fusedMultiplyAdd(a4, b0, c40)
            c41 = V.fusedMultiplyAdd(a4, b1, c41)
            let a5 = V(qa[2 &* rs])
            c50 = V.fusedMultiplyAdd(a5, b0, c50)
            c51 = V.fusedMultiplyAdd(a5, b1, c51)
            pa += cs
            pb += ldb
        }
        var pc = c
        c00.store(to: pc)
        c01.store(to: pc + V.width)
        pc += ldc
        c10.store(to: pc)
        c11.store(to: pc + V.width)
        pc += ldc
        c20.store(to: pc)
        c21.store(to: pc + V.width)
        pc += ldc
        c30.store(to: pc)
        c31.store(to: pc + V.width)
        pc += ldc
        c40.store(to: pc)
        c41.store(to: pc + V.width)
        pc += ldc
        c50.store(to: pc)
        c51.store(to: pc + V.width)
    }

    @inline(__always)
    private static func block1(
        _ k: Int, _ a: UnsafePointer<Scalar>, _ cs: Int, _ b: UnsafePointer<Scalar>, _ ldb: Int, _ c: UnsafeMutablePointer<Scalar>
    ) {
        var c0 = V(0)
        var c1 = V(0)
        var pa = a
        var pb = b
        for _ in 0..<k {
            let a0 = V(pa.pointee)
            c0 = V.fusedMultiplyAdd(a0, V(load: pb), c0)
            c1 = V.fusedMultiplyAdd(a0, V(load: pb + V.width), c1)
            pa += cs
            pb += ldb
        }
        c0.store(to: c)
        c1.store(to: c + V.width)
    }

    /// Bᵀ, made dense: `source` is n×k with leading dimension `ld`, `target` k×n.
    @inline(__always)
    static func transpose(_ source: UnsafePointer<Scalar>, ld: Int, n: Int, k: Int, to target: UnsafeMutablePointer<Scalar>) {
        var j = 0
        while j &+ 4 <= n {
            let s0 = source + j &* ld
            let s1 = s0 + ld
            let s2 = s1 + ld
            let s3 = s2 + ld
            var t = target + j
            for i in 0..<k {
                t[0] = s0[i]
                t[1] = s1[i]
                t[2] = s2[i]
                t[3] = s3[i]
                t += n
            }
            j &+= 4
        }
        while j < n {
            for i in 0..<k { target[i &* n &+ j] = source[j &* ld &+ i] }
            j &+= 1
        }
    }

    /// Σ xᵢ yᵢ.
    @inline(__always)
    static func dot(_ x: UnsafePointer<Scalar>, _ y: UnsafePointer<Scalar>, _ count: Int) -> Scalar {
        var s0 = V(0)
        var s1 = V(0)
        var i = 0
        while i &+ 2 &* V.width <= count {
            s0 = V.fusedMultiplyAdd(V(load: x + i), V(load: y + i), s0)
            s1 = V.fusedMultiplyAdd(V(load: x + (i &+ V.width)), V(load: y + (i &+ V.width)), s1)
            i &+= 2 &* V.width
        }
        var total = (s0 + s1).laneSum
        while i < count {
            total += x[i] * y[i]
            i &+= 1
        }
        return total
    }

    /// Products up to this many multiplications are done here.
    static var limit: Int { 1 << 20 }

    /// C ← op(A) op(B) if the shape suits these kernels; false leaves it to the library.
    ///
    /// Costs 2·m·n·k floating-point operations; a transposed B is copied first (k·n elements). Two threads share the rows of C from
    /// about 5 µs of work on.
    @inline(__always)
    static func run(
        transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, a: UnsafePointer<Scalar>, lda: Int, b: UnsafePointer<Scalar>, ldb: Int,
        c: UnsafeMutablePointer<Scalar>, ldc: Int
    ) -> Bool {
        if m &* n &* k > limit { return false }
        let rowStride = transposeA ? 1 : lda
        let columnStride = transposeA ? lda : 1
        if n == 1 && !transposeA && (transposeB || ldb == 1) {
            for i in 0..<m { c[i &* ldc] = dot(a + i &* lda, b, k) }
            return true
        }
        if n < 2 &* V.width {
            // A narrow C is computed as (Bᵀ Aᵀ)ᵀ when the rows of Aᵀ are dense.
            guard transposeA, m >= 2 &* V.width, n &* m <= 4096 else { return false }
            withUnsafeTemporaryAllocation(of: Scalar.self, capacity: n &* m) { scratch in
                let t = scratch.baseAddress!
                multiply(
                    rows: 0..<n, n: m, k: k, a: b, rowStride: transposeB ? ldb : 1, columnStride: transposeB ? 1 : ldb, b: a, ldb: lda,
                    c: t,
                    ldc: m)
                for i in 0..<m { for j in 0..<n { c[i &* ldc &+ j] = t[j &* m &+ i] } }
            }
            return true
        }
        if !transposeB {
            rowsInParallel(m, n &* k) { rows in
                multiply(rows: rows, n: n, k: k, a: a, rowStride: rowStride, columnStride: columnStride, b: b, ldb: ldb, c: c, ldc: ldc)
            }
            return true
        }
        if n &* k > 1 << 16 || m < 12 { return false }
        let scratch = BufferPool.allocate(bytes: n &* k &* MemoryLayout<Scalar>.stride)
        defer { BufferPool.release(scratch, bytes: n &* k &* MemoryLayout<Scalar>.stride) }
        let t = scratch.assumingMemoryBound(to: Scalar.self)
        transpose(b, ld: ldb, n: n, k: k, to: t)
        rowsInParallel(m, n &* k) { rows in
            multiply(rows: rows, n: n, k: k, a: a, rowStride: rowStride, columnStride: columnStride, b: t, ldb: n, c: c, ldc: ldc)
        }
        return true
    }

    @inline(__always)
    private static func rowsInParallel(_ m: Int, _ workPerRow: Int, _ body: (Range<Int>) -> Void) {
        let grain = (Swift.max(6, 200_000 / Swift.max(1, workPerRow)) &+ 5) / 6 &* 6
        if m < 2 &* grain { body(0..<m) } else { Parallel.chunks(m, grain: grain, body) }
    }
}
