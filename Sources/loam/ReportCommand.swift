import ArgumentParser
import Foundation
import LoamRuns

/// `loam report DIR…`.
struct ReportCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "report", abstract: "Build the report of runs again, and the index of several.",
            discussion:
                "A folder that holds runs stands for all of them. Figures are drawn again from their scripts, in further formats too.")
    }

    @Argument(help: "Run folders, or folders that hold them.", completion: .directory)
    var folders: [String]
    @Option(
        help: ArgumentHelp("Draw the figures in this format beside SVG; may be repeated.", valueName: "svg|pdf|png"),
        completion: .list(Gnuplot.Format.allCases.map(\.rawValue)))
    var format: [String] = []
    @Option(
        help: ArgumentHelp("Where index.html goes. Default: the folder that holds the runs.", valueName: "folder"), completion: .directory)
    var index: String?
    @Option(
        help: ArgumentHelp("Write the findings of the runs into this Markdown file.", valueName: "file"),
        completion: .file(extensions: ["md"]))
    var markdown: String?
    @Flag(help: "Print errors only.")
    var quiet = false

    func run() throws {
        let formats = try format.map { name in
            guard let format = Gnuplot.Format(rawValue: name) else {
                throw CommandWords.unknown("format", name, Gnuplot.Format.allCases.map(\.rawValue))
            }
            return format
        }
        let runs = try folders.flatMap { try Self.runs(in: URL(filePath: $0)) }
        var missing: LoamError?
        for run in runs {
            do {
                for format in Set(formats).union(Self.undrawn(run) ? [.svg] : []) { try Report.redraw(run, format: format) }
            } catch let error as LoamError where error.category == .missingComponent {
                missing = error
            }
            let results = try Report.results(of: run)
            try Report.write(run, study: studies.first { $0.name == results.study })
            if !quiet { try StandardOutput.print("Report: \(run[.report].path)") }
        }
        if runs.count > 1 || index != nil {
            let place = index.map { URL(filePath: $0) } ?? Self.commonFolder(runs.map(\.url))
            try RunIndex.write(runs, studies: studies, to: place)
            if !quiet { try StandardOutput.print("Index: \(place.appending(path: "index.html").path)") }
        }
        if let markdown {
            try WholeFile.write(Data(MarkdownScoreboard.text(runs).utf8), to: URL(filePath: markdown))
            if !quiet { try StandardOutput.print("Findings: \(markdown)") }
        }
        if let missing { throw missing }
    }

    /// The run in a folder, or the runs in its folders.
    static func runs(in url: URL) throws -> [RunFolder] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue else {
            throw LoamError(.noInput, "there is no such folder", at: url.path, advice: "Give a run folder, such as one under runs/.")
        }
        let isRun = { (url: URL) in FileManager.default.fileExists(atPath: RunFolder(url)[.results].path) }
        if isRun(url) { return [RunFolder(url)] }
        let inner = ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted().map { url.appending(path: $0) }
            .filter(isRun)
        guard !inner.isEmpty else {
            throw LoamError(
                .noInput, "there is no run in this folder (results.json is missing)", at: url.path, advice: "Give a folder made by loam.")
        }
        return inner.map { RunFolder($0) }
    }

    /// Whether a figure has its script but no picture: gnuplot was missing when the run was made.
    static func undrawn(_ run: RunFolder) -> Bool {
        guard let results = try? run.results() else { return false }
        return results.figures.contains { !FileManager.default.fileExists(atPath: run[.figures].appending(path: $0.name + ".svg").path) }
    }

    static func commonFolder(_ urls: [URL]) -> URL {
        var common = urls[0].standardizedFileURL.deletingLastPathComponent().pathComponents
        for url in urls.dropFirst() {
            let parts = url.standardizedFileURL.deletingLastPathComponent().pathComponents
            common = zip(common, parts).prefix { $0 == $1 }.map(\.0)
        }
        return URL(filePath: "/" + common.dropFirst().joined(separator: "/"))
    }
}
