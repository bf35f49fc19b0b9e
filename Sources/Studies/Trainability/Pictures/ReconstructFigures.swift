import Foundation
import LoamData
import LoamRuns
import LoamTensor

/// F7, F8 and F9, and the pictures behind them as PNG files.
struct ReconstructFigures {
    let lab: PictureLab
    let run: RunContext
    private let renderer: PictureRenderer

    init(_ lab: PictureLab, in run: RunContext) {
        self.lab = lab
        self.run = run
        renderer = PictureRenderer(space: lab.material.space, scaling: lab.settings.pictureScale)
    }

    private var scaleWords: String {
        lab.settings.pictureScale == .each
            ? "Every picture runs from black at its least to white at its largest number."
            : "All pictures of a row share the input's scale."
    }

    func save(_ pictures: [[Bitmap?]], _ name: String) throws {
        guard let strip = PictureRenderer.strip(pictures) else { return }
        try run.saveData(Data(try PNG.encoded(strip)), to: "reconstructions/\(name).png")
    }

    private func stageTitle(_ stage: Int) -> String { "\(stage) \(lab.architecture.stageName(stage))" }

    // MARK: F7

    /// Input and reconstruction from every stage, and what changes from stage to stage.
    func strips(_ found: Reconstructions) throws {
        let stages = lab.stages
        var rows: [PictureSheet.Row] = []
        var changes: [PictureSheet.Row] = []
        for sample in found.inputs.indices {
            let chain = [found.inputs[sample]] + found.images.map { $0[sample] }
            let strip = renderer.row([chain[0]] + stages.map { chain[$0] })
            try save([strip], String(format: "strip-%02d", sample + 1))
            let captions = [""] + stages.map { fixed(found.entropies[$0 - 1][sample], 3) }
            rows.append(
                .init(label: lab.labels[sample], pictures: try zip(strip, captions).map { try PictureSheet.Picture($0, caption: $1) }))
            // From the stage shown before to this one.
            let before = [0] + stages.dropLast()
            let steps = zip(before, stages).map { renderer.change(chain[$0], chain[$1]) }
            try save([steps], String(format: "change-%02d", sample + 1))
            let sizes = zip(before, stages).map { fixed(Self.distance(chain[$0], chain[$1]), 3) }
            changes.append(
                .init(
                    label: lab.labels[sample],
                    pictures: [try PictureSheet.Picture(strip[0])]
                        + (try zip(steps, sizes).map { try PictureSheet.Picture($0, caption: $1) })))
        }
        let names = ["input"] + stages.map(stageTitle)
        try run.add(
            PictureSheet(
                name: "reconstructions", title: "What every stage keeps: images reconstructed from its activations",
                caption:
                    "Left the input, then what the heads ℓ, ℓ−1, … 1 make of the activations of stage ℓ alone. Below each picture S_rel "
                    + "between input and reconstruction (0: nothing is lost; the mean training image scores \(fixed(found.meanImageLevel, 2)), a "
                    + "constant \(fixed(found.constantImageLevel, 2)) on average). \(scaleWords)", columns: names, rows: rows))
        try run.add(
            PictureSheet(
                name: "changes", title: "The decision stage by stage: what changes between consecutive reconstructions",
                caption:
                    "Each picture is a reconstruction minus the one shown before it (the first minus the input): middle grey where nothing "
                    + "changes, brighter where it grows, each to its own largest change. Below: the root mean square of the change.",
                columns: names, rows: changes))
    }

