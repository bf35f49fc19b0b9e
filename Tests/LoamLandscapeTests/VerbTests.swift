import Foundation
import LoamLandscape
import LoamRuns
import LoamTensor
import Testing

/// Whole runs; serial, since each keeps all threads busy.
@Suite(.serialized) struct VerbTests {
    static func verb(_ name: String) throws -> AnyVerb { try #require(LandscapeStudy.study.verbs.first { $0.name == name }) }

    static func folder() -> URL { FileManager.default.temporaryDirectory.appending(path: "landscape-\(UUID().uuidString)") }

    static func run(
        _ name: String, preset: String? = nil, _ assignments: [String] = [], into folder: URL, resume: Bool = false
    ) throws -> Runner.Outcome {
        let runner = Runner(
            study: LandscapeStudy.study, verb: try verb(name), options: .init(folder: folder, resume: resume),
            console: Console(style: .quiet))
        return try runner.run(RunRequest(preset: preset, assignments: assignments, seed: 0))
    }

    /// Runs in a folder that goes away.
    static func outcome<Result>(
        _ name: String, preset: String? = nil, _ assignments: [String] = [], _ body: (Runner.Outcome, URL) throws -> Result
    ) throws -> Result {
        let folder = folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(try run(name, preset: preset, assignments, into: folder), folder)
    }

    static func failure(_ name: String, _ assignments: [String]) throws -> LoamError {
        let folder = folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        return try #require(throws: LoamError.self) { try run(name, assignments, into: folder) }
    }

    /// Failed findings, except that of a time, which other work on the machine may lengthen.
    static func failed(_ outcome: Runner.Outcome) -> [String] {
        outcome.results.findings.filter { $0.verdict == .failed && $0.id != "time" }.map(\.id)
    }

    @Test func presetsAreValidAtBothScales() throws {
        for verb in LandscapeStudy.study.verbs { try verb.verifyDeclaration() }
        #expect(LandscapeStudy.study.featured == Study.Featured(verb: "flow", preset: "toy2"))
    }

    @Test func illustrationPassesEveryFinding() throws {
        try Self.outcome("flow", preset: "toy2", ["record=60"]) { outcome, folder in
            #expect(Self.failed(outcome).isEmpty, "\(Self.failed(outcome))")
            #expect(outcome.results.findings.count >= 50)
            for file in [
                "trajectories.csv", "events.csv", "quadrics.svg", "surface.ply", "surface.html", "figures/gates.svg", "report.html",
            ] {
                #expect(FileManager.default.fileExists(atPath: folder.appending(path: file).path), "\(file)")
            }
            let page = try String(contentsOf: folder.appending(path: "surface.html"), encoding: .utf8)
            #expect(!page.contains("http") && page.contains("\"frozen\":1"))
        }
    }

    @Test(arguments: [("flow", "one-dim"), ("flow", "vector-output"), ("train", "drift"), ("laws", "laws")])
    func presetPassesEveryFinding(_ verb: String, _ preset: String) throws {
        try Self.outcome(verb, preset: preset) { outcome, _ in
            #expect(Self.failed(outcome).isEmpty, "\(Self.failed(outcome))")
            #expect(!outcome.results.findings.isEmpty)
        }
    }

    @Test func optimisersTunnelOrNot() throws {
        try Self.outcome("train", preset: "optimizers", ["scanCount=32", "scanSteps=50"]) { outcome, folder in
            #expect(Self.failed(outcome).isEmpty, "\(Self.failed(outcome))")
            let rows = try String(contentsOf: folder.appending(path: "scan.csv"), encoding: .utf8).split(separator: "\n")
            #expect(rows.count == 1 + 12)
        }
    }

    @Test func probabilitiesAreCounted() throws {
        try Self.outcome("probability", ["inputs=12", "hidden=12", "sampled=[1,2,10]", "draws=1000"]) { outcome, folder in
            #expect(Self.failed(outcome).isEmpty, "\(Self.failed(outcome))")
            let rows = try String(contentsOf: folder.appending(path: "probability.csv"), encoding: .utf8).split(separator: "\n")
            #expect(rows.count == 1 + 2 * 144)
        }
    }

    @Test func batchesAreAttributedAndResumed() throws {
        let (a, b) = (Self.folder(), Self.folder())
        defer { for folder in [a, b] { try? FileManager.default.removeItem(at: folder) } }
        let outcome = try Self.run("batch", ["count=1300"], into: a)
        #expect(Self.failed(outcome).isEmpty, "\(Self.failed(outcome))")
        // An interruption after the first of three cells.
        try FileManager.default.copyItem(at: a, to: b)
        for cell in try FileManager.default.contentsOfDirectory(at: b.appending(path: "cells"), includingPropertiesForKeys: nil)
        where !cell.lastPathComponent.hasPrefix("batch-0") { try FileManager.default.removeItem(at: cell) }
        for file in ["results.json", "batch.csv"] { try FileManager.default.removeItem(at: b.appending(path: file)) }
        _ = try Self.run("batch", ["count=1300"], into: b, resume: true)
        #expect(try Data(contentsOf: a.appending(path: "batch.csv")) == Data(contentsOf: b.appending(path: "batch.csv")))
    }

    @Test func analysisInWords() throws {
        try Self.outcome("analyze", ["network.run=bad++"]) { _, folder in
            let lines = try String(contentsOf: folder.appending(path: "analysis.txt"), encoding: .utf8).split(separator: "\n").map(
                String.init)
            #expect(lines[0] == "network 2-2-1 relu, no biases; 6 parameters; invariant set dimension 4")
            #expect(lines[1] == "neuron 0  c=-0.8700  negative  output sign frozen +")
            #expect(lines[2] == "neuron 1  c=-0.5100  negative  output sign frozen +")
            #expect(
                lines[3] == "Betti numbers: 4   components: 4   flow components: 4   effective: 3 (this one: 2 positive of 2)")
            #expect(lines[4] == "teacher needs 1 positive, 1 negative: NOT reachable (missing 1 negative, 0 free neurons)")
            #expect(lines[5].hasPrefix("certificate: component floor 0.117981580880 > global optimum 0") && lines[5].contains("OBSTRUCTED"))
            #expect(lines[6].hasPrefix("repair: rescale neuron 0 to c > 0 (same function)") && lines[6].contains("flip a[1]"))
        }
    }

