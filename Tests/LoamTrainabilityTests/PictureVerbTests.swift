import Foundation
import LoamData
import LoamNN
import LoamRuns
import LoamTensor
import LoamTrainability
import Testing

/// Whole runs of `reconstruct` and `invert` on generated data, small enough for seconds; serial, since each keeps all threads busy.
@Suite(.serialized) struct PictureVerbTests {
    static let small = [
        "data=glyphs", "trainingImages=96", "evaluation=32", "networkEpochs=1", "depth=3", "samples=2", "misclassified=1", "batch=32",
    ]

    static func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let folder = VerbTests.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }

    static func names(_ folder: URL, _ part: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: part).path).sorted()
    }

    @Test func reconstructDrawsStripsChangesAndPrototypes() throws {
        try Self.withFolder { folder in
            let outcome = try VerbTests.run("reconstruct", Self.small, into: folder)
            #expect(outcome.results.figures.map(\.name) == ["reconstructions", "changes", "prototypes", "profile"])
            let files = try Self.names(folder, "reconstructions")
            #expect(files.contains("strip-01.png") && files.contains("change-01.png") && files.contains("prototypes.png"))
            // Input and three stages of 14×14 pixels, magnified eightfold, two pixels apart.
            let strip = try Bitmap.read(folder.appending(path: "reconstructions/strip-01.png"))
            #expect(strip.width == 4 * 112 + 3 * 2 && strip.height == 112)
            let report = try String(contentsOf: folder.appending(path: "report.html"), encoding: .utf8)
            #expect(report.contains("data:image/png;base64,") && report.contains("1 dense"))
            let stages = try String(contentsOf: folder.appending(path: "stages.csv"), encoding: .utf8).split(separator: "\n")
            #expect(stages.count == 1 + 3)
            // What only a resumption needs is gone.
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "cells/cascade.safetensors").path))
        }
    }

    @Test func vggMiniShowsSingleChannels() throws {
        try Self.withFolder { folder in
            let settings = [
                "model=vgg-mini", "weights=random", "pooled=false", "data=glyphs", "trainingImages=40", "evaluation=12", "samples=2",
                "batch=20",
                "channels=3:2,6:31", "stages=[1,3,6]", "headActivation=match", "unpool=true",
            ]
            let outcome = try VerbTests.run("reconstruct", settings, into: folder)
            #expect(outcome.results.figures.map(\.name) == ["reconstructions", "changes", "channels-3", "channels-6", "profile"])
            #expect(try Self.names(folder, "reconstructions").contains("channel-6-31.png"))
        }
    }

    @Test func savedCascadesAreTakenUpAgain() throws {
        try Self.withFolder { first in
            try Self.withFolder { second in
                _ = try VerbTests.run("reconstruct", Self.small + ["saveCascade=true"], into: first)
                let path = first.appending(path: "cascade.safetensors").path
                _ = try VerbTests.run("reconstruct", Self.small + ["weights=\(path)"], into: second)
                for name in ["reconstructions/strip-01.png", "reconstructions/prototypes.png"] {
                    #expect(try Data(contentsOf: first.appending(path: name)) == Data(contentsOf: second.appending(path: name)))
                }
            }
        }
    }

    @Test func userPicturesAreShown() throws {
        try Self.withFolder { folder in
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let picture = folder.appending(path: "stripes.png")
            let bytes = (0..<(40 * 30)).map { UInt8($0 % 40 < 20 ? 250 : 10) }
            try PNG.write(Bitmap(width: 40, height: 30, channels: 1, bytes: bytes), to: picture)
            try Self.withFolder { out in
                _ = try VerbTests.run("reconstruct", Self.small + ["images=\(folder.path)"], into: out)
                let table = try String(contentsOf: out.appending(path: "figures/reconstructions.csv"), encoding: .utf8)
                #expect(table.contains("stripes"), "\(table)")
                let strip = try Bitmap.read(out.appending(path: "reconstructions/strip-01.png"))
                // The left half is bright, the right half dark.
                #expect(strip.bytes[50 * strip.width + 10] > 200 && strip.bytes[50 * strip.width + 100] < 50)
            }
        }
    }

    @Test func vgg16TakesPicturesAndWeights() throws {
        try Self.withFolder { folder in
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for index in 0..<2 {
                let bytes = (0..<(50 * 40 * 3)).map { UInt8(truncatingIfNeeded: $0 * (7 + index)) }
                try PNG.write(Bitmap(width: 50, height: 40, channels: 3, bytes: bytes), to: folder.appending(path: "p\(index).png"))
            }
            try Self.withFolder { out in
                let settings = [
                    "model=vgg16", "weights=random", "weightVariance=2", "biasVariance=0", "size=32", "images=\(folder.path)",
                    "stages=[1,3]",
                    "evaluation=2", "crops=3", "headActivation=match", "channels=3:26",
                ]
                let outcome = try VerbTests.run("reconstruct", settings, into: out)
                #expect(outcome.results.figures.map(\.name) == ["reconstructions", "changes", "channels-3", "profile"])
                let finding = try #require(outcome.results.findings.first { $0.id == "vgg16.convolutions" })
                #expect(finding.verdict == .passed)
            }
        }
    }

    @Test func invertFindsPreImagesNearTheirActivations() throws {
        try Self.withFolder { folder in
            let outcome = try VerbTests.run(
                "invert", Self.small + ["stages=[1,3]", "iterations=150", "misclassified=0", "weights=random"], into: folder)
            // Stage 1 is nearly invertible: the optimised image has almost the activations that it was made for.
            let finding = try #require(outcome.results.findings.first { $0.id == "invert.stage-1" })
            #expect(finding.value < 0.05, "\(finding.value)")
            let curve = try String(contentsOf: folder.appending(path: "figures/objective.csv"), encoding: .utf8).split(separator: "\n")
            #expect(curve.count == 1 + 2 * 2 * 150)
        }
    }

    @Test func divergingInversionsNameQuantityAndStep() throws {
        let error = try VerbTests.failure(
            "invert",
            Self.small + ["stages=[1]", "iterations=50", "inversionRate=1e30", "weights=random", "activation=linear"])
        #expect(error.exitStatus == 64)
        #expect(error.description.contains("inversionRate") && error.description.contains("at step"), "\(error)")
    }

    @Test(
        arguments: [
            (["channels=9:0"], "stage 9"), (["channels=2:99999"], "channel 99999"), (["channels=3-26"], "STAGE:CHANNEL"),
            (["prototypes=[10]"], "class 10"), (["stages=[4]"], "stage 4"), (["stages=[2,1]"], "ascending"), (["model=vgg19"], "vgg16"),
            (["activation=wavy"], "tanh"), (["prototypeFill=2"], "prototypeFill"), (["samples=0"], "samples"),
        ] as [([String], String)])
    func badSettingsAreRefusedBeforeAnythingIsTrained(_ settings: [String], _ expected: String) throws {
        let error = try VerbTests.failure("reconstruct", Self.small + settings)
        #expect(error.exitStatus == 64)
        #expect(error.description.contains(expected), "\(error)")
    }

    @Test func vgg16WithoutWeightsExplainsTheChoices() throws {
        let error = try VerbTests.failure("reconstruct", ["model=vgg16", "images=/tmp"])
        #expect(error.exitStatus == 66)
        for part in ["weights=FILE", "weights=random", "vgg-mini", "downloads nothing"] { #expect(error.description.contains(part)) }
    }

    @Test func missingFilesAreNoInput() throws {
        for settings in [["weights=/no/such/file.pth"], ["images=/no/such/picture.png"], ["model=file:/no/such.yaml"]] {
            let error = try VerbTests.failure("reconstruct", Self.small + settings)
            #expect(error.exitStatus == 66, "\(error)")
            #expect(error.description.contains("/no/such"), "\(error)")
        }
    }
}