    private static func distance(_ a: [Float], _ b: [Float]) -> Double {
        (zip(a, b).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) } / Double(a.count)).squareRoot()
    }

    // MARK: F8

    /// Prototypes of classes; returns how many of them the network itself takes for their class.
    func prototypes(_ classes: [Int], fill: Double) throws -> Int {
        let images = lab.prototypes(classes, fill: fill)
        let samples = (0..<classes.count).map { images.select($0, axis: 0).scalars }
        let answers = PictureChoice.guesses(lab.network, images)
        let own = PictureRenderer(space: lab.material.space, scaling: .each)
        let pictures = samples.map { own.row([$0])[0] }
        let names = classes.map { lab.material.classNames[$0] }
        var rows = [
            PictureSheet.Row(
                label: ["prototype", "taken for"],
                pictures: try zip(pictures, answers).map { try PictureSheet.Picture($0, caption: lab.material.classNames[Int($1)]) })
        ]
        var means: [Bitmap?] = []
        if let labels = lab.material.labels?.scalars {
            means = classes.map { k in
                let picks = labels.indices.filter { labels[$0] == Int32(k) }
                guard !picks.isEmpty else { return nil }
                return own.row([lab.material.training.gathered(Tensor(picks.map(Int32.init))).mean(axes: [0]).scalars])[0]
            }
            rows.append(.init(label: ["class mean"], pictures: try means.map { try $0.map { try PictureSheet.Picture($0) } }))
        }
        try save([pictures] + (means.isEmpty ? [] : [means]), "prototypes")
        try run.add(
            PictureSheet(
                name: "prototypes", title: "Class prototypes: the image that the heads make of an artificial answer",
                caption:
                    "An output vector of \(short(fill)) with 1 at one class goes down the whole chain of heads. Below each prototype: what "
                    + "the network takes it for when it is shown it. "
                    + (means.isEmpty ? "" : "Beneath them the mean training image of the class. ")
                    + "Each from its least to its largest number.", columns: names, rows: rows))
        return zip(classes, answers).count { $0 == Int($1) }
    }

    // MARK: F9

    /// Reconstructions from single channels: one sheet a stage.
    func channels(_ channels: [ChannelChoice]) throws {
        let samples = min(4, lab.inputs.shape[0])
        let inputs = lab.inputs[0..<samples, axis: 0]
        for stage in Array(Set(channels.map(\.stage))).sorted() {
            let chosen = channels.filter { $0.stage == stage }.map(\.channel)
            let whole = lab.cascade.reconstruct(
                activation: lab.network.activations(of: inputs, through: stage).last!, at: stage, of: inputs)
            let parts = chosen.map { lab.channel($0, at: stage, of: inputs) }
            var rows: [PictureSheet.Row] = []
            var files: [[Bitmap?]] = []
            for sample in 0..<samples {
                let chain = ([inputs, whole] + parts).map { $0.select(sample, axis: 0).scalars }
                let pictures = renderer.row(chain)
                files.append(pictures)
                rows.append(.init(label: lab.labels[sample], pictures: try pictures.map { try PictureSheet.Picture($0) }))
            }
            for (index, channel) in chosen.enumerated() { try save(files.map { [$0[index + 2]] }, "channel-\(stage)-\(channel)") }
            try save(files, "channels-\(stage)")
            try run.add(
                PictureSheet(
                    name: "channels-\(stage)", title: "Single channels of stage \(stageTitle(stage))",
                    caption:
                        "The input, its reconstruction from all channels of stage \(stage), and from one channel at a time, all others set "
                        + "to zero. \(scaleWords)", columns: ["input", "all"] + chosen.map { "channel \($0)" }, rows: rows))
        }
    }

    // MARK: The profile

    /// S_rel over the stages with its quartiles and the two levels at which the single image is lost.
    func profile(_ found: Reconstructions) throws {
        let stages = (1...lab.depth).map(Double.init)
        let quantiles = found.profile.map { Quantiles($0.filter(\.isFinite)) }
        let ticks = lab.depth <= 24 ? (1...lab.depth).map { Axis.Tick(Double($0), String($0)) } : nil
        try run.add(
            Figure(
                name: "profile", title: "How much is lost stage by stage",
                caption:
                    "S_rel between \(found.profile[0].count) images and their reconstructions: the median and the range of the middle 90 %. "
                    + "Dashed: what the mean training image scores, where nothing is left of the single input; dotted: a constant image.",
                panel: Panel(
                    x: Axis("stage ℓ", from: 0.5, to: Double(lab.depth) + 0.5, ticks: ticks), y: Axis("S_rel", unit: "nats", from: 0),
                    legend: .below,
                    marks: [
                        .band(
                            x: stages, lower: quantiles.map { $0(0.05) }, upper: quantiles.map { $0(0.95) },
                            style: MarkStyle(color: .skyBlue)),
                        .line(x: stages, y: quantiles.map { $0(0.5) }, label: "median", style: MarkStyle(color: .blue)),
                        .points(x: stages, y: stages.map { found.mean(Int($0)) }, label: "mean", style: MarkStyle(color: .blue)),
                        .horizontalLine(y: found.meanImageLevel, label: "mean image", style: MarkStyle(color: .black, dash: .dashed)),
                        .horizontalLine(
                            y: found.constantImageLevel, label: "constant image", style: MarkStyle(color: .grey, dash: .dotted)),
                    ])))
    }
}

extension PictureSheet.Picture {
    /// A picture of a sheet, made smaller where it has more pixels than a printed column, at most 150 points wide, can show.
    init(_ bitmap: Bitmap, caption: String = "") throws {
        let shown = bitmap.width > 300 ? bitmap.resized(height: bitmap.height * 300 / bitmap.width, width: 300, filter: .triangle) : bitmap
        self.init(png: try PNG.encoded(shown), width: shown.width, height: shown.height, caption: caption)
    }
}
