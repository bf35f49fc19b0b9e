import Foundation

/// How this process was started, read from its environment: nothing is initialised.
///
/// `mpirun` and `srun` describe the process to itself in environment variables. A batch script has Slurm's variables as well, but is no
/// rank; hence only those of PMI and PMIx count, which a launcher sets for each process.
public struct Launch: Sendable, Hashable {
    /// Whether a launcher of parallel programs started this process.
    public let isParallel: Bool
    /// The number of this process among all, from 0; 0 where it was started alone.
    public let rank: Int
    /// The number of processes, where the launcher says it.
    public let count: Int?

    /// What an environment says.
    public init(environment: [String: String]) {
        func number(_ names: String...) -> Int? { names.lazy.compactMap { environment[$0].flatMap(Int.init) }.first }
        let rank = number("OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK")
        isParallel = rank != nil
        self.rank = rank ?? 0
        count = rank == nil ? nil : number("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS")
    }

    /// How this process was started.
    public static let current = Launch(environment: ProcessInfo.processInfo.environment)
}
