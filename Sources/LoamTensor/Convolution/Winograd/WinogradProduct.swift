/// The sums over input channels of the forward map: for one of the sixteen points of the tiles, M ← V U, tiles by output channels.
///
/// V is [channel block, tile, 8], as the transform writes it; U is [channel, 16 (or 8) output channels]; M is [output block, tile, 8].
/// Twelve registers hold 6 tiles by 16 output channels: a channel costs 2 loads, 6 broadcasts and 12 fused multiply-adds, so that
/// arithmetic is the bound (6 cycles against 4). A last block of 8 output channels is served 12 tiles at a time (1 load, 12
/// broadcasts). In three dimensions the kernel's depth taps are further channels, each tap's V somewhere else.
enum WinogradProduct {
    private typealias V = FloatVector

    /// What V looks like: `taps` planes at `offsets`, each with `blocks` channel blocks, `blockStep` apart.
    struct Channels {
        var offsets: UnsafePointer<Int>
        var taps: Int
        var blocks: Int
        var blockStep: Int
    }

    /// Six tiles, two blocks of output channels.
    @inline(never)
    static func sixByTwo(
        _ v: UnsafePointer<Float>, _ channels: Channels, _ u: UnsafePointer<Float>, to m: UnsafeMutablePointer<Float>,
        _ n: UnsafeMutablePointer<Float>
    ) {
        var (a0, a1, a2, a3, a4, a5) = (V(0), V(0), V(0), V(0), V(0), V(0))
        var (b0, b1, b2, b3, b4, b5) = (V(0), V(0), V(0), V(0), V(0), V(0))
        var q = u
        for tap in 0..<channels.taps {
            var p = v + channels.offsets[tap]
            for _ in 0..<channels.blocks {
                @inline(__always) func step(_ lane: Int) {
                    let x = V(load: q + 16 &* lane)
                    let y = V(load: q + (16 &* lane &+ 8))
                    let t0 = V(p[lane])
                    a0 = V.fusedMultiplyAdd(t0, x, a0)
                    b0 = V.fusedMultiplyAdd(t0, y, b0)
                    let t1 = V(p[lane &+ 8])
                    a1 = V.fusedMultiplyAdd(t1, x, a1)
                    b1 = V.fusedMultiplyAdd(t1, y, b1)
                    let t2 = V(p[lane &+ 16])
                    a2 = V.fusedMultiplyAdd(t2, x, a2)
                    b2 = V.fusedMultiplyAdd(t2, y, b2)
                    let t3 = V(p[lane &+ 24])
                    a3 = V.fusedMultiplyAdd(t3, x, a3)
                    b3 = V.fusedMultiplyAdd(t3, y, b3)
                    let t4 = V(p[lane &+ 32])
                    a4 = V.fusedMultiplyAdd(t4, x, a4)
                    b4 = V.fusedMultiplyAdd(t4, y, b4)
                    let t5 = V(p[lane &+ 40])
                    a5 = V.fusedMultiplyAdd(t5, x, a5)
                    b5 = V.fusedMultiplyAdd(t5, y, b5)
                }
                step(0)
                step(1)
                step(2)
                step(3)
                step(4)
                step(5)
                step(6)
                step(7)
                p += channels.blockStep
                q += 128
            }
        }
        a0.store(to: m)
        a1.store(to: m + 8)
        a2.store(to: m + 16)
        a3.store(to: m + 24)
        a4.store(to: m + 32)
        a5.store(to: m + 40)
        b0.store(to: n)
        b1.store(to: n + 8)
        b2.store(to: n + 16)
        b3.store(to: n + 24)
        b4.store(to: n + 32)
        b5.store(to: n + 40)
    }

