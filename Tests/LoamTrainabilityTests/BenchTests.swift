import Foundation
import LoamRuns
import LoamTrainability
import Testing

@Suite(.serialized) struct BenchTests {
    static let small = [
        "widths=[20,30]", "depth=2", "images=16", "batch=8", "channels=[3]", "convolutionalImages=8", "evaluationDepth=3", "evaluation=4",
        "planeResolution=3", "repetitions=1",
    ]

    @Test func everyPartIsMeasured() throws {
        let folder = VerbTests.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(try VerbTests.run("bench", Self.small, into: folder).exitStatus == 0)
        let rows = try String(contentsOf: folder.appending(path: "bench.csv"), encoding: .utf8).split(separator: "\n")
        #expect(rows.count == 1 + 2 + 1 + 2 + 1)
        for row in rows.dropFirst() {
            let cells = row.split(separator: ",", omittingEmptySubsequences: false)
            #expect((Double(cells[cells.count - 3]) ?? 0) > 0, "seconds in “\(row)”")
        }
    }

    @Test(arguments: [("widths=[]", "widths"), ("channels=[0]", "channels"), ("side=3", "side"), ("repetitions=0", "repetitions")])
    func badSettingsAreRefused(_ assignment: String, _ key: String) throws {
        let error = try VerbTests.failure("bench", [assignment])
        #expect(error.exitStatus == 64)
        #expect(error.description.contains(key), "\(error)")
    }
}
