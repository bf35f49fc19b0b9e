import Foundation
import Yams

/// YAML that a user wrote: bounded before it is parsed, and counted before anyone walks through it.
public enum YAMLFile {
    /// More values, aliases expanded, are refused: a short file can name billions.
    static let maximumValues = 200_000

    /// The text of a file.
    ///
    /// - Parameters:
    ///   - kind: what the file should be, in a word: `configuration`.
    ///   - maximumLength: in bytes, a multiple of 1 MiB; longer files are refused unparsed.
    ///   - advice: what to do where the file cannot be read.
    /// - Throws: `LoamError` that names the file.
    public static func text(of url: URL, kind: String, maximumLength: Int, advice: String) throws -> String {
        guard let data = try? Data(contentsOf: url) else {
            throw LoamError(.noInput, "the \(kind) file cannot be read", at: url.path, advice: advice)
        }
        guard data.count <= maximumLength, let text = String(data: data, encoding: .utf8) else {
            throw LoamError(
                .badData, "\(not(kind)): it must be UTF-8 text of at most \(maximumLength >> 20) MiB", at: url.path)
        }
        return text
    }

    /// The mapping that a text is.
    ///
    /// - Parameters:
    ///   - kind: what the text should be, in a word: `configuration`.
    ///   - location: where the text is from, for errors.
    /// - Throws: `LoamError` for a text that is not YAML, not a mapping or too large.
    public static func mapping(_ text: String, kind: String, at location: String? = nil) throws -> Node.Mapping {
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch {
            throw LoamError(.badData, "not YAML: \(error)", at: location)
        }
        guard let node, case .mapping(let mapping) = node else {
            throw LoamError(.badData, "\(not(kind)): the file must be a mapping of keys to values", at: location)
        }
        var budget = maximumValues
        guard count(node, &budget) else {
            throw LoamError(.badData, "\(not(kind)): more than 200,000 values", at: location)
        }
        return mapping
    }

    /// Takes the nodes off the budget; false, at once, where it does not last.
    private static func count(_ node: Node, _ budget: inout Int) -> Bool {
        budget -= 1
        guard budget > 0 else { return false }
        switch node {
        case .sequence(let sequence): return sequence.allSatisfy { count($0, &budget) }
        case .mapping(let mapping): return mapping.allSatisfy { count($0.value, &budget) }
        default: return true
        }
    }

    private static func not(_ kind: String) -> String { "not \("aeiou".contains(kind.prefix(1)) ? "an" : "a") \(kind)" }
}
