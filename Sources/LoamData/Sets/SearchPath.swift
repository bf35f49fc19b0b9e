import FoundationEssentials

/// The folders in which data sets are looked for, in order.
public struct SearchPath: Hashable, Sendable {
    /// The folders.
    public var folders: [URL]

    /// A search path of given folders.
    public init(folders: [URL]) {
        self.folders = folders
    }

    /// The folders that an environment asks for: those of `LOAM_DATA` (separated by colons), then `data` in the working
    /// directory, `loam` in the user's data folder (`XDG_DATA_HOME`, `~/.local/share`), and the system's places.
    public init(environment: [String: String]) {
        var paths = (environment["LOAM_DATA"] ?? "").split(separator: ":").map(String.init)
        paths.append("data")
        let home = environment["HOME"].map { "\($0)/.local/share" }
        if let user = environment["XDG_DATA_HOME"].flatMap({ $0.isEmpty ? nil : $0 }) ?? home { paths.append("\(user)/loam") }
        paths += ["/usr/local/share/loam", "/usr/local/share/datasets", "/usr/share/datasets"]
        folders = paths.map { URL(filePath: SearchPath.expanded($0, home: environment["HOME"])) }
    }

    /// The search path of this process.
    public static var standard: SearchPath {
        SearchPath(environment: ProcessInfo.processInfo.environment)
    }

    private static func expanded(_ path: String, home: String?) -> String {
        guard let home, path == "~" || path.hasPrefix("~/") else { return path }
        return home + path.dropFirst()
    }

    /// The first folder, or subfolder of one with any of these names, that holds all of the files, each either as named or
    /// with `.gz` behind; and the files there.
    func locate(files: [String], subfolders: [String]) -> [URL]? {
        for folder in folders {
            for place in subfolders.map({ folder.appending(path: $0) }) + [folder] {
                let found = files.compactMap { name in
                    [name, "\(name).gz"].map { place.appending(path: $0) }.first { FileManager.default.fileExists(atPath: $0.path) }
                }
                if found.count == files.count { return found }
            }
        }
        return nil
    }
}
