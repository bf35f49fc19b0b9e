import Foundation

/// What carries bytes between processes. All operations return when their part is done; waiting ones sleep between looks.
protocol Transport: Sendable {
    var rank: Int { get }
    var count: Int { get }

    /// Sends a message. Messages of one sender with one tag arrive in order, from whichever threads they are sent.
    func send(_ bytes: Data, to target: Int, tag: Int)
    /// The next message with a tag from a process (from any, for nil), if one has arrived.
    func poll(from source: Int?, tag: Int) -> (source: Int, bytes: Data)?

    func barrier()
    func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int)
    /// The bytes of all processes by rank.
    func allGather(_ bytes: Data) -> [Data]
    /// Sends `parts[r]` to each process r and puts what r has sent here into `targets[r]`. Empty ones are not sent.
    func exchange(_ parts: [UnsafeRawBufferPointer], into targets: [UnsafeMutableRawBufferPointer])

    /// Leaves the others when all have called it; after a failure, ends them if they do not come.
    func finish(status: Int32)
    func abort(status: Int32) -> Never
}

/// Waiting that costs little: looks again and again at first, for messages of microseconds, then sleeps longer and longer.
struct Patience {
    private var looks = 0
    private let deadline: ContinuousClock.Instant?

    init(atMost duration: Duration? = nil) { deadline = duration.map { ContinuousClock.now + $0 } }

    /// Waits a little. False when the time is over.
    mutating func wait() -> Bool {
        looks += 1
        if looks < 400 {
            if looks > 100 { sched_yield() }
            return true
        }
        usleep(UInt32(min(50 + 10 * (looks - 400), 2000)))
        return deadline.map { ContinuousClock.now < $0 } ?? true
    }
}

extension Transport {
    /// The next message with a tag; nil when none has come in time.
    func receive(from source: Int?, tag: Int, atMost duration: Duration? = nil) -> (source: Int, bytes: Data)? {
        var patience = Patience(atMost: duration)
        while true {
            if let message = poll(from: source, tag: tag) { return message }
            if !patience.wait() { return nil }
        }
    }
}