    /// Twelve tiles, one block of output channels.
    @inline(never)
    static func twelveByOne(
        _ v: UnsafePointer<Float>, _ channels: Channels, _ u: UnsafePointer<Float>, to m: UnsafeMutablePointer<Float>
    ) {
        var (a0, a1, a2, a3, a4, a5) = (V(0), V(0), V(0), V(0), V(0), V(0))
        var (b0, b1, b2, b3, b4, b5) = (V(0), V(0), V(0), V(0), V(0), V(0))
        var q = u
        for tap in 0..<channels.taps {
            var p = v + channels.offsets[tap]
            for _ in 0..<channels.blocks {
                for lane in 0..<8 {
                    let x = V(load: q + 8 &* lane)
                    let r = p + lane
                    a0 = V.fusedMultiplyAdd(V(r[0]), x, a0)
                    a1 = V.fusedMultiplyAdd(V(r[8]), x, a1)
                    a2 = V.fusedMultiplyAdd(V(r[16]), x, a2)
                    a3 = V.fusedMultiplyAdd(V(r[24]), x, a3)
                    a4 = V.fusedMultiplyAdd(V(r[32]), x, a4)
                    a5 = V.fusedMultiplyAdd(V(r[40]), x, a5)
                    b0 = V.fusedMultiplyAdd(V(r[48]), x, b0)
                    b1 = V.fusedMultiplyAdd(V(r[56]), x, b1)
                    b2 = V.fusedMultiplyAdd(V(r[64]), x, b2)
                    b3 = V.fusedMultiplyAdd(V(r[72]), x, b3)
                    b4 = V.fusedMultiplyAdd(V(r[80]), x, b4)
                    b5 = V.fusedMultiplyAdd(V(r[88]), x, b5)
                }
                p += channels.blockStep
                q += 64
            }
        }
        a0.store(to: m)
        a1.store(to: m + 8)
        a2.store(to: m + 16)
        a3.store(to: m + 24)
        a4.store(to: m + 32)
        a5.store(to: m + 40)
        b0.store(to: m + 48)
        b1.store(to: m + 56)
        b2.store(to: m + 64)
        b3.store(to: m + 72)
        b4.store(to: m + 80)
        b5.store(to: m + 88)
    }

    /// Six tiles, one block of output channels.
    @inline(never)
    static func sixByOne(
        _ v: UnsafePointer<Float>, _ channels: Channels, _ u: UnsafePointer<Float>, to m: UnsafeMutablePointer<Float>
    ) {
        var (a0, a1, a2, a3, a4, a5) = (V(0), V(0), V(0), V(0), V(0), V(0))
        var q = u
        for tap in 0..<channels.taps {
            var p = v + channels.offsets[tap]
            for _ in 0..<channels.blocks {
                for lane in 0..<8 {
                    let x = V(load: q + 8 &* lane)
                    let r = p + lane
                    a0 = V.fusedMultiplyAdd(V(r[0]), x, a0)
                    a1 = V.fusedMultiplyAdd(V(r[8]), x, a1)
                    a2 = V.fusedMultiplyAdd(V(r[16]), x, a2)
                    a3 = V.fusedMultiplyAdd(V(r[24]), x, a3)
                    a4 = V.fusedMultiplyAdd(V(r[32]), x, a4)
                    a5 = V.fusedMultiplyAdd(V(r[40]), x, a5)
                }
                p += channels.blockStep
                q += 64
            }
        }
        a0.store(to: m)
        a1.store(to: m + 8)
        a2.store(to: m + 16)
        a3.store(to: m + 24)
        a4.store(to: m + 32)
        a5.store(to: m + 40)
    }

    /// All tiles and all output channels of one point. `tiles` is a multiple of six; M's blocks lie `blockStep` apart.
    @inline(__always)
    static func multiply(
        _ v: UnsafePointer<Float>, _ channels: Channels, _ u: UnsafePointer<Float>, panel: Int, firstRow: Int, outputBlocks: Int,
        tiles: Int, to m: UnsafeMutablePointer<Float>
    ) {
        let pairs = outputBlocks / 2
        for pair in 0..<pairs {
            let weights = u + (pair &* 2 &* panel &+ firstRow &* 16)
            let top = m + 2 &* pair &* channels.blockStep
            var tile = 0
            while tile < tiles {
                let to = top + tile &* 8
                sixByTwo(v + tile &* 8, channels, weights, to: to, to + channels.blockStep)
                tile &+= 6
            }
        }
        if outputBlocks % 2 == 0 { return }
        let weights = u + (2 &* pairs &* panel &+ firstRow &* 8)
        let top = m + 2 &* pairs &* channels.blockStep
        var tile = 0
        while tile < tiles {
            if tile &+ 12 <= tiles {
                twelveByOne(v + tile &* 8, channels, weights, to: top + tile &* 8)
                tile &+= 12
            } else {
                sixByOne(v + tile &* 8, channels, weights, to: top + tile &* 8)
                tile &+= 6
            }
        }
    }
}
