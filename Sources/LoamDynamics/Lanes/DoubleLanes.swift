/// Eight trajectories' numbers in double precision, side by side.
@frozen
public struct DoubleLanes: LaneVector {
    /// The numbers, one a trajectory.
    public var lanes: SIMD8<Double>
    public typealias Scalar = Double
    public typealias FloatLiteralType = Double
    public typealias IntegerLiteralType = Int
    public typealias Mask = SIMDMask<SIMD8<Int64>>
    @inlinable @inline(__always)
    public static var width: Int { 8 }
    @inlinable @inline(__always)
    public init(lanes: SIMD8<Double>) { self.lanes = lanes }
    // Whole registers: operations on 8 lanes at once are taken apart lane by lane by the standard library where these are not.
    @inlinable @inline(__always)
    init(low: SIMD4<Double>, high: SIMD4<Double>) { lanes = SIMD8(lowHalf: low, highHalf: high) }
    @inlinable @inline(__always)
    public init(_ value: Double) { lanes = SIMD8(repeating: value) }
    @inlinable @inline(__always)
    public init(repeating value: Double) { lanes = SIMD8(repeating: value) }
    @inlinable @inline(__always)
    public init(load source: UnsafePointer<Double>) { lanes = UnsafeRawPointer(source).loadUnaligned(as: SIMD8<Double>.self) }
    @inlinable @inline(__always)
    public func store(to destination: UnsafeMutablePointer<Double>) {
        UnsafeMutableRawPointer(destination).storeBytes(of: lanes, as: SIMD8<Double>.self)
    }
    @inlinable @inline(__always)
    public subscript(lane: Int) -> Double {
        get { lanes[lane] }
        set { lanes[lane] = newValue }
    }
    @inlinable @inline(__always)
    public static func + (left: Self, right: Self) -> Self { Self(lanes: left.lanes + right.lanes) }
    @inlinable @inline(__always)
    public static func - (left: Self, right: Self) -> Self { Self(lanes: left.lanes - right.lanes) }
    @inlinable @inline(__always)
    public static func * (left: Self, right: Self) -> Self { Self(lanes: left.lanes * right.lanes) }
    @inlinable @inline(__always)
    public static func / (left: Self, right: Self) -> Self {
        Self(low: left.lanes.lowHalf / right.lanes.lowHalf, high: left.lanes.highHalf / right.lanes.highHalf)
    }
    @inlinable @inline(__always)
    public static prefix func - (value: Self) -> Self {
        Self(bits: value.bits ^ SIMD8(repeating: Self.signBit))
    }
    @inlinable @inline(__always)
    public static func multiplyAdd(_ a: Self, _ b: Self, _ c: Self) -> Self {
        Self(
            low: c.lanes.lowHalf.addingProduct(a.lanes.lowHalf, b.lanes.lowHalf),
            high: c.lanes.highHalf.addingProduct(a.lanes.highHalf, b.lanes.highHalf))
    }
    @inlinable @inline(__always)
    public static func < (left: Self, right: Self) -> Mask {
        let low = unsafeBitCast(left.lanes.lowHalf .< right.lanes.lowHalf, to: SIMD4<Int64>.self)
        let high = unsafeBitCast(left.lanes.highHalf .< right.lanes.highHalf, to: SIMD4<Int64>.self)
        return unsafeBitCast(SIMD8<Int64>(lowHalf: low, highHalf: high), to: Mask.self)
    }
    @inlinable @inline(__always)
    public func selected(where mask: Mask, otherwise other: Self) -> Self {
        let chosen = unsafeBitCast(mask, to: SIMD8<UInt64>.self)
        return Self(bits: (bits & chosen) | (other.bits & ~chosen))
    }
    @inlinable @inline(__always)
    public func squareRoot() -> Self { Self(low: lanes.lowHalf.squareRoot(), high: lanes.highHalf.squareRoot()) }
    @inlinable @inline(__always)
    public var magnitude: Self { Self(bits: bits & SIMD8(repeating: ~Self.signBit)) }
    @inlinable @inline(__always)
    public func roundedToInteger() -> Self { self + Self(6_755_399_441_055_744) - Self(6_755_399_441_055_744) }
    /// Whether the mask holds in any lane.
    @inlinable @inline(__always)
    public static func any(_ mask: Mask) -> Bool {
        let words = unsafeBitCast(mask, to: SIMD8<UInt64>.self)
        let four = words.lowHalf | words.highHalf
        let two = four.lowHalf | four.highHalf
        return two.x | two.y != 0
    }

