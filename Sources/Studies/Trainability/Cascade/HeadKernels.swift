import LoamTensor

/// The element-wise loops of head training.
enum HeadKernels {
    /// y ← δ = scale·(y − t)·act′(y) for `count` outputs, Σδ and Σ(y − t)² added up element by element: all rows of a batch add to the
    /// same `sums` and `squares`, so the order of additions is fixed and the loop runs in vectors.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    static func delta<Scalar: TensorScalar>(
        _ activation: FusedActivation, _ y: UnsafeMutablePointer<Scalar>, _ t: UnsafePointer<Scalar>, _ sums: UnsafeMutablePointer<Scalar>,
        _ squares: UnsafeMutablePointer<Scalar>, scale: Scalar, count: Int
    ) {
        @inline(__always)
        func loop(_ slope: (Scalar) -> Scalar) {
            for i in 0..<count {
                let value = y[i]
                let difference = value - t[i]
                let delta = scale * difference * slope(value)
                squares[i] += difference * difference
                sums[i] += delta
                y[i] = delta
            }
        }
        switch activation {
        case .identity: loop { _ in 1 }
        case .tanh: loop { 1 - $0 * $0 }
        case .relu: loop { $0 > 0 ? 1 : 0 }
        case .sigmoid: loop { $0 * (1 - $0) }
        }
    }

    /// y ← value. The library's own fill goes through the type's description for every element where code is not specialised.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    static func fill<Scalar: TensorScalar>(_ y: UnsafeMutablePointer<Scalar>, with value: Scalar, count: Int) {
        for i in 0..<count { y[i] = value }
    }

    /// y ← y + x.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    static func add<Scalar: TensorScalar>(_ x: UnsafePointer<Scalar>, to y: UnsafeMutablePointer<Scalar>, count: Int) {
        for i in 0..<count { y[i] += x[i] }
    }

    /// Σ xᵢ in double precision.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    static func sum<Scalar: TensorScalar>(_ x: UnsafePointer<Scalar>, count: Int) -> Double {
        var sum = 0.0
        for i in 0..<count { sum += Double(x[i]) }
        return sum
    }
}

extension ArraySlice<Int32> {
    /// The first of numbers that follow one another; nil for others.
    var startOfRun: Int? {
        guard let first else { return nil }
        for (offset, pick) in enumerated() where pick != first &+ Int32(offset) { return nil }
        return Int(first)
    }
}
