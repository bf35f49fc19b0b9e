import Glibc

/// A register's worth of scalars with the operations that Loam's kernels are written in.
///
/// Kernels are generic over this protocol rather than over `SIMD`, because the standard library's generic SIMD operators work lane
/// by lane; here every operation is the concrete, single-instruction one. With `-Xcc -march=native` on an AVX2 machine a
/// `FloatVector` is one ymm register and `fusedMultiplyAdd` one instruction.
protocol Vector {
    associatedtype Scalar: BinaryFloatingPoint & SIMDScalar
    associatedtype Mask
    static var width: Int { get }
    init(repeating value: Scalar)
    init(load source: UnsafePointer<Scalar>)
    func store(to destination: UnsafeMutablePointer<Scalar>)
    static func + (left: Self, right: Self) -> Self
    static func - (left: Self, right: Self) -> Self
    static func * (left: Self, right: Self) -> Self
    static func / (left: Self, right: Self) -> Self
    /// `left * right + addend`, rounded once.
    static func fusedMultiplyAdd(_ left: Self, _ right: Self, _ addend: Self) -> Self
    func squareRoot() -> Self
    var magnitude: Self { get }
    static func < (left: Self, right: Self) -> Mask
    static func == (left: Self, right: Self) -> Mask
    /// `self` where the mask is true, `other` elsewhere.
    func selected(where mask: Mask, otherwise other: Self) -> Self
    /// The magnitude of `self` with the sign of `other`.
    func withSign(of other: Self) -> Self
    /// 2^k for integral lanes k within the exponent's range.
    static func powerOfTwo(_ k: Self) -> Self
    /// Splits positive normal lanes into an exponent and a mantissa in [√½, √2).
    var exponentAndMantissa: (exponent: Self, mantissa: Self) { get }
    /// The sum of the lanes.
    var laneSum: Scalar { get }
    /// Applies a function of the C library lane by lane, for functions that have no vector form here.
    func mapLanes(_ function: (Scalar) -> Scalar) -> Self

    // What differs between precisions: ranges and polynomials.
    static var roundingMagic: Scalar { get }
    static var expRange: (low: Scalar, high: Scalar) { get }
    static var log2High: Scalar { get }
    static var log2Low: Scalar { get }
    /// (eʳ − 1 − r)/r² for |r| ≤ ln 2 / 2.
    static func expm1Remainder(_ r: Self) -> Self
    /// (ln((1+s)/(1−s)) − 2s)/s³ as a function of u = s².
    static func logRemainder(_ u: Self) -> Self
    static func errorFunction(_ x: Self) -> Self
    /// aᵇ by the C library: also for negative a where b is an integer.
    static func power(_ a: Scalar, _ b: Scalar) -> Scalar
}

extension Vector {
    @inline(__always) init(_ value: Scalar) { self.init(repeating: value) }
    @inline(__always) static func minimum(_ a: Self, _ b: Self) -> Self { a.selected(where: a < b, otherwise: b) }
    @inline(__always) static func maximum(_ a: Self, _ b: Self) -> Self { b.selected(where: a < b, otherwise: a) }
    /// The larger lanes; NaN where either is NaN.
    @inline(__always) static func larger(_ a: Self, _ b: Self) -> Self {
        let numbers = a.selected(where: b == b, otherwise: b)
        return b.selected(where: a < b, otherwise: numbers)
    }
    /// The smaller lanes; NaN where either is NaN.
    @inline(__always) static func smaller(_ a: Self, _ b: Self) -> Self {
        let numbers = a.selected(where: b == b, otherwise: b)
        return b.selected(where: b < a, otherwise: numbers)
    }
    @inline(__always) static prefix func - (a: Self) -> Self { Self(-0.0) - a }

    /// `self`·x + c: one step of Horner's scheme, so that a polynomial reads as a chain from its highest coefficient down.
    @inline(__always)
    func step(_ x: Self, _ c: Scalar) -> Self { Self.fusedMultiplyAdd(self, x, Self(c)) }
}

