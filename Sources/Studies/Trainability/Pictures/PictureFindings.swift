import LoamRuns
import LoamTensor

/// Numbers of a picture run beside their references.
enum PictureFindings {
    static func findings(_ lab: PictureLab, _ found: Reconstructions) -> [Finding] {
        var findings = lab.settings.model == "vgg16" ? counts(lab) : []
        if let outcome = lab.outcome, outcome.divergedStep == nil {
            findings.append(
                Finding(
                    id: "network.accuracy", quantity: "test accuracy of the trained network", value: outcome.accuracy,
                    .informational(reference: nil), source: "none: sizes and epochs are ours"))
        }
        findings.append(
            Finding(
                id: "entropy.first", quantity: "mean S_rel of reconstructions from stage 1, in nats", value: found.mean(1),
                .informational(reference: found.meanImageLevel), source: "the mean training image, where nothing is left of the input"))
        findings.append(
            Finding(
                id: "entropy.last", quantity: "mean S_rel of reconstructions from stage \(lab.depth), in nats",
                value: found.mean(lab.depth), .informational(reference: found.meanImageLevel),
                source: "the mean training image, where nothing is left of the input"))
        return findings
    }

    /// The published counts of vgg16 and its heads, as far as both are there.
    private static func counts(_ lab: PictureLab) -> [Finding] {
        let architecture = lab.architecture
        let source = "Thurn, Jefferson, Erdmenger (arXiv 2406.12916), vgg16; Simonyan and Zisserman 2014"
        func exactly(_ id: String, _ quantity: String, _ value: Int, _ reference: Int) -> Finding {
            Finding(id: id, quantity: quantity, value: Double(value), .within(reference: Double(reference), tolerance: 0), source: source)
        }
        var findings: [Finding] = []
        if architecture.depth == 22 {
            findings.append(exactly("vgg16.stages", "stages of vgg16", architecture.depth, 22))
            findings.append(exactly("vgg16.parameters", "parameters of vgg16", lab.network.parameterCount, 138_357_544))
        }
        if architecture.depth >= 18 {
            findings.append(
                exactly("vgg16.convolutions", "parameters of its convolutions", lab.network.prefix(18).parameterCount, 14_714_688))
        }
        func heads(_ wanted: (Stage.Kind) -> Bool) -> Int {
            zip(architecture.stages, lab.cascade.heads).reduce(0) { $0 + (wanted($1.0.kind) ? $1.1.parameterCount : 0) }
        }
        if lab.depth >= 18 {
            findings.append(
                exactly(
                    "vgg16.heads.convolutions", "parameters of the heads of convolutions",
                    heads { if case .convolution = $0 { true } else { false } }, 14_714_179))
            if !lab.settings.unpool {
                findings.append(
                    exactly(
                        "vgg16.heads.pools", "parameters of the heads of poolings", heads { if case .maxPool = $0 { true } else { false } },
                        2_442_688))
            }
        }
        if lab.depth == 22 {
            findings.append(
                exactly(
                    "vgg16.heads.dense", "parameters of the heads of dense layers", heads { if case .dense = $0 { true } else { false } },
                    123_666_944))
        }
        return findings
    }

    /// One row a stage.
    static func table(_ lab: PictureLab, _ found: Reconstructions) -> Table {
        let stages = Array(1...lab.depth)
        func last(_ stage: Int) -> Double { stage <= lab.losses.count ? lab.losses[stage - 1].last ?? .nan : .nan }
        return Table([
            "stage": .integers(stages), "name": .texts(stages.map(lab.architecture.stageName)),
            "s_rel_mean": .numbers(stages.map(found.mean)),
            "s_rel_median": .numbers(stages.map { Quantiles(found.profile[$0 - 1].filter(\.isFinite))(0.5) }),
            "excluded": .integers(stages.map { found.profile[$0 - 1].count { !$0.isFinite } }), "head_mse": .numbers(stages.map(last)),
            "head_parameters": .integers(lab.cascade.heads.map(\.parameterCount)),
        ])
    }
}
