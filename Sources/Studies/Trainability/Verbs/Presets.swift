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
    static let mapSource = "arXiv 2406.12916, heat maps of the dense network"
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
}
