import Foundation
import LoamCluster

extension Coordination {
    /// How long a process that failed waits for the others, which may be failing alike, before it ends them all.
    private static var grace: Duration { .seconds(30) }

    /// Ends a run in all processes.
    ///
    /// - Parameter failure: what this process failed with.
    /// - Returns: what the run failed with: rank 0's failure or else, in rank 0, that of another process.
    func close(after failure: LoamError?) -> LoamError? {
        let farewell = SharedResult.encode(failure.map { .failure($0) } ?? .success(Data()))
        guard let farewells = close(farewell, atMost: failure == nil ? nil : Self.grace) else {
            let error = failure!
            // Not everybody has failed: the others are waiting for this process, or computing what it will not use.
            let text = "loam: rank \(cluster.rank) of \(cluster.count) on \(ProcessInfo.processInfo.hostName): \(error)\n"
            _ = WholeFile.put(Data(text.utf8), to: 2)
            cluster.abort(status: error.exitStatus)
        }
        func said(by rank: Int) -> LoamError? {
            guard let bytes = farewells[rank], case .failure(let error) = SharedResult.decode(bytes) else { return nil }
            return error
        }
        if let error = said(by: 0) { return error }
        for rank in farewells.keys.sorted() {
            guard var error = said(by: rank) else { continue }
            if cluster.isFirst { error.what = "rank \(rank): \(error.what)" }
            return error
        }
        return nil
    }
}
