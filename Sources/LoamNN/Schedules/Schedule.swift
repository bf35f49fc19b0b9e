import Glibc

/// The learning rate as a function of time, which counts steps or epochs.
///
/// A schedule has no state: the rate at time t is a closed form of t and the base rate, so resuming needs only the time.
public indirect enum Schedule: Sendable, Hashable, Codable {
    /// η.
    case constant
    /// η·factor^⌊t/every⌋.
    case step(every: Int, factor: Double)
    /// η·factor^(number of milestones ≤ t).
    case multiStep(milestones: [Int], factor: Double)
    /// η·factorᵗ.
    case exponential(factor: Double)
    /// floor + (η − floor)(1 + cos(π t/period))/2 until `period`, then `floor` (Loshchilov and Hutter 2017).
    case cosine(period: Int, floor: Double = 0)
    /// From start·η at time 0 linearly to η at time `duration`; then another schedule, whose time starts there.
    case warmUp(duration: Int, start: Double = 0, then: Schedule)
    /// One cycle (Smith and Topin 2018) as PyTorch's `OneCycleLR`: from maximum/divisor up to maximum in the first `rising` of the
    /// duration, then down to maximum/(divisor·finalDivisor), both along half a cosine. The base rate is not used.
    case oneCycle(maximum: Double, duration: Int, rising: Double = 0.3, divisor: Double = 25, finalDivisor: Double = 1e4)

    /// The learning rate at time `t` ≥ 0.
    public func learningRate(at t: Int, base: Double) -> Double {
        precondition(t >= 0, "learningRate: the time \(t) is negative")
        switch self {
        case .constant: return base
        case .step(let every, let factor):
            precondition(every > 0, "step: the interval must be positive, not \(every)")
            return base * pow(factor, Double(t / every))
        case .multiStep(let milestones, let factor):
            return base * pow(factor, Double(milestones.count { $0 <= t }))
        case .exponential(let factor): return base * pow(factor, Double(t))
        case .cosine(let period, let floor):
            precondition(period > 0, "cosine: the period must be positive, not \(period)")
            if t >= period { return floor }
            return floor + (base - floor) * (1 + cos(.pi * Double(t) / Double(period))) / 2
        case .warmUp(let duration, let start, let next):
            if t >= duration { return next.learningRate(at: t - duration, base: base) }
            return base * (start + (1 - start) * Double(t) / Double(duration))
        case .oneCycle(let maximum, let duration, let rising, let divisor, let finalDivisor):
            precondition(duration > 1, "oneCycle: the duration must be at least 2, not \(duration)")
            let peak = rising * Double(duration) - 1
            let time = Double(min(t, duration - 1))
            let low = maximum / divisor
            if time <= peak { return peak > 0 ? Schedule.halfCosine(low, maximum, time / peak) : maximum }
            return Schedule.halfCosine(maximum, low / finalDivisor, (time - peak) / (Double(duration - 1) - peak))
        }
    }

    private static func halfCosine(_ start: Double, _ end: Double, _ share: Double) -> Double {
        end + (start - end) / 2 * (1 + cos(.pi * share))
    }
}

/// Lowers the learning rate when a quantity has stopped improving, as PyTorch's `ReduceLROnPlateau`.
public struct ReduceOnPlateau: Sendable, Hashable, Codable {
    /// What the rate is multiplied with each time.
    public var factor: Double
    /// How many observations without improvement are endured.
    public var patience: Int
    /// The relative improvement that counts.
    public var threshold: Double
    /// Observations after a reduction during which nothing is counted.
    public var cooldown: Int
    /// A bound on the product of all factors.
    public var smallestScale: Double
    /// Whether smaller values are better.
    public var isMinimised: Bool
    /// The product of all factors so far.
    public private(set) var scale = 1.0
    private var best: Double?
    private var bad = 0
    private var cooling = 0

    /// A rule that has seen nothing, with scale 1. The factor must be in (0, 1).
    public init(
        factor: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4, cooldown: Int = 0, smallestScale: Double = 0,
        isMinimised: Bool = true
    ) {
        precondition(factor > 0 && factor < 1 && patience >= 0, "ReduceOnPlateau: factor \(factor), patience \(patience)")
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.cooldown = cooldown
        self.smallestScale = smallestScale
        self.isMinimised = isMinimised
    }

    /// Takes the next observation of the quantity.
    public mutating func observe(_ value: Double) {
        let isBetter: Bool
        if value.isNaN {
            isBetter = false
        } else if let best {
            isBetter = isMinimised ? value < best * (1 - threshold) : value > best * (1 + threshold)
        } else {
            isBetter = true
        }
        if isBetter {
            best = value
            bad = 0
        } else {
            bad += 1
        }
        if cooling > 0 {
            cooling -= 1
            bad = 0
        }
        if bad > patience {
            scale = max(scale * factor, smallestScale)
            cooling = cooldown
            bad = 0
        }
    }
}
