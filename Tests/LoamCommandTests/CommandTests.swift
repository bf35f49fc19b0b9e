import Foundation
import LoamRuns
import Testing

@Suite struct CommandTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    func loam(_ arguments: String..., environment: [String: String] = [:]) throws -> Command.Result {
        try Command.run(arguments, in: folder.url, environment: environment)
    }

    // MARK: Usage

    @Test func versionIsThePackages() throws {
        let result = try loam("--version")
        #expect(result.status == 0 && result.output.hasPrefix(Loam.version))
    }

    @Test func helpNamesEveryCommandAndExitStatus() throws {
        let result = try loam("--help")
        #expect(result.status == 0)
        for word in ["list", "doctor", "reproduce", "report", "64 bad usage", "130"] {
            #expect(result.output.replacing("\n", with: " ").contains(word), "\(word)")
        }
    }

    @Test func withoutArgumentsHelpIsShown() throws {
        let result = try loam()
        #expect(result.status == 0 && result.output.contains("SUBCOMMANDS"))
    }

    @Test(arguments: ["list", "doctor", "reproduce", "report"]) func everyCommandHasHelp(command: String) throws {
        let result = try loam(command, "--help")
        #expect(result.status == 0 && result.output.contains("USAGE: loam \(command)"))
    }

    @Test func unknownCommandGetsTheNearestAndTheList() throws {
        let result = try loam("docter")
        #expect(result.status == 64 && result.output.isEmpty)
        #expect(
            result.errors.contains("'docter'") && result.errors.contains("Did you mean 'doctor'?")
                && result.errors.contains("list, doctor, reproduce, report"))
    }

    @Test func unknownCommandWithoutANearNameGetsTheList() throws {
        let result = try loam("qqqqqqqq")
        #expect(result.status == 64 && !result.errors.contains("Did you mean") && result.errors.contains("There are:"))
    }

    @Test(arguments: [
        ["--nonsense"], ["list", "--nonsense"], ["report"], ["reproduce", "--threads", "x"], ["reproduce", "--seed", "-1"],
        ["list", "a", "b"],
    ])
    func badOptionsAreUsageErrors(arguments: [String]) throws {
        let result = try Command.run(arguments, in: folder.url)
        #expect(result.status == 64 && !result.errors.isEmpty)
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func completionsAreGenerated(shell: String) throws {
        let result = try loam("--generate-completion-script", shell)
        #expect(result.status == 0)
        for word in ["doctor", "reproduce", "report", "featured"] { #expect(result.output.contains(word)) }
    }

    @Test(arguments: ["list", "doctor"]) func fullOutputIsAnInputOutputError(command: String) throws {
        let full = try FileHandle(forWritingTo: URL(filePath: "/dev/full"))
        let result = try Command.run([command], in: folder.url, output: full)
        #expect(result.status == 74 && result.errors.contains("/dev/stdout"))
    }

    // MARK: list and reproduce

    @Test func listSucceeds() throws {
        let result = try loam("list")
        #expect(result.status == 0 && !result.output.isEmpty && result.errors.isEmpty)
    }

    @Test func listIsAvailableAsJSON() throws {
        let result = try loam("list", "--json")
        #expect(result.status == 0)
        let studies = try JSON.decode([[String: ConfigurationValue]].self, from: Data(result.output.utf8))
        #expect(studies.allSatisfy { $0["name"] != nil && $0["verbs"] != nil })
    }

    @Test(arguments: [
        ["list", "nosuchstudy"], ["reproduce", "nosuchstudy"], ["reproduce", "nosuchstudy/preset"], ["nosuchstudy", "map"],
    ])
    func unknownStudyIsAUsageError(arguments: [String]) throws {
        let result = try Command.run(arguments, in: folder.url)
        #expect(result.status == 64 && result.errors.contains("nosuchstudy"))
    }

    @Test func unknownScaleNamesTheScales() throws {
        let result = try loam("reproduce", "--scale", "papre")
        #expect(result.status == 64 && result.errors.contains("Did you mean 'paper'?") && result.errors.contains("quick, paper"))
    }

    @Test func errorIsAnEventUnderJSON() throws {
        let result = try loam("reproduce", "nosuchstudy", "--json")
        let event = try JSON.decode([String: ConfigurationValue].self, from: Data(result.output.utf8))
        #expect(event["event"] == .text("error") && event["exitStatus"] == .integer(64) && event["category"] == .text("usage"))
    }

    // MARK: doctor

    @Test func doctorNamesEveryPart() throws {
        let result = try loam("doctor")
        #expect(result.status == 0)
        for word in [
            "OpenBLAS", "kernels for", "oneDNN", "gnuplot", "processor", "memory", "fashion-mnist", "cifar10", "LOAM_DATA",
            "can be written",
        ] {
            #expect(result.output.contains(word), "\(word)")
        }
    }

    @Test func doctorIsAvailableAsJSON() throws {
        let result = try loam("doctor", "--json")
        let checks = try JSON.decode([[String: ConfigurationValue]].self, from: Data(result.output.utf8))
        #expect(checks.contains { $0["name"] == .text("gnuplot") && $0["state"] == .text("found") })
    }

    @Test func doctorSaysHowToGetGnuplot() throws {
        let result = try loam("doctor", environment: ["PATH": "/nonexistent"])
        #expect(result.status == 69 && result.output.contains("sudo apt-get install gnuplot-nox"))
    }

    @Test func doctorFindsDataUnderLoamData() throws {
        let place = folder.url.appending(path: "cifar10")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        for name in (1...5).map({ "data_batch_\($0).bin" }) + ["test_batch.bin"] { try Data().write(to: place.appending(path: name)) }
        let result = try loam("doctor", environment: ["LOAM_DATA": folder.url.path])
        #expect(result.output.contains("✓  cifar10"))
    }

    @Test func doctorFindsAnUnwritableFolder() throws {
        let result = try Command.run(["doctor"], in: URL(filePath: "/proc"))
        #expect(result.status == 74 && result.output.contains("✗  output"))
    }

    // MARK: report

    @Test func reportRebuildsThePage() throws {
        let run = folder.url.appending(path: "run")
        try makeRun(run)
        try FileManager.default.removeItem(at: run.appending(path: "report.html"))
        let result = try loam("report", "run")
        #expect(result.status == 0 && result.output.contains("report.html"))
        #expect(try String(contentsOf: run.appending(path: "report.html"), encoding: .utf8).contains("end of the line"))
    }

    @Test func reportDrawsWhatWasNotDrawn() throws {
        let run = folder.url.appending(path: "run")
        try makeRun(run)
        let picture = run.appending(path: "figures/line.svg")
        try FileManager.default.removeItem(at: picture)
        #expect(try loam("report", "run").status == 0)
        #expect(FileManager.default.fileExists(atPath: picture.path))
    }

    @Test func reportDrawsFurtherFormats() throws {
        let run = folder.url.appending(path: "run")
        try makeRun(run)
        #expect(try loam("report", "run", "--format", "pdf", "--format", "png").status == 0)
        for kind in ["pdf", "png"] { #expect(FileManager.default.fileExists(atPath: run.appending(path: "figures/line.\(kind)").path)) }
    }

    @Test func reportWithoutGnuplotSaysHowToGetIt() throws {
        try makeRun(folder.url.appending(path: "run"))
        let result = try loam("report", "run", "--format", "pdf", environment: ["PATH": "/nonexistent"])
        #expect(result.status == 69 && result.errors.contains("apt-get install gnuplot-nox"))
    }

    @Test func reportWritesTheFindingsAsMarkdown() throws {
        try makeRun(folder.url.appending(path: "run"))
        let result = try loam("report", "run", "--markdown", "validation.md")
        #expect(result.status == 0)
        let text = try String(contentsOf: folder.url.appending(path: "validation.md"), encoding: .utf8)
        #expect(text.contains("## samples sample, line, scale quick") && text.contains("1 passed"))
        #expect(text.contains("| end of the line | 2 | 2 | – | count − 1 | passed |"))
        #expect(try loam("report", "run", "--markdown", "no/such/folder.md").status == 74)
    }

    @Test func reportOfSeveralRunsWritesAnIndex() throws {
        for name in ["runs/a", "runs/b"] { try makeRun(folder.url.appending(path: name)) }
        let result = try loam("report", "runs/a", "runs/b")
        #expect(result.status == 0 && result.output.contains("index.html"))
        #expect(try String(contentsOf: folder.url.appending(path: "runs/index.html"), encoding: .utf8).contains("2 runs"))
    }

    @Test func folderOfRunsStandsForAll() throws {
        for name in ["runs/a", "runs/b", "runs/c"] { try makeRun(folder.url.appending(path: name)) }
        #expect(try loam("report", "runs").status == 0)
        #expect(try String(contentsOf: folder.url.appending(path: "runs/index.html"), encoding: .utf8).contains("3 runs"))
    }

    @Test(arguments: ["nowhere", "."]) func reportWithoutARunIsNoInput(place: String) throws {
        let result = try loam("report", place)
        #expect(result.status == 66 && result.errors.contains("Give a"))
    }

    @Test func reportOfDamagedResultsIsBadData() throws {
        try Data("{\"study\":".utf8).write(to: folder.url.appending(path: "results.json"))
        let result = try loam("report", ".")
        #expect(result.status == 65 && result.errors.contains("results.json"))
    }

    @Test func unknownFormatNamesTheFormats() throws {
        let result = try loam("report", ".", "--format", "pdff")
        #expect(result.status == 64 && result.errors.contains("svg, pdf, png"))
    }
}
