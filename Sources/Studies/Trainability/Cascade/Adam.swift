import LoamTensor

/// Adam's constants (Kingma and Ba 2015), no weight decay, ε added to the root after bias correction.
public struct AdamSettings: Hashable, Codable, Sendable {
    public var learningRate = 1e-3
    public var firstDecay = 0.9
    public var secondDecay = 0.999
    public var epsilon = 1e-8

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
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    func apply(
        _ parameters: UnsafeMutablePointer<Scalar>, _ gradient: UnsafePointer<Scalar>, _ m: UnsafeMutablePointer<Scalar>,
        _ v: UnsafeMutablePointer<Scalar>, _ range: Range<Int>
    ) {
        for i in range {
            let g = gradient[i]
            let newFirst = first * m[i] + firstRest * g
            let newSecond = second * v[i] + secondRest * g * g
            m[i] = newFirst
            v[i] = newSecond
            parameters[i] -= rate * newFirst / (newSecond.squareRoot() * rootScale + epsilon)
        }
    }
}
