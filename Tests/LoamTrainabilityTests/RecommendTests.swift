import Foundation
import LoamNN
import LoamRuns
import LoamTensor
import LoamTrainability
import Testing

@Suite struct InitialisationSearchTests {
    /// A cell whose S_rel rises like 0.3 + (ln σ_w² − ln best)² and that is trained while that is below 0.5; any depth.
    static func cell(_ variances: InitialVariances, best: Double, offset: Double = 0, layers: Int = 4) -> CellProfile {
        let distance = log(variances.weight) - log(best)
        let value = 0.3 + offset + distance * distance
        let profiles = (1...layers).map { depth in
            LayerProfile(
                depth: depth, relativeMean: value, relativeError: 0.01, relativeMedian: value, relativeLow: value, relativeHigh: value,
                differential: -5, vonNeumann: 0.5, activationVonNeumann: 0.5, headLoss: 0, length: 1, correlation: 1, gain: 1, excluded: 0)
        }
        return CellProfile(
            weightVariance: variances.weight, biasVariance: variances.bias, repetition: 0, layers: profiles,
            cutoff: Cutoff(depth: 3, isCensored: false), sampleCutoffMean: 3, sampleCutoffDeviation: 0, headOperations: 1, headSeconds: 1,
            seconds: 1, statisticsSeconds: 0)
    }

    static func search(_ change: (inout InitialisationSearch) -> Void = { _ in }) -> InitialisationSearch {
        var search = InitialisationSearch(depth: 4, lowest: 0.5, highest: 4, biasVariance: 0.05, meanImageLevel: 0.6)
        change(&search)
        return search
    }

    static func result(
        _ search: InitialisationSearch, shift: (Double, Double) -> Double = { _, _ in 1 },
        _ measure: (InitialVariances) -> CellProfile
    ) -> InitialisationSearch.Result {
        search.run(
            shift: shift, isTrainable: { $0.layers.count == 4 && $0.layers[3].relativeMean < 0.5 },
            measure: { $0.map { measure($0.variances) } })
    }

    @Test(arguments: [0.8, 1.3, 1.76, 2.9]) func lowestPointOfAParabolaIsFound(_ best: Double) {
        let result = Self.result(Self.search()) { Self.cell($0, best: best) }
        // The landscape is a parabola in ln σ_w², which the fit recovers to rounding.
        #expect(isRelativelyClose(result.variances.weight, best, 1e-9), "\(result.variances.weight)")
    }

    @Test func whereRelativeEntropyHasSaturatedAStageAboveDecides() {
        // At the requested depth every S_rel is the mean image's level but for noise that favours the lowest σ_w²; at stage 3 it is not.
        let result = Self.result(Self.search()) { variances in
            var cell = Self.cell(variances, best: 1.7)
            cell.layers[3].relativeMean = 0.6 + 0.001 * variances.weight
            return cell
        }
        #expect(result.readingDepth == 3)
        #expect(isRelativelyClose(result.variances.weight, 1.7, 1e-9), "\(result.variances.weight)")
    }

    @Test func informationThatIsKeptIsReadAtTheRequestedDepth() {
        let result = Self.result(Self.search()) { variances in
            var cell = Self.cell(variances, best: 1.7)
            for stage in 0..<3 { cell.layers[stage].relativeMean = 0.1 + 0.01 * variances.weight }
            return cell
        }
        #expect(result.readingDepth == 4)
        #expect(isRelativelyClose(result.variances.weight, 1.7, 1e-9), "\(result.variances.weight)")
    }

    @Test func budgetIsKept() {
        for budget in [6, 8, 12] {
            let result = Self.result(Self.search { $0.budget = budget }) { Self.cell($0, best: 1.7) }
            #expect(result.measured.count <= budget)
            #expect(result.measured.last?.candidate.isConfirmation == true)
        }
    }

    @Test func noNetworkIsMeasuredTwice() {
        let result = Self.result(Self.search { $0.budget = 40 }) { Self.cell($0, best: 1.7) }
        let searched = result.measured.dropLast().map(\.candidate.variances)
        #expect(Set(searched).count == searched.count)
    }

    @Test func trainableRangeIsBracketed() throws {
        let result = Self.result(Self.search()) { Self.cell($0, best: 1.5) }
        // 0.3 + d² = 0.5 at d = ±0.447: σ_w² from 0.959 to 2.346, bracketed to half a step of the refined grid.
        #expect(isClose(log(try #require(result.trainableFrom)), log(1.5) - 0.447, 0.15))
        #expect(isClose(log(try #require(result.trainableTo)), log(1.5) + 0.447, 0.15))
    }

