import Foundation

/// A run folder made ready and locked, after the checks that keep other people's files and earlier runs safe.
struct OpenedFolder {
    let folder: RunFolder
    let lock: FolderLock
    /// The results of a run that is complete already; nothing has to be computed.
    let finishedResults: RunResults?

    init(_ url: URL, settings: RunSettings, stored: RunSettings?, resume: Bool, force: Bool) throws {
        folder = RunFolder(url)
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), !isFolder.boolValue {
            throw LoamError(
                .inputOutput, "a file is in the way of the run folder", at: url.path, advice: "Choose another folder with --out.")
        }
        try RunFolder.create(url)
        try Self.refuseForeign(url)
        lock = try FolderLock(folder: url)
        do {
            OwnFiles.clearTemporaries(url)
            finishedResults = try Self.prepare(folder, settings: settings, stored: stored, resume: resume, force: force)
        } catch {
            lock.release()
            throw error
        }
    }

    private static func prepare(
        _ folder: RunFolder, settings: RunSettings, stored: RunSettings?, resume: Bool, force: Bool
    ) throws -> RunResults? {
        guard folder.exists(.configuration) || folder.exists(.results) else { return nil }
        let path = folder.url.path
        if force {
            OwnFiles.clear(folder)
            return nil
        }
        let results = try? folder.results()
        guard resume else {
            if results?.status == .finished {
                throw LoamError(
                    .usage, "the folder holds a finished run", at: path,
                    advice: "Replace it with --force, or choose another folder with --out.")
            }
            throw LoamError(
                .usage, "the folder holds an unfinished run", at: path,
                advice: "Continue it with --resume, replace it with --force, or choose another folder with --out.")
        }
        if let stored {
            let differences = settings.differences(from: stored)
            guard differences.isEmpty else {
                let list = differences.prefix(6).map { "\($0.key) is \($0.ours), was \($0.theirs)" }.joined(separator: "; ")
                throw LoamError(
                    .usage, "the run was made with another configuration: \(list)", at: path,
                    advice: "Resume with --resume --out DIR alone to keep the stored one, or start again with --force.")
            }
        }
        guard let results, results.status == .finished else { return nil }
        let changed = InputFiles.changed(results.inputs ?? settings.inputs, settings.inputs)
        guard changed.isEmpty else {
            throw LoamError(
                .usage, "the run is finished, but \(InputFiles.named(changed, in: settings)) changed since", at: path,
                advice: "Compute it again with --force, or keep it and choose another folder with --out.")
        }
        return results
    }

    /// A folder with files but no run is somebody else's.
    private static func refuseForeign(_ url: URL) throws {
        let known = Set(RunFolder.File.allCases.map(\.rawValue) + [".lock", OwnFiles.name, RunFolder.File.checkpoint.rawValue + ".next"])
        func isOurs(_ name: String) -> Bool { known.contains(name) || (name.hasPrefix(".") && name.hasSuffix(".tmp")) }
        let entries: [String]
        do {
            entries = try FileManager.default.contentsOfDirectory(atPath: url.path)
        } catch {
            throw LoamError(
                .inputOutput, "the folder cannot be read: \(error.localizedDescription)", at: url.path,
                advice: "Choose another folder with --out.")
        }
        let configuration = try? String(contentsOf: RunFolder(url)[.configuration], encoding: .utf8)
        if let configuration, configuration.hasPrefix("# loam ") { return }
        guard let foreign = entries.first(where: { !isOurs($0) }) ?? (configuration == nil ? nil : "config.yaml") else { return }
        throw LoamError(
            .usage, "the folder is not empty and was not made by loam: it holds '\(foreign)'", at: url.path,
            advice: "Choose a new or empty folder with --out.")
    }
}
