// Reductions in a fixed order: blocks of 4096 elements, four vector accumulators a block, block results added in sequence in
// double precision. Threads share out whole blocks, so the result does not depend on their number.

private let blockLength = 4096

@inline(__always)
private func foldBlock<V: Vector>(
    _: V.Type, _ x: UnsafePointer<V.Scalar>, _ count: Int, identity: V.Scalar, _ combine: (V, V) -> V,
    _ scalar: (V.Scalar, V.Scalar) -> V.Scalar
) -> V.Scalar {
    var i = 0
    var total = identity
    if count >= V.width {
        var s0 = V(identity)
        var s1 = s0
        var s2 = s0
        var s3 = s0
        while i &+ 4 &* V.width <= count {
            s0 = combine(s0, V(load: x + i))
            s1 = combine(s1, V(load: x + (i &+ V.width)))
            s2 = combine(s2, V(load: x + (i &+ 2 &* V.width)))
            s3 = combine(s3, V(load: x + (i &+ 3 &* V.width)))
            i &+= 4 &* V.width
        }
        while i &+ V.width <= count {
            s0 = combine(s0, V(load: x + i))
            i &+= V.width
        }
        let s = combine(combine(s0, s1), combine(s2, s3))
        withUnsafeTemporaryAllocation(of: V.Scalar.self, capacity: V.width) { lanes in
            s.store(to: lanes.baseAddress!)
            for lane in 0..<V.width { total = scalar(total, lanes[lane]) }
        }
    }
    while i < count {
        total = scalar(total, x[i])
        i &+= 1
    }
    return total
}

@inline(__always)
private func keepLarger<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> T { a < b || b != b ? b : a }
@inline(__always)
private func keepSmaller<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> T { b < a || b != b ? b : a }

@inline(__always)
private func block<V: Vector>(_ vector: V.Type, _ reduction: Reduction, _ x: UnsafePointer<V.Scalar>, _ count: Int) -> V.Scalar {
    switch reduction {
    case .sum: return foldBlock(vector, x, count, identity: 0, { $0 + $1 }, { $0 + $1 })
    case .maximum:
        return foldBlock(
            vector, x, count, identity: -.infinity,
            { a, b in V.larger(a, b) }, keepLarger)
    case .minimum:
        return foldBlock(
            vector, x, count, identity: .infinity,
            { a, b in V.smaller(a, b) }, keepSmaller)
    }
}

@inline(__always)
private func reduceRow<V: Vector>(_ vector: V.Type, _ reduction: Reduction, _ x: UnsafePointer<V.Scalar>, _ count: Int) -> V.Scalar {
    if count <= blockLength { return block(vector, reduction, x, count) }
    let blocks = (count + blockLength - 1) / blockLength
    return withUnsafeTemporaryAllocation(of: V.Scalar.self, capacity: blocks) { partial in
        let results = partial.baseAddress!
        Parallel.chunks(blocks, grain: 8) { range in
            for index in range {
                let start = index * blockLength
                results[index] = block(vector, reduction, x + start, Swift.min(blockLength, count - start))
            }
        }
        switch reduction {
        case .sum:
            var total = 0.0
            for index in 0..<blocks { total += Double(results[index]) }
            return V.Scalar(total)
        case .maximum: return partial.reduce(-.infinity, keepLarger)
        case .minimum: return partial.reduce(.infinity, keepSmaller)
        }
    }
}

/// y[c] ← reduction over rows of x[r, c], for the given columns. Rows are taken in order, in blocks of 256 whose results are then
/// combined, which bounds the rounding error of long sums; four registers abreast use two whole cache lines of every row.
@inline(__always)
private func foldColumns<V: Vector>(
    _: V.Type, _ x: UnsafePointer<V.Scalar>, rows: Int, columns: Range<Int>, rowStride: Int, _ y: UnsafeMutablePointer<V.Scalar>,
    identity: V.Scalar, _ combine: (V, V) -> V, _ scalar: (V.Scalar, V.Scalar) -> V.Scalar
) {
    let width = V.width
    var c = columns.lowerBound
    while c &+ 4 &* width <= columns.upperBound {
        var t0 = V(identity), t1 = t0, t2 = t0, t3 = t0
        var first = 0
        while first < rows {
            let end = Swift.min(first &+ 256, rows)
            var p0 = V(identity), p1 = p0, p2 = p0, p3 = p0
            var row = x + (first &* rowStride &+ c)
            for _ in first..<end {
                p0 = combine(p0, V(load: row))
                p1 = combine(p1, V(load: row + width))
                p2 = combine(p2, V(load: row + (2 &* width)))
                p3 = combine(p3, V(load: row + (3 &* width)))
                row += rowStride
            }
            t0 = combine(t0, p0)
            t1 = combine(t1, p1)
            t2 = combine(t2, p2)
            t3 = combine(t3, p3)
            first = end
        }
        t0.store(to: y + c)
        t1.store(to: y + (c &+ width))
        t2.store(to: y + (c &+ 2 &* width))
        t3.store(to: y + (c &+ 3 &* width))
        c &+= 4 &* width
    }
    while c < columns.upperBound {
        var total = identity
        var first = 0
        while first < rows {
            let end = Swift.min(first &+ 256, rows)
            var partial = identity
            for r in first..<end { partial = scalar(partial, x[r &* rowStride &+ c]) }
            total = scalar(total, partial)
            first = end
        }
        y[c] = total
        c &+= 1
    }
}

@inline(__always)
private func reduceColumns<V: Vector>(
    _ vector: V.Type, _ reduction: Reduction, _ x: UnsafePointer<V.Scalar>, rows: Int, columns: Range<Int>, rowStride: Int,
    _ y: UnsafeMutablePointer<V.Scalar>
) {
    switch reduction {
    case .sum:
        foldColumns(
            vector, x, rows: rows, columns: columns, rowStride: rowStride, y, identity: 0, { $0 + $1 }, { $0 + $1 })
    case .maximum:
        foldColumns(
            vector, x, rows: rows, columns: columns, rowStride: rowStride, y, identity: -.infinity, { V.larger($0, $1) }, keepLarger)
    case .minimum:
        foldColumns(
            vector, x, rows: rows, columns: columns, rowStride: rowStride, y, identity: .infinity, { V.smaller($0, $1) }, keepSmaller)
    }
}

extension Float {
    public static func _reduceRow(_ reduction: Reduction, _ x: UnsafePointer<Float>, _ count: Int) -> Float {
        reduceRow(FloatVector.self, reduction, x, count)
    }
    public static func _reduceColumns(
        _ reduction: Reduction, _ x: UnsafePointer<Float>, rows: Int, columns: Range<Int>, rowStride: Int, _ y: UnsafeMutablePointer<Float>
    ) {
        reduceColumns(FloatVector.self, reduction, x, rows: rows, columns: columns, rowStride: rowStride, y)
    }
}

extension Double {
    public static func _reduceRow(_ reduction: Reduction, _ x: UnsafePointer<Double>, _ count: Int) -> Double {
        reduceRow(DoubleVector.self, reduction, x, count)
    }
    public static func _reduceColumns(
        _ reduction: Reduction, _ x: UnsafePointer<Double>, rows: Int, columns: Range<Int>, rowStride: Int,
        _ y: UnsafeMutablePointer<Double>
    ) {
        reduceColumns(DoubleVector.self, reduction, x, rows: rows, columns: columns, rowStride: rowStride, y)
    }
}
