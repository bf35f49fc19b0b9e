import Foundation
import LoamRuns
import LoamTrainability
import Testing

/// Whole runs on generated data, small enough for seconds; serial, since each keeps all threads busy.
@Suite(.serialized) struct VerbTests {
    static let small = [
        "data=noise", "images=128", "evaluation=8", "depth=4", "weightVariances=[0.5,2]", "batch=32",
    ]

    static func verb(_ name: String) throws -> AnyVerb { try #require(TrainabilityStudy.study.verbs.first { $0.name == name }) }

    static func folder() -> URL { FileManager.default.temporaryDirectory.appending(path: "trainability-\(UUID().uuidString)") }

    static func run(_ name: String, _ assignments: [String], into folder: URL, resume: Bool = false, seed: UInt64? = 1) throws
        -> Runner.Outcome
    {
        let runner = Runner(
            study: TrainabilityStudy.study, verb: try verb(name), options: .init(folder: folder, resume: resume),
            console: Console(style: .quiet))
        return try runner.run(RunRequest(assignments: assignments, seed: seed))
    }

    static func failure(_ name: String, _ assignments: [String]) throws -> LoamError {
        let folder = folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        return try #require(throws: LoamError.self) { try run(name, assignments, into: folder) }
    }

    @Test func presetsAreValidAtBothScales() throws {
        for verb in TrainabilityStudy.study.verbs { try verb.verifyDeclaration() }
        #expect(TrainabilityStudy.study.featured == Study.Featured(verb: "compare", preset: "mlp-fashion"))
    }

    @Test func mapWritesItsFiles() throws {
        let folder = Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let outcome = try Self.run("map", Self.small, into: folder)
        #expect(outcome.exitStatus == 0)
        let map = try String(contentsOf: folder.appending(path: "map.csv"), encoding: .utf8).split(separator: "\n")
        #expect(map.count == 1 + 2 * 4)
        #expect(map[0].hasPrefix("sigma_w2,sigma_b2,seed,depth,s_rel_mean"))
        for file in ["cutoffs.csv", "meanfield.csv", "figures/phase-map-differential.svg", "report.html"] {
            #expect(FileManager.default.fileExists(atPath: folder.appending(path: file).path), "\(file)")
        }
    }

    @Test func resumedMapIsTheUninterruptedOne() throws {
        let (a, b) = (Self.folder(), Self.folder())
        defer { for folder in [a, b] { try? FileManager.default.removeItem(at: folder) } }
        _ = try Self.run("map", Self.small, into: a)
        // An interruption after the first cell: the other cell and the results are missing.
        try FileManager.default.copyItem(at: a, to: b)
        let cells = try FileManager.default.contentsOfDirectory(at: b.appending(path: "cells"), includingPropertiesForKeys: nil)
        let second = try #require(cells.first { $0.lastPathComponent.contains("w2.0") })
        try FileManager.default.removeItem(at: second)
        for file in ["results.json", "map.csv"] { try FileManager.default.removeItem(at: b.appending(path: file)) }
        _ = try Self.run("map", Self.small, into: b, resume: true)
        #expect(try Data(contentsOf: a.appending(path: "map.csv")) == Data(contentsOf: b.appending(path: "map.csv")))
    }

    /// The level of a constant image is ln 2 − ½ for pixels uniform on [0, 1), at any size; means of four of them would be near 0.07.
    @Test(arguments: ["noise", "noise:uniform:1x20x20"]) func halvedNoiseHasTheSameLaw(_ data: String) throws {
        struct Levels: Decodable {
            let constantImageLevel: Double
            let width: Int
        }
        let folder = Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try Self.run("map", Self.small + ["data=\(data)", "evaluation=40", "weightVariances=[1]"], into: folder)
        let levels = try JSONDecoder().decode(Levels.self, from: Data(contentsOf: folder.appending(path: "map.json")))
        // 40 images of 100 pixels or more; each level has a standard deviation of about 0.02.
        #expect(isClose(levels.constantImageLevel, log(2) - 0.5, 0.02), "\(levels.constantImageLevel)")
        #expect(levels.width == (data == "noise" ? 14 * 14 : 10 * 10))
    }

    @Test func compareScoresEveryPredictor() throws {
        let folder = Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let settings =
            Self.small.map { "map." + $0 } + ["training.depths=[2,4]", "training.images=128", "training.testImages=64", "resamples=50"]
        let outcome = try Self.run("compare", settings, into: folder)
        let league = try String(contentsOf: folder.appending(path: "league.csv"), encoding: .utf8).split(separator: "\n")
        #expect(league.count == 1 + Predictor.allCases.count)
        #expect(outcome.results.findings.contains { $0.id == "saving.counted" })
        let train = try String(contentsOf: folder.appending(path: "train.csv"), encoding: .utf8).split(separator: "\n")
        #expect(train.count == 1 + 4)
    }

    @Test func meanFieldFindingsAllPass() throws {
        let folder = Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let outcome = try Self.run("meanfield", ["planeResolution=10"], into: folder)
        let failed = outcome.results.findings.filter { $0.verdict == .failed }.map(\.id)
        #expect(failed.isEmpty, "\(failed)")
        #expect(outcome.results.findings.count == 24 + 48 + 9 + 3)
    }

    @Test func residualMeanFieldHasTrajectoriesBesideANetwork() throws {
        let folder = Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let outcome = try Self.run(
            "meanfield",
            ["block=residualPre", "depth=3", "weightVariances=[1,2]", "networkWidth=500", "networks=4", "startCorrelation=0.4"],
            into: folder)
        #expect(outcome.exitStatus == 0)
        let rows = try String(contentsOf: folder.appending(path: "trajectory.csv"), encoding: .utf8).split(separator: "\n")
        #expect(rows.count == 1 + 2 * 4 && rows[0] == "block,sigma_w2,sigma_b2,layer,q,c,q_network,c_network,q_network_sd,c_network_sd")
        for row in rows.dropFirst() {
            let values = row.split(separator: ",").dropFirst(4).compactMap { Double($0) }
            // Four networks of 500 units: lengths to about √(2/N)/2 = 3 %.
            #expect(isRelativelyClose(values[2], values[0], 0.15) && isClose(values[3], values[1], 0.1), "\(row)")
        }
        #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "plane.csv").path))
    }

    @Test func meanFieldPartsCanBeLeftOut() throws {
        let folder = Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try Self.run(
            "meanfield", ["activation=x*tanh(x)", "plane=false", "trajectory=false", "grid=5", "weightVariances=[0.5]"], into: folder)
        func lines(_ file: String) throws -> [Substring] {
            try String(contentsOf: folder.appending(path: file), encoding: .utf8).split(separator: "\n")
        }
        // Six classes of frequencies of a 5 × 5 grid: pairs out of {0, 1, 2}.
        #expect(try lines("modes.csv").count == 1 + 6)
        #expect(try lines("critical.csv")[0] == "activation,sigma_w2,sigma_b2,q_star,stable")
        for file in ["plane.csv", "trajectory.csv"] {
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: file).path))
        }
    }

    @Test func formulasWorkWhereverActivationsDo() throws {
        let folder = Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        // The same function by name and as a formula: the networks, heads and maps are the same to rounding.
        func map(_ name: String, _ settings: [String]) throws -> [[Double]] {
            let target = folder.appending(path: name)
            _ = try Self.run("map", Self.small + ["headActivation=match", "precision=float64"] + settings, into: target)
            return try String(contentsOf: target.appending(path: "map.csv"), encoding: .utf8).split(separator: "\n").dropFirst()
                .map { $0.split(separator: ",").compactMap { Double($0) } }
        }
        let named = try map("named", ["activation=silu"])
        let formula = try map("formula", ["activation=x/(1+exp(-x))"])
        #expect(named.count == 8 && formula.count == 8)
        for (a, b) in zip(named, formula) { #expect(zip(a, b).allSatisfy { isRelativelyClose($0, $1, 1e-6) }, "\(a) \(b)") }
    }

    @Test func badMeanFieldSettingsAreRefused() throws {
        #expect(try Self.failure("meanfield", ["activation=tahn"]).description.contains("unknown activation"))
        #expect(try Self.failure("map", ["activation=sqrt(abs(x))"]).description.contains("not differentiable at x = 0"))
        #expect(try Self.failure("compare", ["map.activation=x*tan(x)"]).description.contains("position 3"))
        #expect(try Self.failure("meanfield", ["block=residual", "networkWidth=20000"]).description.contains("networkWidth"))

        let located = try Self.failure("meanfield", ["activation=x*tanh(x"])
        #expect(located.exitStatus == 64 && located.description.contains("position"), "\(located)")
        #expect(try Self.failure("meanfield", ["grid=3", "kernel=5"]).description.contains("kernel"))
        #expect(try Self.failure("meanfield", ["kernel=2"]).description.contains("odd"))
        #expect(try Self.failure("meanfield", ["block=dense"]).description.contains("residualPre"))
    }

    @Test func divergedNetworksAreMarkedAndKept() throws {
        let folder = Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try Self.run(
            "map", Self.small + ["activation=relu", "weightVariances=[1,1e30]", "biasVariance=0", "headActivation=match"], into: folder)
        let cutoffs = try String(contentsOf: folder.appending(path: "cutoffs.csv"), encoding: .utf8).split(separator: "\n")
        #expect(cutoffs[1].hasSuffix(",\"\"") || cutoffs[1].hasSuffix(","))
        #expect(cutoffs[2].hasSuffix(",3"), "\(cutoffs[2])")
    }

    @Test(arguments: [
        ("activation=swish2", "activation"), ("depth=2", "depth"), ("evaluation=1", "evaluation"), ("batch=0", "batch"),
        ("weightVariances=[]", "weightVariances"), ("weightVariances=[2,1]", "weightVariances"),
        ("weightVariances=[-1]", "weightVariances"),
        ("biasVariance=-1", "biasVariance"), ("biasVariance=nan", "biasVariance"), ("schedule=both", "schedule"), ("deepth=4", "deepth"),
    ])
    func badSettingsAreRefused(_ assignment: String, _ key: String) throws {
        let error = try Self.failure("map", Self.small + [assignment])
        #expect(error.exitStatus == 64)
        #expect(error.description.contains(key), "\(error)")
    }

    @Test func moreTestImagesThanThereAreIsAnError() throws {
        let error = try Self.failure("map", ["data=fashion-mnist", "evaluation=10001", "images=64", "depth=3"])
        #expect(error.exitStatus == 64)
        #expect(error.description.contains("10001") && error.description.contains("10000"), "\(error)")
    }

    @Test func unknownDataSetIsAnError() throws {
        let error = try Self.failure("map", ["data=fashion-minst"])
        #expect(error.exitStatus == 64)
        #expect(error.description.contains("fashion-mnist"))
    }

    @Test func missingFilesAreNoInput() throws {
        #expect(try Self.failure("map", ["data=folder:/no/such/place"]).exitStatus == 66)
        let error = try Self.failure("compare", ["mapFolder=/no/such/place", "map.data=noise"])
        #expect(error.exitStatus == 66)
        #expect(error.description.contains("map.json"))
    }

    @Test func mapMustReachTheTrainedDepth() throws {
        let error = try Self.failure("compare", ["map.depth=5", "training.depths=[3,9]"])
        #expect(error.exitStatus == 64)
        #expect(error.description.contains("training.depths"))
    }
}
