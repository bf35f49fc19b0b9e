import Foundation
import LoamData
import LoamNN
import LoamRuns
import LoamTensor
import LoamTrainability
import Testing

/// Whole runs of `train` on generated data.
@Suite(.serialized) struct TrainVerbTests {
    static let small = ["data=noise", "images=128", "testImages=64", "weightVariances=[0.5,2]", "depths=[2,4]", "epochs=2"]

    static let frontier = [
        "data=noise", "images=64", "testImages=64", "epochs=1", "mode=frontier", "accuracyThreshold=0", "headImages=64",
        "frontier.startDepth=8", "frontier.floor=6", "frontier.depthStep=2", "frontier.lowestVariance=1.4", "frontier.highestVariance=2",
        "frontier.varianceStep=0.3",
    ]

    /// A column of `train.csv`.
    static func column(_ name: String, of folder: URL, file: String = "train.csv") throws -> [String] {
        let lines = try String(contentsOf: folder.appending(path: file), encoding: .utf8).split(separator: "\n")
        let index = try #require(lines[0].split(separator: ",").firstIndex { $0 == name })
        return lines.dropFirst().map { String($0.split(separator: ",", omittingEmptySubsequences: false)[index]) }
    }

    @Test func gridTrainsEveryNetwork() throws {
        let folder = VerbTests.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try VerbTests.run("train", Self.small, into: folder)
        #expect(try Self.column("sigma_w2", of: folder) == ["0.5", "0.5", "2", "2"])
        #expect(try Self.column("depth", of: folder) == ["2", "4", "2", "4"])
        #expect(try Self.column("epoch", of: folder, file: "epochs.csv").count == 8)
        let metrics = try String(contentsOf: folder.appending(path: "metrics.jsonl"), encoding: .utf8).split(separator: "\n")
        #expect(metrics.count { $0.contains("\"kind\":\"epoch\"") } == 8)
    }

    @Test func trainingStopsAtTheThreshold() throws {
        let folder = VerbTests.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try VerbTests.run("train", Self.small + ["accuracyThreshold=0"], into: folder)
        // Any accuracy is enough after the first of two epochs.
        #expect(try Self.column("epoch", of: folder, file: "epochs.csv") == ["1", "1", "1", "1"])
    }

    @Test func divergenceIsReportedAndKept() throws {
        let folder = VerbTests.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let outcome = try VerbTests.run(
            "train", Self.small + ["activation=linear", "weightVariances=[1e8]", "depths=[4]", "learningRate=1000"], into: folder)
        #expect(try Self.column("diverged_step", of: folder)[0] != "\"\"" && Self.column("diverged_step", of: folder)[0] != "")
        #expect(outcome.results.warnings.contains { $0.contains("not finite") })
    }

    @Test func resumedGridIsTheUninterruptedOne() throws {
        let (a, b) = (VerbTests.folder(), VerbTests.folder())
        defer { for folder in [a, b] { try? FileManager.default.removeItem(at: folder) } }
        _ = try VerbTests.run("train", Self.small, into: a)
        try FileManager.default.copyItem(at: a, to: b)
        try FileManager.default.removeItem(at: b.appending(path: "cells/train-w2.0-L4-r0.json"))
        try FileManager.default.removeItem(at: b.appending(path: "results.json"))
        _ = try VerbTests.run("train", Self.small, into: b, resume: true)
        #expect(try Data(contentsOf: a.appending(path: "epochs.csv")) == Data(contentsOf: b.appending(path: "epochs.csv")))
    }

    @Test func monitorLooksAtEveryLayerAndStep() throws {
        let folder = VerbTests.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let settings = Self.small + ["depths=[5]", "weightVariances=[1.76]", "monitor=3", "headImages=64"]
        _ = try VerbTests.run("train", settings, into: folder)
        // Two epochs of four steps of 32: before, after half and at the end; three wide layers.
        #expect(try Self.column("step", of: folder, file: "monitor.csv") == ["0", "0", "0", "4", "4", "4", "8", "8", "8"])
        #expect(try Self.column("layer", of: folder, file: "monitor.csv").prefix(3) == ["1", "2", "3"])
        let entropies = try Self.column("s_rel_mean", of: folder, file: "monitor.csv").compactMap(Double.init)
        #expect(entropies.count == 9 && entropies[0] != entropies[6])
    }

