import Foundation
import LoamNN
import LoamRuns
import LoamTensor

/// Where the network of a picture run comes from.
enum PictureNetworks {
    enum Source {
        case random
        case file(TensorFile)
    }

    /// What `weights` names; nil where the network is trained here.
    ///
    /// - Throws: ``LoamError`` that explains the choices where `vgg16` has no weights; what opening a file throws.
    static func weights(_ settings: PictureSettings) throws -> Source? {
        switch settings.weights {
        case "random": return .random
        case let path?: return .file(try TensorFile.read(URL(filePath: (path as NSString).expandingTildeInPath)))
        case nil:
            guard settings.model != "vgg16" else {
                throw LoamError(
                    .noInput, "vgg16 needs trained weights, and none are given; Loam downloads nothing", at: "weights",
                    advice: """
                        Choose one of
                          --set weights=FILE     vgg16 trained on ImageNet, a safetensors, .npz or .pth file that you have
                          --set weights=random   He's random weights: what the architecture itself loses of a picture
                          --preset vgg16-reconstruct --scale quick   vgg-mini, a small network of the same kind, trained here in seconds
                        """)
            }
            return nil
        }
    }

    /// The kind of network.
    static func family(_ settings: PictureSettings) throws -> ArchitectureFamily {
        switch settings.model {
        case "dnn": .shrinking
        default: try ArchitectureFamily(named: settings.model, channels: 1, width: nil)
        }
    }

    /// The stages, with one output a class; `vgg16` without its dense layers where the images are not those these were made for.
    static func architecture(_ settings: PictureSettings, _ family: ArchitectureFamily, input: Shape, classes: Int) throws -> Architecture {
        let activation = try Activation(named: settings.activation)
        let output = settings.classifier.output
        switch family {
        case .vgg(let vgg):
            let whole = try vgg.architecture(input: input, classes: classes, output: settings.model == "vgg16" ? .linear : output)
            guard settings.model == "vgg16", settings.size != 224 else { return whole }
            return whole.prefix(whole.stages.firstIndex { $0.kind == .flatten }!)
        case .file(let file):
            let listed = try file.architecture(input: input, activation)
            if listed.shapes.last == [classes] { return listed }
            return try family.classifier(depth: listed.depth, input: input, classes: classes, activation, output: output)
        default: return try family.classifier(depth: settings.depth, input: input, classes: classes, activation, output: output)
        }
    }

    /// An untrained network.
    static func random(_ architecture: Architecture, _ settings: PictureSettings, seed: UInt64) -> Network<Float> {
        Network(architecture, variances: InitialVariances(weight: settings.weightVariance, bias: settings.biasVariance), seed: seed)
    }

    /// Trains a network to tell the classes apart.
    static func train(
        _ architecture: Architecture, _ material: PictureMaterial, _ settings: PictureSettings, in run: RunContext,
        progress: (Double) -> Void
    ) throws -> (Network<Float>, DeepTraining.Outcome) {
        guard let labels = material.labels, let testLabels = material.testLabels else {
            throw TrainabilityError("weights", "the images have no classes to train on; give weights=FILE or weights=random")
        }
        let training = settings.deepTraining
        let steps = settings.networkEpochs * ((material.training.shape[0] + training.batch - 1) / training.batch)
        var step = 0
        var last = random(architecture, settings, seed: run.seed)
        func train() -> Result<DeepTraining.Outcome, any Error> {
            Result {
                try training.train(
                    last, images: material.training, labels: labels, testImages: material.test, testLabels: Tensor(testLabels),
                    seed: run.seed,
                    stop: {
                        try run.checkInterruption()
                        if step % 16 == 0 { progress(Double(step) / Double(steps)) }
                        step += 1
                    }, observe: { last = $1 })
            }
        }
        // Steps of a small network are too short for threads to meet in.
        let outcome = try (architecture.fillsAllThreads ? train() : Parallel.onOneThread(train)).get()
        for (epoch, pair) in zip(outcome.losses, outcome.accuracies).enumerated() {
            run.note("epoch \(epoch + 1): loss \(fixed(pair.0, 4)), test accuracy \(fixed(100 * pair.1, 1)) %")
        }
        if let step = outcome.divergedStep {
            run.warn("the network's training diverged at step \(step) (the loss is not finite); its weights are those before that epoch")
        }
        return (last, outcome)
    }