struct FloatVector: Vector {
    var lanes: SIMD8<Float>
    typealias Mask = SIMDMask<SIMD8<Int32>>
    @inline(__always) static var width: Int { 8 }
    @inline(__always) init(lanes: SIMD8<Float>) { self.lanes = lanes }
    @inline(__always) init(repeating value: Float) { lanes = SIMD8(repeating: value) }
    @inline(__always) init(load source: UnsafePointer<Float>) { lanes = UnsafeRawPointer(source).loadUnaligned(as: SIMD8<Float>.self) }
    @inline(__always) func store(to destination: UnsafeMutablePointer<Float>) {
        UnsafeMutableRawPointer(destination).storeBytes(of: lanes, as: SIMD8<Float>.self)
    }
    @inline(__always) static func + (left: Self, right: Self) -> Self { Self(lanes: left.lanes + right.lanes) }
    @inline(__always) static func - (left: Self, right: Self) -> Self { Self(lanes: left.lanes - right.lanes) }
    @inline(__always) static func * (left: Self, right: Self) -> Self { Self(lanes: left.lanes * right.lanes) }
    @inline(__always) static func / (left: Self, right: Self) -> Self { Self(lanes: left.lanes / right.lanes) }
    @inline(__always) static func fusedMultiplyAdd(_ left: Self, _ right: Self, _ addend: Self) -> Self {
        Self(lanes: addend.lanes.addingProduct(left.lanes, right.lanes))
    }
    @inline(__always) func squareRoot() -> Self { Self(lanes: lanes.squareRoot()) }
    @inline(__always) private var bits: SIMD8<UInt32> { unsafeBitCast(lanes, to: SIMD8<UInt32>.self) }
    @inline(__always) private init(bits: SIMD8<UInt32>) { lanes = unsafeBitCast(bits, to: SIMD8<Float>.self) }
    @inline(__always) var magnitude: Self { Self(bits: bits & SIMD8(repeating: 0x7fff_ffff)) }
    @inline(__always) static func < (left: Self, right: Self) -> Mask { left.lanes .< right.lanes }
    @inline(__always) static func == (left: Self, right: Self) -> Mask { left.lanes .== right.lanes }
    @inline(__always) func selected(where mask: Mask, otherwise other: Self) -> Self {
        Self(lanes: other.lanes.replacing(with: lanes, where: mask))
    }
    @inline(__always) func withSign(of other: Self) -> Self {
        Self(bits: (bits & SIMD8(repeating: 0x7fff_ffff)) | (other.bits & SIMD8(repeating: 0x8000_0000)))
    }
    @inline(__always) static func powerOfTwo(_ k: Self) -> Self {
        Self(bits: ((k + Self(roundingMagic)).bits &<< 23) &+ SIMD8(repeating: 0x3f80_0000))
    }
    @inline(__always) var exponentAndMantissa: (exponent: Self, mantissa: Self) {
        // 2^23 + biased exponent, as a float, has the exponent in its low bits.
        let biased = Self(bits: (bits &>> 23) | SIMD8(repeating: 0x4b00_0000)) - Self(8_388_608)
        let mantissa = Self(bits: (bits & SIMD8(repeating: 0x007f_ffff)) | SIMD8(repeating: 0x3f80_0000))
        let isLarge = Self(1.414_213_5) < mantissa
        return (
            (biased - Self(126)).selected(where: isLarge, otherwise: biased - Self(127)),
            (mantissa * Self(0.5)).selected(where: isLarge, otherwise: mantissa)
        )
    }
    @inline(__always) var laneSum: Float {
        let four = lanes.lowHalf + lanes.highHalf
        let two = four.lowHalf + four.highHalf
        return two.x + two.y
    }
    @inline(__always) func mapLanes(_ function: (Float) -> Float) -> Self {
        var result = lanes
        for lane in 0..<8 { result[lane] = function(lanes[lane]) }
        return Self(lanes: result)
    }
    @inline(__always) static var roundingMagic: Float { 12_582_912 }  // 1.5·2²³
    @inline(__always) static var expRange: (low: Float, high: Float) { (-104, 89) }
    @inline(__always) static var log2High: Float { 0.693_359_4 }  // 10 bits, so that k·log2High is exact
    @inline(__always) static var log2Low: Float { -2.121_944_4e-4 }
    @inline(__always) static func expm1Remainder(_ r: Self) -> Self {
        Self(0.001_392_617_6).step(r, 0.008_363_173_1).step(r, 0.041_666_554_7).step(r, 0.166_665_770).step(r, 0.5)
    }
    @inline(__always) static func logRemainder(_ u: Self) -> Self {
        Self(0.233_304_672).step(u, 0.285_508_208).step(u, 0.400_001_218).step(u, 0.666_666_666)
    }

