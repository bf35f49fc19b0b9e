import Foundation
import LoamNN
import LoamRuns
import LoamTensor
import LoamTrainability
import Testing

@Suite struct CascadeContinuationTests {
    @Test func snapshotsAreShorterTrainings() {
        let network = CascadeTests.network(Double.self)
        let data: Tensor<Double> = CascadeTests.data(40)
        let training = HeadTraining(epochs: 2, batch: 7)
        // 6 batches an epoch.
        let snapshots = Cascade(network: network, seed: 17).snapshots(training: data, training, after: [0, 3, 6, 12]) { _ in }
        for (steps, snapshot) in zip([0, 3, 6, 12], snapshots) {
            var alone = Cascade(network: network, seed: 17)
            alone.fit(data, HeadTraining(epochs: steps == 0 ? 0 : 2, steps: steps == 0 ? nil : steps, batch: 7, schedule: .sweep))
            #expect(snapshot.losses == alone.losses)
            for (a, b) in zip(snapshot.heads, alone.heads) {
                #expect(a.parts[0].weight.scalars == b.parts[0].weight.scalars && a.parts[0].bias.scalars == b.parts[0].bias.scalars)
            }
        }
    }

    @Test(arguments: [CascadeSchedule.pass, .sweep]) func continuedTrainingBeginsAtTheHeads(_ schedule: CascadeSchedule) {
        let data: Tensor<Double> = CascadeTests.data(40)
        var cascade = CascadeTests.trained(schedule, epochs: 3)
        let before = cascade.heads.map { $0.parts[0].weight.scalars }
        cascade.fit(data, HeadTraining(epochs: 1, steps: 1, batch: 40, schedule: schedule), startingFrom: cascade.heads) { _ in }
        for (head, old) in zip(cascade.heads, before) {
            // The first step of Adam is at most the learning rate.
            let moved = zip(head.parts[0].weight.scalars, old).map { abs($0 - $1) }.max()!
            #expect(moved > 0 && moved < 1.001e-3, "\(moved)")
        }
    }

    @Test func aDeeperFileServesAShallowerCascade() throws {
        let deep = CascadeTests.trained(.sweep)
        let architecture = deep.network.architecture.prefix(2)
        let state = deep.stateDictionary.entries(withPrefix: "")
        var body = StateDictionary<Double>()
        for name in state.names where name.hasPrefix("net.") || name.hasPrefix("head.1.") || name.hasPrefix("head.2.") {
            body[name] = state[name]
        }
        let shallow = try Cascade(architecture, body, rule: .authors, seed: 1)
        let x: Tensor<Double> = CascadeTests.data(5)
        let expected = deep.reconstructions(of: x)
        for (depth, reconstruction) in shallow.reconstructions(of: x).enumerated() {
            // Equal up to the rounding of matrix products over stacks of different heights.
            for (a, b) in zip(reconstruction.scalars, expected[depth].scalars) { #expect(isClose(a, b, 1e-13)) }
        }
    }

    @Test func everyMisfitIsListed() throws {
        let cascade = CascadeTests.trained(.sweep)
        var state = cascade.stateDictionary
        state["net.2.bias"] = nil
        state["net.x.weight"] = .tensor(Tensor.zeros([1]))
        state["head."] = .tensor(Tensor.zeros([1]))
        state["head.9.weight"] = .tensor(Tensor.zeros([1]))
        state["head.1.bias"] = .tensor(Tensor.zeros([3]))
        let error = try #require(throws: WeightsMismatch.self) {
            _ = try Cascade(cascade.network.architecture, state, rule: .authors, seed: 1)
        }
        #expect(error.missing == ["net.2.bias"])
        #expect(Set(error.unexpected) == ["net.x.weight", "head.", "head.9.weight"])
        #expect(error.mismatched.count == 1 && error.mismatched[0].hasPrefix("head.1.bias: the network has shape [12]"))
    }
}

/// Whole runs of `cascade` on generated data.
@Suite(.serialized) struct CascadeVerbTests {
    static let small = ["data=noise", "images=64", "evaluation=8", "depth=4", "batch=32", "shown=2"]

