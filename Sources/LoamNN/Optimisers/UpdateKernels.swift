import LoamTensor

/// The optimisers' loops: one pass over memory, every intermediate in a register.
///
/// Each is written once, generically, and compiled for `Float` and `Double`; all operations are element-wise, so splitting the
/// arrays among threads does not change a bit.
enum UpdateKernels {
    struct AdamConstants<Scalar: TensorScalar> {
        /// 1 − β₁ and β₂, 1 − β₂.
        var firstRate: Scalar
        var secondDecay: Scalar
        var secondRate: Scalar
        /// η/(1 − β₁ᵗ), 1/√(1 − β₂ᵗ), ε.
        var stepSize: Scalar
        var denominatorScale: Scalar
        var epsilon: Scalar
        /// Added to the gradient (coupled decay), and the factor on the parameter (decoupled decay).
        var coupledDecay: Scalar
        var parameterFactor: Scalar
    }

    /// Reads p, g, m, v and writes p, m, v: 28 bytes a parameter in single precision.
    @inline(__always)
    private static func adamLoop<Scalar: TensorScalar>(
        _ p: UnsafeMutablePointer<Scalar>, _ g: UnsafePointer<Scalar>, _ m: UnsafeMutablePointer<Scalar>, _ v: UnsafeMutablePointer<Scalar>,
        _ c: AdamConstants<Scalar>, _ count: Int
    ) {
        for i in 0..<count {
            let parameter = p[i]
            let gradient = g[i].addingProduct(c.coupledDecay, parameter)
            let first = m[i].addingProduct(c.firstRate, gradient - m[i])
            let second = (c.secondRate * gradient * gradient).addingProduct(c.secondDecay, v[i])
            m[i] = first
            v[i] = second
            let denominator = c.epsilon.addingProduct(second.squareRoot(), c.denominatorScale)
            p[i] = (c.parameterFactor * parameter).addingProduct(-c.stepSize, first / denominator)
        }
    }

    struct DescentConstants<Scalar: TensorScalar> {
        var learningRate: Scalar
        var weightDecay: Scalar
        var momentum: Scalar
        /// 1 − dampening; 1 in the first step.
        var gradientShare: Scalar
        var isNesterov: Bool
    }

    @inline(__always)
    private static func momentumLoop<Scalar: TensorScalar>(
        _ p: UnsafeMutablePointer<Scalar>, _ g: UnsafePointer<Scalar>, _ b: UnsafeMutablePointer<Scalar>, _ c: DescentConstants<Scalar>,
        _ count: Int
    ) {
        if c.isNesterov {
            for i in 0..<count {
                let gradient = g[i].addingProduct(c.weightDecay, p[i])
                let buffer = (c.gradientShare * gradient).addingProduct(c.momentum, b[i])
                b[i] = buffer
                p[i] = p[i].addingProduct(-c.learningRate, gradient.addingProduct(c.momentum, buffer))
            }
        } else {
            for i in 0..<count {
                let gradient = g[i].addingProduct(c.weightDecay, p[i])
                let buffer = (c.gradientShare * gradient).addingProduct(c.momentum, b[i])
                b[i] = buffer
                p[i] = p[i].addingProduct(-c.learningRate, buffer)
            }
        }
    }

    @inline(__always)
    private static func plainLoop<Scalar: TensorScalar>(
        _ p: UnsafeMutablePointer<Scalar>, _ g: UnsafePointer<Scalar>, _ c: DescentConstants<Scalar>, _ count: Int
    ) {
        for i in 0..<count { p[i] = p[i].addingProduct(-c.learningRate, g[i].addingProduct(c.weightDecay, p[i])) }
    }

    struct RootMeanSquareConstants<Scalar: TensorScalar> {
        var learningRate: Scalar
        var decay: Scalar
        var rate: Scalar
        var epsilon: Scalar
        var weightDecay: Scalar
        var momentum: Scalar
    }

