import ArgumentParser
import LoamTensor

/// Loam's side of the benchmarks: prepares one piece of work and measures it when the driver says so.
///
/// `Benchmarks/run.py` starts it; `peers/protocol.py` describes the conversation.
@main
struct Command: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loam-bench", abstract: "Loam's side of one benchmark, for Benchmarks/run.py.",
        discussion: "Works: \(works.keys.sorted().joined(separator: ", ")).")

    @Argument(help: "The piece of work.")
    var name: String

    @Option(help: "Threads of loops and libraries.")
    var threads = 2

    func validate() throws {
        guard works[name] != nil else {
            throw ValidationError("No work is called '\(name)'; there are \(works.keys.sorted().joined(separator: ", ")).")
        }
        guard threads >= 1 else { throw ValidationError("--threads must be at least 1.") }
    }

    func run() throws {
        Parallel.threads = threads
        try Conversation(threads: threads).hold { works[name]!() }
    }
}

/// Every piece of work by the name that Benchmarks/works.py gives it.
let works: [String: @Sendable () -> Work] = [tensorWorks, trainingWorks, trainabilityWorks, dynamicsWorks, trajectoryWorks]
    .reduce(into: [:]) { all, some in all.merge(some) { first, _ in first } }
