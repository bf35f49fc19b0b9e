import Foundation
import LoamCluster

/// What a verb works in: its folder, its records, its findings, and the way to stop.
///
/// Every method may be called from several threads; order matters to `metrics.jsonl` only.
public final class RunContext: Sendable {
    let session: RunSession

    init(session: RunSession) {
        self.session = session
    }

    /// The processes of the run. Collective operations of it may be used between cells, not inside.
    public var cluster: Cluster { session.coordination.cluster }

    /// Processes of the run that share a computer and its memory, at most; the same number in all of them.
    public var processesPerComputer: Int { session.processesPerComputer }

    /// The run folder. Write study-specific files through ``saveText(_:to:)`` and its kin, so that they appear whole or not at all.
    public var folder: URL { session.folder.url }
    /// The scale that was asked for.
    public var scale: Scale { session.settings.scale }
    /// The name of the preset that the configuration started from.
    public var preset: String { session.settings.preset }
    /// The seed; derive the random numbers of each part from it.
    public var seed: UInt64 { session.settings.seed }
    /// Threads the run was asked to use; the engine's pool is already set to it.
    public var threads: Int { session.settings.threads }
    /// Whether the user wants errors and warnings only.
    public var isQuiet: Bool { session.console.isQuiet }

    // MARK: Results

    /// Appends one object to `metrics.jsonl`. NaN and infinities are written as the strings "nan", "inf", "-inf"; ``Measured`` numbers are
    /// `null`.
    public func record(_ object: some Encodable) throws {
        try session.record(object, in: nil)
    }

    /// Adds a finding to the scoreboard. A finding with an id already present replaces it.
    ///
    /// - Parameter isMeasured: whether its value depends on the clock. Then it is kept in `cost.json` instead of `results.json`.
    public func add(_ finding: Finding, isMeasured: Bool = false) {
        session.add(finding, isMeasured: isMeasured)
    }

    /// Sets one value of the summary in `results.json`: a number, text, list or any other `Codable` value.
    public func summarize(_ key: String, _ value: some Encodable & Sendable) throws {
        try session.summarize(key, value, isMeasured: false)
    }

    /// Sets one value of the summary that depends on the clock: it is kept in `cost.json`, and shown with the others.
    public func measure(_ key: String, _ value: some Encodable & Sendable) throws {
        try session.summarize(key, value, isMeasured: true)
    }

    /// Draws a figure: `figures/NAME.svg`, its data as `figures/NAME.csv` and its script as `figures/NAME.gp`.
    ///
    /// Without gnuplot the data and the script are written all the same, and the run ends with status 69 when everything else is done.
    public func add(_ figure: Figure) throws {
        try session.add(figure)
    }

    /// Adds pictures in rows and columns to the report's figures: `figures/NAME.svg`, and their words as `figures/NAME.csv`.
    public func add(_ sheet: PictureSheet) throws {
        try session.add(sheet)
    }

    /// Puts a fragment of HTML of the study's own into the report, below the figures. The study escapes what it quotes
    /// (``HTML/escape(_:)``).
    /// A fragment with a title already present replaces it. The report must stay self-contained: no addresses are loaded.
    ///
    /// - Parameter isMeasured: whether it shows what depends on the clock. Then it is kept in `cost.json` instead of `results.json`.
    public func html(_ title: String, _ fragment: String, isMeasured: Bool = false) {
        session.add(section: title, fragment: fragment, isMeasured: isMeasured)
    }

    /// A caveat that the user must see: on the console, in the log and in the report.
    public func warn(_ message: String) {
        session.warn(message)
    }

    /// The exit status of a run that ends well, where a verb's status carries a verdict of its own (1…63).
    public func setExitStatus(_ status: Int32) {
        precondition((1...63).contains(status), "RunContext.setExitStatus: \(status) is outside 1...63")
        session.setVerdictStatus(status)
    }

    // MARK: Progress

    /// How far the run is, `completed` of `total` units of equal cost.
    public func progress(_ completed: Int, of total: Int, _ message: String = "") {
        session.console.progress(completed: Double(completed), total: Double(total), unit: nil, message: message)
    }

    /// How far the run is, from 0 to 1.
    public func progress(_ fraction: Double, _ message: String = "") {
        session.console.progress(completed: fraction, total: 1, unit: nil, message: message)
    }

    /// Seconds that are left at the mean rate so far; nil before anything is finished.
    public var secondsLeft: Double? { session.console.secondsLeft }

    /// A line for the user and `log.txt`.
    public func note(_ message: String) {
        session.note(message)
    }

    /// A line for `log.txt` alone.
    public func log(_ message: String) {
        session.log.info("\(message)")
    }

    /// Throws when the user has asked to stop (SIGINT, SIGTERM). Call it between units that are worth finishing.
    public func checkInterruption() throws {
        try session.checkInterruption()
    }

    // MARK: Cells

