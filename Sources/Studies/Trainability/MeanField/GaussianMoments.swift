import Foundation

/// Moments of φ(u) for u ~ N(0, q); everything the length map needs, without the variances of the weights.
public struct LengthMoments: Hashable, Sendable {
    /// E[φ²].
    public var value = 0.0
    /// E[φ′²].
    public var slope = 0.0
    /// d E[φ²]/dq = E[φ′²] + E[φφ″].
    public var growth = 0.0
    /// E[φ″²]; infinite when φ itself has a kink.
    public var curvature = 0.0
}

/// Moments of (φ(u₁), φ(u₂)) for a Gaussian pair of variance q and correlation 1 − δ.
public struct PairMoments: Hashable, Sendable {
    /// E[φ²] − E[φ(u₁)φ(u₂)] = ½E[(φ(u₁) − φ(u₂))²], never formed as a difference of close numbers.
    public var gap = 0.0
    /// E[φ′(u₁)φ′(u₂)].
    public var slope = 0.0
}

/// Numerical Gaussian integrals of an activation.
///
/// Analytic φ: trapezoidal rule, step halved until two values agree to ``tolerance``; graded panels where the variance is so large that
/// this takes too many nodes. φ with kinks: composite
/// Gauss–Legendre with breakpoints there.
struct GaussianIntegrals: Sendable {
    let activation: Activation
    /// Relative agreement asked of two successive steps.
    let tolerance: Double
    /// Contributions beyond this radius of the Gaussian plane are left out (below `tolerance`).
    let radius: Double

    init(_ activation: Activation, tolerance: Double) {
        self.activation = activation
        self.tolerance = tolerance
        radius = min(TrapezoidRule.reach, (2 * log(1 / tolerance)).squareRoot() + 0.75)
    }

    /// E[φ²], E[φ′²], E[φ²]′, E[φ″²] at q > 0, and the trapezoidal level whose step suffices for this q.
    func lengthMoments(_ q: Double) -> (moments: LengthMoments, level: Int) {
        activation.kinks.isEmpty ? analyticLength(q) : kinkedLength(q)
    }

    /// ½E[(φ(u₁)−φ(u₂))²] and E[φ′(u₁)φ′(u₂)] at q > 0 and δ in [0, 2], with the step of `level` (see ``lengthMoments(_:)``).
    func pairMoments(_ q: Double, _ delta: Double, level: Int) -> PairMoments {
        if !activation.kinks.isEmpty { return kinkedPair(q, delta, level: level) }
        return level >= Self.gradedLevel ? gradedPair(q, delta, level: level) : analyticPair(q, delta, level: level)
    }

    /// The finest trapezoidal level used for double integrals; variances that need more take graded panels.
    private static let finestForPairs = 5

    // MARK: One dimension

    private func analyticLength(_ q: Double) -> (LengthMoments, Int) {
        var current = LengthMoments()
        // The pair integrals need the step that serves φ and φ′; φ″ and φφ″, with poles of higher order, may take one more.
        var sufficient: Int?
        for (index, level) in TrapezoidRule.levels.enumerated() {
            if index == Self.finestForPairs + 2, sufficient == nil { return gradedLength(q) }
            var next = LengthMoments()
            accumulate(&next, q, level.addedNodes, level.addedWeights, beyond: radius)
            if index > 0 {
                next.value += 0.5 * current.value
                next.slope += 0.5 * current.slope
                next.growth += 0.5 * current.growth
                next.curvature += 0.5 * current.curvature
                if sufficient == nil, agreeForPairs(current, next) { sufficient = index - 1 }
                if let sufficient, agree(current, next) { return (next, sufficient) }
            }
            current = next
        }
        return (current, sufficient ?? TrapezoidRule.levels.count - 1)
    }

    /// The level is the number of times that the panels were halved.
    private func kinkedLength(_ q: Double) -> (LengthMoments, Int) {
        let kinks = activation.kinks.map { $0 / q.squareRoot() }.filter { abs($0) < radius }
        var width = tolerance < 1e-11 ? 1.5 : 3.0
        var current = LengthMoments()
        for round in 0..<6 {
            let rule = GaussLegendreRule.order20.composite(breakpoints: [-radius, radius] + kinks, width: width)
            var next = LengthMoments()
            accumulate(&next, q, rule.nodes, zip(rule.nodes, rule.weights).map { $1 * normalDensity($0) }, beyond: .infinity)
            if round > 0, agree(current, next) { return (next, round - 1) }
            current = next
            width /= 2
        }
        return (current, 5)
    }

