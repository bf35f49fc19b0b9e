import LoamTensor
import RealModule

/// How the weights of a network are drawn. Biases start at 0, so that χ² of w has d degrees of freedom.
public enum InitialisationScheme: String, Sendable, Hashable, Codable, CaseIterable {
    /// Variance 2/(fan-in + fan-out), Gaussian.
    case xavier
    /// Variance 2/fan-in, Gaussian.
    case kaiming
    /// Variance 2/fan-out, Gaussian.
    case kaimingFanOut
    /// Variance 1/fan-in, Gaussian (LeCun).
    case lecun
    /// Uniform, with Xavier's variance.
    case xavierUniform
    /// Uniform, with Kaiming's fan-in variance.
    case kaimingUniform
    /// A Gaussian cut off at two standard deviations, with Xavier's variance before the cut.
    case truncatedXavier

    /// The variances of the entries of w and a in a d-l-e network.
    public func variances(inputs d: Int, hidden l: Int, outputs e: Int) -> (incoming: Double, outgoing: Double) {
        let (d, l, e) = (Double(d), Double(l), Double(e))
        switch self {
        case .xavier, .xavierUniform, .truncatedXavier: return (2 / (d + l), 2 / (l + e))
        case .kaiming, .kaimingUniform: return (2 / d, 2 / l)
        case .kaimingFanOut: return (2 / l, 2 / e)
        case .lecun: return (1 / d, 1 / l)
        }
    }

    /// Whether entries are Gaussian, so that probabilities have closed forms.
    public var isGaussian: Bool {
        switch self {
        case .xavier, .kaiming, .kaimingFanOut, .lecun: true
        case .xavierUniform, .kaimingUniform, .truncatedXavier: false
        }
    }

    /// A random number of mean 0 and the given variance (before a cut).
    func draw(_ deviation: Double, _ generator: inout PhiloxGenerator) -> Double {
        switch self {
        case .xavier, .kaiming, .kaimingFanOut, .lecun: return deviation * generator.normal()
        case .xavierUniform, .kaimingUniform: return deviation * 3.0.squareRoot() * (2 * generator.uniform() - 1)
        case .truncatedXavier:
            while true {
                let z = generator.normal()
                if abs(z) <= 2 { return deviation * z }
            }
        }
    }

    /// A random network; hidden and output biases start at 0.
    public func network(_ architecture: ShallowArchitecture, trajectory: Int = 0, seed: UInt64) -> ShallowNetwork {
        var generator = RandomStreams.initial(trajectory: trajectory, seed: seed)
        let variances = variances(inputs: architecture.inputs, hidden: architecture.hidden, outputs: architecture.outputs)
        let deviations = (incoming: variances.incoming.squareRoot(), outgoing: variances.outgoing.squareRoot())
        var parameters: [Double] = []
        parameters.reserveCapacity(architecture.parameterCount)
        for _ in 0..<architecture.hidden {
            for _ in 0..<architecture.inputs { parameters.append(draw(deviations.incoming, &generator)) }
            if architecture.hiddenBias { parameters.append(0) }
            for _ in 0..<architecture.outputs { parameters.append(draw(deviations.outgoing, &generator)) }
        }
        if architecture.outputBias { parameters += [Double](repeating: 0, count: architecture.outputs) }
        return ShallowNetwork(architecture, parameters: parameters)
    }
}

/// The probability that a random initialisation is topologically obstructed.
public enum ObstructionProbability {
    /// q = P(c < 0) of one neuron with Gaussian weights: I_{ρ/(1+ρ)}(d/2, e/2), ρ = σ_a²/σ_w².
    ///
    /// For other schemes nil: their distribution has no closed form here.
    public static func negative(inputs d: Int, hidden l: Int, outputs e: Int, _ scheme: InitialisationScheme) -> Double? {
        guard scheme.isGaussian else { return nil }
        let variances = scheme.variances(inputs: d, hidden: l, outputs: e)
        let ratio = variances.outgoing / variances.incoming
        return incompleteBeta(ratio / (1 + ratio), Double(d) / 2, Double(e) / 2)
    }

