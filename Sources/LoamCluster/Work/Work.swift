import Foundation

/// Independent pieces of work for the processes of a cluster, and what becomes of their results.
///
/// Results are bytes. Everything but `compute` is called in rank 0 only, one call at a time.
public struct Work: Sendable {
    /// Computes one piece, in whichever process and thread; may tell rank 0 how far it is.
    public var compute: @Sendable (_ index: Int, _ report: @escaping @Sendable (Data) -> Void) -> Data
    /// Asked before each piece is handed out; false hands out no more, pieces in progress are finished.
    public var mayStart: @Sendable () -> Bool
    /// Told of each result as soon as it is there.
    public var receive: @Sendable (_ index: Int, _ result: Data) -> Void
    /// Told of reports.
    public var progress: @Sendable (_ index: Int, _ report: Data) -> Void
    /// When nothing is in progress any more: what all processes shall know.
    public var conclude: @Sendable () -> Data

    /// All members; by default work starts always and reports go nowhere.
    public init(
        compute: @escaping @Sendable (_ index: Int, _ report: @escaping @Sendable (Data) -> Void) -> Data,
        mayStart: @escaping @Sendable () -> Bool = { true }, receive: @escaping @Sendable (_ index: Int, _ result: Data) -> Void,
        progress: @escaping @Sendable (_ index: Int, _ report: Data) -> Void = { _, _ in }, conclude: @escaping @Sendable () -> Data
    ) {
        self.compute = compute
        self.mayStart = mayStart
        self.receive = receive
        self.progress = progress
        self.conclude = conclude
    }
}
