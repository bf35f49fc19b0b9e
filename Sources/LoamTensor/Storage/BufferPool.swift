import Glibc
import Synchronization

/// Recycles the memory of tensors. A training step asks for the same sizes again and again: handing a freed buffer back costs
/// tens of nanoseconds where a fresh large allocation costs a page fault for every 4 KiB.
///
/// Sizes are rounded up to one of four steps per power of two (at most 25 % is lost); free buffers wait in one list per size.
/// Buffers are aligned to 64 bytes, those of 4 MiB or more to 2 MiB, where the kernel is asked for huge pages.
public enum BufferPool {
    private struct State: ~Copyable {
        var free: [[UnsafeMutableRawPointer]] = Array(repeating: [], count: 256)
        var cachedBytes = 0
        var liveBytes = 0
        var peakBytes = 0
    }

    // Raw pointers are not Sendable; the lock is what makes handing them over safe.
    private struct Guarded: @unchecked Sendable {
        let lock = SpinLock()
        let state: UnsafeMutablePointer<State>
        init() {
            state = .allocate(capacity: 1)
            state.initialize(to: State())
        }
    }

    private static let shared = Guarded()

    /// Bytes that free buffers may hold before further ones go back to the system.
    private static let cacheLimit = 768 << 20

    /// Bytes in buffers that tensors hold now, the most they ever held, and bytes waiting for reuse.
    public static var usage: (live: Int, peak: Int, cached: Int) {
        shared.lock.withLock { (shared.state.pointee.liveBytes, shared.state.pointee.peakBytes, shared.state.pointee.cachedBytes) }
    }

    /// Gives every waiting buffer back to the system.
    public static func trim() {
        shared.lock.withLock {
            for index in shared.state.pointee.free.indices {
                for buffer in shared.state.pointee.free[index] { Glibc.free(buffer) }
                shared.state.pointee.free[index].removeAll()
            }
            shared.state.pointee.cachedBytes = 0
        }
    }

    /// The size list that `bytes` falls in and the bytes that its buffers have.
    @inline(__always)
    private static func sizeClass(_ bytes: Int) -> (index: Int, bytes: Int) {
        if bytes <= 256 { return (0, 256) }
        let exponent = Int.bitWidth &- 1 &- (bytes &- 1).leadingZeroBitCount  // 2^exponent <= bytes-1
        let step = 1 << (exponent &- 2)
        let quarter = ((bytes &- 1) &- (1 << exponent)) / step  // 0...3
        return ((exponent &- 8) &* 4 &+ quarter &+ 1, (1 << exponent) &+ (quarter &+ 1) &* step)
    }

    static func allocate(bytes requested: Int) -> UnsafeMutableRawPointer {
        let (index, bytes) = sizeClass(requested)
        let recycled: UnsafeMutableRawPointer? = shared.lock.withLock {
            let state = shared.state
            state.pointee.liveBytes &+= bytes
            if state.pointee.liveBytes > state.pointee.peakBytes { state.pointee.peakBytes = state.pointee.liveBytes }
            guard let buffer = state.pointee.free[index].popLast() else { return nil }
            state.pointee.cachedBytes &-= bytes
            return buffer
        }
        if let recycled { return recycled }
        let isLarge = bytes >= 4 << 20
        var buffer: UnsafeMutableRawPointer?
        var status = posix_memalign(&buffer, isLarge ? 2 << 20 : 64, bytes)
        if status != 0 {
            trim()
            status = posix_memalign(&buffer, isLarge ? 2 << 20 : 64, bytes)
        }
        guard status == 0, let buffer else { fatalError("out of memory: a tensor buffer of \(bytes) bytes could not be had") }
        if isLarge { madvise(buffer, bytes, 14) }  // MADV_HUGEPAGE
        return buffer
    }

    static func release(_ buffer: UnsafeMutableRawPointer, bytes requested: Int) {
        let (index, bytes) = sizeClass(requested)
        let isKept: Bool = shared.lock.withLock {
            let state = shared.state
            state.pointee.liveBytes &-= bytes
            guard state.pointee.cachedBytes &+ bytes <= cacheLimit else { return false }
            state.pointee.cachedBytes &+= bytes
            state.pointee.free[index].append(buffer)
            return true
        }
        if !isKept { free(buffer) }
    }
}

/// A lock for critical sections of a few instructions.
final class SpinLock: Sendable {
    private let isHeld = Atomic<Bool>(false)

    @inline(__always)
    func withLock<Result>(_ body: () -> Result) -> Result {
        while isHeld.exchange(true, ordering: .acquiring) {
            var spins = 0
            while isHeld.load(ordering: .relaxed) {
                spins &+= 1
                if spins > 1000 {
                    sched_yield()
                    spins = 0
                }
            }
        }
        defer { isHeld.store(false, ordering: .releasing) }
        return body()
    }
}
