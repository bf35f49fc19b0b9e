import LoamCluster
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

private let requests = Atomic<Int>(0)
/// Among several processes, rank 0 speaks for all.
private let isSpeaking = Atomic<Bool>(true)

/// The user's wish to stop. The first SIGINT, SIGTERM or SIGUSR1 asks a run to finish the cells in progress and save; the second ends the
/// process at once.
///
/// `mpirun` passes SIGUSR1 on to its processes, and Slurm can send it some time before a job's time is up.
public enum Interruption {
    private static let signals = [SIGINT, SIGTERM, SIGUSR1]

    /// Starts listening for SIGINT, SIGTERM and SIGUSR1.
    public static func install() {
        requests.store(0, ordering: .relaxed)
        isSpeaking.store(Launch.current.rank == 0, ordering: .relaxed)
        Coordination.wantsStop = { Interruption.isRequested }
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in
            if requests.wrappingAdd(1, ordering: .relaxed).newValue > 1 { _exit(130) }
            let message: StaticString = "\nStopping when the cells in progress are finished; press Ctrl-C again to stop at once.\n"
            if isSpeaking.load(ordering: .relaxed) { _ = write(2, message.utf8Start, message.utf8CodeUnitCount) }
        }
        sigemptyset(&action.sa_mask)
        action.sa_flags = Int32(SA_RESTART)
        for signal in signals { sigaction(signal, &action, nil) }
        // A program that starts this one may have left them blocked.
        var mask = sigset_t()
        sigemptyset(&mask)
        for signal in signals { sigaddset(&mask, signal) }
        pthread_sigmask(SIG_UNBLOCK, &mask, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    /// Asks to stop, as the first signal does.
    public static func request() { _ = requests.wrappingAdd(1, ordering: .relaxed) }

    /// Forgets earlier requests.
    public static func reset() { requests.store(0, ordering: .relaxed) }

    /// Whether a stop was asked for.
    public static var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }

    static let error = LoamError(.interrupted, "interrupted", advice: "Continue with --resume.")

    /// Throws an error of category `interrupted` when a stop was asked for.
    public static func check() throws {
        if isRequested { throw error }
    }
}