    @inline(__always) static func power(_ a: Float, _ b: Float) -> Float { Glibc.powf(a, b) }

    /// erf(x) = x·P(x²) below 0.95 and 1 − exp(Q(|x|)) above; both polynomials fitted by Chebyshev interpolation in 40 digits.
    @inline(__always) static func errorFunction(_ x: Self) -> Self {
        let a = minimum(x.magnitude, Self(4.1))
        let u = a * a
        let small = Self(8.204_169_68e-5).step(u, -8.102_915_56e-4).step(u, 5.197_487_23e-3).step(u, -2.685_795_91e-2).step(
            u, 0.112_836_695
        ).step(u, -0.376_126_320).step(u, 1.128_379_17)
        let tail = Self(-6.165_419_66e-8).step(a, 2.966_919_52e-6).step(a, -5.845_129_33e-5).step(a, 6.621_452_47e-4).step(
            a, -4.973_762_26e-3
        ).step(a, 2.687_240_61e-2).step(a, -0.110_689_524).step(a, -0.631_318_900).step(a, -1.130_468_72).step(a, 3.663_736_16e-4)
        let large = (Self(1) - Self.exp(tail)).withSign(of: x)
        let result = (small * x).selected(where: a < Self(0.95), otherwise: large)
        return result.selected(where: x == x, otherwise: x)
    }
}

