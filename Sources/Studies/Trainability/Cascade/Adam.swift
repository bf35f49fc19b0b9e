import LoamTensor

/// Adam's constants (Kingma and Ba 2015), no weight decay, ε added to the root after bias correction.
public struct AdamSettings: Hashable, Codable, Sendable {
    /// η.
    public var learningRate = 1e-3
    /// β₁.
    public var firstDecay = 0.9
    /// β₂.
    public var secondDecay = 0.999
    /// ε, added to the root after bias correction.
    public var epsilon = 1e-8

    /// Kingma and Ba's values by default.
    public init(learningRate: Double = 1e-3, firstDecay: Double = 0.9, secondDecay: Double = 0.999, epsilon: Double = 1e-8) {
        self.learningRate = learningRate
        self.firstDecay = firstDecay
        self.secondDecay = secondDecay
        self.epsilon = epsilon
    }
}

/// One Adam step in one pass over parameters, gradient and both moments: p ← p − lr·m̂/(√v̂ + ε).
///
/// The bias corrections are folded into two constants: lr·m̂/(√v̂ + ε) = [lr/(1−β₁ᵗ)]·m/(√v/√(1−β₂ᵗ) + ε).
struct AdamStep<Scalar: TensorScalar> {
    private let first, firstRest, second, secondRest, rate, rootScale, epsilon: Scalar

    /// - Parameter step: t, counted from 1.
    init(_ settings: AdamSettings, step: Int) {
        first = Scalar(settings.firstDecay)
        firstRest = Scalar(1 - settings.firstDecay)
        second = Scalar(settings.secondDecay)
        secondRest = Scalar(1 - settings.secondDecay)
        let firstPower = Double.pow(settings.firstDecay, step)
        let secondPower = Double.pow(settings.secondDecay, step)
        rate = Scalar(settings.learningRate / (1 - firstPower))
        rootScale = Scalar(1 / (1 - secondPower).squareRoot())
        epsilon = Scalar(settings.epsilon)
    }

    /// Moves bytes: 4 reads and 3 writes an element.
    func apply(
        _ parameters: UnsafeMutablePointer<Scalar>, _ gradient: UnsafePointer<Scalar>, _ m: UnsafeMutablePointer<Scalar>,
        _ v: UnsafeMutablePointer<Scalar>, _ range: Range<Int>
    ) {
        var start = range.lowerBound
        if Scalar.self == Float.self { start = applyVectors(parameters, gradient, m, v, range) }
        for i in start..<range.upperBound {
            let g = gradient[i]
            let newFirst = first * m[i] + firstRest * g
            let newSecond = second * v[i] + secondRest * g * g
            m[i] = newFirst
            v[i] = newSecond
            parameters[i] -= rate * newFirst / (newSecond.squareRoot() * rootScale + epsilon)
        }
    }

    /// The part of `range` that fills whole registers of eight single-precision numbers; returns where it ends.
    ///
    /// Written out in registers because the scalar square root keeps a branch for negative arguments, which stops the loop from
    /// vectorising.
    private func applyVectors(
        _ parameters: UnsafeMutablePointer<Scalar>, _ gradient: UnsafePointer<Scalar>, _ m: UnsafeMutablePointer<Scalar>,
        _ v: UnsafeMutablePointer<Scalar>, _ range: Range<Int>
    ) -> Int {
        typealias Register = SIMD8<Float>
        func all(_ value: Scalar) -> Register { Register(repeating: Float(value)) }
        let (first, firstRest, second, secondRest) = (all(first), all(firstRest), all(second), all(secondRest))
        let (rate, rootScale, epsilon) = (all(rate), all(rootScale), all(epsilon))
        let (p, g) = (UnsafeMutableRawPointer(parameters), UnsafeRawPointer(gradient))
        let (m, v) = (UnsafeMutableRawPointer(m), UnsafeMutableRawPointer(v))
        let end = range.lowerBound + range.count / 8 * 8
        for offset in stride(from: range.lowerBound * 4, to: end * 4, by: 32) {
            let slope = g.loadUnaligned(fromByteOffset: offset, as: Register.self)
            let newFirst = first * m.loadUnaligned(fromByteOffset: offset, as: Register.self) + firstRest * slope
            let newSecond = second * v.loadUnaligned(fromByteOffset: offset, as: Register.self) + secondRest * slope * slope
            m.storeBytes(of: newFirst, toByteOffset: offset, as: Register.self)
            v.storeBytes(of: newSecond, toByteOffset: offset, as: Register.self)
            let step = rate * newFirst / (newSecond.squareRoot() * rootScale + epsilon)
            p.storeBytes(
                of: p.loadUnaligned(fromByteOffset: offset, as: Register.self) - step, toByteOffset: offset, as: Register.self)
        }
        return end
    }
}
