import Foundation
import LoamCluster

/// What the tests start under `mpirun`: each word of the command line is one thing that several processes do together. Exit status 0 and the
/// output of rank 0 say how it went.
@main
enum Probe {
    static func main() {
        if CommandLine.arguments.dropFirst().first == "become" { become(Array(CommandLine.arguments.dropFirst(2))) }
        let cluster = Cluster.current
        let arguments = Array(CommandLine.arguments.dropFirst())
        let problems: [String]
        switch arguments.first {
        case "collectives": problems = Collectives.problems(cluster)
        case "sums": problems = Collectives.problemsOfSums(cluster)
        case "distribute": problems = Distribution.problems(cluster, pieces: Int(arguments[1])!, workers: Int(arguments[2])!)
        case "train": problems = DataParallelTraining.print(cluster)
        case "run": problems = ProbeRun.problems(cluster, arguments)
        default: problems = ["there is no probe \(arguments)"]
        }
        for problem in problems {
            try? FileHandle.standardError.write(contentsOf: Data("rank \(cluster.rank): \(problem)\n".utf8))
        }
        let status: Int32 = problems.isEmpty ? 0 : 1
        Cluster.finish(status: status)
        exit(status)
    }

    /// Replaces this process by another program, with no signal blocked.
    private static func become(_ words: [String]) -> Never {
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        execv(words[0], words.map { strdup($0) } + [nil])
        exit(71)
    }
}
