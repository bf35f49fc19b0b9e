import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// What the user sees while a run goes on: a bar on a terminal, plain lines elsewhere, JSON events, or nothing.
public final class Console: Sendable {
    /// Text for people, one JSON object a line, or errors and warnings only.
    public enum Style: Sendable {
        case text, json, quiet
    }

    /// How it prints.
    public let style: Style
    private let isTerminal: Bool
    private let state: Mutex<State>
    private let emit: @Sendable (Stream, String) -> Void
    private let failure: WriteFailure

    /// Where a line goes: results to standard output, progress and warnings to standard error.
    public enum Stream: Sendable { case output, error }

    private struct State {
        var estimate = ProgressEstimate()
        var isBarVisible = false
        var lastDrawn: Double = -.infinity
        var lastFraction = -1.0
    }

    /// A console on standard output and standard error.
    public convenience init(style: Style = .text) {
        let failure = WriteFailure()
        self.init(style: style, isTerminal: isatty(2) == 1, failure: failure) { stream, text in
            if let code = WholeFile.put(Data(text.utf8), to: stream == .output ? 1 : 2), stream == .output { failure.note(code) }
        }
    }

    /// A console that prints nothing at all, as on all ranks but the first.
    public static let silent = Console(style: .quiet, isTerminal: false) { _, _ in }

    /// A console whose text goes to `emit`.
    public convenience init(style: Style, isTerminal: Bool, emit: @escaping @Sendable (Stream, String) -> Void) {
        self.init(style: style, isTerminal: isTerminal, failure: WriteFailure(), emit: emit)
    }

    /// A run goes on when its output cannot be written, since its results lie in files; afterwards this says so.
    ///
    /// - Throws: `LoamError` of category `inputOutput`. A reader that has gone away is no error.
    public func checkOutput() throws {
        if let code = failure.code { throw WholeFile.failure("cannot write", URL(filePath: "/dev/stdout"), code: code) }
    }

    /// The first error of standard output.
    private final class WriteFailure: Sendable {
        private let first = Mutex<Int32?>(nil)

        var code: Int32? { first.withLock { $0 } }

        func note(_ code: Int32) {
            if code != EPIPE { first.withLock { $0 = $0 ?? code } }
        }
    }

    private init(style: Style, isTerminal: Bool, failure: WriteFailure, emit: @escaping @Sendable (Stream, String) -> Void) {
        self.failure = failure
        self.style = style
        self.isTerminal = isTerminal
        self.emit = emit
        state = Mutex(State())
    }

    /// Whether it prints warnings only.
    public var isQuiet: Bool { style == .quiet }

    /// Lines for people; nothing in the other styles.
    public func text(_ text: String) {
        if style == .text { line(text, to: .output) }
    }

    /// A line of results; an event `note` in JSON.
    public func note(_ text: String) {
        switch style {
        case .quiet: return
        case .json: event("note", ["message": .text(text)])
        case .text: line(text, to: .output)
        }
    }

    /// A warning, on standard error; an event in JSON.
    public func warn(_ text: String) {
        switch style {
        case .quiet: line("warning: \(text)", to: .error)
        case .json: event("warning", ["message": .text(text)])
        case .text: line("warning: \(text)", to: .error)
        }
    }

    /// A machine-readable event; nothing in the other styles.
    public func event(_ name: String, _ values: [String: ConfigurationValue]) {
        guard style == .json else { return }
        var values = values
        values["event"] = .text(name)
        if let data = try? JSON.encode(ConfigurationValue.mapping(values)) { emit(.output, String(decoding: data, as: UTF8.self) + "\n") }
    }

    func progress(completed: Double, total: Double, unit: String?, message: String) {
        guard total > 0, completed.isFinite else { return }
        let now = ProgressEstimate.now
        let isLast = completed >= total
        let text: (Stream, String)? = state.withLock { state in
            state.estimate.update(completed: completed, total: total, at: now)
            guard style != .quiet else { return nil }
            let fraction = state.estimate.fraction
            let interval = isTerminal && style == .text ? 0.1 : 2
            let isDue = now - state.lastDrawn >= interval || fraction - state.lastFraction >= 0.25 || (isLast && state.lastFraction < 1)
            guard isDue else { return nil }
            state.lastDrawn = now
            state.lastFraction = fraction
            if style == .text, isTerminal {
                state.isBarVisible = true
                return (.error, "\r\u{1B}[K" + state.estimate.bar(message: message, width: Console.terminalWidth))
            }
            return style == .text ? (.error, state.estimate.line(message: message) + "\n") : nil
        }
        if let text { emit(text.0, text.1) }
        if style == .json {
            event("progress", ["completed": .number(completed), "total": .number(total), "message": .text(message)])
        }
    }

    /// Seconds left by the progress so far; nil before there is any.
    var secondsLeft: Double? { state.withLock { $0.estimate.secondsLeft } }

    /// Removes the bar.
    public func finishProgress() {
        let wasVisible = state.withLock { state in
            defer { state.isBarVisible = false }
            return state.isBarVisible
        }
        if wasVisible { emit(.error, "\r\u{1B}[K") }
    }

    private func line(_ text: String, to stream: Stream) {
        finishProgress()
        emit(stream, text + "\n")
    }

    private static var terminalWidth: Int {
        var size = winsize()
        return ioctl(2, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20 ? Int(size.ws_col) : 80
    }
}
