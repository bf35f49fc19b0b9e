import Foundation
import Logging
import Synchronization

/// The state of one run in one process, behind ``RunContext``.
final class RunSession: Sendable {
    let settings: RunSettings
    let folder: RunFolder
    let console: Console
    let log: Logger
    let metrics: Metrics
    private let state = Mutex(State())

    struct State {
        var findings: [Finding] = []
        var summary: [String: ConfigurationValue] = [:]
        var figures: [RunResults.FigureEntry] = []
        var sections: [RunResults.Section] = []
        var warnings: [String] = []
        var cells: Set<String> = []
        var exitStatus: Int32?
        /// A component that was missing when a figure was drawn.
        var missing: LoamError?
    }

    init(settings: RunSettings, folder: RunFolder, console: Console) throws {
        self.settings = settings
        self.folder = folder
        self.console = console
        metrics = try Metrics(folder[.metrics])
        let handler = try LogFile(folder[.log])
        log = Logger(label: "loam.run") { _ in handler }
    }

    /// What `results.json` will hold.
    func results(_ status: RunResults.Status) -> RunResults {
        state.withLock { state in
            RunResults(
                study: settings.study, verb: settings.verb, preset: settings.preset, scale: settings.scale, seed: settings.seed,
                status: status,
                findings: state.findings, summary: state.summary, figures: state.figures, sections: state.sections,
                warnings: state.warnings,
                exitStatus: state.exitStatus)
        }
    }

    var missingComponent: LoamError? { state.withLock { $0.missing } }

    func record(_ object: some Encodable, in cell: CellRecords?) throws {
        let data = try JSON.encode(object)
        guard data.first == UInt8(ascii: "{") else { throw LoamError(.internal, "a record must be an object; found \(type(of: object))") }
        try metrics.append(data)
        if let cell { cell.add(record: try JSON.decode(ConfigurationValue.self, from: data)) }
        console.event("record", ["record": console.style == .json ? try JSON.decode(ConfigurationValue.self, from: data) : .null])
    }

    func add(_ finding: Finding) {
        state.withLock { state in
            if let index = state.findings.firstIndex(where: { $0.id == finding.id }) {
                state.findings[index] = finding
            } else {
                state.findings.append(finding)
            }
        }
        log.info("finding \(finding.id): \(finding.value), \(finding.verdict.rawValue)")
        if console.style == .json, let value = try? ConfigurationValue(encoding: finding) { console.event("finding", ["finding": value]) }
    }

    func summarize(_ key: String, _ value: some Encodable) throws {
        let tree = try ConfigurationValue(encoding: value)
        state.withLock { $0.summary[key] = tree }
    }

    func add(section title: String, fragment: String) {
        state.withLock { state in
            let section = RunResults.Section(title: title, html: fragment)
            if let index = state.sections.firstIndex(where: { $0.title == title }) {
                state.sections[index] = section
            } else {
                state.sections.append(section)
            }
        }
    }

    func warn(_ message: String) {
        let isNew = state.withLock { state in
            guard !state.warnings.contains(message) else { return false }
            state.warnings.append(message)
            return true
        }
        guard isNew else { return }
        log.warning("\(message)")
        console.warn(message)
    }

    func note(_ message: String) {
        log.info("\(message)")
        console.note(message)
    }

    func setVerdictStatus(_ status: Int32) { state.withLock { $0.exitStatus = status } }

    func add(_ figure: Figure) throws {
        let entry = RunResults.FigureEntry(
            name: figure.name, title: figure.title, caption: figure.caption, width: figure.size.width, height: figure.size.height)
        do {
            try FigureFiles(figure).write(to: folder)
        } catch let error as LoamError where error.category == .missingComponent {
            let isFirst = state.withLock { state in
                defer { state.missing = error }
                return state.missing == nil
            }
            if isFirst {
                warn(error.what + ". The numbers are in figures/*.csv; draw the figures later with: loam report \(folder.url.path)")
            }
        }
        state.withLock { state in
            if let index = state.figures.firstIndex(where: { $0.name == entry.name }) {
                state.figures[index] = entry
            } else {
                state.figures.append(entry)
            }
        }
        log.info("figure \(figure.name)")
        console.event("figure", ["name": .text(figure.name), "title": .text(figure.title)])
    }

