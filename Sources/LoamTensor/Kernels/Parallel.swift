import COpenBLAS
import CGomp
import Synchronization

/// Loam's loops on libgomp's thread pool, the one that OpenBLAS and oneDNN use too.
///
/// A loop inside a parallel loop runs on its own thread. Work is always split at the same places for the same thread count, and
/// reductions never depend on the split, so the same seed and thread count give the same bits.
public enum Parallel {
    /// What `threads` was set to; 0 until then.
    private static let requested = Atomic<Int>(0)

    /// The number of threads that loops and libraries use, from whichever thread they are called.
    public static var threads: Int {
        get {
            let number = requested.load(ordering: .relaxed)
            return number > 0 ? number : Int(omp_get_max_threads())
        }
        set {
            precondition(newValue >= 1, "Parallel.threads must be at least 1, not \(newValue)")
            requested.store(newValue, ordering: .relaxed)
            omp_set_num_threads(Int32(newValue))
            openblas_set_num_threads(Int32(newValue))
        }
    }

    /// Brings the calling thread in line with `threads`: OpenMP keeps the number per thread, and a task may run on any.
    @inline(__always)
    static func adoptThreads() {
        let number = requested.load(ordering: .relaxed)
        if number > 0 && omp_in_parallel() == 0 && Int(omp_get_max_threads()) != number { omp_set_num_threads(Int32(number)) }
    }

    /// Whether the caller runs inside a parallel loop: loops and library calls there have one thread, and others run beside it.
    public static var isInsideLoop: Bool { omp_in_parallel() != 0 }

    /// Elements below which a second thread costs more than it saves, for a kernel of about a nanosecond an element.
    static let elementGrain = 16_384

    private struct Work {
        let body: (Range<Int>) -> Void
        let count: Int
        let grain: Int
    }

    /// Splits 0..<count into one contiguous range a thread, none shorter than `grain` (ranges start at multiples of it), and calls
    /// `body` on each, at the same time.
    public static func chunks(_ count: Int, grain: Int = 1, _ body: (Range<Int>) -> Void) {
        if count <= 0 { return }
        let pieces = (count + grain - 1) / grain
        let threads = pieces > 1 ? Swift.min(pieces, Parallel.threads) : 1
        if threads <= 1 || omp_in_parallel() != 0 {
            body(0..<count)
            return
        }
        withoutActuallyEscaping(body) { escapable in
            var work = Work(body: escapable, count: count, grain: grain)
            Swift.withUnsafeMutablePointer(to: &work) { context in
                GOMP_parallel(
                    { raw in
                        let work = raw!.assumingMemoryBound(to: Work.self)
                        let thread = Int(omp_get_thread_num())
                        let threads = Int(omp_get_num_threads())
                        let pieces = (work.pointee.count + work.pointee.grain - 1) / work.pointee.grain
                        let first = pieces * thread / threads * work.pointee.grain
                        let end = Swift.min(work.pointee.count, pieces * (thread + 1) / threads * work.pointee.grain)
                        if first < end { work.pointee.body(first..<end) }
                    }, context, UInt32(threads), 0)
            }
        }
    }

    /// The result of `body`, every loop and library call inside it on one thread.
    ///
    /// Leaves ``threads`` alone, which is everyone's: OpenBLAS must not be told of a new number while it computes elsewhere.
    public static func onOneThread<Result>(_ body: () -> Result) -> Result {
        var result: Result?
        // Inside a parallel loop nothing uses further threads.
        forEach(2) { if $0 == 0 { result = body() } }
        return result!
    }

    /// Calls `body` for every index, the indices shared out among the threads in contiguous ranges.
    public static func forEach(_ count: Int, _ body: (Int) -> Void) {
        chunks(count) { range in for index in range { body(index) } }
    }
}