    @inlinable @inline(__always)
    static var signBit: UInt64 { 0x8000000000000000 }
    @inlinable @inline(__always)
    var bits: SIMD8<UInt64> { unsafeBitCast(lanes, to: SIMD8<UInt64>.self) }
    @inlinable @inline(__always)
    init(bits: SIMD8<UInt64>) { lanes = unsafeBitCast(bits, to: SIMD8<Double>.self) }

    // What the elementary functions need. The coefficients of exp and log are those of LoamTensor's kernels.
    @inline(__always)
    static func powerOfTwo(_ k: Self) -> Self {
        Self(bits: ((k + Self(6_755_399_441_055_744)).bits &<< 52) &+ SIMD8(repeating: 0x3ff0_0000_0000_0000))
    }
    @inline(__always)
    var exponentAndMantissa: (exponent: Self, mantissa: Self) {
        let biased = Self(bits: (bits &>> 52) | SIMD8(repeating: 0x4330_0000_0000_0000)) - Self(4_503_599_627_370_496)
        let mantissa = Self(bits: (bits & SIMD8(repeating: 0x000f_ffff_ffff_ffff)) | SIMD8(repeating: 0x3ff0_0000_0000_0000))
        let isLarge = Self(1.414_213_562_373_095_1) < mantissa
        return (
            (biased - Self(1022)).selected(where: isLarge, otherwise: biased - Self(1023)),
            (mantissa * Self(0.5)).selected(where: isLarge, otherwise: mantissa)
        )
    }
    /// The lowest two bits of integral lanes: bit 0 as the first mask, bit 1 as a sign.
    @inline(__always)
    var quadrant: (isOdd: Mask, sign: SIMD8<UInt64>) {
        let integer = (self + Self(6_755_399_441_055_744)).bits
        return ((integer & SIMD8(repeating: 1)) .== SIMD8(repeating: 1), (integer &<< 62) & SIMD8(repeating: Self.signBit))
    }
    @inline(__always)
    func flipped(_ sign: SIMD8<UInt64>) -> Self { Self(bits: bits ^ sign) }
    @inline(__always)
    static var expRange: (low: Self, high: Self) { (-708, 709) }
    @inline(__always)
    static var halfPiParts: (Self, Self, Self) { (1.570_796_326_794_896_6, 6.123_233_995_736_766e-17, -1.497_384_904_859_17e-33) }
    @inline(__always)
    static var reductionLimit: Double { 1e5 }
    @inline(__always)
    static var log2Parts: (high: Self, low: Self) { (0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10) }
    @inline(__always)
    static func expm1Remainder(_ r: Self) -> Self {
        Self(2.091_467_937_658_393_51e-9).horner(r, 2.510_520_637_395_701_1e-8).horner(r, 2.755_727_366_134_863_6e-7)
            .horner(r, 2.755_725_542_574_643_43e-6).horner(r, 2.480_158_732_553_336_38e-5).horner(r, 1.984_126_987_480_049_2e-4)
            .horner(r, 1.388_888_888_888_375_24e-3).horner(r, 8.333_333_333_326_140_9e-3).horner(r, 4.166_666_666_666_666_98e-2)
            .horner(r, 0.166_666_666_666_666_71).horner(r, 0.5)
    }
    @inline(__always)
    static func logRemainder(_ u: Self) -> Self {
        Self(0.130_866_261_478_401_02).horner(u, 0.132_687_731_386_568_85).horner(u, 0.153_862_397_028_146_59)
            .horner(u, 0.181_817_956_401_329_06).horner(u, 0.222_222_223_917_139_17).horner(u, 0.285_714_285_708_036_12)
            .horner(u, 0.400_000_000_000_008_77).horner(u, 0.666_666_666_666_666_66)
    }
    /// (sin r − r)/r³ as a function of u = r², |r| ≤ π/4 (fdlibm's kernel).
    @inline(__always)
    static func sineRemainder(_ u: Self) -> Self {
        Self(1.589_690_995_211_550_1e-10).horner(u, -2.505_076_025_340_686_34e-8).horner(u, 2.755_731_370_707_006_77e-6)
            .horner(u, -1.984_126_982_985_794_93e-4).horner(u, 8.333_333_333_322_489_5e-3).horner(u, -1.666_666_666_666_663_24e-1)
    }
    /// (cos r − 1 + r²/2)/r⁴ as a function of u = r², |r| ≤ π/4 (fdlibm's kernel).
    @inline(__always)
    static func cosineRemainder(_ u: Self) -> Self {
        Self(-1.135_964_755_778_819_5e-11).horner(u, 2.087_572_321_298_174_8e-9).horner(u, -2.755_731_435_139_066_3e-7)
            .horner(u, 2.480_158_728_947_672_9e-5).horner(u, -1.388_888_888_887_411e-3).horner(u, 4.166_666_666_666_66e-2)
    }
}
