import LoamTensor

/// Registers that can be filled with random numbers, one stream of numbers for each trajectory.
///
/// Normal number i of trajectory k under a seed is a function of (seed, k, i) and of nothing else: not of the thread, the block or the
/// neighbours. It comes from Philox with the seed as key, k as stream, and blocks from 2⁶³ on, which no `PhiloxGenerator` reaches; so
/// generators of the same seed, for initial states say, stay independent of the noise.
public protocol NoiseVector: LaneVector {
    /// How many normal numbers one block of the generator makes: positions are multiples of it.
    static var normalsPerBlock: Int { get }
    /// Writes the standard normal numbers `position`, `position` + 1, … of trajectories `trajectory`, `trajectory` + 1, … (a lane each).
    /// - Parameters:
    ///   - count: how many; a multiple of ``normalsPerBlock``.
    ///   - position: the first number's index; a multiple of ``normalsPerBlock``.
    static func fillNormals(into destination: UnsafeMutablePointer<Self>, count: Int, seed: UInt64, trajectory: Int, position: Int)
}

/// A scalar type with its registers.
public protocol LaneScalar: TensorScalar, TrajectoryScalar {
    /// The registers that hold numbers of this type.
    associatedtype Lanes: NoiseVector where Lanes.Scalar == Self
}

extension Double: LaneScalar {
    public typealias Lanes = DoubleLanes
}

extension Float: LaneScalar {
    public typealias Lanes = FloatLanes
}

extension ElementaryLanes {
    /// sin 2πv and cos 2πv for 0 ≤ v < 1: the reduction to |r| ≤ π/4 is exact.
    @inline(__always)
    static func sineCosineOfTurns(_ v: Self) -> (sine: Self, cosine: Self) {
        let quarters = v * Self(4)
        let k = quarters.roundedToInteger()
        let r = (quarters - k) * Self(1.570_796_326_794_896_6)
        let u = r * r
        let sine = multiplyAdd(r * u, sineRemainder(u), r)
        let cosine = multiplyAdd(u * u, cosineRemainder(u), multiplyAdd(u, Self(-0.5), Self(1)))
        let (isOdd, sineSign) = k.quadrant
        let (_, cosineSign) = (k + Self(1)).quadrant
        return (
            cosine.selected(where: isOdd, otherwise: sine).flipped(sineSign),
            sine.selected(where: isOdd, otherwise: cosine).flipped(cosineSign)
        )
    }

    /// Two normal numbers from a number in (0, 1) and one in [0, 1) (Box and Muller 1958).
    @inline(__always)
    static func boxMuller(_ u: Self, _ v: Self) -> (Self, Self) {
        let radius = (u.naturalLogarithm * Self(-2)).squareRoot()
        let (sine, cosine) = sineCosineOfTurns(v)
        return (radius * cosine, radius * sine)
    }
}

private let firstNoiseBlock: UInt64 = 1 << 63

extension DoubleLanes: NoiseVector {
    public static var normalsPerBlock: Int { 2 }

    /// 53 random bits for the radius, so that tails reach to 8.6σ, and 52 for the angle. About 330 instructions for 16 numbers.
    public static func fillNormals(
        into destination: UnsafeMutablePointer<DoubleLanes>, count: Int, seed: UInt64, trajectory: Int, position: Int
    ) {
        precondition(
            count % 2 == 0 && position % 2 == 0 && position >= 0 && trajectory >= 0,
            "fillNormals: count \(count) and position \(position) must be multiples of 2, trajectory \(trajectory) not negative")
        let streams = PhiloxLanes.streams(from: trajectory)
        let one = SIMD8<UInt64>(repeating: 0x3ff0_0000_0000_0000)
        for pair in 0..<count / 2 {
            let (a, b, c, d) = PhiloxLanes.block(seed: seed, streams: streams, index: firstNoiseBlock + UInt64(position / 2 + pair))
            let first = a | (b &<< 32)
            let second = c | (d &<< 32)
            // 52 bits as a number in [1, 2), less one; half a unit more for the radius, so that it is never zero.
            let u = DoubleLanes(bits: (first &>> 12) | one) - DoubleLanes(1 - 0x1p-53)
            let v = DoubleLanes(bits: (second &>> 12) | one) - DoubleLanes(1)
            let (x, y) = boxMuller(u, v)
            destination[2 * pair] = x
            destination[2 * pair + 1] = y
        }
    }
}

extension FloatLanes: NoiseVector {
    public static var normalsPerBlock: Int { 4 }

    /// 32 random bits for the radius, so that tails reach to 6.7σ, and 23 for the angle. About 700 instructions for 64 numbers.
    public static func fillNormals(
        into destination: UnsafeMutablePointer<FloatLanes>, count: Int, seed: UInt64, trajectory: Int, position: Int
    ) {
        precondition(
            count % 4 == 0 && position % 4 == 0 && position >= 0 && trajectory >= 0,
            "fillNormals: count \(count) and position \(position) must be multiples of 4, trajectory \(trajectory) not negative")
        // Even lanes in the lower halves of 64-bit words, odd ones in the upper halves.
        let even = PhiloxLanes.streams(from: trajectory, stride: 2)
        let odd = PhiloxLanes.streams(from: trajectory + 1, stride: 2)
        for four in 0..<count / 4 {
            let index = firstNoiseBlock + UInt64(position / 4 + four)
            let a = PhiloxLanes.block(seed: seed, streams: even, index: index)
            let b = PhiloxLanes.block(seed: seed, streams: odd, index: index)
            for pair in 0..<2 {
                let (radius, angle) = pair == 0 ? (joined(a.0, b.0), joined(a.1, b.1)) : (joined(a.2, b.2), joined(a.3, b.3))
                let low = FloatRegister.boxMuller(openUnit(radius.lowHalf), unit(angle.lowHalf))
                let high = FloatRegister.boxMuller(openUnit(radius.highHalf), unit(angle.highHalf))
                destination[4 * four + 2 * pair] = FloatLanes(low: low.0, high: high.0)
                destination[4 * four + 2 * pair + 1] = FloatLanes(low: low.1, high: high.1)
            }
        }
    }

    @inline(__always)
    private static func joined(_ even: SIMD8<UInt64>, _ odd: SIMD8<UInt64>) -> SIMD16<UInt32> {
        unsafeBitCast(even | (odd &<< 32), to: SIMD16<UInt32>.self)
    }

    /// The middle of one of 2³² intervals of [0, 1]: both halves of the word become numbers exactly, through the bits of 2²³ + n.
    @inline(__always)
    private static func openUnit(_ words: SIMD8<UInt32>) -> FloatRegister {
        let magic = SIMD8<UInt32>(repeating: 0x4b00_0000)
        let high = FloatRegister(bits: (words &>> 16) | magic) - FloatRegister(8_388_608)
        let low = FloatRegister(bits: (words & SIMD8(repeating: 0xffff)) | magic) - FloatRegister(8_388_607.5)
        return FloatRegister.multiplyAdd(high, FloatRegister(0x1p-16), low * FloatRegister(0x1p-32))
    }

    /// A number in [0, 1) with 23 bits.
    @inline(__always)
    private static func unit(_ words: SIMD8<UInt32>) -> FloatRegister {
        FloatRegister(bits: (words &>> 9) | SIMD8(repeating: 0x3f80_0000)) - FloatRegister(1)
    }
}
