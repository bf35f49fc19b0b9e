import Foundation

/// Gaussian integrals of smooth activations at large variances.
///
/// With √q ≫ 1 the activation varies on a scale of 1/√q in z around 0, which would take a trapezoidal rule with thousands of nodes an
/// axis. Panels that grow geometrically away from 0 need a few more for every doubling of √q.
extension GaussianIntegrals {
    /// Levels from here on mean graded panels, each cut into 2^(level − gradedLevel).
    static let gradedLevel = 16

    /// The four length moments by graded panels, cut until two results agree, and the level that sufficed.
    func gradedLength(_ q: Double) -> (LengthMoments, Int) {
        var current = LengthMoments()
        for refinement in 0..<6 {
            let rule = gradedRule(around: [0], scale: 1 / q.squareRoot(), from: -radius, refinement)
            var next = LengthMoments()
            accumulate(&next, q, rule.nodes, zip(rule.nodes, rule.weights).map { $1 * normalDensity($0) }, beyond: .infinity)
            if refinement > 0, agree(current, next) { return (next, Self.gradedLevel + refinement - 1) }
            current = next
        }
        return (current, Self.gradedLevel + 5)
    }

    /// The pair moments by graded panels: in a around ±Bb/A, where one of the two arguments vanishes, and in b around 0.
    func gradedPair(_ q: Double, _ delta: Double, level: Int) -> PairMoments {
        let refinement = level - Self.gradedLevel
        let a = max(0, q * (1 - 0.5 * delta)).squareRoot()
        let b = max(0, 0.5 * q * delta).squareRoot()
        let outer = gradedRule(around: [0], scale: b > 0 ? 1 / b : radius, from: 0, refinement)
        var sums = PairMoments()
        for (z, outerWeight) in zip(outer.nodes, outer.weights) {
            let centres = a > 0 ? [-b * z / a, b * z / a].filter { abs($0) < radius } : []
            let inner = gradedRule(around: centres, scale: a > 0 ? 1 / a : radius, from: -radius, refinement)
            addRow(to: &sums, inner, a, b, z, weight: 2 * outerWeight * normalDensity(z))
        }
        return sums
    }

    /// Panels on [start, radius] with ends at centre ± scale·2ᵏ, none wider than 1.5, each cut into 2^refinement.
    private func gradedRule(
        around centres: [Double], scale: Double, from start: Double, _ refinement: Int
    ) -> (nodes: [Double], weights: [Double]) {
        var ends = [start, radius]
        for centre in centres {
            ends.append(centre)
            var distance = scale
            while distance < 2 * radius {
                ends += [centre - distance, centre + distance]
                distance *= 2
            }
        }
        let sorted = ends.filter { $0 >= start && $0 <= radius }.sorted()
        let rule = GaussLegendreRule.order12
        var nodes: [Double] = []
        var weights: [Double] = []
        for (low, high) in zip(sorted, sorted.dropFirst()) where high > low {
            let panels = max(1, Int(((high - low) / 1.5).rounded(.up))) << refinement
            let half = (high - low) / Double(2 * panels)
            for panel in 0..<panels {
                let centre = low + half * Double(2 * panel + 1)
                for (x, w) in zip(rule.nodes, rule.weights) {
                    nodes.append(centre + half * x)
                    weights.append(half * w)
                }
            }
        }
        return (nodes, weights)
    }
}
