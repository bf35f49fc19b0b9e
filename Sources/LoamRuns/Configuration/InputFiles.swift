import Foundation

/// The files that a configuration names: what a run depends on beside its settings.
///
/// They are the values of fields of domain ``Domain/path``, and texts of the form `kind:PATH` such as `file:net.yaml`, where a file or folder
/// of that name exists.
enum InputFiles {
    /// Fingerprints by key: of a file's bytes; of a folder's names, sizes and dates.
    static func fingerprints(_ configuration: ConfigurationValue, fields: [Field]) -> [String: String] {
        var result: [String: String] = [:]
        for field in fields {
            guard let value = configuration[field.key] else { continue }
            for (suffix, path) in paths(value, field.domain) {
                if let print = print(of: URL(filePath: (path as NSString).expandingTildeInPath)) { result[field.key + suffix] = print }
            }
        }
        return result
    }

    private static func paths(_ value: ConfigurationValue, _ domain: Domain) -> [(suffix: String, path: String)] {
        switch (value, domain) {
        case (_, .optional(let domain)): return paths(value, domain)
        case (.text(let text), .path): return text.isEmpty ? [] : [("", text)]
        case (.text(let text), .text):
            guard let match = text.wholeMatch(of: /[a-z0-9]+:(.+)/) else { return [] }
            return [("", String(match.output.1))]
        case (.list(let list), .list(let domain, _, _)):
            return list.enumerated().flatMap { index, element in paths(element, domain).map { (".\(index)\($0.suffix)", $0.path) } }
        case (.mapping(let mapping), .record(let fields)):
            return fields.flatMap { field in
                mapping[field.key].map { paths($0, field.domain).map { (".\(field.key)\($0.suffix)", $0.path) } } ?? []
            }
        default: return []
        }
    }

    private static func print(of url: URL) -> String? {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else { return nil }
        guard isFolder.boolValue else { return (try? Data(contentsOf: url, options: .mappedIfSafe)).map { fingerprint($0) } }
        // Of another run, what its repetition would change as well does not count.
        let passing = Set([RunFolder.File.environment, .cost, .log, .report, .cells, .figures].map(\.rawValue))
        var lines: [String] = []
        let keys: [URLResourceKey] = [.fileSizeKey, .contentModificationDateKey, .isDirectoryKey]
        let root = url.standardizedFileURL.path
        let files = FileManager.default.enumerator(at: url, includingPropertiesForKeys: keys, options: [.skipsHiddenFiles])
        while let file = files?.nextObject() as? URL {
            let path = file.standardizedFileURL.path.dropFirst(root.count).drop { $0 == "/" }
            guard let values = try? file.resourceValues(forKeys: Set(keys)), values.isDirectory == false,
                !passing.contains(String(path.prefix { $0 != "/" }))
            else { continue }
            lines.append("\(path) \(values.fileSize ?? 0) \(values.contentModificationDate?.timeIntervalSince1970 ?? 0)")
        }
        return fingerprint(Array(lines.sorted().joined(separator: "\n").utf8))
    }

    /// The keys in which two sets of fingerprints differ.
    static func changed(_ old: [String: String], _ new: [String: String]) -> [String] {
        Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }.sorted()
    }

    /// "architecture (file:net.yaml)".
    static func named(_ keys: [String], in settings: RunSettings) -> String {
        keys.map { key in
            if case .text(let text)? = settings.configuration[key] { return "\(key) (\(text))" }
            return key
        }.joined(separator: ", ")
    }
}