    private func close(_ x: Double, _ y: Double, _ scale: Double) -> Bool { abs(x - y) <= tolerance * scale }

    private func agreeForPairs(_ a: LengthMoments, _ b: LengthMoments) -> Bool {
        close(a.value, b.value, b.value) && close(a.slope, b.slope, b.slope)
    }

    func agree(_ a: LengthMoments, _ b: LengthMoments) -> Bool {
        agreeForPairs(a, b)
            && close(a.growth, b.growth, b.slope + (b.value * b.curvature).squareRoot())
            && (b.curvature.isInfinite || close(a.curvature, b.curvature, b.curvature))
    }

    /// Adds Σ wᵢ f(zᵢ) for the four moments; kinked φ differentiate E[φ²] as E[zφφ′]/√q, which needs no φ″.
    func accumulate(_ sums: inout LengthMoments, _ q: Double, _ nodes: [Double], _ weights: [Double], beyond: Double) {
        let root = q.squareRoot()
        let kinked = !activation.kinks.isEmpty
        // Nodes come in ascending order: leave out both tails.
        let first = nodes.firstIndex { $0 >= -beyond } ?? 0
        let count = nodes.count - 2 * first
        withUnsafeTemporaryAllocation(of: Double.self, capacity: 4 * count) { scratch in
            let u = scratch.baseAddress!
            let (value, slope, curvature) = (u + count, u + 2 * count, u + 3 * count)
            nodes.withUnsafeBufferPointer { z in for i in 0..<count { u[i] = root * z[first + i] } }
            activation.evaluate(u, count: count, value: value, slope: slope, curvature: curvature)
            weights.withUnsafeBufferPointer { w in
                for i in 0..<count {
                    let weight = w[first + i]
                    sums.value += weight * value[i] * value[i]
                    sums.slope += weight * slope[i] * slope[i]
                    sums.curvature += weight * curvature[i] * curvature[i]
                    sums.growth +=
                        weight * (kinked ? value[i] * slope[i] * u[i] / q : slope[i] * slope[i] + value[i] * curvature[i])
                }
            }
        }
        if activation.kinks.contains(where: { activation.hasSlopeJump(at: $0) }) { sums.curvature = .infinity }
    }

    // MARK: Two dimensions: u₁ = Aa + Bb, u₂ = Aa − Bb with A² = q(1−δ/2), B² = qδ/2

    private func analyticPair(_ q: Double, _ delta: Double, level: Int) -> PairMoments {
        let rule = TrapezoidRule.levels[level]
        let odd = activation.isOdd
        return rule.halfNodes.withUnsafeBufferPointer { bs in
            rule.halfWeights.withUnsafeBufferPointer { bWeights in
                (odd ? rule.halfNodes : rule.nodes).withUnsafeBufferPointer { nodes in
                    (odd ? rule.halfWeights : rule.weights).withUnsafeBufferPointer { weights in
                        pairSum(q, delta, step: rule.step, bs: bs, bWeights: bWeights, nodes: nodes, weights: weights, half: odd)
                    }
                }
            }
        }
    }

