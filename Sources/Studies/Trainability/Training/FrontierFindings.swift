import LoamRuns

/// What the frontier says beside the prediction.
enum FrontierFindings {
    static func findings(_ columns: [FrontierSearch.Column], _ map: PhaseMap, _ configuration: TrainConfiguration) -> [Finding] {
        var findings: [Finding] = []
        // A cutoff that was not reached lies beyond everything measured.
        let pairs = columns.compactMap { column -> (predicted: Double, trained: Double)? in
            guard let cell = map.cells(at: column.weightVariance).first else { return nil }
            return (Double(cell.cutoff.isCensored ? map.depth + 1 : cell.cutoff.depth), Double(column.depth ?? 0))
        }
        let rank = RankStatistics.spearman(pairs.map(\.predicted), pairs.map(\.trained))
        if rank.isFinite {
            findings.append(
                Finding(
                    id: "frontier.rank", quantity: "Spearman's ρ of the predicted cutoff with the trained depth over σ_w²", value: rank,
                    pairs.count >= 5 ? .atLeast(reference: 0.5, tolerance: 0) : .informational(reference: nil),
                    source: "claim: the cutoff predicts trainability; threshold chosen beforehand"))
        }
        if let best = columns.max(by: { ($0.depth ?? 0, $0.accuracy) < ($1.depth ?? 0, $1.accuracy) }), map.followsDenseTheory,
            let critical = MeanField(map.activation).criticalPoints(biasVariance: map.biasVariance).first
        {
            findings.append(
                Finding(
                    id: "frontier.best", quantity: "σ_w² of the deepest trainable network", value: best.weightVariance,
                    .informational(reference: critical.weightVariance), source: "mean-field theory: the critical σ_w²"))
        }
        let depths = configuration.frontier.depths
        findings.append(
            Finding(
                id: "saving.bound",
                quantity: "bound on training over cascade at one σ_w²: depths \(depths.last ?? 0) … \(depths.first ?? 0), "
                    + "\(configuration.training.epochs) epochs",
                value: configuration.frontier.savingBound(epochs: configuration.training.epochs),
                depths == FrontierSearch().depths && configuration.training.epochs == 200
                    ? .within(reference: 3100, tolerance: 1e-9) : .informational(reference: nil),
                source: "closed form E·Σd/L"))
        return findings
    }
}
