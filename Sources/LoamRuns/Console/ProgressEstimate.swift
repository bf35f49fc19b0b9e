import Foundation

/// How far a run is, how fast it goes and how long it will take.
struct ProgressEstimate {
    private(set) var completed = 0.0
    private(set) var total = 1.0
    private var start: (time: Double, completed: Double)?
    private var now = 0.0

    /// Seconds of a clock that never runs backwards.
    static var now: Double { Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 }

    mutating func update(completed: Double, total: Double, at now: Double) {
        self.completed = completed
        self.total = total
        self.now = now
        if start == nil || completed < start!.completed { start = (now, completed) }
    }

    var fraction: Double { min(max(completed / total, 0), 1) }

    /// Units per second since the first report; `nil` before there is anything to divide.
    var rate: Double? {
        guard let start, now > start.time, completed > start.completed else { return nil }
        return (completed - start.completed) / (now - start.time)
    }

    /// Seconds left at the mean rate so far.
    var secondsLeft: Double? { rate.map { max(0, total - completed) / $0 } }

    func bar(message: String, width: Int) -> String {
        let cells = 24
        let full = Int((fraction * Double(cells)).rounded(.down))
        let bar = String(repeating: "█", count: full) + String(repeating: "░", count: cells - full)
        return String("\(bar) \(percentage)\(details) \(message)".prefix(max(1, width - 1)))
    }

    func line(message: String) -> String { "\(percentage)\(details)" + (message.isEmpty ? "" : "  \(message)") }

    private var percentage: String {
        let text = "\(Int((fraction * 100).rounded(.down))) %"
        return String(repeating: " ", count: max(0, 5 - text.count)) + text
    }

    private var details: String {
        var text = ""
        if total > 1 {
            text += "  \(compact(completed))/\(compact(total))"
            if let rate { text += rate >= 1 ? String(format: "  %.1f/s", rate) : String(format: "  %.1f s each", 1 / rate) }
        }
        if let secondsLeft, fraction < 1 { text += "  \(duration(secondsLeft)) left" }
        return text
    }
}

/// A time span in words: "0.4 s", "12 s", "3 min 20 s", "2 h 5 min".
public func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "unknown" }
    if seconds < 9.95 { return String(format: "%.1f s", seconds) }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole >= 3 * 86_400 { return "\(Int((seconds / 86_400).rounded())) days" }
    if whole < 3600 { return whole % 60 == 0 ? "\(whole / 60) min" : "\(whole / 60) min \(whole % 60) s" }
    return (whole / 60) % 60 == 0 ? "\(whole / 3600) h" : "\(whole / 3600) h \((whole / 60) % 60) min"
}
