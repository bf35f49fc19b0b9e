import Foundation
import LoamTensor

/// The computer the run is on.
public enum Machine {
    /// Processors this process may run on.
    public static var processors: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }

    /// The processor's name, from `/proc/cpuinfo`.
    public static var processor: String { cpuInfo("model name") ?? "unknown" }

    /// Vector extensions that matter to the kernels, of those the processor has.
    public static var vectorExtensions: [String] {
        let flags = Set((cpuInfo("flags") ?? "").split(separator: " ").map(String.init))
        return ["sse4_2", "avx", "f16c", "fma", "avx2", "avx512f", "avx512bw", "avx512vl", "avx512_bf16", "amx_tile"].filter(flags.contains)
    }

    /// Memory in bytes.
    public static var memory: UInt64 { ProcessInfo.processInfo.physicalMemory }

    /// The distribution's name and version.
    public static var operatingSystem: String {
        let release = (try? String(contentsOfFile: "/etc/os-release", encoding: .utf8)) ?? ""
        let line = release.split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
        return line.map { $0.dropFirst(12).trimmingCharacters(in: ["\""]) } ?? ProcessInfo.processInfo.operatingSystemVersionString
    }

    /// Sets the number of threads of the engine's loops, OpenBLAS and oneDNN.
    public static func setThreads(_ count: Int) {
        Parallel.threads = count
    }

    private static func cpuInfo(_ key: String) -> String? {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        for line in text.split(separator: "\n") where line.hasPrefix(key) {
            return line.split(separator: ":", maxSplits: 1).last?.trimmingCharacters(in: .whitespaces)
        }
        return nil
    }
}
