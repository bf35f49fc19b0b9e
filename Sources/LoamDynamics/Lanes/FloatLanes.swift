/// Sixteen trajectories' numbers in single precision, side by side.
@frozen
public struct FloatLanes: LaneVector {
    /// The numbers, one a trajectory.
    public var lanes: SIMD16<Float>
    public typealias Scalar = Float
    public typealias FloatLiteralType = Double
    public typealias IntegerLiteralType = Int
    public typealias Mask = SIMDMask<SIMD16<Int32>>
    @inlinable @inline(__always)
    public static var width: Int { 16 }
    @inlinable @inline(__always)
    public init(lanes: SIMD16<Float>) { self.lanes = lanes }
    // Whole registers: operations on 16 lanes at once are taken apart lane by lane by the standard library where these are not.
    @inlinable @inline(__always)
    init(low: SIMD8<Float>, high: SIMD8<Float>) { lanes = SIMD16(lowHalf: low, highHalf: high) }
    @inlinable @inline(__always)
    public init(_ value: Double) { lanes = SIMD16(repeating: Float(value)) }
    @inlinable @inline(__always)
    public init(repeating value: Float) { lanes = SIMD16(repeating: value) }
    @inlinable @inline(__always)
    public init(load source: UnsafePointer<Float>) { lanes = UnsafeRawPointer(source).loadUnaligned(as: SIMD16<Float>.self) }
    @inlinable @inline(__always)
    public func store(to destination: UnsafeMutablePointer<Float>) {
        UnsafeMutableRawPointer(destination).storeBytes(of: lanes, as: SIMD16<Float>.self)
    }
    @inlinable @inline(__always)
    public subscript(lane: Int) -> Float {
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
        Self(bits: value.bits ^ SIMD16(repeating: Self.signBit))
    }
    @inlinable @inline(__always)
    public static func multiplyAdd(_ a: Self, _ b: Self, _ c: Self) -> Self {
        Self(
            low: c.lanes.lowHalf.addingProduct(a.lanes.lowHalf, b.lanes.lowHalf),
            high: c.lanes.highHalf.addingProduct(a.lanes.highHalf, b.lanes.highHalf))
    }
    @inlinable @inline(__always)
    public static func < (left: Self, right: Self) -> Mask {
        let low = unsafeBitCast(left.lanes.lowHalf .< right.lanes.lowHalf, to: SIMD8<Int32>.self)
        let high = unsafeBitCast(left.lanes.highHalf .< right.lanes.highHalf, to: SIMD8<Int32>.self)
        return unsafeBitCast(SIMD16<Int32>(lowHalf: low, highHalf: high), to: Mask.self)
    }
    @inlinable @inline(__always)
    public func selected(where mask: Mask, otherwise other: Self) -> Self {
        let chosen = unsafeBitCast(mask, to: SIMD16<UInt32>.self)
        return Self(bits: (bits & chosen) | (other.bits & ~chosen))
    }
    @inlinable @inline(__always)
    public func squareRoot() -> Self { Self(low: lanes.lowHalf.squareRoot(), high: lanes.highHalf.squareRoot()) }
    @inlinable @inline(__always)
    public var magnitude: Self { Self(bits: bits & SIMD16(repeating: ~Self.signBit)) }
    @inlinable @inline(__always)
    public func roundedToInteger() -> Self { self + Self(12_582_912) - Self(12_582_912) }
    /// Whether the mask holds in any lane.
    @inlinable @inline(__always)
    public static func any(_ mask: Mask) -> Bool {
        let words = unsafeBitCast(mask, to: SIMD8<UInt64>.self)
        let four = words.lowHalf | words.highHalf
        let two = four.lowHalf | four.highHalf
        return two.x | two.y != 0
    }

    @inlinable @inline(__always)
    static var signBit: UInt32 { 0x80000000 }
    @inlinable @inline(__always)
    var bits: SIMD16<UInt32> { unsafeBitCast(lanes, to: SIMD16<UInt32>.self) }
    @inlinable @inline(__always)
    init(bits: SIMD16<UInt32>) { lanes = unsafeBitCast(bits, to: SIMD16<Float>.self) }

    // What the elementary functions need. The coefficients of exp and log are those of LoamTensor's kernels.
    @inline(__always)
    static func powerOfTwo(_ k: Self) -> Self {
        Self(bits: ((k + Self(12_582_912)).bits &<< 23) &+ SIMD16(repeating: 0x3f80_0000))
    }
    @inline(__always)
    var exponentAndMantissa: (exponent: Self, mantissa: Self) {
        let biased = Self(bits: (bits &>> 23) | SIMD16(repeating: 0x4b00_0000)) - Self(8_388_608)
        let mantissa = Self(bits: (bits & SIMD16(repeating: 0x007f_ffff)) | SIMD16(repeating: 0x3f80_0000))
        let isLarge = Self(1.414_213_5) < mantissa
        return (
            (biased - Self(126)).selected(where: isLarge, otherwise: biased - Self(127)),
            (mantissa * Self(0.5)).selected(where: isLarge, otherwise: mantissa)
        )
    }
    /// The lowest two bits of integral lanes: bit 0 as the first mask, bit 1 as a sign.
    @inline(__always)
    var quadrant: (isOdd: Mask, sign: SIMD16<UInt32>) {
        let integer = (self + Self(12_582_912)).bits
        return ((integer & SIMD16(repeating: 1)) .== SIMD16(repeating: 1), (integer &<< 30) & SIMD16(repeating: Self.signBit))
    }
    @inline(__always)
    func flipped(_ sign: SIMD16<UInt32>) -> Self { Self(bits: bits ^ sign) }
    @inline(__always)
    static var expRange: (low: Self, high: Self) { (-87, 88) }
    @inline(__always)
    static var halfPiParts: (Self, Self, Self) { (1.570_796_370_506_286_6, -4.371_138_828_673_792_9e-8, -1.715_124_510_005_918_7e-15) }
    @inline(__always)
    static var reductionLimit: Double { 8000 }
    @inline(__always)
    static var log2Parts: (high: Self, low: Self) { (0.693_359_4, -2.121_944_4e-4) }
    @inline(__always)
    static func expm1Remainder(_ r: Self) -> Self {
        Self(0.001_392_617_6).horner(r, 0.008_363_173_1).horner(r, 0.041_666_554_7).horner(r, 0.166_665_770).horner(r, 0.5)
    }
    @inline(__always)
    static func logRemainder(_ u: Self) -> Self {
        Self(0.233_304_672).horner(u, 0.285_508_208).horner(u, 0.400_001_218).horner(u, 0.666_666_666)
    }
    /// (sin r − r)/r³ as a function of u = r², |r| ≤ π/4 (Cephes).
    @inline(__always)
    static func sineRemainder(_ u: Self) -> Self {
        Self(-1.951_529_589_1e-4).horner(u, 8.332_160_873_6e-3).horner(u, -1.666_665_461_1e-1)
    }
    /// (cos r − 1 + r²/2)/r⁴ as a function of u = r², |r| ≤ π/4 (Cephes).
    @inline(__always)
    static func cosineRemainder(_ u: Self) -> Self {
        Self(2.443_315_711_809_948e-5).horner(u, -1.388_731_625_493_765e-3).horner(u, 4.166_664_568_298_827e-2)
    }
}
