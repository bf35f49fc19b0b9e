import LoamRuns
import LoamTensor

/// Shows what every stage of a trained network keeps of an image.
enum ReconstructVerb: Verb {
    static let name = "reconstruct"
    static let summary = "pictures of what every stage of a network keeps: strips, changes, class prototypes, single channels"
    static let kind = VerbKind.experiment
    static let presets = PicturePresets.reconstruct

    static func run(_ configuration: ReconstructConfiguration, in run: RunContext) throws {
        let settings = configuration.pictures
        // What cannot work is found before anything is trained.
        let plan = try PicturePlan(configuration, seed: run.seed)
        let lab = try PictureLab.prepare(settings, deepest: plan.deepest, in: run, fraction: 0...0.9)
        let channels = plan.channels.filter { $0.stage <= lab.depth }
        let figures = ReconstructFigures(lab, in: run)
        run.progress(0.92, "pictures")
        let found = Reconstructions(lab, evaluated: min(100, settings.evaluation))
        try figures.strips(found)
        var recognised: Int?
        if !plan.prototypes.isEmpty, lab.depth == lab.architecture.depth {
            recognised = try figures.prototypes(plan.prototypes, fill: configuration.prototypeFill)
        }
        try figures.channels(channels)
        try figures.profile(found)
        try run.saveCSV(PictureFindings.table(lab, found), to: "stages.csv")
        for finding in PictureFindings.findings(lab, found) { run.add(finding) }
        if let recognised {
            run.add(
                Finding(
                    id: "prototypes.recognised",
                    quantity: "prototypes of \(plan.prototypes.count) that the network takes for their own class",
                    value: Double(recognised), .informational(reference: Double(plan.prototypes.count)),
                    source: "all of them, were the cascade a perfect inverse"))
        }
        try lab.finish(in: run)
        run.progress(1, "done")
        run.note("pictures: \(run.folder.appending(path: "reconstructions").path)")
    }
}

/// What a run of `reconstruct` will show, checked against the architecture.
struct PicturePlan {
    let channels: [ChannelChoice]
    let prototypes: [Int]
    /// The last stage that needs a head; nil for the settings' own choice.
    let deepest: Int?

    init(_ configuration: ReconstructConfiguration, seed: UInt64) throws {
        let settings = configuration.pictures
        _ = try PictureNetworks.weights(settings)
        let family = try PictureNetworks.family(settings)
        let (input, classes) = try PicturePlan.shape(settings, family, seed: seed)
        let architecture = try PictureNetworks.architecture(settings, family, input: input, classes: classes)
        channels = try configuration.channelChoices(architecture)
        if let wrong = configuration.prototypes.first(where: { $0 >= classes }) {
            throw TrainabilityError("prototypes", "class \(wrong) does not exist; there are \(classes), counted from 0")
        }
        let answers = architecture.shapes.last == [classes]
        guard answers || configuration.prototypes.isEmpty else {
            throw TrainabilityError(
                "prototypes", "“\(architecture.name)” ends before its classes at this size, so it has no prototypes; use size=224")
        }
        let shown = settings.stages.last
        if let shown, shown > architecture.depth {
            throw TrainabilityError("stages", "stage \(shown) does not exist; “\(architecture.name)” has \(architecture.depth)")
        }
        if !configuration.prototypes.isEmpty {
            prototypes = configuration.prototypes
            deepest = architecture.depth
        } else {
            // The whole chain is there anyway.
            let isWhole = answers && (shown ?? architecture.depth) == architecture.depth
            prototypes = isWhole && classes <= 1000 && settings.model != "vgg16" ? Array(0..<min(10, classes)) : []
            deepest = max(shown ?? architecture.depth, channels.map(\.stage).max() ?? 1)
        }
    }

    /// The shape of an image and the number of classes, from as few images as there can be.
    private static func shape(_ settings: PictureSettings, _ family: ArchitectureFamily, seed: UInt64) throws -> (Shape, Int) {
        if settings.model == "vgg16" { return ([3, settings.size, settings.size], 1000) }
        let data = try StudyData(settings.data, count: 1, testCount: 1, pooled: settings.pooled, asRows: family.isDense, seed: seed)
        return (data.imageShape, data.classCount)
    }
}
