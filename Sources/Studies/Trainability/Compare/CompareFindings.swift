import Foundation
import LoamRuns

/// What the comparison of prediction and training says.
enum CompareFindings {
    static func findings(_ league: League, _ map: PhaseMap, _ trained: [TrainedCell], _ configuration: CompareConfiguration) -> [Finding] {
        var findings: [Finding] = []
        // The thresholds were set for dense networks, of which there is a reference run.
        let isClaim = (try? configuration.map.family().isDense) ?? true
        func claim(_ threshold: Double) -> Finding.Comparison {
            isClaim ? .atLeast(reference: threshold, tolerance: 0) : .informational(reference: threshold)
        }
        if let entry = league.entries.first(where: { $0.predictor == .relativeEntropy }) {
            findings.append(
                Finding(
                    id: "rank.relative-entropy", quantity: "Spearman's ρ of −S_rel(L) with the accuracy", value: entry.spearman.value,
                    standardError: error(entry.spearman), claim(0.5),
                    source: "claim: the reconstruction entropy predicts trainability; threshold chosen beforehand, reference run 0.87"))
            findings.append(
                Finding(
                    id: "auc.relative-entropy",
                    quantity: "AUC of −S_rel(L) for accuracy ≥ \(short(league.threshold))", value: entry.areaUnderCurve.value,
                    standardError: error(entry.areaUnderCurve), claim(0.75),
                    source: "claim: the reconstruction entropy predicts trainability; threshold chosen beforehand"))
        }
        if let null = league.entries.first(where: { $0.predictor == .parameterCount }),
            let entry = league.entries.first(where: { $0.predictor == .relativeEntropy }),
            null.spearman.value.isFinite  // networks of one depth have one size, which orders nothing
        {
            findings.append(
                Finding(
                    id: "rank.above-null", quantity: "ρ of −S_rel(L) minus |ρ| of the number of parameters",
                    value: entry.spearman.value - abs(null.spearman.value), claim(0), source: "null predictor"))
        }
        let others = league.entries.filter { $0.predictor.looksAtNetworks && $0.spearman.value.isFinite }
        if let best = others.max(by: { $0.spearman.value < $1.spearman.value }),
            let entry = league.entries.first(where: { $0.predictor == .relativeEntropy })
        {
            findings.append(
                Finding(
                    id: "rank.beside-proxies",
                    quantity: "ρ of −S_rel(L) minus that of \(best.predictor.title), the best of \(others.count) "
                        + "predictors that look at one batch", value: entry.spearman.value - best.spearman.value,
                    .informational(reference: nil), source: "this run; \(best.predictor.title): ρ = \(fixed(best.spearman.value, 2))"))
        }
        for rule in league.rules {
            findings.append(
                Finding(
                    id: "rule.\(rule.rule.rawValue)", quantity: "networks that the rule “\(rule.rule.rawValue)” judges as training does",
                    value: rule.agreement, .informational(reference: nil), source: "\(rule.trained) of \(rule.networks) networks trained"))
        }
        if ReferenceRun.applies(to: configuration.map) { findings += ReferenceRun.findings(trained, configuration.training) }
        let (counted, closed) = savings(map, trained, configuration)
        findings.append(
            Finding(
                id: "saving.counted", quantity: "operations of training over operations of the cascade", value: counted,
                // The narrow last layers make trained networks up to two layers cheaper than the closed form has it.
                .within(reference: closed, tolerance: 0.2 * closed), source: "closed form n_t·E·Σd/(n_c·E_c·L)"))
        return findings
    }

    private static func error(_ scored: Scored) -> Double? {
        guard let lower = scored.lower, let upper = scored.upper else { return nil }
        return (upper - lower) / 3.92
    }

    /// Operations of training over operations of the cascade, counted and by the closed form.
    static func savings(_ map: PhaseMap, _ trained: [TrainedCell], _ configuration: CompareConfiguration) -> (
        counted: Double, closed: Double
    ) {
        let counted = trained.reduce(0) { $0 + $1.operations } / map.cells.reduce(0) { $0 + $1.headOperations }
        let mapping = configuration.map
        let depths = trained.filter { $0.weightVariance == trained.first?.weightVariance && $0.repetition == 0 }.map(\.depth)
        let factor = Cost.savingFactor(
            depths: depths, trainingEpochs: Double(configuration.training.epochs), headEpochs: mapping.headEpochs, maximalDepth: map.depth)
        return (counted, factor * Double(configuration.training.images) / Double(mapping.images))
    }

    /// What prediction and training took, counted and by the clock.
    static func cost(_ map: PhaseMap, _ trained: [TrainedCell], _ configuration: CompareConfiguration, in run: RunContext) throws {
        let closed = savings(map, trained, configuration).closed
        try CostLedger(heads: map.cells, trained: trained, closedForm: closed).publish(networks: trained.count, in: run)
    }
}
