/// How well a score orders outcomes.
public enum RankStatistics {
    /// Ranks from 1, ties given their average rank.
    public static func ranks(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Double](repeating: 0, count: values.count)
        var start = 0
        while start < order.count {
            var end = start
            while end + 1 < order.count, values[order[end + 1]] == values[order[start]] { end += 1 }
            for k in start...end { ranks[order[k]] = Double(start + end) / 2 + 1 }
            start = end + 1
        }
        return ranks
    }

    /// Pearson's correlation; NaN when one list is constant.
    public static func pearson(_ x: [Double], _ y: [Double]) -> Double {
        precondition(x.count == y.count, "pearson: \(x.count) and \(y.count) values")
        let n = Double(x.count)
        let (mx, my) = (x.reduce(0, +) / n, y.reduce(0, +) / n)
        var (sxy, sxx, syy) = (0.0, 0.0, 0.0)
        for (a, b) in zip(x, y) {
            sxy += (a - mx) * (b - my)
            sxx += (a - mx) * (a - mx)
            syy += (b - my) * (b - my)
        }
        return sxx == 0 || syy == 0 ? .nan : sxy / (sxx * syy).squareRoot()
    }

    /// Spearman's ρ: Pearson's correlation of average ranks; infinities rank at the ends.
    public static func spearman(_ x: [Double], _ y: [Double]) -> Double { pearson(ranks(x), ranks(y)) }

    /// Kendall's τ_b = (C − D)/√((P − T_x)(P − T_y)), P all pairs, T the tied ones; NaN when one list is constant.
    public static func kendall(_ x: [Double], _ y: [Double]) -> Double {
        precondition(x.count == y.count, "kendall: \(x.count) and \(y.count) values")
        var (difference, untiedX, untiedY) = (0, 0, 0)
        for i in x.indices {
            for j in 0..<i {
                let a = x[i] > x[j] ? 1 : (x[i] < x[j] ? -1 : 0)
                let b = y[i] > y[j] ? 1 : (y[i] < y[j] ? -1 : 0)
                difference += a * b
                untiedX += a * a
                untiedY += b * b
            }
        }
        return untiedX == 0 || untiedY == 0 ? .nan : Double(difference) / (Double(untiedX) * Double(untiedY)).squareRoot()
    }

    /// Area under the ROC curve: the chance that a positive outcome scores above a negative one, ties counting half; NaN when one
    /// kind is missing.
    public static func areaUnderCurve(scores: [Double], positive: [Bool]) -> Double {
        precondition(scores.count == positive.count, "areaUnderCurve: \(scores.count) scores, \(positive.count) outcomes")
        let high = zip(scores, positive).filter(\.1).map(\.0)
        let low = zip(scores, positive).filter { !$0.1 }.map(\.0)
        guard !high.isEmpty, !low.isEmpty else { return .nan }
        var wins = 0.0
        for a in high { for b in low { wins += a > b ? 1 : (a == b ? 0.5 : 0) } }
        return wins / Double(high.count * low.count)
    }

    /// The 95 % interval of `statistic` over resamples of the indices 0..<count with replacement; resamples where it is NaN are
    /// left out, `nil` when all are.
    public static func bootstrapInterval(
        count: Int, resamples: Int = 1000, using generator: inout some RandomNumberGenerator, _ statistic: ([Int]) -> Double
    ) -> ClosedRange<Double>? {
        guard count > 0 else { return nil }
        var values: [Double] = []
        for _ in 0..<resamples {
            let value = statistic((0..<count).map { _ in Int.random(in: 0..<count, using: &generator) })
            if !value.isNaN { values.append(value) }
        }
        guard !values.isEmpty else { return nil }
        let quantiles = Quantiles(values)
        return quantiles(0.025)...quantiles(0.975)
    }
}

/// The least-squares line y = slope·x + intercept.
public struct LinearFit: Hashable, Codable, Sendable {
    /// The slope.
    public let slope: Double
    /// The value at x = 0.
    public let intercept: Double
    /// The coefficient of determination R².
    public let determination: Double

    /// `nil` with fewer than two different x.
    public init?(_ x: [Double], _ y: [Double]) {
        precondition(x.count == y.count, "LinearFit: \(x.count) and \(y.count) values")
        let n = Double(x.count)
        guard x.count >= 2 else { return nil }
        let (mx, my) = (x.reduce(0, +) / n, y.reduce(0, +) / n)
        let sxx = x.reduce(0) { $0 + ($1 - mx) * ($1 - mx) }
        guard sxx > 0 else { return nil }
        let sxy = zip(x, y).reduce(0) { $0 + ($1.0 - mx) * ($1.1 - my) }
        let syy = y.reduce(0) { $0 + ($1 - my) * ($1 - my) }
        slope = sxy / sxx
        intercept = my - sxy / sxx * mx
        determination = syy == 0 ? 1 : sxy * sxy / (sxx * syy)
    }
}
