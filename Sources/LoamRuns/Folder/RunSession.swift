import Foundation
import LoamCluster
import Logging
import Synchronization

/// The state of one run in one process, behind ``RunContext``.
final class RunSession: Sendable {
    let settings: RunSettings
    let folder: RunFolder
    let console: Console
    let log: Logger
    let metrics: Metrics
    let coordination: Coordination
    let processesPerComputer: Int
    private let state = Mutex(State())

    struct State {
        var findings: [Finding] = []
        var summary: [String: ConfigurationValue] = [:]
        var figures: [RunResults.FigureEntry] = []
        var sections: [RunResults.Section] = []
        var warnings: [String] = []
        var cost = RunCost()
        /// Notes that are made once.
        var notes: Set<String> = []
        var cells: Set<String> = []
        var exitStatus: Int32?
        /// A component that was missing when a figure was drawn.
        var missing: LoamError?
    }

    init(
        settings: RunSettings, folder: RunFolder, console: Console, coordination: Coordination, processesPerComputer: Int
    ) throws {
        self.settings = settings
        self.folder = folder
        self.console = console
        self.coordination = coordination
        self.processesPerComputer = processesPerComputer
        if folder.isSilent {
            metrics = Metrics()
            log = Logger(label: "loam.run") { _ in SwiftLogNoOpLogHandler() }
        } else {
            metrics = try Metrics(folder[.metrics])
            let handler = try LogFile(folder[.log])
            log = Logger(label: "loam.run") { _ in handler }
        }
    }

    /// Whether this run is to stop: this process or another was asked to. Rank 0 decides for all; the others hear of it from rank 0.
    var isInterrupted: Bool { coordination.cluster.isFirst && (Interruption.isRequested || coordination.isStopRequested) }

    func checkInterruption() throws {
        if isInterrupted { throw Interruption.error }
    }

    /// What `results.json` will hold.
    func results(_ status: RunResults.Status) -> RunResults {
        state.withLock { state in
            RunResults(
                study: settings.study, verb: settings.verb, preset: settings.preset, scale: settings.scale, seed: settings.seed,
                inputs: settings.inputs.isEmpty ? nil : settings.inputs, status: status,
                findings: state.findings, summary: state.summary, figures: state.figures, sections: state.sections,
                warnings: state.warnings,
                exitStatus: state.exitStatus)
        }
    }

    /// What `cost.json` will hold.
    var cost: RunCost { state.withLock { $0.cost } }

    var missingComponent: LoamError? { state.withLock { $0.missing } }

    func record(_ object: some Encodable, in cell: CellRecords?) throws {
        let data = try CellRecords.encode(object)
        try metrics.append(data)
        if let cell { cell.add(record: try JSON.decode(ConfigurationValue.self, from: data)) }
        console.event("record", ["record": console.style == .json ? try JSON.decode(ConfigurationValue.self, from: data) : .null])
    }

    func add(_ finding: Finding, isMeasured: Bool) {
        state.withLock { state in
            if isMeasured { state.cost.findings.put(finding, by: \.id) } else { state.findings.put(finding, by: \.id) }
        }
        log.info("finding \(finding.id): \(finding.value), \(finding.verdict.rawValue)")
        if console.style == .json, let value = try? ConfigurationValue(encoding: finding) { console.event("finding", ["finding": value]) }
    }

    func summarize(_ key: String, _ value: some Encodable, isMeasured: Bool) throws {
        let tree = try ConfigurationValue(encoding: value)
        state.withLock { state in
            if isMeasured { state.cost.summary[key] = tree } else { state.summary[key] = tree }
        }
    }

    func keep(_ columns: [String: [Double]], of table: String) {
        if !columns.isEmpty { state.withLock { $0.cost.columns[table] = columns } }
    }

    func add(section title: String, fragment: String, isMeasured: Bool) {
        let section = RunResults.Section(title: title, html: fragment)
        state.withLock { state in
            if isMeasured { state.cost.sections.put(section, by: \.title) } else { state.sections.put(section, by: \.title) }
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

    func noteOnce(_ message: String) {
        if state.withLock({ $0.notes.insert(message).inserted }) { note(message) }
    }

    func isNewCell(_ id: String) -> Bool { state.withLock { $0.cells.insert(id).inserted } }

    func setVerdictStatus(_ status: Int32) { state.withLock { $0.exitStatus = status } }

    func add(_ figure: Figure) throws {
        let entry = RunResults.FigureEntry(
            name: figure.name, title: figure.title, caption: figure.caption, width: figure.size.width, height: figure.size.height)
        do {
            if !folder.isSilent { try FigureFiles(figure).write(to: folder) }
        } catch let error as LoamError where error.category == .missingComponent {
            let isFirst = state.withLock { state in
                defer { state.missing = error }
                return state.missing == nil
            }
            if isFirst {
                warn(error.what + ". The numbers are in figures/*.csv; draw the figures later with: loam report \(folder.url.path)")
            }
        }
        enter(entry)
    }

    func add(_ sheet: PictureSheet) throws {
        let layout = PictureSheetLayout(sheet)
        try folder.write(Data(sheet.table.csv.utf8), to: "figures/\(sheet.name).csv")
        try folder.write(Data(layout.svg.utf8), to: "figures/\(sheet.name).svg")
        enter(
            RunResults.FigureEntry(
                name: sheet.name, title: sheet.title, caption: sheet.caption, width: layout.width, height: layout.height))
    }

    private func enter(_ entry: RunResults.FigureEntry) {
        state.withLock { $0.figures.put(entry, by: \.name) }
        log.info("figure \(entry.name)")
        console.event("figure", ["name": .text(entry.name), "title": .text(entry.title)])
    }
}

extension Array {
    /// Replaces the element that has the same name, or appends.
    fileprivate mutating func put(_ element: Element, by name: (Element) -> String) {
        if let index = firstIndex(where: { name($0) == name(element) }) { self[index] = element } else { append(element) }
    }
}
