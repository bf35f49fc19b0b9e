import LoamTensor

/// Calls `body` with the same pointers as pointers to the concrete type, so that a loop is compiled for it.
@inline(__always)
func withConcrete<Scalar: TensorScalar>(
    _ type: Scalar.Type, float: () -> Void, double: () -> Void
) {
    if Scalar.self == Float.self {
        float()
    } else if Scalar.self == Double.self {
        double()
    } else {
        preconditionFailure("\(Scalar.self): kernels exist for Float and Double")
    }
}

extension UnsafePointer {
    @inline(__always)
    func rebound<Other>(_: Other.Type) -> UnsafePointer<Other> { UnsafeRawPointer(self).assumingMemoryBound(to: Other.self) }
}

extension UnsafeMutablePointer {
    @inline(__always)
    func rebound<Other>(_: Other.Type) -> UnsafeMutablePointer<Other> { UnsafeMutableRawPointer(self).assumingMemoryBound(to: Other.self) }
}

/// Elements from which a second thread pays in loops that only stream memory.
let streamingGrain = 32_768

/// In-place updates of one tensor by another: one pass, no temporaries.
enum VectorKernels {
    @inline(__always)
    private static func run<Scalar: TensorScalar>(
        _ target: inout Tensor<Scalar>, _ source: Tensor<Scalar>,
        float: (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int) -> Void,
        double: (UnsafeMutablePointer<Double>, UnsafePointer<Double>, Int) -> Void
    ) {
        let count = target.count
        source.withUnsafePointer { from in
            target.withUnsafeMutablePointer { to in
                Parallel.chunks(count, grain: streamingGrain) { range in
                    let (to, from) = (to + range.lowerBound, from + range.lowerBound)
                    withConcrete(
                        Scalar.self, float: { float(to.rebound(Float.self), from.rebound(Float.self), range.count) },
                        double: { double(to.rebound(Double.self), from.rebound(Double.self), range.count) })
                }
            }
        }
    }

    /// target ← target + scale · source.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    static func addScaled<Scalar: TensorScalar>(_ scale: Scalar, _ source: Tensor<Scalar>, to target: inout Tensor<Scalar>) {
        let (single, double) = (Float(scale), Double(scale))
        run(
            &target, source, float: { to, from, count in for i in 0..<count { to[i] = to[i].addingProduct(single, from[i]) } },
            double: { to, from, count in for i in 0..<count { to[i] = to[i].addingProduct(double, from[i]) } })
    }

    /// target ← target + t (source − target).
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    static func interpolate<Scalar: TensorScalar>(_ target: inout Tensor<Scalar>, to source: Tensor<Scalar>, at t: Scalar) {
        let (single, double) = (Float(t), Double(t))
        run(
            &target, source, float: { to, from, count in for i in 0..<count { to[i] = to[i].addingProduct(single, from[i] - to[i]) } },
            double: { to, from, count in for i in 0..<count { to[i] = to[i].addingProduct(double, from[i] - to[i]) } })
    }

    /// target ← scale · target.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    static func scale<Scalar: TensorScalar>(_ target: inout Tensor<Scalar>, by scale: Scalar) {
        let count = target.count
        let (single, double) = (Float(scale), Double(scale))
        target.withUnsafeMutablePointer { to in
            Parallel.chunks(count, grain: streamingGrain) { range in
                withConcrete(
                    Scalar.self,
                    float: {
                        let to = to.rebound(Float.self)
                        for i in range { to[i] *= single }
                    },
                    double: {
                        let to = to.rebound(Double.self)
                        for i in range { to[i] *= double }
                    })
            }
        }
    }

    /// target ← each element limited to [−bound, bound]; NaN stays.
    static func clamp<Scalar: TensorScalar>(_ target: inout Tensor<Scalar>, to bound: Scalar) {
        let count = target.count
        let (single, double) = (Float(bound), Double(bound))
        target.withUnsafeMutablePointer { to in
            withConcrete(
                Scalar.self,
                float: {
                    let to = to.rebound(Float.self)
                    for i in 0..<count { to[i] = to[i] > single ? single : (to[i] < -single ? -single : to[i]) }
                },
                double: {
                    let to = to.rebound(Double.self)
                    for i in 0..<count { to[i] = to[i] > double ? double : (to[i] < -double ? -double : to[i]) }
                })
        }
    }
}

/// Sums of squares, in an order that does not depend on the number of threads.
enum FiniteCheck {
    /// Σ x², in double precision, summed in blocks of 4096 in sixteen interleaved chains.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    static func squaredNorm<Scalar: TensorScalar>(_ tensor: Tensor<Scalar>) -> Double {
        let count = tensor.count
        return tensor.withUnsafePointer { values in
            var sum = 0.0
            withConcrete(
                Scalar.self, float: { sum = blockedSum(count) { squares(values.rebound(Float.self), $0) } },
                double: { sum = blockedSum(count) { squares(values.rebound(Double.self), $0) } })
            return sum
        }
    }

    /// True when no element is NaN or infinite. A finite sum of squares proves it; one that overflowed is looked at again.
    static func isFinite<Scalar: TensorScalar>(_ tensor: Tensor<Scalar>) -> Bool {
        squaredNorm(tensor).isFinite || tensor.isFinite
    }

    private static let block = 4096

    @inline(__always)
    private static func blockedSum(_ count: Int, _ part: (Range<Int>) -> Double) -> Double {
        if count <= streamingGrain {
            var sum = 0.0
            var start = 0
            while start < count {
                sum += part(start..<min(count, start + block))
                start += block
            }
            return sum
        }
        let blocks = (count + block - 1) / block
        let sums = withoutActuallyEscaping(part) { part in
            Tensor<Double>(shape: [blocks]) { target in
                let target = target.baseAddress!
                Parallel.chunks(blocks, grain: streamingGrain / block) { range in
                    for index in range { target[index] = part(index * block..<min(count, (index + 1) * block)) }
                }
            }
        }
        return sums.withUnsafePointer { values in (0..<blocks).reduce(0.0) { $0 + values[$1] } }
    }

    // A square of a Float is exact in Double and cannot overflow there.
    private static func squares(_ values: UnsafePointer<Float>, _ range: Range<Int>) -> Double {
        var lanes = SIMD16<Double>(repeating: 0)
        var index = range.lowerBound
        while index + 16 <= range.upperBound {
            let x = SIMD16<Double>(UnsafeRawPointer(values + index).loadUnaligned(as: SIMD16<Float>.self))
            lanes += x * x
            index += 16
        }
        var sum = lanes.sum()
        while index < range.upperBound {
            sum += Double(values[index]) * Double(values[index])
            index += 1
        }
        return sum
    }

    private static func squares(_ values: UnsafePointer<Double>, _ range: Range<Int>) -> Double {
        var lanes = SIMD16<Double>(repeating: 0)
        var index = range.lowerBound
        while index + 16 <= range.upperBound {
            let x = UnsafeRawPointer(values + index).loadUnaligned(as: SIMD16<Double>.self)
            lanes += x * x
            index += 16
        }
        var sum = lanes.sum()
        while index < range.upperBound {
            sum += values[index] * values[index]
            index += 1
        }
        return sum
    }
}
