import LoamRuns

/// The published settings on each data set, at every scale.
enum Presets {
    struct DataSet {
        let name, title, data: String
    }

    static let sets = [
        DataSet(name: "fashion", title: "Fashion-MNIST", data: "fashion-mnist"), DataSet(name: "mnist", title: "MNIST", data: "mnist"),
        DataSet(name: "noise", title: "white noise", data: "noise"),
    ]
    /// Grey CIFAR-10 in the published shrinking networks.
    static let cifar = DataSet(name: "cifar10", title: "grey CIFAR-10", data: "cifar10")
    static let convolutionalSets = sets.filter { ["fashion", "mnist"].contains($0.name) }
    static let mapSource = "arXiv 2406.12916, heat maps"
    static let compareSource = "arXiv 2406.12916, heat maps with training results"

    static func quickMap(_ data: String) -> MapConfiguration {
        var configuration = MapConfiguration()
        configuration.data = data
        configuration.weightVariances = [0.25, 0.5, 0.75, 1, 1.2, 1.4, 1.76, 2.2, 3, 4]
        return configuration
    }

    /// N = 784, depth 100, 24 values of σ_w², 12,800 images (200 steps).
    static func paperMap(_ data: String) -> MapConfiguration {
        var configuration = MapConfiguration()
        configuration.data = data
        configuration.pooled = false
        configuration.images = 12_800
        configuration.batch = 64
        configuration.depth = 100
        configuration.weightVariances = [
            0.1, 0.3, 0.5, 0.8, 1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.76, 1.85, 2, 2.25, 2.5, 2.75, 3, 3.5, 4, 4.5, 5, 5.5,
        ]
        return configuration
    }

    /// N = 784, 198 wide layers, all images, 590 values of σ_w² with noise of their own.
    static func publishedMap(_ data: String) -> MapConfiguration {
        var configuration = paperMap(data)
        configuration.images = 60_000
        configuration.depth = 198
        configuration.weightVariances = (10...599).map { Double($0) / 100 }
        configuration.sharedNoise = false
        return configuration
    }

    /// Halved images, L = 20.
    static func quickShrinking(_ data: String) -> MapConfiguration {
        var configuration = quickMap(data)
        configuration.architecture = "mlp-shrinking"
        configuration.depth = 20
        return configuration
    }

    /// N = 1024, L = 60, 16 values of σ_w², 12,800 images.
    static func paperShrinking(_ data: String) -> MapConfiguration {
        var configuration = paperMap(data)
        configuration.architecture = "mlp-shrinking"
        configuration.depth = 60
        configuration.weightVariances = [0.3, 0.5, 0.8, 1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.76, 2, 2.25, 2.5, 3, 3.5, 4]
        return configuration
    }

    static func quickShrinkingCompare(_ data: String) -> CompareConfiguration {
        var configuration = CompareConfiguration()
        configuration.map = quickShrinking(data)
        configuration.map.weightVariances = [0.5, 1, 1.4, 1.76, 2.5, 4]
        configuration.training.depths = [10, 20]
        configuration.accuracyThreshold = 0.2
        return configuration
    }

    static func paperShrinkingCompare(_ data: String) -> CompareConfiguration {
        var configuration = CompareConfiguration()
        configuration.map = paperShrinking(data)
        configuration.training.depths = [10, 20, 40, 60]
        configuration.training.images = 50_000
        configuration.training.epochs = 2
        configuration.accuracyThreshold = 0.25
        return configuration
    }

    static func quickCompare(_ data: String) -> CompareConfiguration {
        var configuration = CompareConfiguration()
        configuration.map.data = data
        return configuration
    }

    /// The reduced scale at which the reference run was made, with the full grid of depths and error bars over three seeds.
    static func paperCompare(_ data: String) -> CompareConfiguration {
        var configuration = CompareConfiguration()
        configuration.map = quickMap(data)
        configuration.map.images = 9600
        configuration.map.batch = 64
        configuration.map.depth = 60
        configuration.map.repetitions = 3
        configuration.map.weightVariances = [0.25, 0.5, 0.75, 1, 1.2, 1.4, 1.6, 1.76, 1.9, 2.2, 2.5, 3, 3.5, 4, 5]
        configuration.training.depths = [10, 20, 30, 45, 60]
        configuration.training.images = 19_200
        return configuration
    }

