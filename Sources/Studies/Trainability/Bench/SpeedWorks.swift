import LoamTensor

/// The parts of the study whose speed decides how long it takes.
enum SpeedWorks {
    private static let variances = InitialVariances(weight: 1.76, bias: 0.05)
    private static let seed: UInt64 = 1

    private static func architecture(_ name: String, _ input: Shape, _ stage: Stage, depth: Int) throws -> Architecture {
        try Architecture(name: name, input: input, stages: Array(repeating: stage, count: depth))
    }

    private static func data(_ shape: Shape) -> Tensor<Float> {
        var generator = PhiloxGenerator(seed: seed, stream: 2)
        return Tensor(uniform: shape, in: 0..<1, using: &generator)
    }

    private static func training(
        _ architecture: Architecture, samples: Int, batch: Int, repetitions: Int, interrupted: () throws -> Void
    ) throws -> (seconds: Double, operations: Double) {
        let network = Network<Float>(architecture, variances: variances, seed: seed)
        let data = data(Shape([samples] + Array(architecture.input)))
        var cascade = Cascade(network: network, seed: seed)
        let seconds = try SpeedMeasurement.seconds(repetitions: repetitions) {
            try cascade.fit(data, HeadTraining(batch: batch)) { _ in try interrupted() }
        }
        return (seconds, Cost.heads(cascade.heads, of: architecture, samples: samples))
    }

    /// One epoch of head training of a dense tanh network.
    static func denseHeads(width: Int, _ configuration: BenchConfiguration, interrupted: () throws -> Void) throws -> SpeedMeasurement {
        let (depth, samples, batch) = (configuration.depth, configuration.images, min(configuration.batch, configuration.images))
        let architecture = try architecture("dense", [width], Stage(.dense(units: width), .tanh), depth: depth)
        let (seconds, operations) = try training(
            architecture, samples: samples, batch: batch, repetitions: configuration.repetitions, interrupted: interrupted)
        return SpeedMeasurement(
            work: "heads, width \(width), \(depth) layers, \(samples) samples", seconds: seconds, operations: operations,
            productSeconds: Double(depth) * ProductRate.headTraining(width: width, samples: samples, batch: batch))
    }

    /// One epoch of head training of a periodic convolutional network.
    static func convolutionalHeads(
        channels: Int, _ configuration: BenchConfiguration, interrupted: () throws -> Void
    ) throws -> SpeedMeasurement {
        let (side, samples) = (configuration.side, configuration.convolutionalImages)
        let architecture = try architecture(
            "periodic", [channels, side, side], Stage(.periodicConvolution(channels: channels, kernel: 3), .tanh), depth: 4)
        let (seconds, operations) = try training(
            architecture, samples: samples, batch: min(100, samples), repetitions: configuration.repetitions, interrupted: interrupted)
        return SpeedMeasurement(
            work: "heads, \(channels) channels, \(side)×\(side), 4 layers, \(samples) samples", seconds: seconds, operations: operations)
    }

    /// The reconstructions from every layer of a dense network.
    static func evaluation(width: Int, _ configuration: BenchConfiguration) throws -> SpeedMeasurement {
        let (depth, samples) = (configuration.evaluationDepth, configuration.evaluation)
        let architecture = try architecture("dense", [width], Stage(.dense(units: width), .tanh), depth: depth)
        var cascade = Cascade(network: Network<Float>(architecture, variances: variances, seed: seed), seed: seed)
        // No training is needed: heads as they are drawn take the same time.
        cascade.fit(data([1, width]), HeadTraining(steps: 1, batch: 1))
        let x = data([samples, width])
        let seconds = SpeedMeasurement.seconds(repetitions: configuration.repetitions) { _ = cascade.reconstructions(of: x) }
        // One product a layer for the frozen network, and ℓ applications of heads for depth ℓ.
        let products = Double(depth) + Double(depth * (depth + 1)) / 2
        let rate =
            2 * Double(depth * samples / 2) * Double(width * width)
            / ProductRate.seconds(transposeB: true, m: max(1, depth * samples / 2), n: width, k: width)
        let operations = 2 * products * Double(samples) * Double(width * width)
        return SpeedMeasurement(
            work: "evaluation, width \(width), \(depth) layers, \(samples) samples", seconds: seconds, operations: operations,
            productSeconds: operations / rate)
    }

    /// The mean-field plane of tanh.
    static func plane(_ configuration: BenchConfiguration) -> SpeedMeasurement {
        let n = configuration.planeResolution
        let seconds = SpeedMeasurement.seconds(repetitions: configuration.repetitions) {
            _ = PhasePlane(
                .tanh, weightVariances: (1...n).map { 6 * Double($0) / Double(n) }, biasVariances: (1...n).map { Double($0) / Double(n) })
        }
        return SpeedMeasurement(work: "mean-field plane, \(n)×\(n) points", seconds: seconds)
    }
}
