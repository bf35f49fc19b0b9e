/// Layer normalisation's fused passes: a row at a time, which stays in the first-level cache between its sums and its result.
enum RowNormalisation {
    static func forward<Scalar: TensorScalar>(
        _ x: Tensor<Scalar>, length: Int, scale: Tensor<Scalar>?, shift: Tensor<Scalar>?, epsilon: Scalar
    ) -> (value: Tensor<Scalar>, statistics: SetStatistics<Scalar>) {
        let rows = length == 0 ? 0 : x.count / length
        let value = Tensor<Scalar>(uninitialised: x.shape)
        var mean = Array(repeating: 0.0, count: rows)
        var variance = mean
        let factors = scale ?? Tensor(repeating: 1, shape: [length])
        let offsets = shift ?? Tensor(repeating: 0, shape: [length])
        let y = value.storage.base
        mean.withUnsafeMutableBufferPointer { mean in
            variance.withUnsafeMutableBufferPointer { variance in
                x.withUnsafePointer { x in
                    factors.withUnsafePointer { factors in
                        offsets.withUnsafePointer { offsets in
                            Parallel.chunks(rows, grain: Swift.max(1, Parallel.elementGrain / 4 / Swift.max(1, length))) { range in
                                for row in range {
                                    (mean[row], variance[row]) = forwardRow(
                                        x + row * length, length, factors, offsets, Double(epsilon), y + row * length)
                                }
                            }
                        }
                    }
                }
            }
        }
        return (value, SetStatistics(mean: mean, variance: variance, epsilon: epsilon))
    }

    static func backward<Scalar: TensorScalar>(
        _ x: Tensor<Scalar>, _ g: Tensor<Scalar>, length: Int, scale: Tensor<Scalar>?, _ statistics: SetStatistics<Scalar>
    ) -> (x: Tensor<Scalar>, scale: Tensor<Scalar>, shift: Tensor<Scalar>) {
        let rows = statistics.mean.count
        let value = Tensor<Scalar>(uninitialised: x.shape)
        let factors = scale ?? Tensor(repeating: 1, shape: [length])
        // Parameter gradients are summed in at most 16 pieces of consecutive rows, whatever the number of threads, then added in order.
        let pieces = Swift.max(1, Swift.min(16, rows))
        var partial = Tensor<Scalar>(repeating: 0, shape: [2, pieces, length])
        let y = value.storage.base
        partial.withUnsafeMutablePointer { partial in
            x.withUnsafePointer { x in
                g.withUnsafePointer { g in
                    factors.withUnsafePointer { factors in
                        Parallel.chunks(pieces, grain: Swift.max(1, pieces * Parallel.elementGrain / 4 / Swift.max(1, rows * length))) {
                            range in
                            for piece in range {
                                for row in rows * piece / pieces..<rows * (piece + 1) / pieces {
                                    backwardRow(
                                        x + row * length, g + row * length, length, factors, mean: statistics.mean[row],
                                        root: statistics.inverseDeviation[row], y + row * length, scale: partial + piece * length,
                                        shift: partial + (pieces + piece) * length)
                                }
                            }
                        }
                    }
                }
            }
        }
        let sums = partial.sum(axes: [1])
        let shape = scale?.shape ?? RowNormalisation.trailing(x.shape, length)
        return (value, sums.select(0, axis: 0).reshaped(shape), sums.select(1, axis: 0).reshaped(shape))
    }

    /// The last axes of `shape`, as many as hold `length` elements.
    static func trailing(_ shape: Shape, _ length: Int) -> Shape {
        for axes in 1...shape.rank where shape.suffix(axes).reduce(1, *) == length { return Shape(shape.suffix(axes)) }
        return [length]
    }

    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    private static func forwardRow<Scalar: TensorScalar>(
        _ x: UnsafePointer<Scalar>, _ length: Int, _ scale: UnsafePointer<Scalar>, _ shift: UnsafePointer<Scalar>, _ epsilon: Double,
        _ y: UnsafeMutablePointer<Scalar>
    ) -> (mean: Double, variance: Double) {
        let mean = laneSums(length) { x[$0] } / Double(length)
        let centre = Scalar(mean)
        // The rounding of the mean to the scalar type is a constant offset: taken out of the variance again.
        let offset = mean - Double(centre)
        let squares = laneSums(length) {
            let d = x[$0] - centre
            return d * d
        }
        let variance = Swift.max(0, squares / Double(length) - offset * offset)
        let root = Scalar(1 / (variance + epsilon).squareRoot())
        for i in 0..<length { y[i] = shift[i] + (x[i] - centre) * root * scale[i] }
        return (mean, variance)
    }

    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    private static func backwardRow<Scalar: TensorScalar>(
        _ x: UnsafePointer<Scalar>, _ g: UnsafePointer<Scalar>, _ length: Int, _ factors: UnsafePointer<Scalar>, mean: Double, root: Double,
        _ y: UnsafeMutablePointer<Scalar>, scale: UnsafeMutablePointer<Scalar>, shift: UnsafeMutablePointer<Scalar>
    ) {
        let centre = Scalar(mean)
        let slope = Scalar(root)
        let meanDelta = Scalar(laneSums(length) { g[$0] * factors[$0] } / Double(length))
        let meanProjection = Scalar(laneSums(length) { g[$0] * factors[$0] * ((x[$0] - centre) * slope) } / Double(length))
        for i in 0..<length {
            let standard = (x[i] - centre) * slope
            y[i] = (g[i] * factors[i] - meanDelta - standard * meanProjection) * slope
            scale[i] += g[i] * standard
            shift[i] += g[i]
        }
    }

    /// Σ of `count` terms in eight interleaved sums, which the compiler keeps in one register.
    @inline(__always)
    private static func laneSums<Scalar: TensorScalar>(_ count: Int, _ term: (Int) -> Scalar) -> Double {
        var (s0, s1, s2, s3): (Scalar, Scalar, Scalar, Scalar) = (0, 0, 0, 0)
        var (s4, s5, s6, s7): (Scalar, Scalar, Scalar, Scalar) = (0, 0, 0, 0)
        var i = 0
        while i &+ 8 <= count {
            s0 += term(i)
            s1 += term(i &+ 1)
            s2 += term(i &+ 2)
            s3 += term(i &+ 3)
            s4 += term(i &+ 4)
            s5 += term(i &+ 5)
            s6 += term(i &+ 6)
            s7 += term(i &+ 7)
            i &+= 8
        }
        var total = Double((s0 + s1) + (s2 + s3)) + Double((s4 + s5) + (s6 + s7))
        while i < count {
            total += Double(term(i))
            i &+= 1
        }
        return total
    }
}
