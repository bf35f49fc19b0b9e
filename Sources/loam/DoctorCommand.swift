import ArgumentParser
import Foundation
import LoamCluster
import LoamData
import LoamRuns

/// `loam doctor`: what this computer has, and how to get what it lacks.
struct DoctorCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "doctor", abstract: "Check libraries, processor, data sets and the output folder.",
            discussion: "Exit status: 0 when everything needed is there, 69 when a program is missing, 74 when runs/ cannot be written.")
    }

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let checks = Self.checks()
        if json {
            let list = ConfigurationValue.list(
                checks.map {
                    .mapping([
                        "name": .text($0.name), "state": .text($0.state.rawValue), "detail": .text($0.detail),
                        "advice": $0.advice.map { .text($0) } ?? .null,
                    ])
                })
            try StandardOutput.print(String(decoding: try JSON.encode(list, pretty: true), as: UTF8.self))
        } else {
            for check in checks {
                try StandardOutput.print(
                    Scoreboard.table([[check.state.mark, check.name.padding(toLength: 16, withPad: " ", startingAt: 0), check.detail]]))
                if let advice = check.advice { try StandardOutput.print("                      " + advice) }
            }
        }
        if let failed = checks.first(where: { $0.state == .failed }) { throw ExitCode(failed.status) }
    }

    struct Check {
        enum State: String {
            case found, absent, failed

            var mark: String {
                switch self {
                case .found: "✓"
                case .absent: "·"
                case .failed: "✗"
                }
            }
        }

        let name: String
        let state: State
        let detail: String
        var advice: String?
        /// The exit status of a failed check.
        var status: Int32 = 69
    }

    static func checks() -> [Check] {
        let blas = Libraries.openBLAS
        var checks = [
            Check(name: "loam", state: .found, detail: Loam.version + (Loam.commit.map { ", commit \($0)" } ?? "")),
            Check(name: "system", state: .found, detail: Machine.operatingSystem),
            Check(
                name: "processor", state: .found,
                detail: "\(Machine.processor), \(Machine.processors) in use; \(Machine.vectorExtensions.joined(separator: " "))",
                advice: Machine.vectorExtensions.contains("avx2") ? nil : "Without AVX2 the kernels are several times slower."),
            Check(name: "memory", state: .found, detail: String(format: "%.1f GiB", Double(Machine.memory) / 1_073_741_824)),
            Check(
                name: "OpenBLAS", state: .found, detail: "\(blas.configuration); kernels for \(blas.core)",
                advice: blas.configuration.contains("USE_OPENMP")
                    ? nil : "This build has its own threads, which compete with Loam's: sudo apt-get install libopenblas-openmp-dev"),
            Check(name: "oneDNN", state: .found, detail: Libraries.oneDNN),
            Cluster.library.map { Check(name: "MPI", state: .found, detail: $0) }
                ?? Check(
                    name: "MPI", state: .absent, detail: "not in this build; a run is one process",
                    advice: "For runs over many processes: swift build -c release --traits MPI"),
        ]
        if let version = Gnuplot.version {
            checks.append(Check(name: "gnuplot", state: .found, detail: version))
        } else {
            checks.append(
                Check(
                    name: "gnuplot", state: .failed, detail: "missing; figures cannot be drawn", advice: "sudo apt-get install gnuplot-nox")
            )
        }
        checks += DataSets.catalogue().compactMap(Check.init)
        checks.append(output(FileManager.default.currentDirectoryPath))
        return checks
    }

    /// Whether runs/ can be written.
    static func output(_ path: String) -> Check {
        let runs = URL(filePath: path).appending(path: "runs")
        let place = FileManager.default.fileExists(atPath: runs.path) ? runs : URL(filePath: path)
        let probe = place.appending(path: ".loam-doctor-\(ProcessInfo.processInfo.processIdentifier)")
        do {
            try WholeFile.write(Data("probe".utf8), to: probe)
            try? FileManager.default.removeItem(at: probe)
            return Check(name: "output", state: .found, detail: "\(runs.path) can be written")
        } catch {
            return Check(
                name: "output", state: .failed, detail: LoamError(wrapping: error).description,
                advice: "Work in another folder or use --out.", status: 74)
        }
    }
}

extension DoctorCommand.Check {
    /// A published data set: found, or how to get it; `nil` for sets that need no files.
    init?(_ listing: DataSets.Listing) {
        switch listing.availability {
        case .found(let files):
            self.init(name: listing.name, state: .found, detail: URL(filePath: files[0]).deletingLastPathComponent().path)
        case .missing(let advice):
            self.init(name: listing.name, state: .absent, detail: "not found", advice: advice.prefix(1).uppercased() + advice.dropFirst())
        case .builtIn, .fromPath: return nil
        }
    }
}
