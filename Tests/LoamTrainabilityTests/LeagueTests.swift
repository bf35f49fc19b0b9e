import LoamTrainability
import Testing

@Suite struct LeagueTests {
    /// A map of three σ_w² and four layers whose entropies are given by a rule.
    static func map(_ relative: (Double, Int) -> Double) -> PhaseMap {
        let cells = [0.5, 1.76, 3].map { weight in
            CellProfile(
                weightVariance: weight, biasVariance: 0.05, repetition: 0,
                layers: (1...4).map { depth in
                    let value = relative(weight, depth)
                    return LayerProfile(
                        depth: depth, relativeMean: value, relativeError: 0.01, relativeMedian: value, relativeLow: value,
                        relativeHigh: value,
                        differential: -20 * value, vonNeumann: 1 - value, activationVonNeumann: 0.5, headLoss: 0, length: 1, correlation: 1,
                        gain: weight, excluded: 0)
                }, cutoff: Cutoff(curve: (1...4).map { relative(weight, $0) }, relativeTolerance: 0.005), sampleCutoffMean: 0,
                sampleCutoffDeviation: 0, headOperations: 10, headSeconds: 1, seconds: 2, statisticsSeconds: 0.5)
        }
        return PhaseMap(
            activation: .tanh, biasVariance: 0.05, depth: 4, width: 784, meanImageLevel: 0.9, constantImageLevel: 1, cells: cells)
    }

    static func trained(_ accuracy: (Double, Int) -> Double) -> [TrainedCell] {
        [0.5, 1.76, 3].flatMap { weight in
            [2, 4].map { depth in
                var outcome = DeepTraining.Outcome()
                outcome.accuracies = [accuracy(weight, depth)]
                return TrainedCell(
                    weightVariance: weight, depth: depth, repetition: 0, outcome: outcome, operations: 1, seconds: 1,
                    parameters: 100 * depth)
            }
        }
    }

    static func rule(_ weight: Double, _ depth: Int) -> Double { 0.1 * Double(depth) + 0.2 * abs(weight - 1.76) }

    static func league() -> League {
        League(map: map(rule), trained: trained { 1 - rule($0, $1) }, threshold: 0.5, resamples: 200, seed: 1)
    }

    @Test func aPerfectPredictorScoresOne() throws {
        let entry = try #require(Self.league().entries.first { $0.predictor == .relativeEntropy })
        #expect(isClose(entry.spearman.value, 1, 1e-12))
        #expect(isClose(entry.kendall.value, 1, 1e-12))
        #expect(entry.areaUnderCurve.value == 1)
        #expect(try #require(entry.spearman.lower) > 0.9)
    }

    @Test func aConstantPredictorHasNoRank() throws {
        let entry = try #require(Self.league().entries.first { $0.predictor == .activationVonNeumann })
        #expect(entry.spearman.value.isNaN)
        #expect(entry.areaUnderCurve.value == 0.5)
    }

    @Test func meanFieldScoreIsCappedAtZero() throws {
        // 6ξ_c at σ_w² = 1.76 is beyond depth 4, at 0.5 it is 7.1 > 4: all scores 0, a constant predictor.
        let entry = try #require(Self.league().entries.first { $0.predictor == .meanField })
        #expect(entry.kendall.value.isNaN)
    }

    @Test func parameterCountFollowsDepth() throws {
        let entry = try #require(Self.league().entries.first { $0.predictor == .parameterCount })
        #expect(entry.spearman.value < 0)
        #expect(entry.operations == 0)
    }

    @Test func costCountsHeadsOnce() throws {
        let entry = try #require(Self.league().entries.first { $0.predictor == .differentialEntropy })
        #expect(entry.operations == 30)
        #expect(entry.seconds >= 6)
    }

