import LoamTensor

/// The optimisers' loops: one pass over memory, every intermediate in a register.
///
/// Each is written once over ``Register`` and compiled for `Float` and `Double`. All operations are element-wise, and the last few
/// elements go through the same instructions in a padded buffer, so splitting the arrays among threads does not change a bit.
enum UpdateKernels {
    struct AdamConstants {
        /// 1 − β₁, β₂, 1 − β₂.
        var firstRate: Double
        var secondDecay: Double
        var secondRate: Double
        /// η/(1 − β₁ᵗ), 1/√(1 − β₂ᵗ), ε.
        var stepSize: Double
        var denominatorScale: Double
        var epsilon: Double
        /// Added to the gradient (coupled decay), and the factor on the parameter (decoupled decay).
        var coupledDecay: Double
        var parameterFactor: Double
    }

    struct DescentConstants {
        var learningRate: Double
        var weightDecay: Double
        var momentum: Double
        /// 1 − dampening; 1 in the first step.
        var gradientShare: Double
        var isNesterov: Bool
    }

    struct RootMeanSquareConstants {
        var learningRate: Double
        var decay: Double
        var rate: Double
        var epsilon: Double
        var weightDecay: Double
        var momentum: Double
    }

    /// Up to five arrays of equal length: the parameter, its gradient and what the rule keeps. Absent ones are nil.
    struct Arrays<Scalar> {
        var parameter: UnsafeMutablePointer<Scalar>
        var gradient: UnsafePointer<Scalar>
        var first: UnsafeMutablePointer<Scalar>?
        var second: UnsafeMutablePointer<Scalar>?
        var third: UnsafeMutablePointer<Scalar>?
    }

    // MARK: One register

    /// Reads p, g, m, v and writes p, m, v: 28 bytes a parameter in single precision.
    @inline(__always)
    private static func adamRegister<R: Register>(_ a: Arrays<R.Scalar>, _ i: Int, _ c: AdamRegisters<R>) {
        let p = R(load: a.parameter + i)
        let g = R(load: a.gradient + i).addingProduct(c.coupledDecay, p)
        let m = R(load: a.first! + i)
        let first = m.addingProduct(c.firstRate, g - m)
        let second = (c.secondRate * g * g).addingProduct(c.secondDecay, R(load: a.second! + i))
        first.store(to: a.first! + i)
        second.store(to: a.second! + i)
        let denominator = c.epsilon.addingProduct(second.squareRoot(), c.denominatorScale)
        (c.parameterFactor * p).addingProduct(c.negativeStepSize, first / denominator).store(to: a.parameter + i)
    }

    struct AdamRegisters<R: Register> {
        var firstRate, secondDecay, secondRate, negativeStepSize, denominatorScale, epsilon, coupledDecay, parameterFactor: R

        @inline(__always)
        init(_ c: AdamConstants) where R.Scalar: BinaryFloatingPoint {
            firstRate = R(R.Scalar(c.firstRate))
            secondDecay = R(R.Scalar(c.secondDecay))
            secondRate = R(R.Scalar(c.secondRate))
            negativeStepSize = R(R.Scalar(-c.stepSize))
            denominatorScale = R(R.Scalar(c.denominatorScale))
            epsilon = R(R.Scalar(c.epsilon))
            coupledDecay = R(R.Scalar(c.coupledDecay))
            parameterFactor = R(R.Scalar(c.parameterFactor))
        }
    }

    @inline(__always)
    private static func descentRegister<R: Register>(
        _ a: Arrays<R.Scalar>, _ i: Int, _ rate: R, _ decay: R, _ momentum: R, _ share: R, _ isNesterov: Bool
    ) {
        let p = R(load: a.parameter + i)
        let g = R(load: a.gradient + i).addingProduct(decay, p)
        var change = g
        if let buffer = a.first {
            let b = (share * g).addingProduct(momentum, R(load: buffer + i))
            b.store(to: buffer + i)
            change = isNesterov ? g.addingProduct(momentum, b) : b
        }
        p.addingProduct(rate, change).store(to: a.parameter + i)
    }