    /// The heads that a file holds under `head.ℓ.…`, of stages 1, 2, … without a gap; none where there are none.
    static func heads(_ file: TensorFile, _ architecture: Architecture, _ settings: PictureSettings) throws -> [Head<Float>] {
        guard file.names.contains(where: { $0.hasPrefix("head.1.") }) else { return [] }
        var heads: [Head<Float>] = []
        for layer in 1...architecture.depth {
            var head = Head<Float>(of: layer, in: architecture, rule: settings.headRule, unpool: settings.unpool, seed: 0)
            if !head.parts.isEmpty {
                let state = try StateDictionary<Float>(file, prefix: "head.\(layer).")
                if state.count == 0 { break }
                do { try head.load(state) } catch let error as StateDictionaryError {
                    throw LoamError(
                        .badData, "the head of stage \(layer) does not fit: \(error)", at: file.file,
                        advice: "Use the settings that the heads were trained with (unpool, model, size).")
                }
            }
            heads.append(head)
        }
        return heads
    }
}

/// Which images are shown.
enum PictureChoice {
    /// The user's pictures; or test images, one of every class in turn that the network knows, then some that it mistakes.
    static func choose(_ material: PictureMaterial, network: Network<Float>, _ settings: PictureSettings) throws -> (
        images: Tensor<Float>, labels: [[String]]
    ) {
        let answers = network.architecture.shapes.last == [material.classNames.count]
        if let shown = material.shown ?? (material.testLabels == nil ? (material.test, material.testNames) : nil) {
            let images = shown.images[0..<min(settings.samples, shown.images.shape[0]), axis: 0]
            let guesses = answers ? PictureChoice.guesses(network, images) : []
            let labels = (0..<images.shape[0]).map { index in
                [String(shown.names[index].prefix(18))] + (answers ? ["taken for", material.classNames[Int(guesses[index])]] : [])
            }
            return (images, labels)
        }
        let truths = material.testLabels!
        let guesses = PictureChoice.guesses(network, material.test)
        let right = truths.indices.filter { truths[$0] == guesses[$0] }
        var picks: [Int] = []
        var round = 0
        while picks.count < settings.samples {
            let before = picks.count
            for label in 0..<Int32(material.classNames.count) where picks.count < settings.samples {
                let own = right.filter { truths[$0] == label }
                if round < own.count { picks.append(own[round]) }
            }
            if picks.count == before { break }
            round += 1
        }
        picks += truths.indices.filter { truths[$0] != guesses[$0] }.prefix(settings.misclassified)
        // An untrained network may know nothing.
        if picks.isEmpty { picks = Array(truths.indices.prefix(settings.samples)) }
        let labels = picks.map { index in
            let name = material.classNames[Int(truths[index])]
            return truths[index] == guesses[index] ? [name] : [name, "taken for", material.classNames[Int(guesses[index])]]
        }
        return (material.test.gathered(Tensor(picks.map(Int32.init))), labels)
    }

    /// The class of every image.
    static func guesses(_ network: Network<Float>, _ images: Tensor<Float>) -> [Int32] {
        // A quarter of a gibibyte of activations at a time.
        let part = max(1, min(100, (64 << 20) / network.architecture.largestSample))
        return stride(from: 0, to: images.shape[0], by: part).flatMap { start in
            network(images[start..<min(start + part, images.shape[0]), axis: 0]).argMaximum().scalars
        }
    }
}
