import LoamRuns

/// The experiments of `train`.
enum TrainPresets {
    static let all: [Preset<TrainConfiguration>] =
        Presets.sets.filter { $0.name != "noise" }.map { set in
            Preset(
                name: "mlp-\(set.name)", summary: "a grid of dense tanh networks on \(set.title)", source: Presets.compareSource,
                quick: quickGrid(set.data), paper: paperGrid(set.data), quickSeconds: 18, paperSeconds: 1800)
        } + [
            Preset(
                name: "frontier-fashion", summary: "the frontier protocol on Fashion-MNIST, shrinking networks",
                source: "arXiv 2406.12916, frontier figure (there CIFAR-10)", quick: quickFrontier("fashion-mnist"),
                paper: paperFrontier("fashion-mnist"), published: publishedFrontier("fashion-mnist"), quickSeconds: 20, paperSeconds: 7200,
                publishedSeconds: PublishedTime.frontier(publishedFrontier("fashion-mnist"), pixels: 784)),
            Preset(
                name: "frontier-cifar10", summary: "the published frontier: grey CIFAR-10, shrinking networks",
                source: "arXiv 2406.12916, frontier figure", quick: quickFrontier("cifar10"), paper: paperFrontier("cifar10"),
                published: publishedFrontier("cifar10"), quickSeconds: 20, paperSeconds: 7200,
                publishedSeconds: PublishedTime.frontier(publishedFrontier("cifar10"), pixels: 1024)),
            Preset(
                name: "monitor-fashion", summary: "where information starts to flow during the training of deep networks",
                source: "addition: cascades at checkpoints of the training", quick: quickMonitor, paper: paperMonitor, quickSeconds: 20,
                paperSeconds: 900),
        ]

    private static func quickGrid(_ data: String) -> TrainConfiguration {
        var configuration = TrainConfiguration()
        configuration.map.data = data
        configuration.training.images = 6400
        configuration.training.epochs = 2
        return configuration
    }

    private static func paperGrid(_ data: String) -> TrainConfiguration {
        var configuration = TrainConfiguration()
        configuration.map.data = data
        configuration.map.weightVariances = [0.25, 0.5, 0.75, 1, 1.2, 1.4, 1.6, 1.76, 1.9, 2.2, 2.5, 3, 3.5, 4, 5]
        configuration.training.depths = [10, 20, 30, 45, 60]
        configuration.training.epochs = 3
        return configuration
    }

    /// Depths 5 to 30, two epochs, accuracy 0.25, five values of σ_w².
    private static func quickFrontier(_ data: String) -> TrainConfiguration {
        var configuration = TrainConfiguration()
        configuration.map.data = data
        configuration.map.architecture = "mlp-shrinking"
        configuration.training.images = 3200
        configuration.training.testImages = 1000
        configuration.training.epochs = 2
        configuration.options.mode = .frontier
        configuration.options.accuracyThreshold = 0.25
        configuration.frontier.startVariance = 1.7
        configuration.frontier.varianceStep = 0.6
        configuration.frontier.lowestVariance = 0.5
        configuration.frontier.highestVariance = 2.9
        configuration.frontier.startDepth = 30
        return configuration
    }

    /// L ≤ 60, at most 20 epochs, accuracy 0.4, σ_w² from 0.5 to 4 in steps of 0.2.
    private static func paperFrontier(_ data: String) -> TrainConfiguration {
        var configuration = TrainConfiguration()
        configuration.map.data = data
        configuration.map.pooled = false
        configuration.map.architecture = "mlp-shrinking"
        configuration.training.images = 12_800
        configuration.training.epochs = 20
        configuration.options.mode = .frontier
        configuration.options.accuracyThreshold = 0.4
        configuration.options.headImages = 12_800
        configuration.frontier.varianceStep = 0.2
        configuration.frontier.lowestVariance = 0.5
        configuration.frontier.highestVariance = 3.9
        configuration.frontier.startDepth = 60
        return configuration
    }

    /// The published protocol: all training images, at most 200 epochs of plain gradient descent at rate 10⁻³ on the doubly softmaxed output.
    private static func publishedFrontier(_ data: String) -> TrainConfiguration {
        var configuration = paperFrontier(data)
        configuration.training.images = data == "cifar10" ? 50_000 : 60_000
        configuration.training.testImages = 10_000
        configuration.training.batch = 64
        configuration.training.epochs = 200
        configuration.training.learningRate = 1e-3
        configuration.training.classifier = .authors
        configuration.options.headImages = configuration.training.images
        configuration.frontier = FrontierSearch()
        return configuration
    }

    private static var quickMonitor: TrainConfiguration {
        var configuration = TrainConfiguration()
        configuration.map.weightVariances = [1, 1.76]
        configuration.training.depths = [30]
        configuration.training.images = 9600
        configuration.training.testImages = 1000
        configuration.training.epochs = 2
        configuration.map.headSolver = .ridge
        // Activations that vary by less than a tenth are noise to the heads: training by gradients makes little of them.
        configuration.map.ridge = 1e-2
        configuration.options.monitor = 6
        configuration.options.headImages = 3200
        return configuration
    }

    private static var paperMonitor: TrainConfiguration {
        var configuration = quickMonitor
        configuration.map.weightVariances = [0.8, 1, 1.76, 4]
        configuration.training.depths = [60]
        configuration.training.images = 60_000
        configuration.training.testImages = 2000
        configuration.training.epochs = 10
        configuration.options.monitor = 12
        configuration.options.headImages = 9600
        return configuration
    }
}