    @inline(__always)
    private static func rootMeanSquareRegister<R: Register>(
        _ a: Arrays<R.Scalar>, _ i: Int, _ negativeRate: R, _ decay: R, _ rate: R, _ epsilon: R, _ weightDecay: R, _ momentum: R, _ zero: R
    ) {
        let p = R(load: a.parameter + i)
        let g = R(load: a.gradient + i).addingProduct(weightDecay, p)
        let square = (rate * g * g).addingProduct(decay, R(load: a.first! + i))
        square.store(to: a.first! + i)
        var spread = square
        if let mean = a.second {
            let old = R(load: mean + i)
            let average = old.addingProduct(rate, g - old)
            average.store(to: mean + i)
            spread = square.addingProduct(zero - average, average)
        }
        var change = g / (spread.squareRoot() + epsilon)
        if let buffer = a.third {
            change = change.addingProduct(momentum, R(load: buffer + i))
            change.store(to: buffer + i)
        }
        p.addingProduct(negativeRate, change).store(to: a.parameter + i)
    }

    // MARK: Whole arrays

    /// Calls `body` for every full register, then for the rest in padded copies.
    @inline(__always)
    private static func sweep<R: Register>(_ a: Arrays<R.Scalar>, _ count: Int, _: R.Type, _ body: (Arrays<R.Scalar>, Int) -> Void)
    where R.Scalar: BinaryFloatingPoint {
        let full = count / R.width * R.width
        var i = 0
        while i < full {
            body(a, i)
            i += R.width
        }
        if i == count { return }
        let rest = count - i
        withUnsafeTemporaryAllocation(of: R.Scalar.self, capacity: 5 * R.width) { buffer in
            let base = buffer.baseAddress!
            base.initialize(repeating: 0, count: 5 * R.width)
            func copied(_ source: UnsafeMutablePointer<R.Scalar>?, _ slot: Int) -> UnsafeMutablePointer<R.Scalar>? {
                guard let source else { return nil }
                (base + slot * R.width).update(from: source + i, count: rest)
                return base + slot * R.width
            }
            let padded = Arrays<R.Scalar>(
                parameter: copied(a.parameter, 0)!, gradient: UnsafePointer(copied(UnsafeMutablePointer(mutating: a.gradient), 1)!),
                first: copied(a.first, 2), second: copied(a.second, 3), third: copied(a.third, 4))
            body(padded, 0)
            (a.parameter + i).update(from: padded.parameter, count: rest)
            for (target, source) in [(a.first, padded.first), (a.second, padded.second), (a.third, padded.third)] {
                if let target, let source { (target + i).update(from: source, count: rest) }
            }
        }
    }

    @inline(__always)
    private static func adamLoop<R: Register>(_ a: Arrays<R.Scalar>, _ c: AdamConstants, _ count: Int, _: R.Type)
    where R.Scalar: BinaryFloatingPoint {
        let c = AdamRegisters<R>(c)
        sweep(a, count, R.self) { a, i in adamRegister(a, i, c) }
    }

    @inline(__always)
    private static func descentLoop<R: Register>(_ a: Arrays<R.Scalar>, _ c: DescentConstants, _ count: Int, _: R.Type)
    where R.Scalar: BinaryFloatingPoint {
        let rate = R(R.Scalar(-c.learningRate))
        let decay = R(R.Scalar(c.weightDecay))
        let momentum = R(R.Scalar(c.momentum))
        let share = R(R.Scalar(c.gradientShare))
        let isNesterov = c.isNesterov
        sweep(a, count, R.self) { a, i in descentRegister(a, i, rate, decay, momentum, share, isNesterov) }
    }

