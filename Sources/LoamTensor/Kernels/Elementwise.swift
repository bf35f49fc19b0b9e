import Glibc
import RealModule

// Element-wise loops. Memory traffic is one read an operand and one write; anything up to about 20 floating-point operations an
// element hides behind it once the arrays leave the cache. The last, partial vector goes through the same vector code by way of
// a padded register, so that an element's result does not depend on where it stands or how the array was split.

@inline(__always)
private func map<V: Vector>(
    _: V.Type, _ x: UnsafePointer<V.Scalar>, _ y: UnsafeMutablePointer<V.Scalar>, _ count: Int, _ body: (V) -> V
) {
    var i = 0
    while i &+ V.width <= count {
        body(V(load: x + i)).store(to: y + i)
        i &+= V.width
    }
    if i < count {
        let rest = count &- i
        withUnsafeTemporaryAllocation(of: V.Scalar.self, capacity: V.width) { pad in
            let pad = pad.baseAddress!
            for lane in 0..<V.width { pad[lane] = lane < rest ? x[i &+ lane] : 1 }
            body(V(load: pad)).store(to: pad)
            for lane in 0..<rest { y[i &+ lane] = pad[lane] }
        }
    }
}

@inline(__always)
private func applyUnary<V: Vector>(
    _ vector: V.Type, _ function: UnaryFunction, _ x: UnsafePointer<V.Scalar>, _ y: UnsafeMutablePointer<V.Scalar>, _ n: Int
) where V.Scalar: TensorScalar {
    let zero = V(0)
    switch function {
    case .negate: map(vector, x, y, n) { -$0 }
    case .magnitude: map(vector, x, y, n) { $0.magnitude }
    case .sign: map(vector, x, y, n) { x in V(1).withSign(of: x).selected(where: zero < x.magnitude, otherwise: x) }
    case .square: map(vector, x, y, n) { $0 * $0 }
    case .squareRoot: map(vector, x, y, n) { $0.squareRoot() }
    case .reciprocal: map(vector, x, y, n) { V(1) / $0 }
    case .reciprocalSquareRoot: map(vector, x, y, n) { V(1) / $0.squareRoot() }
    case .exp: map(vector, x, y, n) { V.exp($0) }
    case .expMinusOne: map(vector, x, y, n) { V.expm1($0) }
    case .log: map(vector, x, y, n) { V.log($0) }
    case .logOnePlus: map(vector, x, y, n) { V.log1p($0) }
    case .sin: map(vector, x, y, n) { $0.mapLanes(V.Scalar.sin) }
    case .cos: map(vector, x, y, n) { $0.mapLanes(V.Scalar.cos) }
    case .tanh: map(vector, x, y, n) { V.tanh($0) }
    case .erf: map(vector, x, y, n) { V.errorFunction($0) }
    case .sigmoid: map(vector, x, y, n) { V.sigmoid($0) }
    case .softplus: map(vector, x, y, n) { V.softplus($0) }
    case .relu: map(vector, x, y, n) { zero.selected(where: $0 < zero, otherwise: $0) }
    case .gelu: map(vector, x, y, n) { V.gelu($0) }
    case .geluSlope: map(vector, x, y, n) { V.geluSlope($0) }
    case .silu: map(vector, x, y, n) { V.silu($0) }
    case .siluSlope: map(vector, x, y, n) { V.siluSlope($0) }
    case .floor: map(vector, x, y, n) { $0.mapLanes { $0.rounded(.down) } }
    }
}

/// One run of a binary function; a stride of 0 repeats an operand's single element.
@inline(__always)
private func zip<V: Vector>(
    _: V.Type, _ a: UnsafePointer<V.Scalar>, _ aStride: Int, _ b: UnsafePointer<V.Scalar>, _ bStride: Int,
    _ y: UnsafeMutablePointer<V.Scalar>, _ count: Int, _ body: (V, V) -> V
) {
    if aStride > 1 || bStride > 1 || (aStride == 0 && bStride == 0) {
        // Strided views: gather a register at a time.
        withUnsafeTemporaryAllocation(of: V.Scalar.self, capacity: 2 * V.width) { pad in
            let pa = pad.baseAddress!
            let pb = pa + V.width
            var i = 0
            while i < count {
                let lanes = Swift.min(V.width, count &- i)
                for lane in 0..<V.width {
                    pa[lane] = lane < lanes ? a[(i &+ lane) &* aStride] : 1
                    pb[lane] = lane < lanes ? b[(i &+ lane) &* bStride] : 1
                }
                body(V(load: pa), V(load: pb)).store(to: pa)
                for lane in 0..<lanes { y[i &+ lane] = pa[lane] }
                i &+= lanes
            }
        }
        return
    }
    var i = 0
    if aStride == 1 && bStride == 1 {
        while i &+ V.width <= count {
            body(V(load: a + i), V(load: b + i)).store(to: y + i)
            i &+= V.width
        }
    } else if aStride == 1 {
        let right = V(b.pointee)
        while i &+ V.width <= count {
            body(V(load: a + i), right).store(to: y + i)
            i &+= V.width
        }
    } else {
        let left = V(a.pointee)
        while i &+ V.width <= count {
            body(left, V(load: b + i)).store(to: y + i)
            i &+= V.width
        }
    }
    if i < count {
        let rest = count &- i
        withUnsafeTemporaryAllocation(of: V.Scalar.self, capacity: 2 * V.width) { pad in
            let pa = pad.baseAddress!
            let pb = pa + V.width
            for lane in 0..<V.width {
                pa[lane] = lane < rest ? a[(i &+ lane) &* aStride] : 1
                pb[lane] = lane < rest ? b[(i &+ lane) &* bStride] : 1
            }
            body(V(load: pa), V(load: pb)).store(to: pa)
            for lane in 0..<rest { y[i &+ lane] = pa[lane] }
        }
    }
}

