// Reductions in a fixed order: blocks of 4096 elements, four vector accumulators a block, block results added in sequence in
// double precision. Threads share out whole blocks, so the result does not depend on their number.

private let blockLength = 4096

@inline(__always)
private func foldBlock<V: Vector>(
    _: V.Type, _ x: UnsafePointer<V.Scalar>, _ count: Int, identity: V.Scalar, _ combine: (V, V) -> V, _ scalar: (V.Scalar, V.Scalar) -> V.Scalar
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

/// y[c] ← reduction over rows of x[r, c], for the given columns. Rows are taken in order, in blocks of 256 whose sums are then
/// added, which bounds the rounding error of long sums.
@inline(__always)
private func reduceColumns<V: Vector>(
    _: V.Type, _ reduction: Reduction, _ x: UnsafePointer<V.Scalar>, rows: Int, columns: Range<Int>, rowStride: Int,
    _ y: UnsafeMutablePointer<V.Scalar>
) {
    let identity: V.Scalar = reduction == .sum ? 0 : reduction == .maximum ? -.infinity : .infinity
    var c = columns.lowerBound
    while c &+ V.width <= columns.upperBound {
        var total = V(identity)
        var first = 0
        while first < rows {
            let end = Swift.min(first &+ 256, rows)
            var partial = V(identity)
            for r in first..<end {
                let value = V(load: x + (r &* rowStride &+ c))
                switch reduction {
                case .sum: partial = partial + value
                case .maximum: partial = V.larger(partial, value)
                case .minimum: partial = V.smaller(partial, value)
                }
            }
            switch reduction {
            case .sum: total = total + partial
            case .maximum: total = V.larger(total, partial)
            case .minimum: total = V.smaller(total, partial)
            }
            first = end
        }
        total.store(to: y + c)
        c &+= V.width
    }
    while c < columns.upperBound {
        var total = identity
        var first = 0
        while first < rows {
            let end = Swift.min(first &+ 256, rows)
            var partial = identity
            for r in first..<end {
                let value = x[r &* rowStride &+ c]
                switch reduction {
                case .sum: partial += value
                case .maximum: partial = keepLarger(partial, value)
                case .minimum: partial = keepSmaller(partial, value)
                }
            }
            switch reduction {
            case .sum: total += partial
            case .maximum: total = keepLarger(total, partial)
            case .minimum: total = keepSmaller(total, partial)
            }
            first = end
        }
        y[c] = total
        c &+= 1
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
        _ reduction: Reduction, _ x: UnsafePointer<Double>, rows: Int, columns: Range<Int>, rowStride: Int, _ y: UnsafeMutablePointer<Double>
    ) {
        reduceColumns(DoubleVector.self, reduction, x, rows: rows, columns: columns, rowStride: rowStride, y)
    }
}
