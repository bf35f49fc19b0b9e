/// The sums over tiles of the backward map by weights: for one of the sixteen points, S[o, c] += Σ_t Z[t, o] V[t, c], with both
/// operands [channel block, tile, 8] as the transforms write them.
///
/// Twelve registers hold four output channels by three blocks of input channels (or three depth taps of one block): a tile costs 3
/// loads of V, 4 broadcasts of Z and 12 fused multiply-adds, so that arithmetic is the bound (6 cycles against 3.5).
enum WinogradOuterProduct {
    private typealias V = FloatVector

    /// Four output channels, three blocks. S's blocks are 8×8, one after the other.
    @inline(never)
    private static func fourByThree(
        _ z: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ tiles: Int,
        into s: UnsafeMutablePointer<Float>
    ) {
        var (a0, a1, a2, a3) = (V(load: s), V(load: s + 8), V(load: s + 16), V(load: s + 24))
        var (b0, b1, b2, b3) = (V(load: s + 64), V(load: s + 72), V(load: s + 80), V(load: s + 88))
        var (c0, c1, c2, c3) = (V(load: s + 128), V(load: s + 136), V(load: s + 144), V(load: s + 152))
        var i = 0
        let end = tiles &* 8
        while i < end {
            let (p, q, r) = (V(load: x + i), V(load: y + i), V(load: w + i))
            let g = z + i
            let g0 = V(g[0])
            a0 = V.fusedMultiplyAdd(g0, p, a0)
            b0 = V.fusedMultiplyAdd(g0, q, b0)
            c0 = V.fusedMultiplyAdd(g0, r, c0)
            let g1 = V(g[1])
            a1 = V.fusedMultiplyAdd(g1, p, a1)
            b1 = V.fusedMultiplyAdd(g1, q, b1)
            c1 = V.fusedMultiplyAdd(g1, r, c1)
            let g2 = V(g[2])
            a2 = V.fusedMultiplyAdd(g2, p, a2)
            b2 = V.fusedMultiplyAdd(g2, q, b2)
            c2 = V.fusedMultiplyAdd(g2, r, c2)
            let g3 = V(g[3])
            a3 = V.fusedMultiplyAdd(g3, p, a3)
            b3 = V.fusedMultiplyAdd(g3, q, b3)
            c3 = V.fusedMultiplyAdd(g3, r, c3)
            i &+= 8
        }
        a0.store(to: s)
        a1.store(to: s + 8)
        a2.store(to: s + 16)
        a3.store(to: s + 24)
        b0.store(to: s + 64)
        b1.store(to: s + 72)
        b2.store(to: s + 80)
        b3.store(to: s + 88)
        c0.store(to: s + 128)
        c1.store(to: s + 136)
        c2.store(to: s + 144)
        c3.store(to: s + 152)
    }

    /// Four output channels, two blocks.
    @inline(never)
    private static func fourByTwo(
        _ z: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ tiles: Int, into s: UnsafeMutablePointer<Float>
    ) {
        var (a0, a1, a2, a3) = (V(load: s), V(load: s + 8), V(load: s + 16), V(load: s + 24))
        var (b0, b1, b2, b3) = (V(load: s + 64), V(load: s + 72), V(load: s + 80), V(load: s + 88))
        var i = 0
        let end = tiles &* 8
        while i < end {
            let (p, q) = (V(load: x + i), V(load: y + i))
            let g = z + i
            let g0 = V(g[0])
            a0 = V.fusedMultiplyAdd(g0, p, a0)
            b0 = V.fusedMultiplyAdd(g0, q, b0)
            let g1 = V(g[1])
            a1 = V.fusedMultiplyAdd(g1, p, a1)
            b1 = V.fusedMultiplyAdd(g1, q, b1)
            let g2 = V(g[2])
            a2 = V.fusedMultiplyAdd(g2, p, a2)
            b2 = V.fusedMultiplyAdd(g2, q, b2)
            let g3 = V(g[3])
            a3 = V.fusedMultiplyAdd(g3, p, a3)
            b3 = V.fusedMultiplyAdd(g3, q, b3)
            i &+= 8
        }
        a0.store(to: s)
        a1.store(to: s + 8)
        a2.store(to: s + 16)
        a3.store(to: s + 24)
        b0.store(to: s + 64)
        b1.store(to: s + 72)
        b2.store(to: s + 80)
        b3.store(to: s + 88)
    }

    /// Eight output channels, one block.
    @inline(never)
    private static func eightByOne(
        _ z: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ tiles: Int, into s: UnsafeMutablePointer<Float>
    ) {
        var (a0, a1, a2, a3) = (V(load: s), V(load: s + 8), V(load: s + 16), V(load: s + 24))
        var (b0, b1, b2, b3) = (V(load: s + 32), V(load: s + 40), V(load: s + 48), V(load: s + 56))
        var i = 0
        let end = tiles &* 8
        while i < end {
            let p = V(load: x + i)
            let g = z + i
            a0 = V.fusedMultiplyAdd(V(g[0]), p, a0)
            a1 = V.fusedMultiplyAdd(V(g[1]), p, a1)
            a2 = V.fusedMultiplyAdd(V(g[2]), p, a2)
            a3 = V.fusedMultiplyAdd(V(g[3]), p, a3)
            b0 = V.fusedMultiplyAdd(V(g[4]), p, b0)
            b1 = V.fusedMultiplyAdd(V(g[5]), p, b1)
            b2 = V.fusedMultiplyAdd(V(g[6]), p, b2)
            b3 = V.fusedMultiplyAdd(V(g[7]), p, b3)
            i &+= 8
        }
        a0.store(to: s)
        a1.store(to: s + 8)
        a2.store(to: s + 16)
        a3.store(to: s + 24)
        b0.store(to: s + 32)
        b1.store(to: s + 40)
        b2.store(to: s + 48)
        b3.store(to: s + 56)
    }

    /// One block of output channels z with all `count` blocks of V, which start at `offsets`, for `tiles` tiles, added to the `count`
    /// 8×8 blocks at s.
    @inline(__always)
    static func accumulate(
        _ z: UnsafePointer<Float>, _ v: UnsafePointer<Float>, offsets: UnsafePointer<Int>, count: Int, tiles: Int,
        into s: UnsafeMutablePointer<Float>
    ) {
        var index = 0
        while index < count {
            let left = count &- index
            let to = s + index &* 64
            let x = v + offsets[index]
            if left == 1 {
                eightByOne(z, x, tiles, into: to)
                index &+= 1
            } else if left == 2 || left == 4 {
                fourByTwo(z, x, v + offsets[index &+ 1], tiles, into: to)
                fourByTwo(z + 4, x, v + offsets[index &+ 1], tiles, into: to + 32)
                index &+= 2
            } else {
                fourByThree(z, x, v + offsets[index &+ 1], v + offsets[index &+ 2], tiles, into: to)
                fourByThree(z + 4, x, v + offsets[index &+ 1], v + offsets[index &+ 2], tiles, into: to + 32)
                index &+= 3
            }
        }
    }
}
