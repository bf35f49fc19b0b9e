import Foundation
import Yams

/// A `config.yaml`: the keys of every run (`study`, `verb`, `preset`, `scale`, `seed`, `threads`) and the verb's own beside them.
struct ConfigurationFile {
    let url: URL
    var study: String?
    var verb: String?
    var preset: String?
    var scale: Scale?
    var seed: UInt64?
    var threads: Int?
    /// The verb's own keys.
    var configuration: Node.Mapping

    /// Longer files are refused before they are parsed.
    static let maximumLength = 4 << 20

    init(_ url: URL) throws {
        let origin = url.lastPathComponent
        let text = try YAMLFile.text(
            of: url, kind: "configuration", maximumLength: Self.maximumLength, advice: "Give the name of a YAML file to --config.")
        let mapping = try YAMLFile.mapping(text, kind: "configuration", at: url.path)
        self.url = url
        configuration = Node.Mapping([])
        var seen: Set<String> = []
        for (name, value) in mapping {
            let key = name.scalar?.string ?? ""
            guard seen.insert(key).inserted else { throw ConfigurationError(key: key, "the key appears twice", origin: origin) }
            switch key {
            case "study": study = value.scalar?.string
            case "verb": verb = value.scalar?.string
            case "preset": preset = value.scalar?.string
            case "scale":
                guard let scale = value.scalar.flatMap({ Scale(rawValue: $0.string) }) else {
                    throw ConfigurationError(
                        key: key, "unknown scale", found: LoamRuns.text(of: value),
                        allowed: Scale.allCases.map(\.rawValue).joined(separator: ", "),
                        origin: origin)
                }
                self.scale = scale
            case "seed": seed = try Self.seed(value, origin: origin)
            case "threads": threads = try Self.threads(value, origin: origin)
            default: configuration[name] = value
            }
        }
    }

    /// Refuses a file of another study or verb.
    func expect(study: String, verb: String) throws {
        if let found = self.study, found != study {
            throw LoamError(
                .usage, "the file configures the study '\(found)', not '\(study)'", at: url.path,
                advice: "Run it with: loam \(found) \(self.verb ?? verb) --config \(url.path)")
        }
        if let found = self.verb, found != verb {
            throw LoamError(
                .usage, "the file configures '\(found)', not '\(verb)'", at: url.path,
                advice: "Run it with: loam \(study) \(found) --config \(url.path)")
        }
    }

    static func seed(_ node: Node, origin: String) throws(ConfigurationError) -> UInt64 {
        guard let scalar = node.scalar, let seed = UInt64(scalar.string) else {
            throw ConfigurationError(
                key: "seed", "not a seed", found: LoamRuns.text(of: node), allowed: "an integer from 0 to \(UInt64.max)", origin: origin)
        }
        return seed
    }

    static func threads(_ node: Node, origin: String) throws(ConfigurationError) -> Int {
        guard let scalar = node.scalar, let threads = Int(scalar.string), (1...1024).contains(threads) else {
            throw ConfigurationError(
                key: "threads", "not a number of threads", found: LoamRuns.text(of: node), allowed: "an integer from 1 to 1024",
                origin: origin)
        }
        return threads
    }
}

extension RunSettings {
    /// `config.yaml`: every key with a comment, re-runnable with `--config`.
    func yaml(fields: [Field]) -> String {
        var text = """
            # loam \(study) \(verb) --config config.yaml
            study: \(ConfigurationValue.text(study))
            verb: \(ConfigurationValue.text(verb))
            preset: \(ConfigurationValue.text(preset))
            scale: \(scale.rawValue)
            seed: \(seed)
            threads: \(threads)

            """
        var open: [String] = []
        for field in fields {
            let parts = field.key.split(separator: ".").map(String.init)
            let common = zip(open, parts.dropLast()).prefix { $0 == $1 }.count
            open = Array(parts.dropLast())
            for depth in common..<open.count { text += String(repeating: "  ", count: depth) + open[depth] + ":\n" }
            let indent = String(repeating: "  ", count: open.count)
            let comment = "\(field.summary) (\(field.domain))".split(whereSeparator: \.isNewline).joined(separator: " ")
            text += "\(indent)# \(comment)\n\(indent)\(parts.last!): \(configuration[field.key] ?? .null)\n"
        }
        return text
    }
}
