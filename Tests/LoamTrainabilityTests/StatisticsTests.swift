import LoamTrainability
import Testing

@Suite struct StatisticsTests {
    @Test func tiesShareTheirAverageRank() { #expect(RankStatistics.ranks([10, 20, 20, 5, 20]) == [2, 4, 4, 1, 4]) }

    @Test func spearmanOfAMonotoneMapIsOne() {
        let x = [0.3, -2, 5, 1.1]
        #expect(RankStatistics.spearman(x, x.map { $0 * $0 * $0 }) == 1)
        #expect(RankStatistics.spearman(x, x.map { -$0 }) == -1)
    }

    @Test func spearmanWithoutTiesIsTheDifferenceFormula() {
        // 1 − 6Σd²/(n(n²−1)): ranks (2,1,4,5,3) give Σd² = 1+1+1+1+4 = 8, ranks (2,1,5,3,4) also 8.
        #expect(isClose(RankStatistics.spearman([1, 2, 3, 4, 5], [2, 1, 3, 6, 2.5]), 0.6, 1e-12))
        #expect(isClose(RankStatistics.spearman([1, 2, 3, 4, 5], [2, 1, 5, 3, 4]), 0.6, 1e-12))
    }

    @Test func kendallCountsPairs() {
        // Five points, discordant pairs (1,2), (3,4), (3,5): (7 − 3)/10.
        #expect(isClose(RankStatistics.kendall([1, 2, 3, 4, 5], [2, 1, 5, 3, 4]), 0.4, 1e-12))
    }

    @Test func kendallCorrectsForTies() {
        // x has one tied pair of six, y none: (5 − 0)/√(5·6).
        #expect(isClose(RankStatistics.kendall([1, 1, 2, 3], [1, 2, 3, 4]), 5 / 30.0.squareRoot(), 1e-12))
    }

    @Test func constantScoresHaveNoCorrelation() {
        #expect(RankStatistics.spearman([1, 1, 1], [1, 2, 3]).isNaN)
        #expect(RankStatistics.kendall([1, 1, 1], [1, 2, 3]).isNaN)
    }

    @Test func infinitiesRankAtTheEnds() { #expect(RankStatistics.spearman([-.infinity, 0, .infinity], [1, 2, 3]) == 1) }

    @Test func areaUnderCurveCountsTiesHalf() {
        #expect(RankStatistics.areaUnderCurve(scores: [1, 2, 2, 3], positive: [false, false, true, true]) == 0.875)
        #expect(RankStatistics.areaUnderCurve(scores: [1, 2], positive: [true, true]).isNaN)
    }

    @Test func bootstrapIntervalCoversTheMean() throws {
        var generator = SplitMix(state: 1)
        let values = (0..<100).map { Double($0) / 99 }
        let interval = try #require(
            RankStatistics.bootstrapInterval(count: 100, using: &generator) { picks in
                picks.reduce(0) { $0 + values[$1] } / 100
            })
        // The standard error of the mean of 100 uniforms is 0.029.
        #expect(interval.contains(0.5))
        #expect(isClose(interval.upperBound - interval.lowerBound, 4 * 0.0289, 0.02))
    }

    @Test func bootstrapIsReproducible() {
        func run() -> ClosedRange<Double>? {
            var generator = SplitMix(state: 9)
            return RankStatistics.bootstrapInterval(count: 10, resamples: 50, using: &generator) { Double($0[0]) }
        }
        #expect(run() == run())
    }

    @Test func quantilesInterpolate() {
        let q = Quantiles([4, 1, 3, 2])
        #expect(q.median == 2.5)
        #expect(q(0) == 1 && q(1) == 4)
        #expect(isClose(q(0.05), 1.15, 1e-12))
        #expect(Quantiles([]).median.isNaN)
    }

    @Test func lineIsRecovered() throws {
        let fit = try #require(LinearFit([1, 2, 3], [5, 7, 9]))
        #expect(isClose(fit.slope, 2, 1e-12) && isClose(fit.intercept, 3, 1e-12) && isClose(fit.determination, 1, 1e-12))
        #expect(LinearFit([1, 1], [2, 3]) == nil)
    }

    // MARK: Cost

    @Test func publishedProtocolSavesThreeThousandOneHundredTimes() {
        let depths = Array(stride(from: 5, through: 150, by: 5))
        #expect(Cost.savingFactor(depths: depths, trainingEpochs: 200, headEpochs: 1, maximalDepth: 150) == 3100)
    }

    @Test func headCostCountsThreeProducts() {
        // 2·3·n·(4·3 + 3·2) for widths 4, 3, 2.
        let architecture = Architecture.dense([4, 3, 2], .tanh)
        let heads = (1...2).map { Head<Float>(of: $0, in: architecture, rule: .authors, seed: 1) }
        #expect(Cost.heads(heads, of: architecture, samples: 10) == 1080)
        #expect(Cost.training(architecture, samples: 20) == 2160)
    }
}
