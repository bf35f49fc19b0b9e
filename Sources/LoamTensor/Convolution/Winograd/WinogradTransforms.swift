/// Winograd's minimal filtering F(2×2, 3×3) on registers of eight channels.
///
/// A 2×2 tile of y = w ∗ x is Aᵀ[(G w Gᵀ) ⊙ (Bᵀ x B)]A, with x the 4×4 elements that the tile reads, ⊙ element by element and
///
///          ⎡1  0 −1  0⎤        ⎡1  0  0⎤
///     Bᵀ = ⎢0  1  1  0⎥    G = ⎢½  ½  ½⎥    Aᵀ = ⎡1  1  1  0⎤
///          ⎢0 −1  1  0⎥        ⎢½ −½  ½⎥         ⎣0  1 −1 −1⎦
///          ⎣0  1  0 −1⎦        ⎣0  0  1⎦
///
/// 16 multiplications stand for 36. (S. Winograd, Arithmetic Complexity of Computations, 1980; A. Lavin and S. Gray, Fast Algorithms
/// for Convolutional Neural Networks, CVPR 2016.) The map is linear in each operand, so its adjoint in w follows by transposing the
/// factors: gw = Gᵀ[Σ (A gy Aᵀ) ⊙ (Bᵀ x B)]G, the sum over tiles. That is F(3×3, 2×2) and shares Bᵀ x B with the forward map.
enum WinogradTransforms {
    private typealias V = FloatVector

    /// Bᵀ x B: 32 additions. The sixteen results go `step` apart, row by row.
    @inline(__always)
    static func input(_ x: UnsafePointer<Float>, line: Int, to v: UnsafeMutablePointer<Float>, step: Int) {
        let (x1, x2, x3) = (x + line, x + 2 &* line, x + 3 &* line)
        inputRow(x, x2, to: v, step: step, isSum: false)
        inputRow(x1, x2, to: v + 4 &* step, step: step, isSum: true)
        inputRow(x2, x1, to: v + 8 &* step, step: step, isSum: false)
        inputRow(x1, x3, to: v + 12 &* step, step: step, isSum: false)
    }

    @inline(__always)
    private static func inputRow(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, to v: UnsafeMutablePointer<Float>, step: Int, isSum: Bool
    ) {
        @inline(__always) func column(_ j: Int) -> V {
            isSum ? V(load: a + 8 &* j) + V(load: b + 8 &* j) : V(load: a + 8 &* j) - V(load: b + 8 &* j)
        }
        let (t0, t1, t2, t3) = (column(0), column(1), column(2), column(3))
        (t0 - t2).store(to: v)
        (t1 + t2).store(to: v + step)
        (t2 - t1).store(to: v + 2 &* step)
        (t1 - t3).store(to: v + 3 &* step)
    }

    /// Aᵀ m A + bias for sixteen m that lie `step` apart: 24 additions.
    @inline(__always)
    static func output(_ m: UnsafePointer<Float>, step: Int, bias: FloatVector) -> (
        FloatVector, FloatVector, FloatVector, FloatVector
    ) {
        @inline(__always) func column(_ j: Int) -> (V, V) {
            let p = m + j &* step
            let m1 = V(load: p + 4 &* step)
            let m2 = V(load: p + 8 &* step)
            return (V(load: p) + (m1 + m2), (m1 - m2) - V(load: p + 12 &* step))
        }
        let (c0, c1, c2, c3) = (column(0), column(1), column(2), column(3))
        let (top, bottom) = (c1.0 + c2.0, c1.1 + c2.1)
        return (
            (c0.0 + top) + bias, ((c1.0 - c2.0) - c3.0) + bias,
            (c0.1 + bottom) + bias, ((c1.1 - c2.1) - c3.1) + bias
        )
    }

    /// A g Aᵀ of a 2×2 tile of cotangents.
    @inline(__always)
    static func cotangent(
        _ g00: FloatVector, _ g01: FloatVector, _ g10: FloatVector, _ g11: FloatVector, to z: UnsafeMutablePointer<Float>, step: Int
    ) {
        @inline(__always) func row(_ a: V, _ b: V, _ to: UnsafeMutablePointer<Float>) {
            a.store(to: to)
            (a + b).store(to: to + step)
            (a - b).store(to: to + 2 &* step)
            (V(0) - b).store(to: to + 3 &* step)
        }
        row(g00, g01, z)
        row(g00 + g10, g01 + g11, z + 4 &* step)
        row(g00 - g10, g01 - g11, z + 8 &* step)
        row(V(0) - g10, V(0) - g11, z + 12 &* step)
    }

    /// G w Gᵀ for nine w that lie 8 apart; the sixteen results go `step` apart.
    @inline(__always)
    static func weights(_ w: UnsafePointer<Float>, to u: UnsafeMutablePointer<Float>, step: Int) {
        @inline(__always) func expanded(_ a: V, _ b: V, _ c: V) -> (V, V, V, V) {
            let even = (a + c) * V(0.5)
            let odd = b * V(0.5)
            return (a, even + odd, even - odd, c)
        }
        let c0 = expanded(V(load: w), V(load: w + 24), V(load: w + 48))
        let c1 = expanded(V(load: w + 8), V(load: w + 32), V(load: w + 56))
        let c2 = expanded(V(load: w + 16), V(load: w + 40), V(load: w + 64))
        @inline(__always) func row(_ a: V, _ b: V, _ c: V, _ i: Int) {
            let r = expanded(a, b, c)
            let to = u + 4 &* i &* step
            r.0.store(to: to)
            r.1.store(to: to + step)
            r.2.store(to: to + 2 &* step)
            r.3.store(to: to + 3 &* step)
        }
        row(c0.0, c1.0, c2.0, 0)
        row(c0.1, c1.1, c2.1, 1)
        row(c0.2, c1.2, c2.2, 2)
        row(c0.3, c1.3, c2.3, 3)
    }

    /// Gᵀ s G for sixteen s that lie 8 apart; the nine results go 8 apart.
    @inline(__always)
    static func weightGradient(_ s: UnsafePointer<Float>, to w: UnsafeMutablePointer<Float>) {
        @inline(__always) func contracted(_ a: V, _ b: V, _ c: V, _ d: V) -> (V, V, V) {
            let even = (b + c) * V(0.5)
            return (a + even, (b - c) * V(0.5), even + d)
        }
        @inline(__always) func row(_ i: Int) -> (V, V, V) {
            let p = s + 32 &* i
            return contracted(V(load: p), V(load: p + 8), V(load: p + 16), V(load: p + 24))
        }
        let (r0, r1, r2, r3) = (row(0), row(1), row(2), row(3))
        @inline(__always) func column(_ a: V, _ b: V, _ c: V, _ d: V, _ j: Int) {
            let r = contracted(a, b, c, d)
            r.0.store(to: w + 8 &* j)
            r.1.store(to: w + (24 &+ 8 &* j))
            r.2.store(to: w + (48 &+ 8 &* j))
        }
        column(r0.0, r1.0, r2.0, r3.0, 0)
        column(r0.1, r1.1, r2.1, r3.1, 1)
        column(r0.2, r1.2, r2.2, r3.2, 2)
    }
}