    /// L = 20, 8 channels, 6 values of σ_w²; 6000 images in small batches, so that heads take 300 steps (published: 600 of 100 images).
    static func quickConvolutional(_ data: String) -> MapConfiguration {
        var configuration = MapConfiguration()
        configuration.data = data
        configuration.architecture = "cnn"
        configuration.pooled = false
        configuration.images = 6000
        configuration.batch = 10
        configuration.learningRate = 0.01
        configuration.depth = 20
        configuration.biasVariance = 2e-5
        configuration.weightVariances = [0.3, 0.5, 0.8, 1.05, 2, 3]
        configuration.cutoffTolerance = 0.01
        configuration.clipLow = -10
        return configuration
    }

    /// L = 100, 32 channels, 24 values of σ_w², 6000 images.
    static func paperConvolutional(_ data: String) -> MapConfiguration {
        var configuration = quickConvolutional(data)
        configuration.images = 6000
        configuration.batch = 20
        configuration.learningRate = 3e-3
        configuration.channels = 32
        configuration.depth = 100
        configuration.weightVariances = [
            0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1, 1.05, 1.1, 1.2, 1.4, 1.7, 2, 2.5, 3, 4, 5, 5.9,
        ]
        return configuration
    }

    /// 8 channels, 10 blocks, 6 values of σ_w².
    static func quickResidual(_ data: String) -> MapConfiguration {
        var configuration = quickConvolutional(data)
        configuration.architecture = "resnet"
        configuration.depth = 10
        configuration.weightVariances = [0.1, 0.3, 0.5, 1, 2, 4]
        return configuration
    }

    /// 16 channels, 30 blocks, 24 values of σ_w².
    static func paperResidual(_ data: String) -> MapConfiguration {
        var configuration = paperConvolutional(data)
        configuration.architecture = "resnet"
        configuration.channels = 16
        configuration.depth = 30
        return configuration
    }

    /// 128 channels, L = 400, all images, 599 values of σ_w² with noise of their own.
    static func publishedConvolutional(_ data: String) -> MapConfiguration {
        var configuration = paperConvolutional(data)
        configuration.channels = 128
        configuration.depth = 400
        configuration.images = 60_000
        configuration.batch = 100
        configuration.learningRate = 1e-3
        configuration.weightVariances = (1...599).map { Double($0) / 100 }
        configuration.sharedNoise = false
        return configuration
    }

    /// 32 channels, 49 blocks.
    static func publishedResidual(_ data: String) -> MapConfiguration {
        var configuration = publishedConvolutional(data)
        configuration.architecture = "resnet"
        configuration.channels = 32
        configuration.depth = 49
        return configuration
    }

    static func quickConvolutionalCompare(_ data: String) -> CompareConfiguration {
        var configuration = CompareConfiguration()
        configuration.map = quickConvolutional(data)
        configuration.map.images = 3000
        configuration.training.depths = [6, 20]
        configuration.training.images = 2400
        configuration.training.testImages = 500
        return configuration
    }

    static func paperConvolutionalCompare(_ data: String) -> CompareConfiguration {
        var configuration = CompareConfiguration()
        configuration.map = paperConvolutional(data)
        configuration.training.depths = [10, 30, 60, 100]
        configuration.training.images = 12_800
        return configuration
    }

    static func quickResidualCompare(_ data: String) -> CompareConfiguration {
        var configuration = quickConvolutionalCompare(data)
        configuration.map = quickResidual(data)
        configuration.map.images = 3000
        configuration.training.depths = [5, 10]
        return configuration
    }

    static func paperResidualCompare(_ data: String) -> CompareConfiguration {
        var configuration = CompareConfiguration()
        configuration.map = paperResidual(data)
        configuration.training.depths = [10, 20, 30]
        configuration.training.images = 12_800
        configuration.training.epochs = 2
        return configuration
    }

    /// The published strip: ten epochs of all images at every σ_w², plain gradient descent at rate 10⁻³ on the doubly softmaxed output; black
    /// above accuracy 0.15.
    static func publishedResidualCompare(_ data: String) -> CompareConfiguration {
        var configuration = CompareConfiguration()
        configuration.map = publishedResidual(data)
        configuration.training.depths = [49]
        configuration.training.images = 60_000
        configuration.training.testImages = 10_000
        configuration.training.batch = 100
        configuration.training.epochs = 10
        configuration.training.learningRate = 1e-3
        configuration.training.classifier = .authors
        configuration.accuracyThreshold = 0.15
        return configuration
    }
}