    @inline(__always)
    private static func rootMeanSquareLoop<Scalar: TensorScalar>(
        _ p: UnsafeMutablePointer<Scalar>, _ g: UnsafePointer<Scalar>, _ s: UnsafeMutablePointer<Scalar>,
        _ mean: UnsafeMutablePointer<Scalar>?, _ buffer: UnsafeMutablePointer<Scalar>?, _ c: RootMeanSquareConstants<Scalar>, _ count: Int
    ) {
        for i in 0..<count {
            let gradient = g[i].addingProduct(c.weightDecay, p[i])
            let square = (c.rate * gradient * gradient).addingProduct(c.decay, s[i])
            s[i] = square
            var spread = square
            if let mean {
                let average = mean[i].addingProduct(c.rate, gradient - mean[i])
                mean[i] = average
                spread = square.addingProduct(-average, average)
            }
            var change = gradient / (spread.squareRoot() + c.epsilon)
            if let buffer {
                change = change.addingProduct(c.momentum, buffer[i])
                buffer[i] = change
            }
            p[i] = p[i].addingProduct(-c.learningRate, change)
        }
    }

    // MARK: Entry points, one compiled loop a type

    static func adam<Scalar: TensorScalar>(
        _ p: UnsafeMutablePointer<Scalar>, _ g: UnsafePointer<Scalar>, _ m: UnsafeMutablePointer<Scalar>, _ v: UnsafeMutablePointer<Scalar>,
        _ c: AdamConstants<Scalar>, _ count: Int
    ) {
        split(count) { i, n in
            if Scalar.self == Float.self {
                adamLoop(
                    (p + i).rebound(Float.self), (g + i).rebound(Float.self), (m + i).rebound(Float.self), (v + i).rebound(Float.self),
                    unsafeBitCast(c, to: AdamConstants<Float>.self), n)
            } else {
                adamLoop(
                    (p + i).rebound(Double.self), (g + i).rebound(Double.self), (m + i).rebound(Double.self), (v + i).rebound(Double.self),
                    unsafeBitCast(c, to: AdamConstants<Double>.self), n)
            }
        }
    }

    static func descent<Scalar: TensorScalar>(
        _ p: UnsafeMutablePointer<Scalar>, _ g: UnsafePointer<Scalar>, _ b: UnsafeMutablePointer<Scalar>?, _ c: DescentConstants<Scalar>,
        _ count: Int
    ) {
        split(count) { i, n in
            if Scalar.self == Float.self {
                let c = unsafeBitCast(c, to: DescentConstants<Float>.self)
                let (p, g) = ((p + i).rebound(Float.self), (g + i).rebound(Float.self))
                if let b { momentumLoop(p, g, (b + i).rebound(Float.self), c, n) } else { plainLoop(p, g, c, n) }
            } else {
                let c = unsafeBitCast(c, to: DescentConstants<Double>.self)
                let (p, g) = ((p + i).rebound(Double.self), (g + i).rebound(Double.self))
                if let b { momentumLoop(p, g, (b + i).rebound(Double.self), c, n) } else { plainLoop(p, g, c, n) }
            }
        }
    }

    static func rootMeanSquare<Scalar: TensorScalar>(
        _ p: UnsafeMutablePointer<Scalar>, _ g: UnsafePointer<Scalar>, _ s: UnsafeMutablePointer<Scalar>,
        mean: UnsafeMutablePointer<Scalar>?, buffer: UnsafeMutablePointer<Scalar>?, _ c: RootMeanSquareConstants<Scalar>, _ count: Int
    ) {
        split(count) { i, n in
            if Scalar.self == Float.self {
                rootMeanSquareLoop(
                    (p + i).rebound(Float.self), (g + i).rebound(Float.self), (s + i).rebound(Float.self),
                    mean.map { ($0 + i).rebound(Float.self) }, buffer.map { ($0 + i).rebound(Float.self) },
                    unsafeBitCast(c, to: RootMeanSquareConstants<Float>.self), n)
            } else {
                rootMeanSquareLoop(
                    (p + i).rebound(Double.self), (g + i).rebound(Double.self), (s + i).rebound(Double.self),
                    mean.map { ($0 + i).rebound(Double.self) }, buffer.map { ($0 + i).rebound(Double.self) },
                    unsafeBitCast(c, to: RootMeanSquareConstants<Double>.self), n)
            }
        }
    }

    @inline(__always)
    private static func split(_ count: Int, _ body: (_ start: Int, _ count: Int) -> Void) {
        if count < streamingGrain {
            body(0, count)
        } else {
            Parallel.chunks(count, grain: streamingGrain / 2) { range in body(range.lowerBound, range.count) }
        }
    }
}
