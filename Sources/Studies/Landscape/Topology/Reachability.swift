import RealModule

/// Whether a component can hold a teacher's function.
///
/// A minimal teacher of one output is a sum of ReLU neurons with distinct kink hyperplanes, n₊ of them with a > 0 and n₋ with a < 0. The
/// slope of the function jumps across a kink with the sign of a, for w and −w alike; so a student needs a neuron of the right sign at each
/// kink. Frozen neurons have their signs, free ones (c > 0) take either; those left over are switched off.
public struct Reachability: Sendable, Hashable {
    /// n₊, n₋ of the teacher.
    public let teacherPositive, teacherNegative: Int
    /// Student neurons with frozen sign +, −, and free ones.
    public let frozenPositive, frozenNegative, free: Int

    /// A teacher's signs against a student's frozen ones.
    public init(teacherPositive: Int, teacherNegative: Int, frozenPositive: Int, frozenNegative: Int, free: Int) {
        self.teacherPositive = teacherPositive
        self.teacherNegative = teacherNegative
        self.frozenPositive = frozenPositive
        self.frozenNegative = frozenNegative
        self.free = free
    }

    /// A teacher's signs against the component of a network of one output.
    public init(_ set: InvariantSet, teacherPositive: Int, teacherNegative: Int) {
        self.init(
            teacherPositive: teacherPositive, teacherNegative: teacherNegative,
            frozenPositive: set.neurons.count { $0.frozenOutputSign == 1 },
            frozenNegative: set.neurons.count { $0.frozenOutputSign == -1 },
            free: set.neurons.count { $0.kind == .positive && set.outputs == 1 })
    }

    /// Positive neurons that free ones must stand in for.
    public var missingPositive: Int { max(0, teacherPositive - frozenPositive) }
    /// Negative neurons that free ones must stand in for.
    public var missingNegative: Int { max(0, teacherNegative - frozenNegative) }
    /// Whether the teacher lies in the closure of the component.
    public var isReachable: Bool { missingPositive + missingNegative <= free }

    /// `needs 1 positive, 1 negative: NOT reachable (missing 1 negative, 0 free neurons)`.
    public var summary: String {
        let need = "teacher needs \(teacherPositive) positive, \(teacherNegative) negative"
        if isReachable { return "\(need): reachable" }
        let missing = [
            missingPositive > 0 ? "\(missingPositive) positive" : nil, missingNegative > 0 ? "\(missingNegative) negative" : nil,
        ].compactMap { $0 }.joined(separator: ", ")
        return "\(need): NOT reachable (missing \(missing), \(free) free neurons)"
    }
}

/// One input and no bias: f(x) = A x₊ + B x₋ with A = Σ_{w>0} a w and B = Σ_{w<0} a |w|, so everything is closed.
public struct OneInputOptimum: Sendable, Hashable {
    /// A* and B*: the least-squares slopes of the two branches without restriction.
    public let risingBest, fallingBest: Double
    /// The values nearest to them that the component reaches.
    public let rising, falling: Double
    /// The least loss over the component, and over all networks wide enough.
    public let componentLoss, globalLoss: Double

    /// The optimum over the component of a ReLU network of one input and one output.
    ///
    /// Neurons with a frozen sign of w stay on their side of 0; others serve either. A side reaches the signs of A (or B) of the neurons
    /// that can be there.
    public init(_ network: ShallowNetwork, _ samples: Samples) throws(LandscapeError) {
        guard network.architecture.incoming == 1, network.architecture.outputs == 1, network.architecture.activation == .relu else {
            throw LandscapeError(
                .usage, "one-dim", "this closed form is for ReLU networks of one input and one output without biases",
                advice: "Found \(network.architecture.summary).")
        }
        let set = try InvariantSet(network)
        var (xy, xx) = ((0.0, 0.0), (0.0, 0.0))
        for (x, y) in zip(samples.inputs, samples.targets) {
            if x > 0 {
                xy.0 += x * y
                xx.0 += x * x
            } else {
                xy.1 -= x * y
                xx.1 += x * x
            }
        }
        risingBest = xx.0 > 0 ? xy.0 / xx.0 : 0
        fallingBest = xx.1 > 0 ? xy.1 / xx.1 : 0
        // With D = e = 1 every neuron has one frozen sign: c > 0 freezes w's, c < 0 freezes a's, c = 0 both.
        func reaches(_ sign: Int, side: Int) -> Bool {
            set.neurons.contains { ($0.frozenInputSign ?? side) == side && ($0.frozenOutputSign ?? sign) == sign && $0.kind != .origin }
        }
        func clipped(_ best: Double, side: Int) -> Double { best == 0 || reaches(best > 0 ? 1 : -1, side: side) ? best : 0 }
        rising = clipped(risingBest, side: 1)
        falling = clipped(fallingBest, side: -1)
        func loss(_ a: Double, _ b: Double) -> Double {
            zip(samples.inputs, samples.targets).reduce(0) { sum, pair in
                let r = (pair.0 > 0 ? a * pair.0 : -b * pair.0) - pair.1
                return sum + 0.5 * r * r
            } / Double(samples.count)
        }
        componentLoss = loss(rising, falling)
        globalLoss = loss(risingBest, fallingBest)
    }
}
