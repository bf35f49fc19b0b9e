import LoamRuns

/// What a recommendation says, beside theory and real training.
enum RecommendFindings {
    static func findings(
        _ result: InitialisationSearch.Result, _ check: RecommendationCheck?, _ configuration: RecommendConfiguration, classes: Int
    ) -> [Finding] {
        let depth = configuration.map.depth
        var findings: [Finding] = []
        if let check {
            let (recommended, best, error) = check.accuracies(testImages: configuration.training.testImages)
            findings.append(
                Finding(
                    id: "accuracy.recommended",
                    quantity:
                        "test accuracy trained from the recommended weights (σ_w² = \(fixed(result.variances.weight, 3)), L = \(depth)), "
                        + "beside the best of \(check.grid.count) σ_w² (\(short(check.best.first?.weightVariance ?? .nan)))",
                    value: recommended, standardError: error, .atLeast(reference: best, tolerance: 2 * error),
                    source:
                        "training at the best σ_w² of a grid in this run, \(check.best.count) further seeds; tolerance: two standard errors"
                ))
            // Networks that do not train at all would agree as well.
            findings.append(
                Finding(
                    id: "accuracy.above-chance", quantity: "the same beside chance", value: recommended,
                    .atLeast(reference: 1.5 / Double(classes), tolerance: 0),
                    source: "published strips call a network of ten classes trained above accuracy 0.15"))
        }
        findings.append(
            Finding(
                id: "depth.predicted",
                quantity: "depth down to which the recommended network is predicted to train\(result.isDepthCensored ? " (at least)" : "")",
                value: Double(result.maximalDepth), .atLeast(reference: Double(depth), tolerance: 0), source: "the requested depth"))
        findings.append(
            Finding(
                id: "cells", quantity: "cascades measured", value: Double(result.measured.count),
                .informational(reference: 590), source: "columns of the published maps"))
        if ["mlp", "mlp-shrinking", "cnn"].contains(configuration.map.architecture),
            let activation = try? Activation(named: configuration.map.activation),
            let critical = MeanField(activation).criticalPoints(biasVariance: result.variances.bias).first
        {
            findings.append(
                Finding(
                    id: "variance.recommended", quantity: "recommended σ_w² at σ_b² = \(short(result.variances.bias))",
                    value: result.variances.weight, .informational(reference: critical.weightVariance),
                    source: "mean-field theory: the critical σ_w²"))
        }
        return findings
    }
}
