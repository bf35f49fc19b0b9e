import Glibc
import LoamTensor
import Testing

/// An elementary function of the engine beside its definition.
struct ElementaryFunction: Sendable, CustomTestStringConvertible {
    let name: String
    let single: @Sendable (Tensor<Float>) -> Tensor<Float>
    let double: @Sendable (Tensor<Double>) -> Tensor<Double>
    /// By the C library in double precision: exact for judging `Float`.
    let reference: @Sendable (Double) -> Double
    /// The largest error allowed, in units in the last place of the result.
    let bound: (single: Double, double: Double)
    /// What the unit in the last place is taken of; the result unless the function cancels by its definition.
    var scale: @Sendable (_ x: Double, _ y: Double, _ leastNormal: Double) -> Double = { _, y, _ in y }

    var testDescription: String { name }

    static let all: [ElementaryFunction] = [
        ElementaryFunction(
            name: "exp", single: { $0.exp() }, double: { $0.exp() }, reference: { Glibc.exp($0) }, bound: (2, 2)),
        ElementaryFunction(
            name: "expMinusOne", single: { $0.expMinusOne() }, double: { $0.expMinusOne() }, reference: { Glibc.expm1($0) }, bound: (4, 4)),
        ElementaryFunction(name: "log", single: { $0.log() }, double: { $0.log() }, reference: { Glibc.log($0) }, bound: (2, 2)),
        ElementaryFunction(
            name: "logOnePlus", single: { $0.logOnePlus() }, double: { $0.logOnePlus() }, reference: { Glibc.log1p($0) }, bound: (4, 4)),
        ElementaryFunction(name: "tanh", single: { $0.tanh() }, double: { $0.tanh() }, reference: { Glibc.tanh($0) }, bound: (4, 4)),
        ElementaryFunction(
            name: "sigmoid", single: { $0.sigmoid() }, double: { $0.sigmoid() },
            reference: { $0 < 0 ? Glibc.exp($0) / (1 + Glibc.exp($0)) : 1 / (1 + Glibc.exp(-$0)) }, bound: (4, 4)),
        ElementaryFunction(
            name: "softplus", single: { $0.softplus() }, double: { $0.softplus() },
            reference: { $0 > 700 ? $0 : Glibc.log1p(Glibc.exp($0)) }, bound: (4, 4)),
        ElementaryFunction(name: "erf", single: { $0.erf() }, double: { $0.erf() }, reference: { Glibc.erf($0) }, bound: (4, 1.25)),
        ElementaryFunction(name: "sin", single: { $0.sin() }, double: { $0.sin() }, reference: { Glibc.sin($0) }, bound: (1, 1)),
        ElementaryFunction(name: "cos", single: { $0.cos() }, double: { $0.cos() }, reference: { Glibc.cos($0) }, bound: (1, 1)),
        ElementaryFunction(
            name: "squareRoot", single: { $0.squareRoot() }, double: { $0.squareRoot() }, reference: { $0.squareRoot() }, bound: (0.5, 0.5)),
        ElementaryFunction(
            name: "reciprocal", single: { $0.reciprocal() }, double: { $0.reciprocal() }, reference: { 1 / $0 }, bound: (0.5, 0.5)),
        ElementaryFunction(
            name: "reciprocalSquareRoot", single: { $0.reciprocalSquareRoot() }, double: { $0.reciprocalSquareRoot() },
            reference: { 1 / $0.squareRoot() }, bound: (1.5, 1.5)),
        ElementaryFunction(
            name: "silu", single: { $0.silu() }, double: { $0.silu() },
            reference: { $0 < -800 ? -0.0 : $0 < 0 ? $0 * Glibc.exp($0) / (1 + Glibc.exp($0)) : $0 / (1 + Glibc.exp(-$0)) }, bound: (5, 5),
            // x times a subnormal σ(x) has x times its rounding error.
            scale: { x, y, leastNormal in max(y.magnitude, x.magnitude * leastNormal) }),
        // x Φ(x) is computed from 1 + erf, which cancels for negative x: the error is measured in units of x.
        ElementaryFunction(
            name: "gelu", single: { $0.gelu() }, double: { $0.gelu() },
            reference: { $0 < -100 ? -0.0 : 0.5 * $0 * Glibc.erfc(-$0 * 0.5.squareRoot()) },
            bound: (2, 2), scale: { x, _, _ in x }),
    ]

    /// What goes wrong in a vectorised function goes wrong at the ends of ranges: these points are always in.
    static let corners: [Double] = {
        var points: [Double] = [0, -0.0, .infinity, -.infinity, 1, -1]
        for magnitude in [
            0x1p-1074, 0x1p-1022, 0x1p-149, 0x1.fffffcp-127, 0x1p-126, 0x1p-60, 0x1p-30, 0x1p-24, 0x1p-23, 0.25, 0.34657359, 0.5,
            0.69314718,
            0.70710678118654752, 0.99999994, 1.0000001, 1.4142135, 2, 4, 9.0109, 20, 44, 45, 87.3, 88, 88.72283, 88.72284, 89, 103.97, 104,
            700, 709.78,
            709.79, 745.13, 745.14, 1000, 0x1p24, 0x1p53, 0x1p100, 3.4e38, 1.7e308,
        ] {
            points += [magnitude, -magnitude, magnitude.nextUp, -magnitude.nextDown]
        }
        return points
    }()
}

/// |value − exact| in units in the last place of `scale`, subnormals included; 0 for a correct infinity or NaN.
func errorInUnits(_ value: Float, exact: Double, scale: Double) -> Double {
    if exact.isNaN { return value.isNaN ? 0 : .infinity }
    if Float(exact).isInfinite { return value == Float(exact) || value.magnitude == .greatestFiniteMagnitude ? 0 : .infinity }
    if !value.isFinite { return exact.magnitude > Double(Float.greatestFiniteMagnitude) * (1 - 0x1p-22) ? 0 : .infinity }
    let unit = max(Double(Float(scale).ulp), 0x1p-149)
    return (Double(value) - exact).magnitude / unit
}

/// Values of the sign-exponent-mantissa pattern of `Float`, evenly spaced over all of them: subnormals and huge numbers as often as others.
let floatSweep: [Float] = {
    var points = ElementaryFunction.corners.map { Float($0) }
    var pattern: UInt32 = 0
    while pattern < UInt32.max - 8192 {
        let x = Float(bitPattern: pattern)
        if !x.isNaN { points.append(x) }
        pattern += 8191
    }
    // Where results are neither 0 nor 1 nor infinite.
    for index in 0..<400_000 { points.append(-110 + 220 * Float(index) / 400_000) }
    for index in 0..<200_000 { points.append(-2 + 4 * Float(index) / 200_000) }
    return points
}()

let doubleSweep: [Double] = {
    var points = ElementaryFunction.corners
    var generator = PhiloxGenerator(seed: 2024)
    for _ in 0..<60_000 {
        let x = Double(bitPattern: generator.next())
        if !x.isNaN { points.append(x) }
    }
    for range in [-750.0...750, -40...40, -2...2, -0.01...0.01] {
        for _ in 0..<50_000 { points.append(range.lowerBound + (range.upperBound - range.lowerBound) * generator.uniform()) }
    }
    return points
}()