    // MARK: Cells and checkpoints

    func cell<Value: Codable>(_ id: String, inputs: [String: String], _ compute: (CellContext) throws -> Value) throws -> Value {
        let isNew = state.withLock { $0.cells.insert(id).inserted }
        precondition(isNew, "RunContext.cell: the id '\(id)' is used twice")
        try Interruption.check()
        let path = "\(RunFolder.File.cells.rawValue)/\(CellFile<Value>.name(for: id))"
        if let data = try? Data(contentsOf: folder.url.appending(path: path)) {
            if let cell = try? JSON.decode(CellFile<Value>.self, from: data), cell.id == id, cell.configurationHash == settings.hash,
                cell.inputs == inputs
            {
                for record in cell.records { try metrics.append(JSON.encode(record)) }
                for warning in cell.warnings { warn(warning) }
                log.info("cell \(id): finished earlier")
                return cell.value
            }
            log.warning("cell \(id): the stored result belongs to another configuration or other data; it is computed again")
        }
        let records = CellRecords()
        let value = try compute(CellContext(session: self, records: records))
        let contents = records.contents
        let file = CellFile(
            id: id, configurationHash: settings.hash, inputs: inputs, records: contents.records, warnings: contents.warnings, value: value)
        let data = try JSON.encode(file)
        try folder.write(data, to: path)
        // What a resumed run reads back is what this one goes on with.
        return try JSON.decode(CellFile<Value>.self, from: data).value
    }

    private struct Checkpoint<State: Codable>: Codable {
        var configurationHash: String
        var records: Int
        var tensors: String?
        var state: State
    }

    func saveCheckpoint<State: Codable>(_ state: State, tensors: ((URL) throws -> Void)?) throws {
        let next = folder.url.appending(path: RunFolder.File.checkpoint.rawValue + ".next")
        var hash: String?
        if let tensors {
            try WholeFile.replace(next, tensors)
            hash = fingerprint(try Data(contentsOf: next))
        }
        let checkpoint = Checkpoint(configurationHash: settings.hash, records: metrics.count, tensors: hash, state: state)
        try folder.write(try JSON.encode(checkpoint, pretty: true), to: RunFolder.File.checkpointState.rawValue)
        if tensors != nil { try promote(next) }
    }

    func restoreCheckpoint<State: Codable>(as type: State.Type) throws -> (state: State, tensors: URL?)? {
        guard let data = try? Data(contentsOf: folder[.checkpointState]) else { return nil }
        let checkpoint: Checkpoint<State>
        do {
            checkpoint = try JSON.decode(Checkpoint<State>.self, from: data)
        } catch {
            throw LoamError(
                .badData, "not a checkpoint of this run: \(error)", at: folder[.checkpointState].path, advice: "Start again with --force.")
        }
        guard checkpoint.configurationHash == settings.hash else {
            throw LoamError(
                .badData, "the checkpoint belongs to another configuration", at: folder[.checkpointState].path,
                advice: "Start again with --force.")
        }
        if let hash = checkpoint.tensors {
            // A kill between the two renames leaves the new tensors under their temporary name.
            let next = folder.url.appending(path: RunFolder.File.checkpoint.rawValue + ".next")
            if let data = try? Data(contentsOf: next), fingerprint(data) == hash { try promote(next) }
            guard let tensors = try? Data(contentsOf: folder[.checkpoint]), fingerprint(tensors) == hash else {
                throw LoamError(
                    .badData, "the tensors do not belong to checkpoint.json", at: folder[.checkpoint].path,
                    advice: "Start again with --force.")
            }
        }
        try metrics.rewind(to: checkpoint.records)
        return (checkpoint.state, checkpoint.tensors == nil ? nil : folder[.checkpoint])
    }

    private func promote(_ next: URL) throws {
        try WholeFile.move(next, to: folder[.checkpoint])
    }
}
