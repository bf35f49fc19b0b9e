import LoamRuns

/// The experiments of `recommend`.
enum RecommendPresets {
    static let all: [Preset<RecommendConfiguration>] = [
        Preset(
            name: "mlp-fashion", summary: "σ_w² and weights for a dense tanh network of depth 30 (paper: 60) on Fashion-MNIST",
            source: "arXiv 2406.12916, abstract: accelerating the training of large networks", quick: quick, paper: paper, quickSeconds: 20,
            paperSeconds: 900),
        Preset(
            name: "mlp-fashion-bias", summary: "the same with σ_b² and the law of the weights searched too",
            source: "arXiv 2406.12916, abstract; addition: σ_b² and initialisation schemes", quick: tuned(quick), paper: tuned(paper),
            quickSeconds: 20, paperSeconds: 900),
    ]

    private static var quick: RecommendConfiguration {
        var configuration = RecommendConfiguration()
        configuration.map.images = 4800
        configuration.map.batch = 32
        configuration.training.images = 6400
        return configuration
    }

    private static var paper: RecommendConfiguration {
        var configuration = RecommendConfiguration()
        configuration.map.depth = 60
        configuration.options.verify = [0.5, 1, 1.2, 1.4, 1.6, 1.76, 1.9, 2.2, 2.5, 3, 4]
        configuration.options.repeats = 5
        configuration.training.epochs = 3
        return configuration
    }

    /// σ_b² and the law of the weights too.
    private static func tuned(_ base: RecommendConfiguration) -> RecommendConfiguration {
        var configuration = base
        // The quick scale pays for its search one cascade after another with a shorter training of each.
        if base.map.depth == quick.map.depth { configuration.map.images = 3200 }
        configuration.options.tune = .both
        configuration.options.schemes = [.gaussian, .orthogonal]
        return configuration
    }
}
