import Foundation
import LoamRuns
import LoamTensor
import LoamTrainability
import Testing

/// Maps that are resumed after their inputs changed, and what they keep of times.
@Suite(.serialized) struct ResumedRunTests {
    let folder = VerbTests.folder()

    func settings(_ others: [String]) -> [String] { ["evaluation=8", "weightVariances=[0.5,2]", "batch=32", "images=64"] + others }

    /// Makes a finished run look as one that was killed after its first cell.
    func cutShort(_ run: URL) throws {
        let cells = try FileManager.default.contentsOfDirectory(at: run.appending(path: "cells"), includingPropertiesForKeys: nil)
        try FileManager.default.removeItem(at: #require(cells.first { $0.lastPathComponent.contains("w2.0") }))
        for file in ["results.json", "map.csv"] { try FileManager.default.removeItem(at: run.appending(path: file)) }
    }

    /// The table of a run that is cut short, resumed after `change`, and that of a new run after it.
    func tables(_ assignments: [String], change: () throws -> Void) throws -> (before: String, resumed: String, fresh: String) {
        defer { try? FileManager.default.removeItem(at: folder) }
        let (run, other) = (folder.appending(path: "run"), folder.appending(path: "other"))
        func table(_ run: URL) throws -> String { try String(contentsOf: run.appending(path: "map.csv"), encoding: .utf8) }
        _ = try VerbTests.run("map", settings(assignments), into: run)
        let before = try table(run)
        try cutShort(run)
        try change()
        _ = try VerbTests.run("map", [], into: run, resume: true)
        _ = try VerbTests.run("map", settings(assignments), into: other)
        return (before, try table(run), try table(other))
    }

    @Test func editedArchitectureIsMeasuredAnew() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: "net.yaml")
        func write(_ activation: String) throws {
            try Data("stages:\n  - repeat: 4\n    stages:\n      - dense: 20\n        activation: \(activation)\n".utf8).write(to: file)
        }
        try write("tanh")
        let tables = try tables(["data=noise", "depth=4", "architecture=file:\(file.path)"]) { try write("erf") }
        #expect(tables.resumed == tables.fresh && tables.resumed != tables.before)
    }

    @Test func changedDataAreMeasuredAnew() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: "digits.csv")
        func write(shift: Int) throws {
            let lines = (0..<120).map { row in
                ((0..<64).map { String((row * 7 + $0 * 3 + $0 * row % 5 + shift) % 17) } + [String(row % 10)]).joined(separator: ",")
            }
            try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: file)
        }
        try write(shift: 0)
        let tables = try tables(["data=digits:\(file.path)", "pooled=false", "depth=4"]) { try write(shift: 5) }
        #expect(tables.resumed == tables.fresh && tables.resumed != tables.before)
    }

    @Test func mapOfAnEarlierRunBringsItsTimesAlong() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let (map, compare) = (folder.appending(path: "map"), folder.appending(path: "compare"))
        let shared = settings(["data=noise", "depth=4"])
        _ = try VerbTests.run("map", shared, into: map)
        let seconds = try #require(RunFolder(map).cost()?.columns["cutoffs.csv"]?["seconds"])
        #expect(seconds.count == 2 && seconds.allSatisfy { $0 > 0 })
        let text = try String(contentsOf: map.appending(path: "map.json"), encoding: .utf8)
        #expect(text.contains("\"seconds\" : null"))
        let training = ["training.depths=[2,4]", "training.images=64", "training.testImages=64", "resamples=20", "mapFolder=\(map.path)"]
        _ = try VerbTests.run("compare", shared.map { "map." + $0 } + training, into: compare)
        let cost = try #require(RunFolder(compare).cost())
        #expect(cost.summary["cascadeSeconds"] == .number(seconds.reduce(0, +)))
        #expect(cost.columns["train.csv"]?["seconds"]?.count == 4 && cost.columns["league.csv"]?["seconds"] != nil)
        let results = try String(contentsOf: compare.appending(path: "results.json"), encoding: .utf8)
        #expect(!results.lowercased().contains("seconds"))
    }

    /// The schedule with as many cascades beside it as there are threads, and alone: seen by how often progress is reported.
    @Test(.enabled(if: Parallel.threads > 1)) func memoryIsSharedByCascadesSideBySide() {
        let (count, width, depth, batch) = (60, 10, 3, 4)
        let matrix = count * width * MemoryLayout<Float>.size
        // Enough for one sweep over all threads, not for as many sweeps side by side.
        let training = HeadTraining(batch: batch, memory: (2 * Parallel.threads - 1) * matrix)
        func reports() -> Int {
            let network = Network<Float>(
                .dense(Array(repeating: width, count: depth + 1), .tanh), variances: InitialVariances(weight: 1, bias: 0), seed: 1)
            var cascade = Cascade(network: network, seed: 1)
            var generator = PhiloxGenerator(seed: 2)
            var reports = 0
            cascade.fit(Tensor<Float>(uniform: [count, width], in: 0..<1, using: &generator), training) { _ in reports += 1 }
            return reports
        }
        #expect(reports() <= depth)
        #expect(Parallel.onOneThread { reports() } == count / batch)
    }
}