struct DoubleVector: Vector {
    var lanes: SIMD4<Double>
    typealias Mask = SIMDMask<SIMD4<Int64>>
    @inline(__always) static var width: Int { 4 }
    @inline(__always) init(lanes: SIMD4<Double>) { self.lanes = lanes }
    @inline(__always) init(repeating value: Double) { lanes = SIMD4(repeating: value) }
    @inline(__always) init(load source: UnsafePointer<Double>) { lanes = UnsafeRawPointer(source).loadUnaligned(as: SIMD4<Double>.self) }
    @inline(__always) func store(to destination: UnsafeMutablePointer<Double>) {
        UnsafeMutableRawPointer(destination).storeBytes(of: lanes, as: SIMD4<Double>.self)
    }
    @inline(__always) static func + (left: Self, right: Self) -> Self { Self(lanes: left.lanes + right.lanes) }
    @inline(__always) static func - (left: Self, right: Self) -> Self { Self(lanes: left.lanes - right.lanes) }
    @inline(__always) static func * (left: Self, right: Self) -> Self { Self(lanes: left.lanes * right.lanes) }
    @inline(__always) static func / (left: Self, right: Self) -> Self { Self(lanes: left.lanes / right.lanes) }
    @inline(__always) static func fusedMultiplyAdd(_ left: Self, _ right: Self, _ addend: Self) -> Self {
        Self(lanes: addend.lanes.addingProduct(left.lanes, right.lanes))
    }
    @inline(__always) func squareRoot() -> Self { Self(lanes: lanes.squareRoot()) }
    @inline(__always) private var bits: SIMD4<UInt64> { unsafeBitCast(lanes, to: SIMD4<UInt64>.self) }
    @inline(__always) private init(bits: SIMD4<UInt64>) { lanes = unsafeBitCast(bits, to: SIMD4<Double>.self) }
    @inline(__always) var magnitude: Self { Self(bits: bits & SIMD4(repeating: 0x7fff_ffff_ffff_ffff)) }
    @inline(__always) static func < (left: Self, right: Self) -> Mask { left.lanes .< right.lanes }
    @inline(__always) static func == (left: Self, right: Self) -> Mask { left.lanes .== right.lanes }
    @inline(__always) func selected(where mask: Mask, otherwise other: Self) -> Self {
        Self(lanes: other.lanes.replacing(with: lanes, where: mask))
    }
    @inline(__always) func withSign(of other: Self) -> Self {
        Self(bits: (bits & SIMD4(repeating: 0x7fff_ffff_ffff_ffff)) | (other.bits & SIMD4(repeating: 0x8000_0000_0000_0000)))
    }
    @inline(__always) static func powerOfTwo(_ k: Self) -> Self {
        Self(bits: ((k + Self(roundingMagic)).bits &<< 52) &+ SIMD4(repeating: 0x3ff0_0000_0000_0000))
    }
    @inline(__always) var exponentAndMantissa: (exponent: Self, mantissa: Self) {
        let biased = Self(bits: (bits &>> 52) | SIMD4(repeating: 0x4330_0000_0000_0000)) - Self(4_503_599_627_370_496)
        let mantissa = Self(bits: (bits & SIMD4(repeating: 0x000f_ffff_ffff_ffff)) | SIMD4(repeating: 0x3ff0_0000_0000_0000))
        let isLarge = Self(1.414_213_562_373_095_1) < mantissa
        return (
            (biased - Self(1022)).selected(where: isLarge, otherwise: biased - Self(1023)),
            (mantissa * Self(0.5)).selected(where: isLarge, otherwise: mantissa)
        )
    }
    @inline(__always) var laneSum: Double {
        let two = lanes.lowHalf + lanes.highHalf
        return two.x + two.y
    }
    @inline(__always) func mapLanes(_ function: (Double) -> Double) -> Self {
        Self(lanes: SIMD4(function(lanes.x), function(lanes.y), function(lanes.z), function(lanes.w)))
    }
    @inline(__always) static var roundingMagic: Double { 6_755_399_441_055_744 }  // 1.5·2⁵²
    @inline(__always) static var expRange: (low: Double, high: Double) { (-746, 710) }
    @inline(__always) static var log2High: Double { 0.693_147_180_369_123_8 }  // 32 bits
    @inline(__always) static var log2Low: Double { 1.908_214_929_270_587_7e-10 }
    @inline(__always) static func expm1Remainder(_ r: Self) -> Self {
        Self(2.091_467_937_658_393_51e-9).step(r, 2.510_520_637_395_701_1e-8).step(r, 2.755_727_366_134_863_6e-7).step(
            r, 2.755_725_542_574_643_43e-6
        ).step(r, 2.480_158_732_553_336_38e-5).step(r, 1.984_126_987_480_049_2e-4).step(r, 1.388_888_888_888_375_24e-3).step(
            r, 8.333_333_333_326_140_9e-3
        ).step(r, 4.166_666_666_666_666_98e-2).step(r, 0.166_666_666_666_666_71).step(r, 0.5)
    }
    @inline(__always) static func logRemainder(_ u: Self) -> Self {
        Self(0.130_866_261_478_401_02).step(u, 0.132_687_731_386_568_85).step(u, 0.153_862_397_028_146_59).step(u, 0.181_817_956_401_329_06)
            .step(u, 0.222_222_223_917_139_17).step(u, 0.285_714_285_708_036_12).step(u, 0.400_000_000_000_008_77).step(
                u, 0.666_666_666_666_666_66)
    }
    @inline(__always) static func power(_ a: Double, _ b: Double) -> Double { Glibc.pow(a, b) }
    @inline(__always) static func errorFunction(_ x: Self) -> Self { x.mapLanes(Glibc.erf) }
}
