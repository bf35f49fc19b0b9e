import Glibc
import LoamTensor

/// The numbers of connections into and out of a unit, by which initialisers scale.
public struct Fan: Sendable, Hashable {
    /// Inputs that one output sums over.
    public var inputs: Int
    /// Outputs that one input reaches.
    public var outputs: Int

    /// Fans given as numbers.
    public init(inputs: Int, outputs: Int) {
        self.inputs = inputs
        self.outputs = outputs
    }

    /// The fans of a weight [outputs, inputs, kernel…] by PyTorch's rule: extents of axes 1 and 0 times the kernel's size.
    ///
    /// For transposed convolutions, whose weights are [inputs, outputs, kernel…], this counts what PyTorch counts: axis 1.
    public init(weight shape: Shape) {
        precondition(shape.rank >= 2, "Fan: a weight of shape \(shape) has fewer than two axes")
        let kernel = shape.dropFirst(2).reduce(1, *)
        self.init(inputs: shape[1] * kernel, outputs: shape[0] * kernel)
    }
}

/// How the first values of a parameter are drawn.
public enum Initialiser: Sendable, Hashable, Codable {
    /// Which fan scales the variance.
    public enum FanMode: String, Sendable, Hashable, Codable { case input, output, average }
    /// The shape of the distribution; uniform ones are symmetric about 0 with the same variance as the normal ones.
    public enum Distribution: String, Sendable, Hashable, Codable { case normal, uniform }

    /// Every element the same.
    case constant(Double)
    /// N(mean, standardDeviation²).
    case normal(mean: Double, standardDeviation: Double)
    /// N(mean, standardDeviation²) given that the value lies in [low, high].
    case truncatedNormal(mean: Double, standardDeviation: Double, low: Double, high: Double)
    /// Uniform in [low, high).
    case uniform(low: Double, high: Double)
    /// Variance scale/fan.
    case varianceScaling(scale: Double, fan: FanMode, distribution: Distribution)
    /// gain times a matrix with orthonormal rows or columns, distributed by Haar's measure. The weight counts as the matrix
    /// [axis 0, all others].
    case orthogonal(gain: Double)
    /// A convolution weight that is zero but for the centre tap, which is orthogonal (Xiao et al. 2018).
    case deltaOrthogonal(gain: Double)

    /// Zeros.
    public static var zeros: Initialiser { .constant(0) }
    /// Ones.
    public static var ones: Initialiser { .constant(1) }
    /// N(0, σ²/fan-in), the Gaussian of mean-field theory: `deviation` is σ_w, not its square.
    public static func gaussian(deviation: Double) -> Initialiser {
        .varianceScaling(scale: deviation * deviation, fan: .input, distribution: .normal)
    }
    /// He et al. 2015: variance 2/((1 + a²) fan), for rectifiers of negative slope a.
    public static func he(_ distribution: Distribution = .normal, fan: FanMode = .input, negativeSlope: Double = 0) -> Initialiser {
        .varianceScaling(scale: 2 / (1 + negativeSlope * negativeSlope), fan: fan, distribution: distribution)
    }
    /// Glorot and Bengio 2010: variance 2/(fan-in + fan-out).
    public static func glorot(_ distribution: Distribution = .uniform) -> Initialiser {
        .varianceScaling(scale: 1, fan: .average, distribution: distribution)
    }
    /// LeCun et al. 1998: variance 1/fan-in.
    public static func lecun(_ distribution: Distribution = .normal) -> Initialiser {
        .varianceScaling(scale: 1, fan: .input, distribution: distribution)
    }
    /// Uniform in ±1/√fan-in: PyTorch's default for dense layers and convolutions, weights (`kaiming_uniform_` with a = √5) and biases.
    public static var uniformByFanIn: Initialiser { .varianceScaling(scale: 1 / 3, fan: .input, distribution: .uniform) }

    /// Draws a tensor.
    ///
    /// - Parameters:
    ///   - shape: the parameter's shape.
    ///   - fan: the unit's connections; by default those of a weight of this shape.
    ///   - generator: where random numbers come from.
    public func callAsFunction<Scalar: TensorScalar>(
        _ shape: Shape, fan: Fan? = nil, using generator: inout PhiloxGenerator
    ) -> Tensor<Scalar> {
        switch self {
        case .constant(let value): return Tensor(repeating: Scalar(value), shape: shape)
        case .normal(let mean, let deviation):
            return Tensor(normal: shape, mean: Scalar(mean), standardDeviation: Scalar(deviation), using: &generator)
        case .truncatedNormal(let mean, let deviation, let low, let high):
            return TruncatedNormal(mean: mean, deviation: deviation, low: low, high: high).draw(shape, using: &generator)
        case .uniform(let low, let high):
            precondition(low < high, "uniform: the range \(low)..<\(high) is empty")
            return Tensor(uniform: shape, in: Scalar(low)..<Scalar(high), using: &generator)
        case .varianceScaling(let scale, let mode, let distribution):
            let fan = fan ?? Fan(weight: shape)
            let number =
                switch mode {
                case .input: Double(fan.inputs)
                case .output: Double(fan.outputs)
                case .average: Double(fan.inputs + fan.outputs) / 2
                }
            let deviation = number > 0 ? (scale / number).squareRoot() : 0
            if deviation == 0 { return Tensor.zeros(shape) }
            if distribution == .normal { return Tensor(normal: shape, standardDeviation: Scalar(deviation), using: &generator) }
            let bound = Scalar(deviation * 3.0.squareRoot())
            return Tensor(uniform: shape, in: -bound..<bound, using: &generator)
        case .orthogonal(let gain):
            precondition(shape.rank >= 2, "orthogonal: shape \(shape) is not a matrix")
            let rows = shape[0]
            let matrix = HaarOrthogonal.matrix(rows: rows, columns: rows == 0 ? 0 : shape.elementCount / rows, using: &generator)
            return Tensor<Scalar>(casting: matrix * gain).reshaped(shape)
        case .deltaOrthogonal(let gain):
            return HaarOrthogonal.deltaKernel(shape, gain: gain, using: &generator)
        }
    }
}

/// The normal distribution on an interval, by rejection: exact, and with a proposal that fits the interval.
private struct TruncatedNormal {
    let mean: Double
    let deviation: Double
    let low: Double
    let high: Double

    func draw<Scalar: TensorScalar>(_ shape: Shape, using generator: inout PhiloxGenerator) -> Tensor<Scalar> {
        precondition(deviation > 0 && low < high, "truncatedNormal: needs a positive deviation and low < high, not \(low) and \(high)")
        let (a, b) = ((low - mean) / deviation, (high - mean) / deviation)
        return Tensor(shape: shape) { target in
            for index in target.indices { target[index] = Scalar(mean + deviation * standard(a, b, &generator)) }
        }
    }

    private func standard(_ a: Double, _ b: Double, _ generator: inout PhiloxGenerator) -> Double {
        if a <= 0, b >= 0, b - a > 2 {
            while true {
                let z = generator.normal()
                if z >= a && z <= b { return z }
            }
        }
        let nearest = a > 0 ? a : (b < 0 ? b : 0)
        while true {
            let z = a + (b - a) * generator.uniform()
            if generator.uniform() <= exp((nearest * nearest - z * z) / 2) { return z }
        }
    }
}