    static func proxies(_ score: (Double, Int) -> Double) -> [ProxyCell] {
        trained { _, _ in 0 }.map { network in
            ProxyCell(
                weightVariance: network.weightVariance, depth: network.depth, repetition: 0,
                scores: [ProxyScore(predictor: .snip, value: score(network.weightVariance, network.depth), operations: 7, seconds: 0.25)])
        }
    }

    @Test func predictorsOfNetworksAreMatchedToTheTrainedOnes() throws {
        // Given in another order, and with one that cannot be computed: it ranks last.
        let proxies = Self.proxies { $0 == 0.5 && $1 == 4 ? -.infinity : -Self.rule($0, $1) }.reversed()
        let league = League(
            map: Self.map(Self.rule), trained: Self.trained { 1 - Self.rule($0, $1) }, proxies: Array(proxies), threshold: 0.5,
            resamples: 50, seed: 1)
        let entry = try #require(league.entries.first { $0.predictor == .snip })
        #expect(isClose(entry.spearman.value, 1, 1e-12))
        #expect(entry.uncomputable == 1)
        #expect(entry.operations == 42 && isClose(entry.seconds, 1.5, 1e-12))
        #expect(!league.entries.contains { $0.predictor == .grasp })
    }

    @Test func aNetworkWithoutScoreLeavesThePredictorOut() {
        let league = League(
            map: Self.map(Self.rule), trained: Self.trained { _, _ in 0.5 }, proxies: Self.proxies { $0 * Double($1) }.dropLast(),
            threshold: 0.5, resamples: 20, seed: 1)
        #expect(!league.entries.contains { $0.predictor == .snip })
    }

    @Test func onlyAskedPredictorsEnter() {
        let league = League(
            map: Self.map(Self.rule), trained: Self.trained { 1 - Self.rule($0, $1) }, predictors: [.parameterCount, .vonNeumann],
            threshold: 0.5, resamples: 20, seed: 1)
        #expect(league.entries.map(\.predictor) == [.vonNeumann, .parameterCount])
    }

    @Test func levelRuleComparesWithTheMeanImage() {
        let map = Self.map { weight, _ in weight > 2 ? 0.95 : 0.5 }
        #expect(DecisionRule.level.predictsTrainable(map.cells[0], depth: 4, map: map))
        #expect(!DecisionRule.level.predictsTrainable(map.cells[2], depth: 4, map: map))
    }

    @Test func cutoffRuleStopsAtTheCutoff() {
        let map = Self.map { weight, depth in weight < 1 ? (depth < 2 ? 0.3 : 0.5) : 0.1 * Double(depth) }
        #expect(DecisionRule.cutoff.predictsTrainable(map.cells[0], depth: 1, map: map))
        #expect(!DecisionRule.cutoff.predictsTrainable(map.cells[0], depth: 2, map: map))
        // Still moving at the end: censored, so nothing is ruled out.
        #expect(DecisionRule.cutoff.predictsTrainable(map.cells[1], depth: 4, map: map))
    }

    @Test func frontRuleUsesTheThreshold() {
        let map = Self.map { _, depth in 0.2 * Double(depth) }
        // S_diff = −4ℓ crosses −13 at ℓ = 3.25.
        #expect(map.front(map.cells[0]).map { isClose($0, 3.25, 1e-12) } == true)
        #expect(DecisionRule.front.predictsTrainable(map.cells[0], depth: 3, map: map))
        #expect(!DecisionRule.front.predictsTrainable(map.cells[0], depth: 4, map: map))
    }

    @Test func divergedNetworksAreNotPredictedToTrain() {
        var map = Self.map(Self.rule)
        map.cells[0].divergedLayer = 3
        for rule in DecisionRule.allCases { #expect(!rule.predictsTrainable(map.cells[0], depth: 3, map: map)) }
    }

    @Test func frontThresholdMovesWithTheNumberOfPixels() {
        var map = Self.map(Self.rule)
        #expect(map.frontThreshold == -13)
        map.width = 196
        #expect(isClose(map.frontThreshold, -13 + 1.3862943611, 1e-9))
    }
}