    /// P(the invariant set is disconnected) = 1 − (1 − q)^l, for one output.
    public static func disconnected(q: Double, hidden l: Int) -> Double { -Double.expMinusOne(Double(l) * Double.log(onePlus: -q)) }

    /// P(all neurons are frozen with one sign) = q^l 2^{1−l}.
    public static func singleSign(q: Double, hidden l: Int) -> Double { Double.pow(q, l) * Double.exp2(Double(1 - l)) }

    /// P(a teacher with n₊ and n₋ neurons cannot be reached): the multinomial sum over frozen signs, each neuron being frozen + or − with
    /// probability q/2 and free otherwise.
    public static func unreachable(q: Double, hidden l: Int, teacherPositive: Int, teacherNegative: Int) -> Double {
        var total = 0.0
        // With as many free neurons as the teacher has neurons it is reached.
        for free in 0..<max(1, min(l + 1, teacherPositive + teacherNegative)) {
            for positive in 0...(l - free) {
                let negative = l - free - positive
                let verdict = Reachability(
                    teacherPositive: teacherPositive, teacherNegative: teacherNegative, frozenPositive: positive,
                    frozenNegative: negative, free: free)
                if verdict.isReachable { continue }
                let coefficient =
                    Double.logGamma(Double(l + 1)) - Double.logGamma(Double(positive + 1)) - Double.logGamma(Double(negative + 1))
                    - Double.logGamma(Double(free + 1))
                // 0 · log 0 = 0.
                func power(_ x: Double, _ n: Int) -> Double { n == 0 ? 0 : Double(n) * Double.log(x) }
                total += Double.exp(coefficient + power(q / 2, positive + negative) + power(1 - q, free))
            }
        }
        return total
    }

    /// A proportion with its 95 % interval (Wilson 1927).
    public struct Estimate: Sendable, Hashable, Codable {
        /// Successes and draws.
        public let successes, draws: Int
        /// successes/draws.
        public var value: Double { Double(successes) / Double(draws) }
        /// √(p(1 − p)/n).
        public var standardError: Double { (value * (1 - value) / Double(draws)).squareRoot() }
        /// Wilson's interval.
        public var interval: ClosedRange<Double> {
            let (n, z) = (Double(draws), 1.959963984540054)
            let centre = (value + z * z / (2 * n)) / (1 + z * z / n)
            let half = z / (1 + z * z / n) * (value * (1 - value) / n + z * z / (4 * n * n)).squareRoot()
            return max(0, centre - half)...min(1, centre + half)
        }

        /// A proportion.
        public init(successes: Int, draws: Int) {
            self.successes = successes
            self.draws = draws
        }
    }

    /// How often random networks of a scheme have a neuron with c < 0, counted.
    public static func monteCarlo(
        inputs d: Int, hidden l: Int, outputs e: Int, _ scheme: InitialisationScheme, draws: Int, seed: UInt64, cell: Int = 0
    ) -> Estimate {
        let variances = scheme.variances(inputs: d, hidden: l, outputs: e)
        let (deviationW, deviationA) = (variances.incoming.squareRoot(), variances.outgoing.squareRoot())
        var generator = RandomStreams.monteCarlo(cell: cell, seed: seed)
        var successes = 0
        for _ in 0..<draws {
            var isDisconnected = false
            for _ in 0..<l where !isDisconnected {
                var c = 0.0
                for _ in 0..<d {
                    let w = scheme.draw(deviationW, &generator)
                    c += w * w
                }
                for _ in 0..<e {
                    let a = scheme.draw(deviationA, &generator)
                    c -= a * a
                }
                isDisconnected = c < 0
            }
            if isDisconnected { successes += 1 }
        }
        return Estimate(successes: successes, draws: draws)
    }
}
