import Foundation
import Synchronization

/// `metrics.jsonl`: one JSON object per line, appended by a single write each, so that a kill leaves at most one torn last line.
public final class Metrics: Sendable {
    /// Nil where records go nowhere.
    private let file: AppendedFile?
    private let state: Mutex<State>

    private struct State {
        var count = 0
        /// Records of an earlier session that nothing has claimed yet.
        var isPending: Bool
    }

    /// Records that go nowhere but are counted.
    init() {
        file = nil
        state = Mutex(State(isPending: false))
    }

    init(_ url: URL) throws {
        let old = try Metrics.completeLength(of: url)
        file = try AppendedFile(url)
        state = Mutex(State(isPending: old > 0))
    }

    /// Appends one encoded object.
    func append(_ object: Data) throws {
        try state.withLock { state in
            if state.isPending {
                try file?.truncate(to: 0)
                state.isPending = false
            }
            try file?.append(object)
            state.count += 1
        }
    }

    var count: Int { state.withLock { $0.count } }

    /// Keeps the first `count` records and drops the rest.
    func rewind(to count: Int) throws {
        try state.withLock { state in
            guard let file else {
                state.count = count
                return
            }
            let data = (try? Data(contentsOf: file.url)) ?? Data()
            var length = 0
            var lines = 0
            while lines < count, let newline = data[length...].firstIndex(of: 10) {
                length = newline + 1
                lines += 1
            }
            guard lines == count else {
                throw LoamError(
                    .badData, "the checkpoint belongs to \(count) records, the file has \(lines)", at: file.url.path,
                    advice: "Start again with --force.")
            }
            try file.truncate(to: length)
            state.count = count
            state.isPending = false
        }
    }

    /// Drops what is left of an earlier session when a run ends without having made a record.
    func finish() throws {
        try state.withLock { state in
            if state.isPending { try file?.truncate(to: 0) }
            state.isPending = false
        }
    }

    /// The objects of a file; a torn last line is dropped.
    public static func read<Record: Decodable>(_ type: Record.Type, from url: URL) throws -> [Record] {
        guard let data = try? Data(contentsOf: url) else {
            throw LoamError(.noInput, "the file cannot be read", at: url.path)
        }
        let complete = data.lastIndex(of: 10).map { data[...$0] } ?? Data()
        var records: [Record] = []
        for (index, line) in complete.split(separator: 10).enumerated() {
            do {
                records.append(try JSON.decode(type, from: line))
            } catch {
                throw LoamError(.badData, "line \(index + 1) is not a record: \(error)", at: url.path)
            }
        }
        return records
    }

    /// The length of the complete lines.
    private static func completeLength(of url: URL) throws -> Int {
        guard let data = try? Data(contentsOf: url) else { return 0 }
        return data.lastIndex(of: 10).map { $0 + 1 } ?? (data.isEmpty ? 0 : 1)
    }
}
