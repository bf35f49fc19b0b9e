import Foundation
import Logging

/// Writes log lines to `log.txt`: time, level, message.
struct LogFile: LogHandler {
    let file: AppendedFile
    var logLevel = Logger.Level.debug
    var metadata = Logger.Metadata()

    init(_ url: URL) throws { file = try AppendedFile(url) }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let extra = metadata.merging(event.metadata ?? [:]) { $1 }
        let suffix = extra.isEmpty ? "" : " " + extra.map { "\($0)=\($1)" }.sorted().joined(separator: " ")
        let message = "\(event.message)".replacing("\n", with: "\n    ")
        try? file.append(Data("\(Date().ISO8601Format()) \(event.level) \(message)\(suffix)".utf8))
    }
}