@inline(__always)
private func applyBinary<V: Vector>(
    _ vector: V.Type, _ function: BinaryFunction, _ a: UnsafePointer<V.Scalar>, _ sa: Int, _ b: UnsafePointer<V.Scalar>, _ sb: Int,
    _ y: UnsafeMutablePointer<V.Scalar>, _ n: Int
) where V.Scalar: TensorScalar {
    switch function {
    case .add: zip(vector, a, sa, b, sb, y, n) { $0 + $1 }
    case .subtract: zip(vector, a, sa, b, sb, y, n) { $0 - $1 }
    case .multiply: zip(vector, a, sa, b, sb, y, n) { $0 * $1 }
    case .divide: zip(vector, a, sa, b, sb, y, n) { $0 / $1 }
    case .minimum:
        zip(vector, a, sa, b, sb, y, n) { V.smaller($0, $1) }
    case .maximum:
        zip(vector, a, sa, b, sb, y, n) { V.larger($0, $1) }
    case .power: for i in 0..<n { y[i] = V.power(a[i &* sa], b[i &* sb]) }
    case .tanhBackward: zip(vector, a, sa, b, sb, y, n) { g, y in g * V.fusedMultiplyAdd(-y, y, V(1)) }
    case .sigmoidBackward: zip(vector, a, sa, b, sb, y, n) { g, y in g * (y * (V(1) - y)) }
    case .reluBackward: zip(vector, a, sa, b, sb, y, n) { g, y in g.selected(where: V(0) < y, otherwise: V(0)) }
    }
}

/// y ← f(y + bias), row by row: the pass after a matrix product, while its rows are still in the cache.
@inline(__always)
private func biasThenActivation<V: Vector>(
    _ vector: V.Type, _ function: UnaryFunction?, _ y: UnsafeMutablePointer<V.Scalar>, _ bias: UnsafePointer<V.Scalar>?, rows: Int,
    columns: Int
) where V.Scalar: TensorScalar {
    for row in 0..<rows {
        let target = y + row &* columns
        if let bias {
            switch function {
            case .tanh: zip(vector, target, 1, bias, 1, target, columns) { V.tanh($0 + $1) }
            case .relu: zip(vector, target, 1, bias, 1, target, columns) { a, b in V.maximum(a + b, V(0)) }
            default: zip(vector, target, 1, bias, 1, target, columns) { $0 + $1 }
            }
        }
        if let function, bias == nil || (function != .tanh && function != .relu) {
            applyUnary(vector, function, target, target, columns)
        }
    }
}

extension Float {
    public static func _apply(_ function: UnaryFunction, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int) {
        applyUnary(FloatVector.self, function, x, y, count)
    }
    public static func _apply(
        _ function: BinaryFunction, _ a: UnsafePointer<Float>, _ aStride: Int, _ b: UnsafePointer<Float>, _ bStride: Int,
        _ y: UnsafeMutablePointer<Float>, _ count: Int
    ) {
        applyBinary(FloatVector.self, function, a, aStride, b, bStride, y, count)
    }
    public static func _biasActivation(
        _ function: UnaryFunction?, _ y: UnsafeMutablePointer<Float>, _ bias: UnsafePointer<Float>?, rows: Int, columns: Int
    ) {
        biasThenActivation(FloatVector.self, function, y, bias, rows: rows, columns: columns)
    }
}

extension Double {
    public static func _apply(_ function: UnaryFunction, _ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>, _ count: Int) {
        applyUnary(DoubleVector.self, function, x, y, count)
    }
    public static func _apply(
        _ function: BinaryFunction, _ a: UnsafePointer<Double>, _ aStride: Int, _ b: UnsafePointer<Double>, _ bStride: Int,
        _ y: UnsafeMutablePointer<Double>, _ count: Int
    ) {
        applyBinary(DoubleVector.self, function, a, aStride, b, bStride, y, count)
    }
    public static func _biasActivation(
        _ function: UnaryFunction?, _ y: UnsafeMutablePointer<Double>, _ bias: UnsafePointer<Double>?, rows: Int, columns: Int
    ) {
        biasThenActivation(DoubleVector.self, function, y, bias, rows: rows, columns: columns)
    }
}
