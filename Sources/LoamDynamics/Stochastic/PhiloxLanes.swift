import LoamTensor

/// Philox 4×32-10 for eight trajectories side by side: block `index` of the streams `first`, `first` + 1, … of a seed, the four words each
/// in 64 bits. The same words as ``PhiloxGenerator/block(seed:stream:index:)``.
enum PhiloxLanes {
    typealias Words = SIMD8<UInt64>

    /// 10 rounds of 2 multiplications 32×32→64 and 4 exclusive ors a lane.
    @inline(__always)
    static func block(seed: UInt64, streams: Words, index: UInt64) -> (Words, Words, Words, Words) {
        let mask = Words(repeating: 0xffff_ffff)
        var c0 = Words(repeating: index & 0xffff_ffff)
        var c1 = Words(repeating: index &>> 32)
        var c2 = streams & mask
        var c3 = streams &>> 32
        var k0 = seed & 0xffff_ffff
        var k1 = seed &>> 32
        for _ in 0..<10 {
            let p0 = (c0 & mask) &* Words(repeating: 0xD251_1F53)
            let p1 = (c2 & mask) &* Words(repeating: 0xCD9E_8D57)
            c0 = (p1 &>> 32) ^ c1 ^ Words(repeating: k0)
            c1 = p1 & mask
            c2 = (p0 &>> 32) ^ c3 ^ Words(repeating: k1)
            c3 = p0 & mask
            k0 = (k0 &+ 0x9E37_79B9) & 0xffff_ffff
            k1 = (k1 &+ 0xBB67_AE85) & 0xffff_ffff
        }
        return (c0, c1, c2, c3)
    }

    /// The streams of consecutive trajectories, or of every `stride`th.
    @inline(__always)
    static func streams(from first: Int, stride: UInt64 = 1) -> Words {
        Words(repeating: UInt64(first)) &+ Words(0, 1, 2, 3, 4, 5, 6, 7) &* Words(repeating: stride)
    }
}
