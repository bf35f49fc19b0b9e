import Foundation
import LoamRuns
import LoamTrainability
import Testing

/// Whole runs of `plane` on generated data.
@Suite(.serialized) struct MeasuredPlaneTests {
    static let small = [
        "data=noise", "images=128", "evaluation=8", "depth=4", "weightVariances=[0.5,2]", "biasVariances=[0,0.2]", "batch=32",
    ]

    @Test func rowsOfThePlaneAreThoseOfMaps() throws {
        let folders = [VerbTests.folder(), VerbTests.folder()]
        defer { for folder in folders { try? FileManager.default.removeItem(at: folder) } }
        _ = try VerbTests.run("plane", Self.small, into: folders[0])
        let shared = Self.small.filter { !$0.hasPrefix("biasVariances") }
        _ = try VerbTests.run("map", shared + ["biasVariance=0.2"], into: folders[1])
        #expect(try TrainVerbTests.column("sigma_b2", of: folders[0], file: "plane.csv") == ["0", "0", "0.2", "0.2"])
        #expect(try TrainVerbTests.column("sigma_w2", of: folders[0], file: "plane.csv") == ["0.5", "2", "0.5", "2"])
        let plane = try TrainVerbTests.column("s_rel_mean", of: folders[0], file: "plane.csv")
        let map = try TrainVerbTests.column("s_rel_mean", of: folders[1], file: "map.csv")
        // The fourth layer of both σ_w².
        #expect(plane[2] == map[3] && plane[3] == map[7] && plane[0] != plane[2])
        // σ_w² = 0.5, σ_b² = 0: q* = 0, so χ₁ = σ_w² φ'(0)² = 0.5.
        let slopes = try TrainVerbTests.column("chi_1", of: folders[0], file: "plane.csv").compactMap(Double.init)
        #expect(isClose(slopes[0], 0.5, 1e-8))
    }

    @Test func resumedRunIsTheUninterruptedOne() throws {
        let (a, b) = (VerbTests.folder(), VerbTests.folder())
        defer { for folder in [a, b] { try? FileManager.default.removeItem(at: folder) } }
        _ = try VerbTests.run("plane", Self.small, into: a)
        try FileManager.default.copyItem(at: a, to: b)
        try FileManager.default.removeItem(at: b.appending(path: "cells/plane-b0.2-w2.0-r0.json"))
        try FileManager.default.removeItem(at: b.appending(path: "results.json"))
        _ = try VerbTests.run("plane", Self.small, into: b, resume: true)
        #expect(try Data(contentsOf: a.appending(path: "plane.csv")) == Data(contentsOf: b.appending(path: "plane.csv")))
    }

    @Test(arguments: [
        ("biasVariances=[0.1]", "biasVariances"), ("biasVariances=[0.2,0.1]", "biasVariances"), ("biasVariances=[-1,0]", "biasVariances"),
        ("weightVariances=[1]", "weightVariances"), ("biasVariance=0.1", "biasVariance"), ("headSolver=both", "headSolver"),
    ])
    func badSettingsAreRefused(_ assignment: String, _ key: String) throws {
        let error = try VerbTests.failure("plane", Self.small + [assignment])
        #expect(error.exitStatus == 64)
        #expect(error.description.contains(key), "\(error)")
    }
}
