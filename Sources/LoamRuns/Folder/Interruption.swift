import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

private let requests = Atomic<Int>(0)

/// The user's wish to stop. The first SIGINT (or SIGTERM) asks a run to finish its unit and save; the second ends the process at once.
public enum Interruption {
    /// Starts listening for SIGINT and SIGTERM.
    public static func install() {
        requests.store(0, ordering: .relaxed)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in
            if requests.wrappingAdd(1, ordering: .relaxed).newValue > 1 { _exit(130) }
            let message: StaticString = "\nStopping after the current unit; press Ctrl-C again to stop at once.\n"
            _ = write(2, message.utf8Start, message.utf8CodeUnitCount)
        }
        sigemptyset(&action.sa_mask)
        action.sa_flags = Int32(SA_RESTART)
        sigaction(SIGINT, &action, nil)
        sigaction(SIGTERM, &action, nil)
        // A program that starts this one may have left them blocked.
        var mask = sigset_t()
        sigemptyset(&mask)
        sigaddset(&mask, SIGINT)
        sigaddset(&mask, SIGTERM)
        pthread_sigmask(SIG_UNBLOCK, &mask, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    /// Asks to stop, as the first signal does.
    public static func request() { _ = requests.wrappingAdd(1, ordering: .relaxed) }

    /// Forgets earlier requests.
    public static func reset() { requests.store(0, ordering: .relaxed) }

    /// Whether a stop was asked for.
    public static var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }

    /// Throws an error of category `interrupted` when a stop was asked for.
    public static func check() throws {
        if isRequested { throw LoamError(.interrupted, "interrupted", advice: "Continue with --resume.") }
    }
}
