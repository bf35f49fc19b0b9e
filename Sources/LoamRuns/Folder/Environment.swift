import COneDNN
import COpenBLAS
import Foundation
import LoamCluster

/// The version of this package.
public enum Loam {
    /// The version by semantic versioning.
    public static let version = "0.1.0"

    /// The commit the program was built from, where it runs from the `.build` folder of a checkout.
    public static let commit: String? = {
        let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        guard let build = program.range(of: "/.build/"), let git = Subprocess.find("git") else { return nil }
        let root = String(program[..<build.lowerBound])
        guard FileManager.default.fileExists(atPath: root + "/Sources/LoamRuns") else { return nil }
        guard let result = try? Subprocess.run(git, ["-C", root, "describe", "--always", "--dirty", "--abbrev=10"]), result.status == 0
        else { return nil }
        let commit = result.output.trimmingCharacters(in: .whitespacesAndNewlines)
        return commit.isEmpty ? nil : commit
    }()
}

/// Versions of the libraries that compute and draw.
public enum Libraries {
    /// OpenBLAS's own description of its build, with the kernels it chose for this processor.
    public static var openBLAS: (configuration: String, core: String) {
        let text = { (pointer: UnsafeMutablePointer<CChar>?) in
            pointer.map { String(cString: $0).trimmingCharacters(in: .whitespaces) } ?? "unknown"
        }
        return (text(openblas_get_config()), text(openblas_get_corename()))
    }

    /// oneDNN's version, such as 2.6.0.
    public static var oneDNN: String {
        guard let version = dnnl_version()?.pointee else { return "unknown" }
        return "\(version.major).\(version.minor).\(version.patch)"
    }
}

/// What is in `environment.json`: where and when a run was made.
public struct RunEnvironment: Codable, Sendable, Equatable {
    /// Loam's version.
    public var version: String
    /// The commit it was built from, where known.
    public var commit: String?
    /// The processor's name.
    public var processor: String
    /// Vector extensions that the processor has, such as avx2.
    public var vectorExtensions: [String]
    /// Processors that the process may use.
    public var processors: Int
    /// The computer's memory.
    public var memoryBytes: UInt64
    /// The operating system's name and version.
    public var operatingSystem: String
    /// Versions of OpenBLAS, oneDNN and gnuplot.
    public var libraries: [String: String]
    /// One entry for each time the run was started or resumed.
    public var sessions: [Session]

    /// One start of a run.
    public struct Session: Codable, Sendable, Equatable {
        /// When it began.
        public var started: Date
        /// When it ended; nil until then.
        public var finished: Date?
        /// Wall time; nil until it ended.
        public var seconds: Double?
        /// Threads it was given; by each process, where there were several.
        public var threads: Int
        /// The number of processes that worked together; nil in files of versions that had one.
        public var ranks: Int?
        /// The words it was started with.
        public var commandLine: [String]
        /// Fingerprints of the files that the configuration names, by key, when it began.
        public var inputs: [String: String]?
        /// How the session ended; "running" until it does, and after a kill.
        public var status: String
    }

    /// This computer, now.
    public static func current() -> RunEnvironment {
        let blas = Libraries.openBLAS
        return RunEnvironment(
            version: Loam.version, commit: Loam.commit, processor: Machine.processor, vectorExtensions: Machine.vectorExtensions,
            processors: Machine.processors, memoryBytes: Machine.memory, operatingSystem: Machine.operatingSystem,
            libraries: [
                "OpenBLAS": "\(blas.configuration), kernels \(blas.core)", "oneDNN": Libraries.oneDNN,
                "gnuplot": Gnuplot.version ?? "missing",
            ].merging(Cluster.library.map { ["MPI": $0] } ?? [:]) { $1 }, sessions: [])
    }

    /// Wall time over all sessions that ended, in seconds.
    public var seconds: Double { sessions.compactMap(\.seconds).reduce(0, +) }
}
