import LoamTensor

/// How long the published sizes take on two cores, from counted operations.
enum PublishedTime {
    /// Operations a second of head training and of deep training on two cores with vector units of 256 bits: what the runs at paper scale
    /// reach for wide layers.
    private static let denseRate = 80e9
    private static let convolutionRate = 50e9

    /// Seconds of a map on images [channels, height, width].
    static func map(_ configuration: MapConfiguration, image: Shape) -> Double {
        guard let family = try? configuration.family(), let activation = try? Activation(named: configuration.activation),
            let body = try? family.body(depth: configuration.depth, input: image, classes: 10, activation)
        else { preconditionFailure("PublishedTime: the published architecture does not fit images of \(image)") }
        let operations = 6 * body.multiplications * Double(configuration.images * configuration.epochs)
        return Double(configuration.weightVariances.count) * operations / (family.isDense ? denseRate : convolutionRate)
    }

    /// Seconds of the frontier search, if half of the depths are tried at the first σ_w² and one and a half at every other, for half of the
    /// epochs each.
    static func frontier(_ configuration: TrainConfiguration, pixels: Int) -> Double {
        let search = configuration.frontier
        let columns = Double(search.variances(above: true).count + search.variances(above: false).count)
        // The mean depth of what is tried, and layers that shrink linearly from N to the classes: a third of N² on average.
        let layer = Double(pixels * pixels) * (configuration.map.architecture == "mlp-shrinking" ? 1 / 3 : 1)
        let depth = Double(search.startDepth + search.floor) / 2
        let operations = 6 * layer * depth * Double(configuration.training.images) * Double(configuration.training.epochs) / 2
        return (Double(search.depths.count) / 2 + 1.5 * columns) * operations / denseRate
    }
}