    /// One independent part of the run, computed once: on `--resume` a finished cell is read back instead.
    ///
    /// The result is kept in `cells/ID.json`, written whole or not at all, with the records the cell made, the hash of the configuration
    /// and the
    /// checksums in `inputs`. A file whose hash or checksums differ is not used. Checks for an interruption first.
    ///
    /// In a run over several processes rank 0 computes the cell and all ranks get its value. Call it from the verb's own thread; many
    /// independent cells go into ``cells(_:id:inputs:atATime:span:finished:compute:)``.
    ///
    /// - Parameters:
    ///   - id: unique within the run; any characters.
    ///   - inputs: checksums of the data the result depends on, by name.
    public func cell<Value: Codable>(
        _ id: String, inputs: [String: String] = [:], _ compute: (CellContext) throws -> Value
    ) throws -> Value {
        try session.cell(id, inputs: inputs, compute)
    }

    /// The values of many independent cells, in the order of the jobs: several at a time in each process, shared out over all processes to
    /// whoever is free.
    ///
    /// Each is a cell as that of ``cell(_:inputs:_:)``: stored by rank 0 as soon as it is finished, read back on `--resume`. Records and
    /// warnings of the cells, and the calls of `finished`, come in the order of the jobs, whatever order the cells are finished in.
    /// All processes get all values. The values do not depend on the number of processes, and to the bit not on the number of threads as
    /// long as `atATime` gives each cell one.
    ///
    /// When the user asks to stop, or a cell fails, no more cells are started; those in progress are finished and stored.
    ///
    /// - Parameters:
    ///   - jobs: what to compute, in the same order in all processes.
    ///   - id: unique within the run; any characters.
    ///   - inputs: checksums of the data the results depend on, by name.
    ///   - atATime: cells at a time in each process. With 1, a cell has all threads of its process; by default each has one thread.
    ///   - span: the part of the run's progress bar that the cells take.
    ///   - finished: told of results, in rank 0 only.
    ///   - compute: one cell; called from several threads and in any process. It may depend on its job and on what is the same everywhere.
    /// - Throws: the error of the first job that failed.
    public func cells<Job: Sendable, Value: Codable & Sendable>(
        _ jobs: [Job], id: (Job) -> String, inputs: [String: String] = [:], atATime: Int? = nil, span: ClosedRange<Double> = 0...1,
        finished: @escaping @Sendable (Job, Value) -> Void = { _, _ in }, compute: @escaping @Sendable (Job, CellContext) throws -> Value
    ) throws -> [Value] {
        try session.cells(jobs, id: id, inputs: inputs, atATime: atATime, span: span, finished: finished, compute)
    }

    // MARK: Files

    /// Writes text to a file of the run folder, whole or not at all.
    public func saveText(_ text: String, to path: String) throws {
        try session.folder.write(Data(text.utf8), to: path)
    }

    /// Writes bytes to a file of the run folder, whole or not at all.
    public func saveData(_ data: Data, to path: String) throws {
        try session.folder.write(data, to: path)
    }

    /// Writes any `Codable` value as JSON to a file of the run folder, whole or not at all. ``Measured`` numbers are `null`.
    public func saveJSON(_ value: some Encodable, to path: String) throws {
        try session.folder.write(try JSON.encode(value, pretty: true, omitsMeasured: true), to: path)
    }

    /// Writes a table as CSV (RFC 4180) to a file of the run folder, whole or not at all. Its measured columns go into `cost.json`.
    public func saveCSV(_ table: Table, to path: String) throws {
        session.keep(table.measured, of: path)
        try session.folder.write(Data(table.csv.utf8), to: path)
    }

    /// Lets `body` write a new file at a temporary place beside `path`, then puts it in place.
    public func saveFile(to path: String, _ body: (URL) throws -> Void) throws {
        try session.folder.replace(path, body)
    }

    // MARK: Checkpoints

    /// Saves the state of a long computation: `state` and, where there are tensors, the file that `tensors` writes
    /// (`checkpoint.safetensors`).
    /// Records made so far belong to it.
    public func saveCheckpoint<State: Codable>(_ state: State, tensors: ((URL) throws -> Void)? = nil) throws {
        try session.saveCheckpoint(state, tensors: tensors)
    }

    /// The last saved checkpoint, with the address of its tensors, or `nil` in a fresh run. Records made after it are dropped.
    public func restoreCheckpoint<State: Codable>(as type: State.Type = State.self) throws -> (state: State, tensors: URL?)? {
        try session.restoreCheckpoint(as: type)
    }
}

/// What a cell may do beside computing its value.
public struct CellContext: Sendable {
    /// Where records and warnings go at once; nil where they wait for the cells before this one.
    let session: RunSession?
    let records: CellRecords
    let report: @Sendable (Double, String) -> Void

    /// Appends one object to `metrics.jsonl`; it is kept with the cell.
    public func record(_ object: some Encodable) throws {
        if let session {
            try session.record(object, in: records)
        } else {
            records.add(record: try JSON.decode(ConfigurationValue.self, from: CellRecords.encode(object)))
        }
    }

    /// A caveat that the user must see; it is kept with the cell.
    public func warn(_ message: String) {
        records.add(warning: message)
        session?.warn(message)
    }

    /// How far the cell is, from 0 to 1: moves the bar of the run, where the cell is one of many.
    public func progress(_ fraction: Double, _ message: String = "") {
        report(fraction, message)
    }
}