    /// In closed form heads do not depend on the order of steps: λ = 0 reconstructs what a ridge of λ = 10 blurs.
    @Test func monitorSolvesItsHeadsInClosedForm() throws {
        func entropy(_ ridge: String) throws -> Double {
            let folder = VerbTests.folder()
            defer { try? FileManager.default.removeItem(at: folder) }
            let settings =
                Self.small + [
                    "depths=[4]", "weightVariances=[1.76]", "monitor=1", "headImages=400", "headSolver=ridge", "ridge=\(ridge)",
                    "images=400",
                ]
            _ = try VerbTests.run("train", settings, into: folder)
            return try #require(Double(try Self.column("s_rel_mean", of: folder, file: "monitor.csv")[0]))
        }
        let (exact, blurred) = (try entropy("1e-6"), try entropy("10"))
        #expect(exact < 0.5 * blurred, "\(exact) \(blurred)")
    }

    @Test func frontierThatAlwaysTrainsKeepsItsDepth() throws {
        let folder = VerbTests.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try VerbTests.run("train", Self.frontier, into: folder)
        #expect(try Self.column("sigma_w2", of: folder, file: "frontier.csv") == ["1.4", "1.7", "2"])
        #expect(try Self.column("depth", of: folder, file: "frontier.csv") == ["8", "8", "8"])
        #expect(FileManager.default.fileExists(atPath: folder.appending(path: "cost.json").path))
    }

    @Test func frontierThatNeverTrainsIsUntrainable() throws {
        let folder = VerbTests.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try VerbTests.run("train", Self.frontier + ["accuracyThreshold=1"], into: folder)
        #expect(try Self.column("depth", of: folder, file: "frontier.csv") == ["untrainable", "untrainable", "untrainable"])
        // Depths 8 and 6 at the start, the floor alone on either side.
        #expect(try Self.column("attempts", of: folder, file: "frontier.csv") == ["1", "2", "1"])
    }

    @Test(arguments: [
        (["depths=[4,2]"], "depths"), (["mode=grids"], "mode"), (["mode=frontier"], "accuracyThreshold"),
        (["mode=frontier", "accuracyThreshold=0.3", "frontier.startVariance=9"], "frontier.startVariance"),
        (["mode=frontier", "accuracyThreshold=0.3", "frontier.floor=200"], "frontier.floor"),
        (["mode=frontier", "accuracyThreshold=0.3", "monitor=3"], "monitor"),
        (["mode=frontier", "accuracyThreshold=0.3", "repetitions=2"], "repetitions"),
        (["initFrom=a.safetensors"], "depths"), (["accuracyThreshold=2"], "accuracyThreshold"), (["headImages=0"], "headImages"),
        (["headSolver=both"], "headSolver"), (["unpools=true"], "unpools"),
    ])
    func badSettingsAreRefused(_ assignments: [String], _ key: String) throws {
        let error = try VerbTests.failure("train", Self.small + assignments)
        #expect(error.exitStatus == 64)
        #expect(error.description.contains(key), "\(error)")
    }

    @Test func missingWeightsAreNoInput() throws {
        let error = try VerbTests.failure("train", Self.small + ["depths=[4]", "initFrom=/no/such/file.safetensors"])
        #expect(error.exitStatus == 66 && error.description.contains("/no/such/file.safetensors"), "\(error)")
    }

    @Test func weightsOfAnotherNetworkAreListed() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "weights-\(UUID().uuidString).safetensors")
        defer { try? FileManager.default.removeItem(at: file) }
        var state = StateDictionary<Float>()
        state["net.1.weight"] = .tensor(Tensor.zeros([3, 5]))
        state["other"] = .tensor(Tensor.zeros([1]))
        try state.write(to: file)
        let error = try VerbTests.failure("train", Self.small + ["depths=[2]", "initFrom=\(file.path)"])
        #expect(error.exitStatus == 65)
        for word in [
            "net.1.bias", "net.2.weight", "net.1.weight: the network has shape [100, 196], the weights shape [3, 5]", "other", file.path,
        ] {
            #expect(error.description.contains(word), "\(word): \(error)")
        }
    }

    static var lacksCIFAR: Bool {
        DataSets.catalogue().contains { listing in
            guard listing.name == "cifar10", case .missing = listing.availability else { return false }
            return true
        }
    }

    @Test(.enabled(if: lacksCIFAR)) func missingCIFARSaysWhereItIsLookedFor() throws {
        let folder = VerbTests.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let runner = Runner(
            study: TrainabilityStudy.study, verb: try VerbTests.verb("train"), options: .init(folder: folder),
            console: Console(style: .quiet))
        let error = #expect(throws: LoamError.self) { try runner.run(RunRequest(preset: "frontier-cifar10")) }
        #expect(error?.exitStatus == 66)
        for word in ["cifar10", "cifar-10-batches-bin", "/usr/share/datasets", "LOAM_DATA"] {
            #expect(error?.description.contains(word) == true, "\(word): \(String(describing: error))")
        }
    }
}
