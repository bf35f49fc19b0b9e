import LoamRuns

/// The experiments of `sufficiency`.
enum SufficiencyPresets {
    static let all: [Preset<SufficiencyConfiguration>] = Presets.sets.map { set in
        Preset(
            name: "mlp-\(set.name)", summary: "dense tanh networks on \(set.title)",
            source: "arXiv 2406.12916, abstract: a single epoch is sufficient", quick: quick(set.data), paper: paper(set.data),
            quickSeconds: 20, paperSeconds: 3600)
    }

    /// Halved images, depth 18, four values of σ_w²; small batches give an epoch the published number of steps.
    private static func quick(_ data: String) -> SufficiencyConfiguration {
        var configuration = SufficiencyConfiguration()
        configuration.map.data = data
        configuration.map.images = 5628
        configuration.map.batch = 6
        configuration.map.depth = 18
        configuration.map.weightVariances = [0.3, 0.45, 0.6, 1.76]
        return configuration
    }

    /// Halved images, depth 50, epochs of all images.
    private static func paper(_ data: String) -> SufficiencyConfiguration {
        var configuration = SufficiencyConfiguration()
        configuration.map.data = data
        configuration.map.images = 60_000
        configuration.map.batch = 64
        configuration.map.depth = 50
        configuration.map.weightVariances = [0.3, 0.5, 0.8, 1, 1.1, 1.2, 1.3, 1.5, 1.76, 2.5, 4]
        return configuration
    }
}