    @Test func profileAndPicturesAreWritten() throws {
        let folder = VerbTests.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let outcome = try VerbTests.run("cascade", Self.small, into: folder)
        #expect(try TrainVerbTests.column("depth", of: folder, file: "map.csv") == ["1", "2", "3", "4"])
        let picture = try Data(contentsOf: folder.appending(path: "reconstructions/strip.png"))
        #expect(picture.starts(with: [0x89, 0x50, 0x4E, 0x47]))
        let section = try #require(outcome.results.sections.first { $0.title == "Reconstructions" })
        // The input and four depths.
        #expect(section.html.components(separatedBy: "data:image/png;base64,").count == 6)
    }

    @Test func savedWeightsAreTheExactStartingPoint() throws {
        let folders = (0..<3).map { _ in VerbTests.folder() }
        defer { for folder in folders { try? FileManager.default.removeItem(at: folder) } }
        _ = try VerbTests.run("cascade", Self.small + ["saveWeights=true"], into: folders[0])
        let file = folders[0].appending(path: "cascade.safetensors")
        _ = try VerbTests.run("cascade", Self.small + ["weights=\(file.path)", "epochs=0"], into: folders[1], seed: 99)
        // Nothing is trained: the reconstructions are those that were saved, whatever the seed.
        let reference = try TrainVerbTests.column("s_rel_mean", of: folders[0], file: "map.csv")
        // White noise depends on the seed, so the images are compared through the saved run's own seed.
        _ = try VerbTests.run("cascade", Self.small + ["weights=\(file.path)", "epochs=0"], into: folders[2])
        #expect(try TrainVerbTests.column("s_rel_mean", of: folders[2], file: "map.csv") == reference)
        #expect(try TrainVerbTests.column("s_rel_mean", of: folders[1], file: "map.csv") != reference)
    }

    @Test func doublePrecisionFollowsSingle() throws {
        let folders = [VerbTests.folder(), VerbTests.folder()]
        defer { for folder in folders { try? FileManager.default.removeItem(at: folder) } }
        _ = try VerbTests.run("cascade", Self.small, into: folders[0])
        _ = try VerbTests.run("cascade", Self.small + ["precision=float64"], into: folders[1])
        let values = try folders.map { try TrainVerbTests.column("head_mse", of: $0, file: "map.csv").compactMap(Double.init) }
        for (a, b) in zip(values[0], values[1]) { #expect(isRelativelyClose(a, b, 1e-3)) }
    }

    @Test(arguments: [
        ("shown=9", "shown"), ("weightVariance=0", "weightVariance"), ("epochs=0", "epochs"), ("weightVariances=[1]", "weightVariances"),
        ("depth=2", "depth"), ("precision=half", "precision"), ("headSolver=both", "headSolver"),
    ])
    func badSettingsAreRefused(_ assignment: String, _ key: String) throws {
        let error = try VerbTests.failure("cascade", Self.small + [assignment])
        #expect(error.exitStatus == 64)
        #expect(error.description.contains(key), "\(error)")
    }

    @Test func filesThatAreNoWeightsAreBadData() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "weights-\(UUID().uuidString).safetensors")
        defer { try? FileManager.default.removeItem(at: file) }
        // A header length beyond the file's end.
        try Data([0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0x7B]).write(to: file)
        let error = try VerbTests.failure("cascade", Self.small + ["weights=\(file.path)"])
        #expect(error.exitStatus == 65 && error.description.contains(file.lastPathComponent), "\(error)")
    }

    @Test func aFileWithoutHeadsNeedsTraining() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "weights-\(UUID().uuidString).safetensors")
        defer { try? FileManager.default.removeItem(at: file) }
        let network = Network<Float>(
            .dense([196, 196, 196, 196, 196], .tanh), variances: InitialVariances(weight: 2, bias: 0.05), seed: 3)
        var state = StateDictionary<Float>()
        state.merge(network.stateDictionary, prefix: "net.")
        try state.write(to: file)
        let error = try VerbTests.failure("cascade", Self.small + ["weights=\(file.path)", "epochs=0"])
        #expect(error.exitStatus == 64 && error.description.contains("epochs"), "\(error)")
    }
}
