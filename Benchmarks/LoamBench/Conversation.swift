import Foundation

/// The contestant's half of the conversation that peers/protocol.py describes: commands on standard input, one JSON object per line on
/// standard output.
struct Conversation {
    let threads: Int

    func hold(_ prepare: () -> Work) throws {
        let rest = try Memory.bytes("VmRSS")
        let work = prepare()
        _ = measure(work, atLeast: 3, seconds: 0)
        let covers = Memory.resetPeak() ? "rounds" : "life"
        say(Ready(version: "Swift \(compilerVersion)", threads: threads, check: work.check, restBytes: rest))
        loop: while let line = readLine() {
            let words = line.split(separator: " ")
            switch words.first {
            case "measure":
                let seconds = words.count > 1 ? Double(words[1]) ?? 1 : 1
                _ = measure(work, atLeast: 1, seconds: seconds / 10)
                say(Measured(seconds: measure(work, atLeast: 3, seconds: seconds)))
            case "quit": break loop
            default: continue
            }
        }
        say(Done(peakBytes: try Memory.bytes("VmHWM"), peakCovers: covers))
    }

    /// The time of every call, for `seconds` and `atLeast` so many calls; calls of more than ten seconds are not repeated.
    private func measure(_ work: Work, atLeast: Int, seconds: Double) -> [Double] {
        var taken: [Double] = []
        let start = now()
        while true {
            let before = now()
            work.call()
            let after = now()
            taken.append(after - before)
            if after - start >= seconds, taken.count >= atLeast || after - start > 10 { return taken }
        }
    }

    private func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    private func say(_ record: some Encodable) {
        guard var line = try? JSONEncoder().encode(record) else { fatalError("loam-bench: a record that is not JSON: \(record)") }
        line.append(UInt8(ascii: "\n"))
        FileHandle.standardOutput.write(line)
    }

    private struct Ready: Encodable {
        var event = "ready"
        let version: String
        let threads: Int
        let check: [Double]
        let restBytes: Int
    }

    private struct Measured: Encodable {
        var event = "measured"
        let seconds: [Double]
    }

    private struct Done: Encodable {
        var event = "done"
        let peakBytes: Int
        let peakCovers: String
    }
}

/// What the kernel says of this process's memory.
enum Memory {
    struct Unreadable: Error, CustomStringConvertible {
        let field: String
        var description: String { "/proc/self/status has no \(field)" }
    }

    /// A field of /proc/self/status, in bytes.
    static func bytes(_ field: String) throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        for line in status.split(separator: "\n") where line.hasPrefix(field + ":") {
            if let kibibytes = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap({ Int($0) }) {
                return kibibytes * 1024
            }
        }
        throw Unreadable(field: field)
    }

    /// Starts the high-water mark anew; false where the kernel does not allow it.
    static func resetPeak() -> Bool {
        guard let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") else { return false }
        return (try? file.write(contentsOf: Data("5".utf8))) != nil
    }
}

#if swift(>=6.3)
    let compilerVersion = "6.3"
#elseif swift(>=6.2)
    let compilerVersion = "6.2"
#else
    let compilerVersion = "6.1"
#endif
