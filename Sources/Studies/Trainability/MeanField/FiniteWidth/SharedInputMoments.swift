import Foundation

/// Second moments, over the units of a layer, of what is averaged over inputs that share the weights.
///
/// B inputs are taken as alike: one variance q of the pre-activations and one correlation c ≥ 0 between any two, so that
/// h_a = √q(√c g + √(1−c) ξ_a) with a common g and independent ξ_a. Averages are taken of A = φ_a² over the inputs and of
/// G = ½(φ_a − φ_b)² over the B − 1 neighbouring pairs. Given g inputs are independent, which leaves one-dimensional integrals of the
/// conditional mean μ(g) and central moments m₂, m₃, m₄(g) of φ; pairs of pairs are equal, share one input, or are disjoint.
struct SharedInputMoments {
    /// Variance of A and G over units, and their covariance.
    var lengthVariance = 0.0
    var gapVariance = 0.0
    var covariance = 0.0
    /// E[φ′⁴] and E[φ′²].
    var slopeFourth = 0.0
    var slope = 0.0
    /// E[φ′_a φ′_b] and E[φ′_a² φ′_b²] for two inputs.
    var slopePair = 0.0
    var slopeSquarePair = 0.0

    private static let step = 0.125
    private static let nodes = (-56...56).map { Double($0) * step }
    private static let weights = nodes.map { step * normalDensity($0) }

    /// By the trapezoidal rule in g and ξ; about three digits for φ with kinks, many for smooth φ.
    init(_ activation: Activation, length q: Double, decorrelation: Double, inputs: Int) {
        let c = min(1, max(0, 1 - decorrelation))
        let (common, own) = ((q * c).squareRoot(), (q * (1 - c)).squareRoot())
        let nodes = Self.nodes
        let weights = Self.weights
        var u = nodes
        var (value, slope, curvature) = (nodes, nodes, nodes)
        var sums = Sums()
        for (g, outer) in zip(nodes, weights) {
            for i in nodes.indices { u[i] = common * g + own * nodes[i] }
            activation.evaluate(u, count: u.count, value: &value, slope: &slope, curvature: &curvature)
            sums.add(outer, weights, value, slope)
        }
        let (b, m) = (Double(inputs), Double(inputs - 1))
        lengthVariance = (sums.fourth - sums.length * sums.length) / b + (1 - 1 / b) * (sums.lengthPair - sums.length * sums.length)
        covariance = 2 / b * sums.lengthOwnGap + (1 - 2 / b) * sums.lengthOtherGap - sums.length * sums.gap
        let touching = 2 * (m - 1) / (m * m)
        gapVariance =
            sums.gapSquare / m + touching * sums.gapTouching + (1 - 1 / m - touching) * sums.gapDisjoint - sums.gap * sums.gap
        slopeFourth = sums.slopeFourth
        self.slope = sums.slope
        slopePair = sums.slopePair
        slopeSquarePair = sums.slopeSquarePair
    }

    /// The same for φ = identity, in closed form (Isserlis): the sampling covariance of the empirical lengths and gaps.
    init(identityOfLength q: Double, decorrelation: Double, inputs: Int) {
        let gap = q * decorrelation
        let product = q - gap
        let (b, m) = (Double(inputs), Double(inputs - 1))
        lengthVariance = 2 * q * q / b + (1 - 1 / b) * 2 * product * product
        covariance = 2 / b * gap * gap
        gapVariance = gap * gap * (2 / m + (m - 1) / (m * m))
        (slopeFourth, slope, slopePair, slopeSquarePair) = (1, 1, 1, 1)
    }

    private struct Sums {
        var length = 0.0, fourth = 0.0, lengthPair = 0.0, gap = 0.0, lengthOwnGap = 0.0, lengthOtherGap = 0.0
        var gapSquare = 0.0, gapTouching = 0.0, gapDisjoint = 0.0
        var slope = 0.0, slopeFourth = 0.0, slopePair = 0.0, slopeSquarePair = 0.0

        mutating func add(_ outer: Double, _ weights: [Double], _ value: [Double], _ slopes: [Double]) {
            var (mean, slopeMean, square, quartic) = (0.0, 0.0, 0.0, 0.0)
            for i in weights.indices {
                mean += weights[i] * value[i]
                slopeMean += weights[i] * slopes[i]
                let s = slopes[i] * slopes[i]
                square += weights[i] * s
                quartic += weights[i] * s * s
            }
            var (m2, m3, m4) = (0.0, 0.0, 0.0)
            for i in weights.indices {
                let d = value[i] - mean
                let dd = d * d
                m2 += weights[i] * dd
                m3 += weights[i] * dd * d
                m4 += weights[i] * dd * dd
            }
            let second = mean * mean + m2
            length += outer * second
            lengthPair += outer * second * second
            fourth += outer * (mean * mean * (mean * mean + 6 * m2) + 4 * mean * m3 + m4)
            gap += outer * m2
            lengthOwnGap += outer * 0.5 * (2 * mean * mean * m2 + 2 * mean * m3 + m4 + m2 * m2)
            lengthOtherGap += outer * second * m2
            gapSquare += outer * 0.5 * (m4 + 3 * m2 * m2)
            gapTouching += outer * 0.25 * (m4 + 3 * m2 * m2)
            gapDisjoint += outer * m2 * m2
            slope += outer * square
            slopeFourth += outer * quartic
            slopePair += outer * slopeMean * slopeMean
            slopeSquarePair += outer * square * square
        }
    }
}
