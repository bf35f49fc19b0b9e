/// Counter-based random numbers: Philox 4×32-10 (Salmon, Moraes, Dror and Shaw, SC 2011).
///
/// A block of four 32-bit words is a pure function of (key, counter): the key is the seed, the upper half of the counter the stream,
/// the lower half the position. Any part of any stream can be computed at once, by any thread or process, with the same result.
public struct PhiloxGenerator: RandomNumberGenerator, Sendable, Hashable, Codable {
    /// The key: the seed of all streams.
    public let seed: UInt64
    /// Which of the 2⁶⁴ streams of the seed.
    public let stream: UInt64
    /// The number of 32-bit words drawn so far; set it to continue from a saved state.
    public var position: UInt64

    /// A generator at a position of a stream; the beginning of stream 0 by default.
    public init(seed: UInt64, stream: UInt64 = 0, position: UInt64 = 0) {
        self.seed = seed
        self.stream = stream
        self.position = position
    }

    /// Another stream of the same seed.
    public func stream(_ stream: UInt64) -> PhiloxGenerator { PhiloxGenerator(seed: seed, stream: stream) }

    /// Block `index` of the stream.
    @inline(__always)
    public static func block(seed: UInt64, stream: UInt64, index: UInt64) -> SIMD4<UInt32> {
        var c = SIMD4<UInt32>(
            UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index &>> 32), UInt32(truncatingIfNeeded: stream),
            UInt32(truncatingIfNeeded: stream &>> 32))
        var k0 = UInt32(truncatingIfNeeded: seed)
        var k1 = UInt32(truncatingIfNeeded: seed &>> 32)
        for _ in 0..<10 {
            let p0 = UInt64(0xD251_1F53) &* UInt64(c.x)
            let p1 = UInt64(0xCD9E_8D57) &* UInt64(c.z)
            c = SIMD4(
                UInt32(truncatingIfNeeded: p1 &>> 32) ^ c.y ^ k0, UInt32(truncatingIfNeeded: p1),
                UInt32(truncatingIfNeeded: p0 &>> 32) ^ c.w ^ k1, UInt32(truncatingIfNeeded: p0))
            k0 = k0 &+ 0x9E37_79B9
            k1 = k1 &+ 0xBB67_AE85
        }
        return c
    }

    /// The next 32-bit word.
    public mutating func nextWord() -> UInt32 {
        let block = PhiloxGenerator.block(seed: seed, stream: stream, index: position &>> 2)
        defer { position &+= 1 }
        return block[Int(position & 3)]
    }

    /// The next 64 bits: two words, the lower half first.
    public mutating func next() -> UInt64 {
        let low = nextWord()
        return UInt64(low) | UInt64(nextWord()) &<< 32
    }

    /// Moves to the start of the next block, reserving `count` blocks, and returns the first one's index.
    mutating func reserve(blocks count: Int) -> UInt64 {
        let first = (position &+ 3) &>> 2
        position = (first &+ UInt64(count)) &<< 2
        return first
    }

    /// A number in [0, 1) with 53 random bits.
    public mutating func uniform() -> Double { Double(next() &>> 11) * 0x1p-53 }

    /// A standard normal number.
    public mutating func normal() -> Double {
        let u = (Double(next() &>> 11) + 0.5) * 0x1p-53
        let v = uniform()
        return (-2 * Double.log(u)).squareRoot() * Double.cos(2 * .pi * v)
    }

    /// An integer in 0..<bound, without bias (Lemire's method).
    public mutating func integer(below bound: Int) -> Int { Int(next(upperBound: UInt64(bound))) }

    /// 0..<count in random order (Fisher–Yates).
    public mutating func permutation(_ count: Int) -> [Int32] {
        var order = (0..<Int32(count)).map { $0 }
        var last = count - 1
        while last > 0 {
            order.swapAt(last, integer(below: last + 1))
            last -= 1
        }
        return order
    }
}
