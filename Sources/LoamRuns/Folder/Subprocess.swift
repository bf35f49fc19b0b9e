import Foundation

/// Programs that Loam starts.
enum Subprocess {
    struct Result {
        var status: Int32
        var output: String
        var errors: String
    }

    /// The address of a program on `PATH`.
    static func find(_ name: String) -> URL? {
        for folder in (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":") {
            let url = URL(filePath: String(folder)).appending(path: name)
            if FileManager.default.isExecutableFile(atPath: url.path) { return url }
        }
        return nil
    }

    /// Runs a program to its end, and ends it after `limit` seconds.
    static func run(_ program: URL, _ arguments: [String], in folder: URL? = nil, limit: Double = 120) throws -> Result {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        if let folder { process.currentDirectoryURL = folder }
        // Files, not pipes: a program that writes much cannot block.
        let captured = FileManager.default.temporaryDirectory.appending(path: "loam-\(UUID().uuidString)")
        let output = captured.appendingPathExtension("out")
        let errors = captured.appendingPathExtension("err")
        defer {
            try? FileManager.default.removeItem(at: output)
            try? FileManager.default.removeItem(at: errors)
        }
        guard FileManager.default.createFile(atPath: output.path, contents: nil),
            FileManager.default.createFile(atPath: errors.path, contents: nil),
            let outputHandle = FileHandle(forWritingAtPath: output.path), let errorHandle = FileHandle(forWritingAtPath: errors.path)
        else {
            throw LoamError(
                .inputOutput, "cannot write temporary files", at: captured.deletingLastPathComponent().path,
                advice: "Set TMPDIR to a writable folder.")
        }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = outputHandle
        process.standardError = errorHandle
        do {
            try process.run()
        } catch {
            throw LoamError(
                .missingComponent, "\(program.lastPathComponent) cannot be started: \(error.localizedDescription)", at: program.path)
        }
        let watchdog = DispatchWorkItem { if process.isRunning { process.terminate() } }
        DispatchQueue.global().asyncAfter(deadline: .now() + limit, execute: watchdog)
        process.waitUntilExit()
        watchdog.cancel()
        let read = { (url: URL) in String(decoding: (try? Data(contentsOf: url)) ?? Data(), as: UTF8.self) }
        return Result(status: process.terminationStatus, output: read(output), errors: read(errors))
    }
}
