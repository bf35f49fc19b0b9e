import Foundation
import LoamRuns
import LoamTrainability
import Testing

/// Whole runs of `sufficiency` on generated data.
@Suite(.serialized) struct SufficiencyTests {
    static let small = [
        "data=noise", "images=128", "evaluation=8", "depth=4", "weightVariances=[0.5,2]", "batch=32", "amounts=[0.5,1,2]",
    ]

    @Test func oneEpochOfSufficiencyIsThatOfTheMap() throws {
        let folders = [VerbTests.folder(), VerbTests.folder()]
        defer { for folder in folders { try? FileManager.default.removeItem(at: folder) } }
        let outcome = try VerbTests.run("sufficiency", Self.small, into: folders[0])
        _ = try VerbTests.run("map", Self.small.filter { !$0.hasPrefix("amounts") }, into: folders[1])
        let epochs = try TrainVerbTests.column("epochs", of: folders[0], file: "frontiers.csv")
        #expect(epochs == ["0.5", "0.5", "1", "1", "2", "2"])
        let last = try TrainVerbTests.column("s_rel_last", of: folders[0], file: "frontiers.csv")
        let map = try TrainVerbTests.column("s_rel_mean", of: folders[1], file: "map.csv")
        // The fourth layer of both σ_w², after one epoch.
        #expect(last[2] == map[3] && last[3] == map[7])
        #expect(outcome.results.findings.contains { $0.id == "agreement.cutoff.1" })
    }

    @Test func resumedRunIsTheUninterruptedOne() throws {
        let (a, b) = (VerbTests.folder(), VerbTests.folder())
        defer { for folder in [a, b] { try? FileManager.default.removeItem(at: folder) } }
        _ = try VerbTests.run("sufficiency", Self.small, into: a)
        try FileManager.default.copyItem(at: a, to: b)
        try FileManager.default.removeItem(at: b.appending(path: "cells/sufficiency-w2.0-r0.json"))
        try FileManager.default.removeItem(at: b.appending(path: "results.json"))
        _ = try VerbTests.run("sufficiency", Self.small, into: b, resume: true)
        for file in ["frontiers.csv", "distances.csv"] {
            #expect(try Data(contentsOf: a.appending(path: file)) == Data(contentsOf: b.appending(path: file)), "\(file)")
        }
    }

    @Test(arguments: [
        ("amounts=[1]", "amounts"), ("amounts=[2,1]", "amounts"), ("amounts=[0.01,1]", "amounts"), ("amounts=[1,1.01]", "amounts"),
        ("epochs=2", "epochs"), ("steps=4", "steps"),
    ])
    func badSettingsAreRefused(_ assignment: String, _ key: String) throws {
        let error = try VerbTests.failure("sufficiency", Self.small + [assignment])
        #expect(error.exitStatus == 64)
        #expect(error.description.contains(key), "\(error)")
    }
}
