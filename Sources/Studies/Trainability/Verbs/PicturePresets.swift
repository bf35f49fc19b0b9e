import LoamRuns

/// The presets of `reconstruct` and `invert`.
enum PicturePresets {
    static let source = "arXiv 2406.12916, reconstructions of a trained network"
    static let vggSource = "arXiv 2406.12916, reconstructions of vgg16"

    static let reconstruct =
        dense.map { set in
            Preset(
                name: "dnn-\(set.name)-reconstruct", summary: "a shrinking dense network on \(set.title), trained, stage by stage",
                source: source, quick: ReconstructConfiguration(dense(set.data)), paper: ReconstructConfiguration(fullDense(set.data)),
                quickSeconds: 4,
                paperSeconds: 300)
        } + [
            Preset(
                name: "vgg16-reconstruct", summary: "a small vgg on Fashion-MNIST; at scale paper vgg16 on pictures and weights of yours",
                source: vggSource, quick: quickVGG, paper: paperVGG, quickSeconds: 12, paperSeconds: 400)
        ]

    static let invert =
        dense.map { set in
            Preset(
                name: "dnn-\(set.name)-invert", summary: "pre-images of a trained dense network on \(set.title) beside its cascade's",
                source: "Mahendran and Vedaldi, CVPR 2015; " + source, quick: inversion(dense(set.data), stages: [1, 5, 8, 9], samples: 3),
                paper: inversion(fullDense(set.data), stages: Array(1...9), samples: 5, steps: 1000), quickSeconds: 4, paperSeconds: 400)
        } + [
            Preset(
                name: "vgg16-invert", summary: "pre-images of a small vgg; at scale paper of vgg16 on pictures and weights of yours",
                source: "Mahendran and Vedaldi, CVPR 2015; " + vggSource,
                quick: inversion(quickVGG.pictures, stages: [3, 6, 9], samples: 3, steps: 200),
                paper: inversion(paperVGG.pictures, stages: [3, 6, 10, 14, 18], samples: 2), quickSeconds: 12, paperSeconds: 1800)
        ]

    private static let dense = Presets.convolutionalSets

    private static func inversion(_ settings: PictureSettings, stages: [Int], samples: Int, steps: Int = 300) -> InvertConfiguration {
        var configuration = InvertConfiguration()
        configuration.pictures = settings
        configuration.pictures.stages = stages
        configuration.pictures.samples = samples
        configuration.pictures.misclassified = 0
        configuration.iterations = steps
        return configuration
    }

    /// L = 9, 14×14 pixels, 3 epochs.
    private static func dense(_ data: String) -> PictureSettings {
        var settings = PictureSettings()
        settings.data = data
        return settings
    }

    /// L = 9, 28×28 pixels, all images, 10 epochs.
    private static func fullDense(_ data: String) -> PictureSettings {
        var settings = dense(data)
        settings.pooled = false
        settings.trainingImages = 60_000
        settings.evaluation = 2000
        settings.networkEpochs = 10
        settings.samples = 10
        settings.misclassified = 4
        return settings
    }

    private static var quickVGG: ReconstructConfiguration {
        var configuration = ReconstructConfiguration()
        configuration.pictures.model = "vgg-mini"
        configuration.pictures.pooled = false
        configuration.pictures.trainingImages = 6000
        configuration.pictures.evaluation = 300
        configuration.pictures.weightVariance = 2
        configuration.pictures.biasVariance = 0
        configuration.pictures.networkEpochs = 2
        configuration.pictures.classifier = .logits
        // As many steps as the published 30,000 images in batches of 100 make.
        configuration.pictures.batch = 20
        configuration.channels = "3:0,3:3,3:7,3:12,6:1,6:9,6:20"
        configuration.prototypeFill = 0
        return configuration
    }

    /// The convolutional part at 112×112, at most 256 pictures, the published channels.
    private static var paperVGG: ReconstructConfiguration {
        var configuration = quickVGG
        configuration.pictures.model = "vgg16"
        configuration.pictures.size = 112
        // 128 steps on 256 pictures.
        configuration.pictures.batch = 16
        configuration.pictures.epochs = 8
        configuration.pictures.evaluation = 8
        configuration.pictures.samples = 4
        configuration.channels = "3:1,3:19,3:26,3:32,3:36,6:3,6:17,6:47,6:60,6:77,6:99,6:121,10:112,10:180,10:216"
        return configuration
    }
}