    @Test func bettiNumbersAreVerifiedNumerically() throws {
        let network = Self.folder().appendingPathExtension("json")
        defer { try? FileManager.default.removeItem(at: network) }
        try Data(#"{"activation":"relu","inputWeights":[[2,0],[0,0.1]],"outputWeights":[[1,1]]}"#.utf8).write(to: network)
        try Self.outcome("analyze", ["network.run=null", "network.file=\(network.path)", "useData=false", "verify=true"]) { outcome, _ in
            #expect(Self.failed(outcome).isEmpty, "\(Self.failed(outcome))")
            #expect(outcome.results.findings.count == 4)
        }
    }

    @Test func certificatesSetTheExitStatus() throws {
        #expect(try Self.outcome("certify", ["network.run=bad++"]) { outcome, _ in outcome.exitStatus } == 10)
        #expect(try Self.outcome("certify", ["network.run=good+-"]) { outcome, _ in outcome.exitStatus } == 0)
        // A mixed network in three dimensions that training does not fit exactly: no floor, no witness of zero loss needed.
        let status = try Self.outcome(
            "certify",
            ["network.run=null", "network.hidden=2", "data.name=teacher", "data.count=30", "searchStarts=16", "searchSteps=200"]
        ) { outcome, _ in outcome.exitStatus }
        #expect([0, 10, 11].contains(status))
    }

    @Test func networksComeFromTensorFilesToo() throws {
        let file = Self.folder().appendingPathExtension("safetensors")
        defer { try? FileManager.default.removeItem(at: file) }
        // PyTorch's names, with a hidden bias of 0.
        try Safetensors.write(
            [
                ("0.weight", Self.array([0.3, 0.2, -0.2, 0.3], [2, 2])), ("0.bias", Self.array([0, 0], [2])),
                ("2.weight", Self.array([1, 0.8], [1, 2])),
            ], to: file)
        try Self.outcome("analyze", ["network.run=null", "network.file=\(file.path)", "useData=false"]) { _, folder in
            let text = try String(contentsOf: folder.appending(path: "analysis.txt"), encoding: .utf8)
            #expect(text.contains("network 2-2-1 relu, with biases; 8 parameters; invariant set dimension 6"))
            #expect(text.contains("neuron 0  c=-0.8700  negative  output sign frozen +"))
        }
        try Self.outcome("deep", ["file=\(file.path)", "rates=[0.1]", "horizon=1", "chains=[]"]) { outcome, folder in
            let rows = try String(contentsOf: folder.appending(path: "frozen.csv"), encoding: .utf8).split(separator: "\n")
            #expect(rows.count == 3)
            #expect(Self.failed(outcome).isEmpty)
        }
    }

    private static func array(_ values: [Double], _ shape: [Int]) -> RawArray { RawArray(values, shape: shape) }

    @Test func dataComeFromCommaSeparatedFiles() throws {
        let file = Self.folder().appendingPathExtension("csv")
        defer { try? FileManager.default.removeItem(at: file) }
        let rows = (0..<12).map { i -> String in
            let x = Double(i) / 4 - 1.5
            return "\(x),\(max(0, x)),1"
        }
        try Data(("x,y,one\n" + rows.joined(separator: "\n") + "\n").utf8).write(to: file)
        let settings = [
            "runs=[]", "data.name=file", "data.file=\(file.path)", "data.target=y", "network.scheme=xavier", "starts=2", "until=20",
            "ramps=[]",
        ]
        try Self.outcome("flow", settings) { outcome, folder in
            #expect(Self.failed(outcome).isEmpty, "\(Self.failed(outcome))")
            #expect(FileManager.default.fileExists(atPath: folder.appending(path: "quadrics.svg").path))
        }
        let error = try Self.failure("flow", ["runs=[]", "data.name=file", "data.file=\(file.path)", "data.target=z"])
        #expect(error.what.contains("no column 'z'") && error.exitStatus == 64)
    }

    @Test func wrongInputsAreNamed() throws {
        #expect(try Self.failure("flow", ["data.name=file", "data.file=/nowhere/data.csv"]).exitStatus == 66)
        #expect(try Self.failure("analyze", ["network.activation=softsign"]).exitStatus == 64)
        let smooth = try Self.failure("analyze", ["network.run=null", "network.activation=tanh", "useData=false"])
        #expect(smooth.what.contains("no conserved quadric"))
        #expect(try Self.failure("surface", ["incoming=3"]).what.contains("does not fit into space"))
        #expect(try Self.failure("surface", ["incoming=3"]).exitStatus == 64)
        let apart = try Self.failure("connect", ["first.run=bad++", "second.run=good+-"])
        #expect(apart.what.contains("neuron 1") && apart.what.contains("sign"))
        #expect(try Self.failure("flow", ["runs=[]", "data.loss=logistic"]).what.contains("labels 0 and 1"))
        #expect(try Self.failure("flow", ["runs=[]", "data.count=20001"]).what.contains("too many gates"))
        #expect(try Self.failure("train", ["methods=[gd]"]).what.contains("NAME:RATE"))
        let file = Self.folder().appendingPathExtension("csv")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("1,2\n3,x\n".utf8).write(to: file)
        let bad = try Self.failure("flow", ["runs=[]", "data.name=file", "data.file=\(file.path)"])
        #expect(bad.exitStatus == 65 && bad.what.contains("line 2"), "\(bad)")
    }

    @Test func networksInEachOthersComponents() throws {
        #expect(try Self.outcome("equivalence") { outcome, _ in (outcome.exitStatus, Self.failed(outcome).isEmpty) } == (0, true))
        #expect(try Self.outcome("equivalence", ["first.run=bad++", "second.run=good+-"]) { outcome, _ in outcome.exitStatus } == 10)
    }

    @Test func pathsAreDrawn() throws {
        try Self.outcome("connect", ["first.run=bad++", "second.run=free++", "rescale=true"]) { outcome, folder in
            #expect(Self.failed(outcome).isEmpty)
            let rows = try String(contentsOf: folder.appending(path: "path.csv"), encoding: .utf8).split(separator: "\n")
            #expect(rows.count == 101)
        }
    }

    @Test func sweepRunsOnATableOfItsOwnFormat() throws {
        let file = Self.folder().appendingPathExtension("csv")
        defer { try? FileManager.default.removeItem(at: file) }
        var generator = SplitMix(state: 2)
        let rows = (0..<60).map { i -> String in
            let label = Double(i % 2)
            return "\(generator.symmetric() + label),\(generator.symmetric()),\(Int(label))"
        }
        try Data(("60,2,a,b\n" + rows.joined(separator: "\n") + "\n").utf8).write(to: file)
        try Self.outcome("sweep", ["data.name=file", "data.file=\(file.path)", "hidden=[1,2]", "seeds=4", "steps=50"]) { outcome, folder in
            #expect(Self.failed(outcome).isEmpty, "\(Self.failed(outcome))")
            let cells = try String(contentsOf: folder.appending(path: "sweep.csv"), encoding: .utf8).split(separator: "\n")
            #expect(cells.count == 1 + 2 + 3)
        }
    }
}
