import LoamTensor

/// A statistic with its 95 % bootstrap interval.
public struct Scored: Hashable, Codable, Sendable {
    /// The statistic over all networks; NaN where it is not defined.
    public var value: Double
    /// The interval's ends; nil where no resample had a value.
    public var lower, upper: Double?
}

/// How well one predictor ordered the networks, and what it cost.
public struct LeagueEntry: Hashable, Codable, Sendable {
    /// The predictor.
    public var predictor: Predictor
    /// Spearman's ρ and Kendall's τ_b with the accuracy, and the area under the ROC curve for networks that trained.
    public var spearman, kendall, areaUnderCurve: Scored
    /// Counted operations and measured seconds for all networks: of the whole map, or of every network where the predictor looks at them.
    public var operations, seconds: Double
    /// Networks whose score could not be computed, or is infinite: they rank last.
    public var uncomputable: Int
}

/// How often a yes-or-no rule was right.
public struct RuleEntry: Hashable, Codable, Sendable {
    /// The rule.
    public var rule: DecisionRule
    /// The share of networks that it judged as training did.
    public var agreement: Double
    /// Networks predicted to train, networks that did, and all.
    public var predicted, trained, networks: Int
}

/// When a network is predicted to train at depth L.
public enum DecisionRule: String, Codable, CaseIterable, Hashable, Sendable {
    /// L ≤ ℓ_c, the cutoff; a censored cutoff has not been reached.
    case cutoff
    /// L is above the front of S_diff.
    case front
    /// S_rel(L) is below the mean-image level by two standard errors.
    case level

    /// The prediction of this rule for a network of `depth` layers.
    public func predictsTrainable(_ cell: CellProfile, depth: Int, map: PhaseMap) -> Bool {
        if let layer = cell.divergedLayer, layer <= depth { return false }
        switch self {
        case .cutoff: return cell.cutoff.isCensored || depth <= cell.cutoff.depth
        case .front: return map.front(cell).map { Double(depth) < $0 } ?? true
        case .level:
            let margin = 2 * cell.at(depth, \.relativeError)
            return cell.at(depth, \.relativeMean) <= map.meanImageLevel - margin
        }
    }
}

/// Predictors against training results.
public struct League: Hashable, Codable, Sendable {
    /// One entry a predictor.
    public var entries: [LeagueEntry]
    /// One entry a rule.
    public var rules: [RuleEntry]
    /// The accuracy from which a network counts as trained.
    public var threshold: Double

    /// Scores predictors on every trained network for which the map has a cell.
    ///
    /// - Parameters:
    ///   - predictors: all by default. Left out are those that look at networks where `proxies` has no score for some network, and mean-field
    ///     theory where it does not hold.
    ///   - proxies: the scores of the untrained networks, of as many as `trained` has.
    public init(
        map: PhaseMap, trained: [TrainedCell], predictors: [Predictor] = Predictor.allCases, proxies: [ProxyCell] = [], threshold: Double,
        resamples: Int, seed: UInt64
    ) {
        self.threshold = threshold
        let pairs = trained.compactMap { network in
            map.cells.first { $0.weightVariance == network.weightVariance && $0.repetition == network.repetition }.map { ($0, network) }
        }
        let accuracies = pairs.map(\.1.outcome.accuracy)
        let positive = accuracies.map { $0 >= threshold }
        let theory = MeanField(map.activation)
        entries = Predictor.allCases.enumerated().compactMap { index, predictor in
            guard predictors.contains(predictor), predictor != .meanField || map.followsDenseTheory else { return nil }
            let own = predictor.looksAtNetworks ? pairs.map { pair in proxies.first { $0.describes(pair.1) }?[predictor] } : []
            guard !own.contains(nil) else { return nil }
            let clock = ContinuousClock()
            let begin = clock.now
            let scores =
                predictor.looksAtNetworks
                ? own.map { $0!.value }
                : pairs.map { predictor.score($0.0, depth: $0.1.stage, parameters: $0.1.parameters, theory: theory)! }
            let scoring = begin.duration(to: clock.now).seconds
            var generator = RandomStreams.bootstrap(index: index, seed: seed)
            func scored(_ statistic: ([Int]) -> Double) -> Scored {
                let interval = RankStatistics.bootstrapInterval(count: pairs.count, resamples: resamples, using: &generator, statistic)
                return Scored(value: statistic(Array(pairs.indices)), lower: interval?.lowerBound, upper: interval?.upperBound)
            }
            let price = cost(of: predictor, map, own.map { $0! })
            return LeagueEntry(
                predictor: predictor,
                spearman: scored { picks in RankStatistics.spearman(picks.map { scores[$0] }, picks.map { accuracies[$0] }) },
                kendall: scored { picks in RankStatistics.kendall(picks.map { scores[$0] }, picks.map { accuracies[$0] }) },
                areaUnderCurve: scored { picks in
                    RankStatistics.areaUnderCurve(scores: picks.map { scores[$0] }, positive: picks.map { positive[$0] })
                },
                operations: price.operations, seconds: price.seconds + (predictor.looksAtNetworks ? 0 : scoring),
                uncomputable: scores.count { !$0.isFinite })
        }
        rules = DecisionRule.allCases.map { rule in
            let predictions = pairs.map { rule.predictsTrainable($0.0, depth: $0.1.stage, map: map) }
            return RuleEntry(
                rule: rule, agreement: Double(zip(predictions, positive).count { $0 == $1 }) / Double(max(1, pairs.count)),
                predicted: predictions.count { $0 }, trained: positive.count { $0 }, networks: pairs.count)
        }
    }
}

/// Operations and seconds of a predictor beyond looking its score up.
private func cost(of predictor: Predictor, _ map: PhaseMap, _ own: [ProxyScore]) -> (operations: Double, seconds: Double) {
    func sum(_ operations: (CellProfile) -> Double, _ seconds: (CellProfile) -> Double) -> (operations: Double, seconds: Double) {
        (map.cells.reduce(0) { $0 + operations($1) }, map.cells.reduce(0) { $0 + seconds($1) })
    }
    if predictor.needsHeads { return sum(\.headOperations, \.seconds) }
    if predictor.needsActivations { return sum({ $0.statisticsOperations ?? 0 }, \.statisticsSeconds) }
    return (own.reduce(0) { $0 + $1.operations }, own.reduce(0) { $0 + $1.seconds })
}
