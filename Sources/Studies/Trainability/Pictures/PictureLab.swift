import Foundation
import LoamNN
import LoamRuns
import LoamTensor

/// A network with trained heads and the images that are looked at: what pictures are made of.
struct PictureLab {
    let settings: PictureSettings
    let material: PictureMaterial
    /// The whole network, which may go on beyond its heads.
    let network: Network<Float>
    /// The network as far as it has heads, and the heads.
    let cascade: Cascade<Float>
    /// The losses of every head.
    let losses: [[Double]]
    /// How the network's own training went; nil where it was not trained here.
    let outcome: DeepTraining.Outcome?
    /// The images that are shown, the first row of every figure.
    let inputs: Tensor<Float>
    /// What stands beside each of them.
    let labels: [[String]]

    var architecture: Architecture { network.architecture }
    var depth: Int { cascade.heads.count }

    /// The stages that are shown.
    var stages: [Int] { settings.stages.isEmpty ? Array(1...depth) : settings.stages.filter { $0 <= depth } }

    /// Reads, trains and chooses. Finished heads survive an interruption.
    ///
    /// - Parameters:
    ///   - deepest: the last stage that must have a head; nil for the deepest of `settings.stages`, or all.
    ///   - fraction: the part of the run's progress bar that this takes.
    static func prepare(_ settings: PictureSettings, deepest: Int?, in run: RunContext, fraction: ClosedRange<Double>) throws -> PictureLab
    {
        let weights = try PictureNetworks.weights(settings)
        let family = try PictureNetworks.family(settings)
        let material = try PictureMaterial.read(settings, isRow: family.isDense, seed: run.seed)
        let architecture = try PictureNetworks.architecture(
            settings, family, input: material.space.image, classes: material.classNames.count)
        let through = deepest ?? settings.stages.last ?? architecture.depth
        guard (1...architecture.depth).contains(through) else {
            throw TrainabilityError("stages", "stage \(through) is asked for, “\(architecture.name)” has \(architecture.depth)")
        }
        func report(_ part: ClosedRange<Double>, _ value: Double, _ message: String) {
            let whole = part.lowerBound + (part.upperBound - part.lowerBound) * value
            run.progress(fraction.lowerBound + (fraction.upperBound - fraction.lowerBound) * whole, message)
        }

        var store = PictureStore(run, checksum: material.checksum)
        try store.restore()
        let network: Network<Float>
        var given: [Head<Float>] = []
        let trains = weights == nil
        switch weights {
        case .file(let file):
            network = try NetworkWeights.read(file, for: architecture, isPart: settings.model == "vgg16" && architecture.depth < 22)
            given = try PictureNetworks.heads(file, architecture.prefix(through), settings)
        case .random: network = PictureNetworks.random(architecture, settings, seed: run.seed)
        case nil:
            if let stored = try store.network(architecture) {
                network = stored
            } else {
                (network, store.outcome) = try PictureNetworks.train(architecture, material, settings, in: run) {
                    report(0...0.5, $0, "training the network")
                }
                try store.save(network: network)
            }
        }
        var cascade = Cascade(network: network.prefix(through), seed: run.seed)
        let views = material.training.shape[0]
        let steps = min(settings.steps ?? .max, settings.epochs * ((views + settings.batch - 1) / settings.batch))
        if given.isEmpty, steps < 50 {
            run.warn(
                "the heads are trained by \(steps) \(steps == 1 ? "step" : "steps") on \(views) images, and show little more than their "
                    + "random start; give more images, or raise epochs or crops, or lower batch")
        }
        if given.isEmpty {
            let stored = try store.heads(cascade.network.architecture, settings)
            // Copied out of the closures, which may not touch the cascade while it is trained.
            var saved = Date()
            try cascade.fit(
                material.training, settings.headTraining, continuing: stored,
                finished: { heads, losses in
                    let stops = Result { try run.checkInterruption() }
                    if (try? stops.get()) == nil || Date().timeIntervalSince(saved) > 20 {
                        try store.save(network: trains ? network : nil, heads: heads, losses: losses)
                        saved = Date()
                    }
                    try stops.get()
                },
                progress: { stage in
                    report((trains ? 0.5 : 0)...1, Double(stage) / Double(through), "head of stage \(stage) of \(through)")
                    try run.checkInterruption()
                })
            if let layer = cascade.divergedLayer {
                run.warn("the network's numbers stop being finite at stage \(layer); deeper stages have no heads")
            }
        } else {
            cascade.heads = given
            run.note("the heads of \(given.count) stages are taken from the file")
        }
        guard !cascade.heads.isEmpty else {
            throw TrainabilityError("weights", "the network's numbers are not finite from the first stage on; there is nothing to show")
        }
        let (inputs, labels) = try PictureChoice.choose(material, network: network, settings)
        return PictureLab(
            settings: settings, material: material, network: network, cascade: cascade, losses: cascade.losses, outcome: store.outcome,
            inputs: inputs, labels: labels)
    }

    /// Writes the network and its heads where that is wanted, and drops what only a resumption needed.
    func finish(in run: RunContext) throws {
        if settings.saveCascade {
            var state = cascade.stateDictionary
            state.merge(network.stateDictionary, prefix: "net.")
            try run.saveFile(to: "cascade.safetensors") { try state.write(to: $0) }
        }
        PictureStore(run, checksum: material.checksum).remove()
    }
}
