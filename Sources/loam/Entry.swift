import ArgumentParser
import Foundation
import LoamCluster
import LoamRuns

@main
enum Entry {
    static func main() {
        do {
            try CommandWords.check(Array(CommandLine.arguments.dropFirst()))
            var command = try LoamCommand.parseAsRoot()
            if Launch.current.rank == 0 || command is any RunsOnEveryRank { try command.run() }
            Cluster.finish(status: 0)
        } catch let error as LoamError {
            end(error)
        } catch let error as ConfigurationError {
            end(error.loamError)
        } catch let status as ExitCode {
            end(status.rawValue)
        } catch {
            if Launch.current.rank > 0 { end(LoamCommand.exitCode(for: error).rawValue) }
            Cluster.finish(status: LoamCommand.exitCode(for: error).rawValue)
            LoamCommand.exit(withError: error)
        }
    }

    private static func end(_ error: LoamError) -> Never {
        Failure.report(error)
        end(error.exitStatus)
    }

    private static func end(_ status: Int32) -> Never {
        Cluster.finish(status: status)
        exit(status)
    }
}

/// A command that the processes of a parallel start carry out together. The others are rank 0's.
protocol RunsOnEveryRank {}

/// `loam` itself.
struct LoamCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "loam",
            abstract: "A laboratory for how neural networks learn.",
            discussion: """
                Each study implements a published system. `loam list` shows studies, their verbs and presets; `loam <study> <verb> --help` shows \
                what a verb can be told; `loam doctor` checks this computer.

                Exit status: 0 done, 1 a finding failed under --strict, 64 bad usage, 65 bad data, 66 no input, 69 a missing component, \
                70 internal, 74 input or output, 130 interrupted with the state saved.
                """,
            version: Loam.version + (Loam.commit.map { " (\($0))" } ?? ""),
            subcommands: [ListCommand.self, DoctorCommand.self, ReproduceCommand.self, ReportCommand.self],
            groupedSubcommands: providers.isEmpty ? [] : [CommandGroup(name: "Studies", subcommands: providers.map { studyCommand($0) })]
        )
    }
}

/// Errors as the user sees them.
enum Failure {
    /// On standard error; as an event on standard output too under `--json`.
    /// Rank 0 speaks for all.
    static func report(_ error: LoamError) {
        if Launch.current.rank > 0 { return }
        if CommandLine.arguments.contains("--json") {
            Console(style: .json).event(
                "error",
                [
                    "category": .text(error.category.rawValue), "exitStatus": .integer(Int(error.exitStatus)), "what": .text(error.what),
                    "where": error.location.map { .text($0) } ?? .null, "advice": error.advice.map { .text($0) } ?? .null,
                ])
        }
        try? FileHandle.standardError.write(contentsOf: Data("loam: \(error.description.replacing("\n", with: "\n  "))\n".utf8))
    }
}

/// Misspelt studies, verbs and commands, answered with the nearest name before the options are parsed.
enum CommandWords {
    static let commands = ["list", "doctor", "reproduce", "report", "help"]

    static func check(_ arguments: [String]) throws {
        guard let first = arguments.first, !first.hasPrefix("-") else { return }
        guard let study = studies.first(where: { $0.name == first }) else {
            guard !commands.contains(first) else { return }
            throw unknown("study or command", first, studies.map(\.name) + commands.dropLast())
        }
        guard arguments.count > 1, !arguments[1].hasPrefix("-"), arguments[1] != "help" else { return }
        let verbs = study.verbs.map(\.name)
        if !verbs.contains(arguments[1]) { throw unknown("verb of \(study.name)", arguments[1], verbs) }
    }

    /// "there is no verb of spikes 'mpa'", with the nearest name and the list.
    static func unknown(_ kind: String, _ name: String, _ names: [String]) -> LoamError {
        let nearest = nearestMatch(to: name, in: names).map { "Did you mean '\($0)'? " } ?? ""
        return LoamError(.usage, "there is no \(kind) '\(name)'", advice: "\(nearest)There are: \(names.joined(separator: ", ")).")
    }
}