/// Heads that go on after an interruption, and what single channels are.
@Suite struct PictureMathematicsTests {
    static func cascade() throws -> Cascade<Double> {
        let network = Network<Double>(try NetworkTests.body("vgg-mini", depth: 5), variances: InitialVariances.he, seed: 8)
        return Cascade(network: network, seed: 8)
    }

    @Test func continuedTrainingIsTheUninterruptedOne() throws {
        var whole = try Self.cascade()
        let training = HeadTraining(batch: 5, schedule: .sweep, activationRule: .match)
        whole.fit(NetworkTests.images(12), training)
        struct Stop: Error {}
        var part = try Self.cascade()
        var saved: (heads: [Head<Double>], losses: [[Double]]) = ([], [])
        #expect(throws: Stop.self) {
            try part.fit(
                NetworkTests.images(12), training, continuing: ([], []),
                finished: { heads, losses in
                    saved = (heads, losses)
                    if heads.count >= 2 { throw Stop() }
                }, progress: { _ in })
        }
        #expect(saved.heads.count >= 2 && saved.heads.count < 5)
        var resumed = try Self.cascade()
        resumed.fit(NetworkTests.images(12), training, continuing: saved, finished: { _, _ in }, progress: { _ in })
        #expect(resumed.losses == whole.losses)
        #expect(resumed.stateDictionary == whole.stateDictionary)
    }

    /// A head without activation is affine: the reconstructions from single channels add up to the whole one, the bias counted once.
    @Test func channelsAddUpWhereTheHeadIsAffine() throws {
        let architecture = try NetworkTests.body("vgg-mini", depth: 1)
        let network = Network<Double>(architecture, variances: InitialVariances.he, seed: 8)
        let head = Head<Double>(of: 1, in: architecture, rule: .match, seed: 8)
        #expect(head.parts[0].activation == .identity)
        let z = network(NetworkTests.images(2))
        let channels = z.shape[1]
        var sum = Tensor<Double>.zeros(head(z).shape)
        for channel in 0..<channels {
            var mask = [Double](repeating: 0, count: channels)
            mask[channel] = 1
            sum = sum + head(z * Tensor(mask, shape: [1, channels, 1, 1]))
        }
        let bias = head(z * 0) * Double(channels - 1)
        for (a, b) in zip((sum - bias).scalars, head(z).scalars) { #expect(isClose(a, b, 1e-12)) }
    }
}
