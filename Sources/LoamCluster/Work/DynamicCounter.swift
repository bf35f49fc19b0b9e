import Synchronization

/// Hands out numbers, each once, to whoever asks next; the fast ask more often.
///
/// It lives in one process. Rank 0 keeps the counter of a round of work and answers the other ranks from it.
public final class DynamicCounter: Sendable {
    private struct State {
        var remaining: ArraySlice<Int>
        var inProgress: Set<Int> = []
    }

    private let state: Mutex<State>

    /// A counter over indices, in their order.
    public init(_ indices: some Sequence<Int>) { state = Mutex(State(remaining: ArraySlice(indices))) }

    /// The next index, or nil when all have been handed out.
    public func next() -> Int? {
        state.withLock { state in
            guard let index = state.remaining.popFirst() else { return nil }
            state.inProgress.insert(index)
            return index
        }
    }

    /// Notes that an index is done.
    public func finish(_ index: Int) {
        let wasInProgress = state.withLock { $0.inProgress.remove(index) != nil }
        precondition(wasInProgress, "DynamicCounter.finish: \(index) was not handed out, or is finished already")
    }

    /// Hands out no more.
    public func stop() { state.withLock { $0.remaining = [] } }

    /// Whether nothing is left to hand out and everything that was is done.
    public var isDone: Bool { state.withLock { $0.remaining.isEmpty && $0.inProgress.isEmpty } }
}