    private func pairSum(
        _ q: Double, _ delta: Double, step: Double, bs: UnsafeBufferPointer<Double>, bWeights: UnsafeBufferPointer<Double>,
        nodes: UnsafeBufferPointer<Double>, weights: UnsafeBufferPointer<Double>, half: Bool
    ) -> PairMoments {
        let a = max(0, q * (1 - 0.5 * delta)).squareRoot()
        let b = max(0, 0.5 * q * delta).squareRoot()
        let most = nodes.count
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: 6 * most) { scratch in
            let u = scratch.baseAddress!
            var sums = PairMoments()
            for (j, z) in bs.enumerated() where z <= radius {
                // Only the disc of the given radius counts.
                let reach = min(Int((radius * radius - z * z).squareRoot() / step), half ? most - 1 : (most - 1) / 2)
                let first = half ? 0 : (most - 1) / 2 - reach
                let count = half ? reach + 1 : 2 * reach + 1
                for i in 0..<count {
                    let centre = a * nodes[first + i]
                    u[i] = centre + b * z
                    u[count + i] = centre - b * z
                }
                let (value, slope) = (u + 2 * count, u + 4 * count)
                activation.evaluate(u, count: 2 * count, value: value, slope: slope)
                let row = weightedRow(weights.baseAddress! + first, value, slope, count)
                sums.gap += bWeights[j] * 0.5 * row.gap
                sums.slope += bWeights[j] * row.slope
            }
            return sums
        }
    }

    private func kinkedPair(_ q: Double, _ delta: Double, level: Int) -> PairMoments {
        let a = max(0, q * (1 - 0.5 * delta)).squareRoot()
        let b = max(0, 0.5 * q * delta).squareRoot()
        let kinks = activation.kinks
        let fine = tolerance < 1e-11
        let (rule, widest) = fine ? (GaussLegendreRule.order20, 1.25) : (GaussLegendreRule.order12, 3.0)
        let width = scalbn(widest, -level)
        // As a function of b the inner integral bends where two kinks meet.
        let meetings = b == 0 ? [] : kinks.flatMap { k in kinks.map { abs(k - $0) / (2 * b) } }.filter { $0 < radius }
        let outer = rule.composite(breakpoints: [0, radius] + meetings, width: width)
        var sums = PairMoments()
        for (z, outerWeight) in zip(outer.nodes, outer.weights) {
            let ends = a == 0 ? [] : kinks.flatMap { [($0 - b * z) / a, ($0 + b * z) / a] }.filter { abs($0) < radius }
            let inner = rule.composite(breakpoints: [-radius, radius] + ends, width: width)
            addRow(to: &sums, inner, a, b, z, weight: 2 * outerWeight * normalDensity(z))
        }
        return sums
    }

    /// Adds one row of the Gaussian plane, A·a ± B·z over the rule's nodes a, with its outer weight.
    func addRow(
        to sums: inout PairMoments, _ rule: (nodes: [Double], weights: [Double]), _ a: Double, _ b: Double, _ z: Double, weight: Double
    ) {
        let count = rule.nodes.count
        withUnsafeTemporaryAllocation(of: Double.self, capacity: 7 * count) { scratch in
            let u = scratch.baseAddress!
            let weights = u + 6 * count
            for i in 0..<count {
                u[i] = a * rule.nodes[i] + b * z
                u[count + i] = a * rule.nodes[i] - b * z
                weights[i] = rule.weights[i] * normalDensity(rule.nodes[i])
            }
            activation.evaluate(u, count: 2 * count, value: u + 2 * count, slope: u + 4 * count)
            let row = weightedRow(weights, u + 2 * count, u + 4 * count, count)
            sums.gap += weight * 0.5 * row.gap
            sums.slope += weight * row.slope
        }
    }
}

/// Σ wᵢ(vᵢ − v′ᵢ)² and Σ wᵢ sᵢ s′ᵢ, the primed values following the unprimed ones; four running sums each, in fixed order.
@inline(__always)
func weightedRow(
    _ weights: UnsafePointer<Double>, _ value: UnsafePointer<Double>, _ slope: UnsafePointer<Double>, _ count: Int
) -> (gap: Double, slope: Double) {
    var gaps = SIMD4<Double>.zero
    var slopes = SIMD4<Double>.zero
    func load(_ p: UnsafePointer<Double>, _ i: Int) -> SIMD4<Double> {
        UnsafeRawPointer(p + i).loadUnaligned(as: SIMD4<Double>.self)
    }
    var i = 0
    while i + 4 <= count {
        let w = load(weights, i)
        let difference = load(value, i) - load(value, count + i)
        gaps += w * difference * difference
        slopes += w * load(slope, i) * load(slope, count + i)
        i += 4
    }
    var gap = gaps.sum()
    var total = slopes.sum()
    while i < count {
        let difference = value[i] - value[count + i]
        gap += weights[i] * difference * difference
        total += weights[i] * slope[i] * slope[count + i]
        i += 1
    }
    return (gap, total)
}

extension Activation {
    /// Whether φ′ (not only φ″) jumps at the kink.
    func hasSlopeJump(at kink: Double) -> Bool {
        switch self {
        case .relu, .hardTanh, .selu: true
        case .leakyReLU(let slope): slope != 1
        case .formula(let expression): expression.hasSlopeJump(at: kink)
        default: false
        }
    }
}
