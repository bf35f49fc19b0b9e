import LoamTensor

/// The networks of a training grid before their training.
struct UntrainedNetworks {
    /// What they are of.
    let family: ArchitectureFamily
    /// Whether the deepest one alone keeps all threads busy.
    let fillsAllThreads: Bool
    private let activation: Activation
    private let output: Activation
    private let map: MapConfiguration
    private let image: Shape
    private let classes: Int

    init(_ configuration: TrainingConfiguration, map: MapConfiguration, data: StudyData) throws {
        family = try map.family()
        activation = try Activation(named: map.activation)
        output = configuration.classifier.output
        self.map = map
        image = data.imageShape
        classes = data.classCount
        fillsAllThreads =
            try family.body(depth: configuration.depths.last ?? 1, input: image, classes: classes, activation).fillsAllThreads
    }

    /// The network of a σ_w², depth and repetition.
    ///
    /// The seed and the variant are those of the map: the layers before the narrow ones are the very ones that the cascade looks at.
    func network(_ weightVariance: Double, depth: Int, repetition: Int, seed: UInt64) throws -> Network<Float> {
        Network(
            try family.classifier(depth: depth, input: image, classes: classes, activation, output: output),
            variances: InitialVariances(weight: weightVariance, bias: map.biasVariance, scheme: map.scheme),
            seed: seed &+ UInt64(repetition),
            variant: map.noiseVariant(weightVariance))
    }
}
