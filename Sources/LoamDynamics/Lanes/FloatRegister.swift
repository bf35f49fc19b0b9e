/// One register of single-precision numbers: every operation a single instruction where the processor has registers of 256 bits.
@frozen @usableFromInline
struct FloatRegister: LaneVector {
    @usableFromInline var lanes: SIMD8<Float>
    @usableFromInline typealias FloatLiteralType = Double
    @usableFromInline typealias IntegerLiteralType = Int
    @usableFromInline typealias Scalar = Float
    @usableFromInline typealias Mask = SIMDMask<SIMD8<Int32>>
    @inlinable @inline(__always)
    static var width: Int { 8 }
    @inlinable @inline(__always)
    init(lanes: SIMD8<Float>) { self.lanes = lanes }
    @inlinable @inline(__always)
    init(_ value: Double) { lanes = SIMD8(repeating: Float(value)) }
    @inlinable @inline(__always)
    init(repeating value: Float) { lanes = SIMD8(repeating: value) }
    @inlinable @inline(__always)
    init(load source: UnsafePointer<Float>) { lanes = UnsafeRawPointer(source).loadUnaligned(as: SIMD8<Float>.self) }
    @inlinable @inline(__always)
    func store(to destination: UnsafeMutablePointer<Float>) {
        UnsafeMutableRawPointer(destination).storeBytes(of: lanes, as: SIMD8<Float>.self)
    }
    @inlinable @inline(__always)
    subscript(lane: Int) -> Float {
        get { lanes[lane] }
        set { lanes[lane] = newValue }
    }
    @inlinable @inline(__always)
    static func + (left: Self, right: Self) -> Self { Self(lanes: left.lanes + right.lanes) }
    @inlinable @inline(__always)
    static func - (left: Self, right: Self) -> Self { Self(lanes: left.lanes - right.lanes) }
    @inlinable @inline(__always)
    static func * (left: Self, right: Self) -> Self { Self(lanes: left.lanes * right.lanes) }
    @inlinable @inline(__always)
    static func / (left: Self, right: Self) -> Self { Self(lanes: left.lanes / right.lanes) }
    @inlinable @inline(__always)
    static prefix func - (value: Self) -> Self { Self(bits: value.bits ^ SIMD8(repeating: Self.signBit)) }
    @inlinable @inline(__always)
    static func multiplyAdd(_ a: Self, _ b: Self, _ c: Self) -> Self { Self(lanes: c.lanes.addingProduct(a.lanes, b.lanes)) }
    @inlinable @inline(__always)
    static func < (left: Self, right: Self) -> Mask { left.lanes .< right.lanes }
    @inlinable @inline(__always)
    func selected(where mask: Mask, otherwise other: Self) -> Self { Self(lanes: other.lanes.replacing(with: lanes, where: mask)) }
    @inlinable @inline(__always)
    func squareRoot() -> Self { Self(lanes: lanes.squareRoot()) }
    @inlinable @inline(__always)
    var magnitude: Self { Self(bits: bits & SIMD8(repeating: ~Self.signBit)) }
    @inlinable @inline(__always)
    func roundedToInteger() -> Self { self + Self(12_582_912) - Self(12_582_912) }
    @inlinable @inline(__always)
    static func any(_ mask: Mask) -> Bool {
        let words = unsafeBitCast(mask, to: SIMD4<UInt64>.self)
        let two = words.lowHalf | words.highHalf
        return two.x | two.y != 0
    }
    @usableFromInline func exp() -> FloatRegister { exponential }
    @usableFromInline func log() -> FloatRegister { naturalLogarithm }
    @usableFromInline func tanh() -> FloatRegister { hyperbolicTangent }
    @usableFromInline func sineAndCosine() -> (sine: FloatRegister, cosine: FloatRegister) { sineCosine }

    @inlinable @inline(__always)
    static var signBit: UInt32 { 0x8000_0000 }
    @inlinable @inline(__always)
    var bits: SIMD8<UInt32> { unsafeBitCast(lanes, to: SIMD8<UInt32>.self) }
    @inlinable @inline(__always)
    init(bits: SIMD8<UInt32>) { lanes = unsafeBitCast(bits, to: SIMD8<Float>.self) }
}

extension FloatRegister: ElementaryLanes {
    // What the elementary functions need. The coefficients of exp and log are those of LoamTensor's kernels.
    @inline(__always)
    static func powerOfTwo(_ k: Self) -> Self {
        Self(bits: ((k + Self(12_582_912)).bits &<< 23) &+ SIMD8(repeating: 0x3f80_0000))
    }
    @inline(__always)
    var exponentAndMantissa: (exponent: Self, mantissa: Self) {
        let biased = Self(bits: (bits &>> 23) | SIMD8(repeating: 0x4b00_0000)) - Self(8_388_608)
        let mantissa = Self(bits: (bits & SIMD8(repeating: 0x007f_ffff)) | SIMD8(repeating: 0x3f80_0000))
        let isLarge = Self(1.414_213_5) < mantissa
        return (
            (biased - Self(126)).selected(where: isLarge, otherwise: biased - Self(127)),
            (mantissa * Self(0.5)).selected(where: isLarge, otherwise: mantissa)
        )
    }
    /// The lowest two bits of integral lanes: bit 0 as the first mask, bit 1 as a sign.
    @inline(__always)
    var quadrant: (isOdd: Mask, sign: SIMD8<UInt32>) {
        let integer = (self + Self(12_582_912)).bits
        return ((integer & SIMD8(repeating: 1)) .== SIMD8(repeating: 1), (integer &<< 30) & SIMD8(repeating: Self.signBit))
    }
    @inline(__always)
    func flipped(_ sign: SIMD8<UInt32>) -> Self { Self(bits: bits ^ sign) }
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