    @inline(__always)
    private static func rootMeanSquareLoop<R: Register>(_ a: Arrays<R.Scalar>, _ c: RootMeanSquareConstants, _ count: Int, _: R.Type)
    where R.Scalar: BinaryFloatingPoint {
        let negativeRate = R(R.Scalar(-c.learningRate))
        let decay = R(R.Scalar(c.decay))
        let rate = R(R.Scalar(c.rate))
        let epsilon = R(R.Scalar(c.epsilon))
        let weightDecay = R(R.Scalar(c.weightDecay))
        let momentum = R(R.Scalar(c.momentum))
        let zero = R(0)
        sweep(a, count, R.self) { a, i in
            rootMeanSquareRegister(a, i, negativeRate, decay, rate, epsilon, weightDecay, momentum, zero)
        }
    }

    // One compiled loop a type.
    @inline(never) private static func adamFloat(_ a: Arrays<Float>, _ c: AdamConstants, _ n: Int) { adamLoop(a, c, n, FloatRegister.self) }
    @inline(never) private static func adamDouble(_ a: Arrays<Double>, _ c: AdamConstants, _ n: Int) {
        adamLoop(a, c, n, DoubleRegister.self)
    }
    @inline(never) private static func descentFloat(_ a: Arrays<Float>, _ c: DescentConstants, _ n: Int) {
        descentLoop(a, c, n, FloatRegister.self)
    }
    @inline(never) private static func descentDouble(_ a: Arrays<Double>, _ c: DescentConstants, _ n: Int) {
        descentLoop(a, c, n, DoubleRegister.self)
    }
    @inline(never) private static func rootMeanSquareFloat(_ a: Arrays<Float>, _ c: RootMeanSquareConstants, _ n: Int) {
        rootMeanSquareLoop(a, c, n, FloatRegister.self)
    }
    @inline(never) private static func rootMeanSquareDouble(_ a: Arrays<Double>, _ c: RootMeanSquareConstants, _ n: Int) {
        rootMeanSquareLoop(a, c, n, DoubleRegister.self)
    }

    // MARK: Entry points

    /// `first` and `second` are the moments.
    static func adam<Scalar: TensorScalar>(_ arrays: Arrays<Scalar>, _ constants: AdamConstants, _ count: Int) {
        split(arrays, count, float: { adamFloat($0, constants, $1) }, double: { adamDouble($0, constants, $1) })
    }

    /// `first` is the momentum buffer, if there is one.
    static func descent<Scalar: TensorScalar>(_ arrays: Arrays<Scalar>, _ constants: DescentConstants, _ count: Int) {
        split(arrays, count, float: { descentFloat($0, constants, $1) }, double: { descentDouble($0, constants, $1) })
    }

    /// `first` holds the mean squares, `second` the mean gradients and `third` the momentum, where the rule has them.
    static func rootMeanSquare<Scalar: TensorScalar>(_ arrays: Arrays<Scalar>, _ constants: RootMeanSquareConstants, _ count: Int) {
        split(arrays, count, float: { rootMeanSquareFloat($0, constants, $1) }, double: { rootMeanSquareDouble($0, constants, $1) })
    }

    @inline(__always)
    private static func split<Scalar: TensorScalar>(
        _ a: Arrays<Scalar>, _ count: Int, float: (Arrays<Float>, Int) -> Void, double: (Arrays<Double>, Int) -> Void
    ) {
        @inline(__always)
        func part<Number>(_ i: Int, _: Number.Type) -> Arrays<Number> {
            Arrays<Number>(
                parameter: (a.parameter + i).rebound(Number.self), gradient: (a.gradient + i).rebound(Number.self),
                first: a.first.map { ($0 + i).rebound(Number.self) }, second: a.second.map { ($0 + i).rebound(Number.self) },
                third: a.third.map { ($0 + i).rebound(Number.self) })
        }
        @inline(__always)
        func run(_ range: Range<Int>) {
            withConcrete(
                Scalar.self, float: { float(part(range.lowerBound, Float.self), range.count) },
                double: { double(part(range.lowerBound, Double.self), range.count) })
        }
        if count < streamingGrain { run(0..<count) } else { Parallel.chunks(count, grain: streamingGrain / 2) { run($0) } }
    }
}
