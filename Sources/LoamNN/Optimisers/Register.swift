/// A vector register of one precision. Kernels written over it and called with concrete arrays become straight vector instructions;
/// the standard library's generic SIMD operators would work lane by lane.
protocol Register {
    associatedtype Scalar: BitwiseCopyable
    static var width: Int { get }
    init(_ value: Scalar)
    init(load source: UnsafePointer<Scalar>)
    func store(to target: UnsafeMutablePointer<Scalar>)
    static func + (left: Self, right: Self) -> Self
    static func - (left: Self, right: Self) -> Self
    static func * (left: Self, right: Self) -> Self
    static func / (left: Self, right: Self) -> Self
    /// `self + left * right`, rounded once.
    func addingProduct(_ left: Self, _ right: Self) -> Self
    /// √x to within rounding for positive normal x, 0 for x ≤ 0, √(largest) for +∞, NaN for NaN.
    ///
    /// The library's square root checks for errors lane by lane. This is Newton's iteration for 1/√x, r ← r (3/2 − x r²/2), from the
    /// classic first guess by integer arithmetic on the exponent (error 3.4 %, then 0.18 %, 5e-6, 3e-11), and one correction of x r, which
    /// squares the error once more: two iterations serve single precision and three double.
    func squareRoot() -> Self
}

struct FloatRegister: Register {
    var lanes: SIMD8<Float>
    @inline(__always) static var width: Int { 8 }
    @inline(__always) init(lanes: SIMD8<Float>) { self.lanes = lanes }
    @inline(__always) init(_ value: Float) { lanes = SIMD8(repeating: value) }
    @inline(__always) init(load source: UnsafePointer<Float>) { lanes = UnsafeRawPointer(source).loadUnaligned(as: SIMD8<Float>.self) }
    @inline(__always) func store(to target: UnsafeMutablePointer<Float>) {
        UnsafeMutableRawPointer(target).storeBytes(of: lanes, as: SIMD8<Float>.self)
    }
    @inline(__always) static func + (left: Self, right: Self) -> Self { Self(lanes: left.lanes + right.lanes) }
    @inline(__always) static func - (left: Self, right: Self) -> Self { Self(lanes: left.lanes - right.lanes) }
    @inline(__always) static func * (left: Self, right: Self) -> Self { Self(lanes: left.lanes * right.lanes) }
    @inline(__always) static func / (left: Self, right: Self) -> Self { Self(lanes: left.lanes / right.lanes) }
    @inline(__always) func addingProduct(_ left: Self, _ right: Self) -> Self { Self(lanes: lanes.addingProduct(left.lanes, right.lanes)) }
    @inline(__always) func squareRoot() -> Self {
        let zero = SIMD8(repeating: 0 as Float)
        let largest = SIMD8(repeating: Float.greatestFiniteMagnitude)
        let notNegative = lanes.replacing(with: zero, where: lanes .< zero)
        let x = notNegative.replacing(with: largest, where: largest .< notNegative)
        var r = unsafeBitCast(
            SIMD8(repeating: 0x5f37_59df as UInt32) &- (unsafeBitCast(x, to: SIMD8<UInt32>.self) &>> 1), to: SIMD8<Float>.self)
        let half = x * SIMD8(repeating: -0.5)
        let threeHalves = SIMD8(repeating: 1.5 as Float)
        r = r * threeHalves.addingProduct(half * r, r)
        r = r * threeHalves.addingProduct(half * r, r)
        let s = x * r
        return Self(lanes: s.addingProduct(r * SIMD8(repeating: 0.5), x.addingProduct(zero - s, s)))
    }
}

struct DoubleRegister: Register {
    var lanes: SIMD4<Double>
    @inline(__always) static var width: Int { 4 }
    @inline(__always) init(lanes: SIMD4<Double>) { self.lanes = lanes }
    @inline(__always) init(_ value: Double) { lanes = SIMD4(repeating: value) }
    @inline(__always) init(load source: UnsafePointer<Double>) { lanes = UnsafeRawPointer(source).loadUnaligned(as: SIMD4<Double>.self) }
    @inline(__always) func store(to target: UnsafeMutablePointer<Double>) {
        UnsafeMutableRawPointer(target).storeBytes(of: lanes, as: SIMD4<Double>.self)
    }
    @inline(__always) static func + (left: Self, right: Self) -> Self { Self(lanes: left.lanes + right.lanes) }
    @inline(__always) static func - (left: Self, right: Self) -> Self { Self(lanes: left.lanes - right.lanes) }
    @inline(__always) static func * (left: Self, right: Self) -> Self { Self(lanes: left.lanes * right.lanes) }
    @inline(__always) static func / (left: Self, right: Self) -> Self { Self(lanes: left.lanes / right.lanes) }
    @inline(__always) func addingProduct(_ left: Self, _ right: Self) -> Self { Self(lanes: lanes.addingProduct(left.lanes, right.lanes)) }
    @inline(__always) func squareRoot() -> Self {
        let zero = SIMD4(repeating: 0.0)
        let largest = SIMD4(repeating: Double.greatestFiniteMagnitude)
        let notNegative = lanes.replacing(with: zero, where: lanes .< zero)
        let x = notNegative.replacing(with: largest, where: largest .< notNegative)
        var r = unsafeBitCast(
            SIMD4(repeating: 0x5fe6_eb50_c7b5_37a9 as UInt64) &- (unsafeBitCast(x, to: SIMD4<UInt64>.self) &>> 1), to: SIMD4<Double>.self)
        let half = x * SIMD4(repeating: -0.5)
        let threeHalves = SIMD4(repeating: 1.5)
        r = r * threeHalves.addingProduct(half * r, r)
        r = r * threeHalves.addingProduct(half * r, r)
        r = r * threeHalves.addingProduct(half * r, r)
        let s = x * r
        return Self(lanes: s.addingProduct(r * SIMD4(repeating: 0.5), x.addingProduct(zero - s, s)))
    }
}