    @Test func aBiasVarianceThatKeepsMoreIsTaken() {
        let search = Self.search {
            $0.tune = .both
            $0.otherBiasVariances = [0.01, 0.2]
        }
        let better = Self.result(search) { Self.cell($0, best: 1.7, offset: $0.bias == 0.01 ? -0.2 : 0) }
        #expect(better.variances.bias == 0.01)
        let worse = Self.result(search) { Self.cell($0, best: 1.7, offset: $0.bias == 0.05 ? 0 : 0.2) }
        #expect(worse.variances.bias == 0.05)
    }

    @Test func anotherLawMustKeepMoreByAStandardError() {
        let search = Self.search { $0.schemes = [.gaussian, .orthogonal] }
        func scheme(_ gain: Double) -> InitializationScheme {
            Self.result(search) { Self.cell($0, best: 1.7, offset: $0.scheme == .orthogonal ? -gain : 0) }.variances.scheme
        }
        #expect(scheme(0.1) == .orthogonal)
        #expect(scheme(0.001) == .gaussian)
    }

    @Test func aNetworkThatDivergesIsNotRecommended() {
        let result = Self.result(Self.search()) { variances in
            var cell = Self.cell(variances, best: 4)
            if variances.weight > 2 {
                cell.divergedLayer = 2
                cell.layers = Array(cell.layers.prefix(1))
            }
            return cell
        }
        #expect(result.variances.weight <= 2)
    }
}

/// Whole runs of `recommend` on generated data.
@Suite(.serialized) struct RecommendVerbTests {
    static let small = [
        "data=noise", "images=64", "evaluation=8", "depth=4", "batch=32", "cells=6", "verify=[1,2]", "repeats=2", "training.images=64",
        "training.testImages=50",
    ]

    @Test func weightsAreWrittenAndTrainedFrom() throws {
        let folders = [VerbTests.folder(), VerbTests.folder()]
        defer { for folder in folders { try? FileManager.default.removeItem(at: folder) } }
        let outcome = try VerbTests.run("recommend", Self.small, into: folders[0])
        #expect(outcome.results.findings.contains { $0.id == "accuracy.recommended" })
        let file = folders[0].appending(path: "init.safetensors")
        let state = try StateDictionary<Float>(contentsOf: file)
        #expect(state.names == (1...4).flatMap { ["net.\($0).weight", "net.\($0).bias"] })
        #expect(state.tensor("net.1.weight")?.shape == [196, 196] && state.tensor("net.4.weight")?.shape == [10, 100])
        let training = ["data=noise", "images=64", "testImages=50", "depths=[4]", "initFrom=\(file.path)"]
        let trained = try VerbTests.run("train", training, into: folders[1])
        #expect(trained.results.findings.contains { $0.id == "accuracy.from-file" })
        // The check trained from the same weights in the same order.
        let first = try TrainVerbTests.column("accuracy", of: folders[1])
        let check = try TrainVerbTests.column("accuracy", of: folders[0])
        #expect(check[2] == first[0])
    }

    @Test func resumedSearchIsTheUninterruptedOne() throws {
        let (a, b) = (VerbTests.folder(), VerbTests.folder())
        defer { for folder in [a, b] { try? FileManager.default.removeItem(at: folder) } }
        let settings = Self.small + ["verify=[]"]
        _ = try VerbTests.run("recommend", settings, into: a)
        try FileManager.default.copyItem(at: a, to: b)
        let cells = try FileManager.default.contentsOfDirectory(at: b.appending(path: "cells"), includingPropertiesForKeys: nil)
        for cell in cells.sorted(by: { $0.path < $1.path }).dropFirst(2) { try FileManager.default.removeItem(at: cell) }
        for file in ["results.json", "init.safetensors"] { try FileManager.default.removeItem(at: b.appending(path: file)) }
        _ = try VerbTests.run("recommend", settings, into: b, resume: true)
        for file in ["init.safetensors"] {
            #expect(try Data(contentsOf: a.appending(path: file)) == Data(contentsOf: b.appending(path: file)), "\(file)")
        }
    }

    @Test(arguments: [
        ("lowestVariance=5", "highestVariance"), ("cells=3", "cells"), ("schemes=[gaussian,gaussian]", "schemes"), ("tune=bias", "tune"),
        ("verify=[2,1]", "verify"), ("repeats=1", "repeats"), ("weightVariances=[1]", "weightVariances"),
        ("training.depths=[3]", "training.depths"),
    ])
    func badSettingsAreRefused(_ assignment: String, _ key: String) throws {
        let error = try VerbTests.failure("recommend", Self.small + [assignment])
        #expect(error.exitStatus == 64)
        #expect(error.description.contains(key), "\(error)")
    }

    @Test func theSameBiasVarianceTwiceIsRefused() throws {
        let error = try VerbTests.failure("recommend", Self.small + ["tune=both", "otherBiasVariances=[0.05]"])
        #expect(error.exitStatus == 64 && error.description.contains("otherBiasVariances"), "\(error)")
    }
}
