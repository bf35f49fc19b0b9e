import Foundation
import LoamRuns
import LoamTrainability
import Testing

/// Runs of `compare` and `map` with choices of predictors and solvers; serial, since each keeps all threads busy.
@Suite(.serialized) struct LeagueVerbTests {
    static let compared =
        VerbTests.small.map { "map." + $0 } + ["training.depths=[2,4]", "training.images=64", "training.testImages=32", "resamples=20"]

    static func lines(_ folder: URL, _ file: String) throws -> [Substring] {
        try String(contentsOf: folder.appending(path: file), encoding: .utf8).split(separator: "\n")
    }

    @Test func onlyTheAskedPredictorsAreScored() throws {
        let folder = VerbTests.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try VerbTests.run(
            "compare", Self.compared + ["predictors=snip,relativeEntropy,parameterCount", "predictorImages=8"], into: folder)
        #expect(
            try Self.lines(folder, "league.csv").dropFirst().map { $0.prefix { $0 != "," } } == [
                "relativeEntropy", "snip", "parameterCount",
            ])
        let scores = try Self.lines(folder, "predictors.csv")
        #expect(scores[0] == "sigma_w2,depth,repetition,snip,snip_operations")
        #expect(scores.count == 1 + 4)
        #expect(FileManager.default.fileExists(atPath: folder.appending(path: "figures/league.svg").path))
    }

    @Test func bothSolversFillTheMap() throws {
        let folder = VerbTests.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try VerbTests.run("map", VerbTests.small + ["headSolver=both"], into: folder)
        let rows = try Self.lines(folder, "map.csv").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        #expect(rows.count == 1 + 2 * 4)
        func column(_ name: String) throws -> [Double] {
            let index = try #require(rows[0].firstIndex { $0 == name })
            return rows.dropFirst().map { Double($0[index]) ?? .nan }
        }
        for name in ["s_rel", "s_diff", "s_vn", "head_mse"] {
            let trained = try column(name == "s_rel" ? "s_rel_mean" : name)
            for (a, (b, c)) in zip(trained, zip(try column(name + "_ridge"), try column(name + "_excess"))) {
                #expect(isClose(a - b, c, 1e-12))
            }
        }
        #expect(FileManager.default.fileExists(atPath: folder.appending(path: "figures/heads-trained-and-solved.svg").path))
    }

    @Test func ridgeAloneMakesAnOrdinaryMap() throws {
        let folder = VerbTests.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        // Heads in closed form do not depend on steps, batches or their order.
        _ = try VerbTests.run("map", VerbTests.small + ["headSolver=ridge", "steps=1", "shuffles=false", "ridge=1e-6"], into: folder)
        let other = VerbTests.folder()
        defer { try? FileManager.default.removeItem(at: other) }
        _ = try VerbTests.run("map", VerbTests.small + ["headSolver=ridge", "batch=7", "ridge=1e-6"], into: other)
        #expect(try Self.lines(folder, "map.csv") == Self.lines(other, "map.csv"))
        #expect(try Self.lines(folder, "map.csv")[0].hasSuffix("excluded"))
    }

    @Test func orderOfImagesMatters() throws {
        let (shuffled, plain) = (VerbTests.folder(), VerbTests.folder())
        defer { for folder in [shuffled, plain] { try? FileManager.default.removeItem(at: folder) } }
        _ = try VerbTests.run("map", VerbTests.small, into: shuffled)
        _ = try VerbTests.run("map", VerbTests.small + ["shuffles=false"], into: plain)
        #expect(try Self.lines(shuffled, "map.csv") != Self.lines(plain, "map.csv"))
    }

    @Test func unpoolingHeadsAreAnotherMap() throws {
        let settings = [
            "data=noise", "images=32", "evaluation=4", "depth=4", "weightVariances=[2]", "batch=16", "architecture=vgg-mini",
            "pooled=false",
        ]
        let (plain, unpooled) = (VerbTests.folder(), VerbTests.folder())
        defer { for folder in [plain, unpooled] { try? FileManager.default.removeItem(at: folder) } }
        _ = try VerbTests.run("map", settings, into: plain)
        _ = try VerbTests.run("map", settings + ["unpools=true"], into: unpooled)
        let (a, b) = (try Self.lines(plain, "map.csv"), try Self.lines(unpooled, "map.csv"))
        // The pooling is stage 3: what is above it does not know.
        #expect(a[1...2] == b[1...2])
        #expect(a[3] != b[3])
    }

    @Test func quickComparisonHasTheCellsOfItsTest() throws {
        // Six σ_w² × depths 10 and 30: what the thresholds of the findings on S_rel were chosen for.
        let configuration = CompareConfiguration()
        #expect(configuration.map.weightVariances.count == 6 && configuration.training.depths == [10, 30])
        #expect(configuration.map.sharedNoise && configuration.predictors == ["all"])
    }

    @Test(arguments: [
        ("predictors=[snap]", "snip"), ("predictors=[]", "predictors"), ("predictors=[snip,snip]", "predictors"),
        ("predictors=[all,snip]", "predictors"), ("predictorImages=1", "predictorImages"), ("map.headSolver=lasso", "headSolver"),
        ("map.ridge=-1", "ridge"), ("map.ridge=nan", "ridge"), ("map.shuffles=maybe", "shuffles"), ("map.unpools=2", "unpools"),
    ])
    func badSettingsAreRefused(_ assignment: String, _ expected: String) throws {
        let error = try VerbTests.failure("compare", Self.compared + [assignment])
        #expect(error.exitStatus == 64)
        #expect(error.description.contains(expected), "\(error)")
    }

    @Test func networksWithoutClosedFormAreRefusedBeforeTheWork() throws {
        let error = try VerbTests.failure("map", VerbTests.small + ["architecture=resnet-fc", "headSolver=both"])
        #expect(error.exitStatus == 64)
        #expect(error.description.contains("headSolver") && error.description.contains("residual"), "\(error)")
    }

    @Test func aMissingRidgeIsExplained() throws {
        let error = try VerbTests.failure("map", VerbTests.small + ["headSolver=ridge", "ridge=0"])
        #expect(error.exitStatus == 64)
        #expect(error.description.contains("ridge") && error.description.contains("larger"), "\(error)")
    }
}
