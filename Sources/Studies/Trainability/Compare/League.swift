import LoamTensor

/// A number computed before training that claims to tell which networks train; higher is better.
public enum Predictor: String, Codable, CaseIterable, Hashable, Sendable {
    case relativeEntropy, differentialEntropy, vonNeumann, activationVonNeumann, tangentGain, meanField, parameterCount

    /// As shown in tables and figures.
    public var title: String {
        switch self {
        case .relativeEntropy: "−S_rel(L)"
        case .differentialEntropy: "S_diff(L)"
        case .vonNeumann: "S_vN(L)"
        case .activationVonNeumann: "S_vN, activations"
        case .tangentGain: "−|ln χ̂|"
        case .meanField: "min(0, 6ξ_c−L)"
        case .parameterCount: "number of parameters"
        }
    }

    /// Whether it needs trained heads.
    var needsHeads: Bool { [.relativeEntropy, .differentialEntropy, .vonNeumann].contains(self) }

    /// Whether it needs the untrained network's activations only.
    var needsActivations: Bool { [.activationVonNeumann, .tangentGain].contains(self) }

    /// The score of the network of `depth` stages at a cell of the map.
    func score(_ cell: CellProfile, depth: Int, parameters: Int, theory: MeanField) -> Double {
        switch self {
        case .relativeEntropy: return lowest(-cell.at(depth, \.relativeMean))
        case .differentialEntropy: return lowest(cell.at(depth, \.differential))
        case .vonNeumann: return lowest(cell.at(depth, \.vonNeumann))
        case .activationVonNeumann: return lowest(cell.at(depth, \.activationVonNeumann))
        case .tangentGain: return lowest(-abs(cell.meanLogGain(depth)))
        case .meanField:
            let point = theory.fixedPoint(InitialVariances(weight: cell.weightVariance, bias: cell.biasVariance))
            return point.map { min(0, 6 * $0.correlationScale - Double(depth)) } ?? -.infinity
        case .parameterCount: return Double(parameters)
        }
    }

    /// What cannot be computed counts as the worst.
    private func lowest(_ value: Double) -> Double { value.isNaN ? -.infinity : value }
}

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
    /// Counted operations and measured seconds over the whole map.
    public var operations, seconds: Double
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

    /// Scores every predictor on every trained network for which the map has a cell.
    public init(map: PhaseMap, trained: [TrainedCell], threshold: Double, resamples: Int, seed: UInt64) {
        self.threshold = threshold
        let pairs = trained.compactMap { network in
            map.cells.first { $0.weightVariance == network.weightVariance && $0.repetition == network.repetition }.map { ($0, network) }
        }
        let accuracies = pairs.map(\.1.outcome.accuracy)
        let positive = accuracies.map { $0 >= threshold }
        let theory = MeanField(map.activation)
        entries = Predictor.allCases.filter { $0 != .meanField || map.followsDenseTheory }.enumerated().map { index, predictor in
            let clock = ContinuousClock()
            let begin = clock.now
            let scores = pairs.map { predictor.score($0.0, depth: $0.1.stage, parameters: $0.1.parameters, theory: theory) }
            let scoring = begin.duration(to: clock.now).seconds
            var generator = RandomStreams.bootstrap(index: index, seed: seed)
            func scored(_ statistic: ([Int]) -> Double) -> Scored {
                let interval = RankStatistics.bootstrapInterval(count: pairs.count, resamples: resamples, using: &generator, statistic)
                return Scored(value: statistic(Array(pairs.indices)), lower: interval?.lowerBound, upper: interval?.upperBound)
            }
            let heads = predictor.needsHeads
            return LeagueEntry(
                predictor: predictor,
                spearman: scored { picks in RankStatistics.spearman(picks.map { scores[$0] }, picks.map { accuracies[$0] }) },
                kendall: scored { picks in RankStatistics.kendall(picks.map { scores[$0] }, picks.map { accuracies[$0] }) },
                areaUnderCurve: scored { picks in
                    RankStatistics.areaUnderCurve(scores: picks.map { scores[$0] }, positive: picks.map { positive[$0] })
                },
                operations: heads ? map.cells.reduce(0) { $0 + $1.headOperations } : 0,
                seconds: map.cells.reduce(scoring) {
                    $0 + (heads ? $1.seconds : predictor.needsActivations ? $1.statisticsSeconds : 0)
                })
        }
        rules = DecisionRule.allCases.map { rule in
            let predictions = pairs.map { rule.predictsTrainable($0.0, depth: $0.1.stage, map: map) }
            return RuleEntry(
                rule: rule, agreement: Double(zip(predictions, positive).count { $0 == $1 }) / Double(max(1, pairs.count)),
                predicted: predictions.count { $0 }, trained: positive.count { $0 }, networks: pairs.count)
        }
    }
}
