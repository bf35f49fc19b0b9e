import LoamRuns

/// The published settings on each data set, at both scales.
enum Presets {
    struct DataSet {
        let name, title, data: String
    }

    static let sets = [
        DataSet(name: "fashion", title: "Fashion-MNIST", data: "fashion-mnist"), DataSet(name: "mnist", title: "MNIST", data: "mnist"),
        DataSet(name: "noise", title: "white noise", data: "noise"),
    ]
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

    /// L = 20, 8 channels, 6 values of σ_w², 1500 images.
    static func quickConvolutional(_ data: String) -> MapConfiguration {
        var configuration = MapConfiguration()
        configuration.data = data
        configuration.architecture = "cnn"
        configuration.pooled = false
        configuration.images = 1500
        configuration.batch = 100
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
}
