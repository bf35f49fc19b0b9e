#if MPI
    import CMPI
    import Foundation
    import Synchronization

    /// Messages through MPI.
    ///
    /// Threads call MPI one at a time, behind a lock (`MPI_THREAD_SERIALIZED`). Nothing blocks inside MPI: operations are started, and looked
    /// at between sleeps, so the lock is held for microseconds and an idle process does not spin. An error inside MPI ends all processes with
    /// MPI's own message, its default.
    final class MessagePassing: Transport {
        let rank: Int
        let count: Int
        private let lock = Mutex(())
        /// One space of messages each, so that they cannot be taken for one another.
        private let messages, collectives, ending: Communicator

        private struct Communicator: @unchecked Sendable { var handle: MPI_Comm? }

        static var library: String {
            var text = [CChar](repeating: 0, count: Int(MPI_MAX_LIBRARY_VERSION_STRING))
            var length: Int32 = 0
            MPI_Get_library_version(&text, &length)
            let words = String(decoding: text.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
            return String(words.prefix { $0 != "," })
        }

        static func start() -> MessagePassing {
            var provided: Int32 = 0
            MPI_Init_thread(nil, nil, Int32(MPI_THREAD_SERIALIZED), &provided)
            guard provided >= MPI_THREAD_SERIALIZED else {
                try? FileHandle.standardError.write(contentsOf: Data("loam: this MPI library cannot be called from several threads\n".utf8))
                MPI_Abort(loam_mpi_world(), 69)
                exit(69)
            }
            return MessagePassing()
        }

        private init() {
            let world = loam_mpi_world()
            var number: Int32 = 0
            MPI_Comm_rank(world, &number)
            rank = Int(number)
            MPI_Comm_size(world, &number)
            count = Int(number)
            func duplicate() -> Communicator {
                var copy: MPI_Comm?
                MPI_Comm_dup(world, &copy)
                return Communicator(handle: copy)
            }
            messages = duplicate()
            collectives = duplicate()
            ending = duplicate()
        }

        /// Starts operations together and waits until they are done.
        private func perform(atMost duration: Duration? = nil, _ begin: (inout [MPI_Request?]) -> Void) -> Bool {
            var requests: [MPI_Request?] = []
            lock.withLock { _ in begin(&requests) }
            var patience = Patience(atMost: duration)
            while true {
                var isDone: Int32 = 0
                lock.withLock { _ in
                    _ = MPI_Testall(Int32(requests.count), &requests, &isDone, nil)
                }
                if isDone != 0 { return true }
                if !patience.wait() { return false }
            }
        }

        // MARK: Messages

        /// Bytes of one MPI call at most; its counts have 32 bits.
        private static let piece = 1 << 30

        private static func pieces(_ count: Int) -> [Range<Int>] {
            stride(from: 0, to: count, by: piece).map { $0..<min($0 + piece, count) }
        }

        /// A length, then pieces.
        func send(_ bytes: Data, to target: Int, tag: Int) {
            let length = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
            length.initialize(to: UInt64(bytes.count))
            defer { length.deallocate() }
            bytes.withUnsafeBytes { bytes in
                _ = perform { requests in
                    func start(_ pointer: UnsafeRawPointer, _ count: Int) {
                        var request: MPI_Request?
                        MPI_Isend(pointer, Int32(count), loam_mpi_byte(), Int32(target), Int32(tag), messages.handle, &request)
                        requests.append(request)
                    }
                    start(length, 8)
                    for range in Self.pieces(bytes.count) { start(bytes.baseAddress! + range.lowerBound, range.count) }
                }
            }
        }

        func poll(from source: Int?, tag: Int) -> (source: Int, bytes: Data)? {
            let found: (source: Int, length: UInt64)? = lock.withLock { _ in
                var hasArrived: Int32 = 0
                var status = MPI_Status()
                MPI_Iprobe(source.map(Int32.init) ?? Int32(MPI_ANY_SOURCE), Int32(tag), messages.handle, &hasArrived, &status)
                guard hasArrived != 0 else { return nil }
                var length: UInt64 = 0
                MPI_Recv(&length, 8, loam_mpi_byte(), status.MPI_SOURCE, Int32(tag), messages.handle, loam_mpi_ignore_status())
                return (Int(status.MPI_SOURCE), length)
            }
            guard let found else { return nil }
            var bytes = Data(count: Int(found.length))
            bytes.withUnsafeMutableBytes { bytes in
                _ = perform { requests in
                    for range in Self.pieces(bytes.count) {
                        var request: MPI_Request?
                        MPI_Irecv(
                            bytes.baseAddress! + range.lowerBound, Int32(range.count), loam_mpi_byte(), Int32(found.source), Int32(tag),
                            messages.handle, &request)
                        requests.append(request)
                    }
                }
            }
            return (found.source, bytes)
        }

        // MARK: Collective operations

        func barrier() { _ = synchronise(collectives) }

        private func synchronise(_ communicator: Communicator, atMost duration: Duration? = nil) -> Bool {
            perform(atMost: duration) { requests in
                var request: MPI_Request?
                MPI_Ibarrier(communicator.handle, &request)
                requests.append(request)
            }
        }

        func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) {
            for range in Self.pieces(bytes.count) {
                _ = perform { requests in
                    var request: MPI_Request?
                    MPI_Ibcast(
                        bytes.baseAddress! + range.lowerBound, Int32(range.count), loam_mpi_byte(), Int32(root), collectives.handle,
                        &request)
                    requests.append(request)
                }
            }
        }

        func allGather(_ bytes: Data) -> [Data] {
            var lengths = [UInt64](repeating: 0, count: count)
            lengths[rank] = UInt64(bytes.count)
            lengths.withUnsafeMutableBytes { lengths in
                let own = UnsafeRawBufferPointer(rebasing: lengths[rank * 8..<rank * 8 + 8])
                exchange(
                    (0..<count).map { $0 == rank ? UnsafeRawBufferPointer(start: nil, count: 0) : own },
                    into: (0..<count).map {
                        $0 == rank
                            ? UnsafeMutableRawBufferPointer(start: nil, count: 0)
                            : UnsafeMutableRawBufferPointer(rebasing: lengths[$0 * 8..<$0 * 8 + 8])
                    })
            }
            let buffers = lengths.map { UnsafeMutableRawBufferPointer.allocate(byteCount: Int($0), alignment: 16) }
            defer { buffers.forEach { $0.deallocate() } }
            bytes.withUnsafeBytes { bytes in
                exchange(
                    (0..<count).map { $0 == rank ? UnsafeRawBufferPointer(start: nil, count: 0) : bytes },
                    into: buffers.enumerated().map { $0 == rank ? UnsafeMutableRawBufferPointer(start: nil, count: 0) : $1 })
            }
            return buffers.enumerated().map { $0 == rank ? bytes : Data($1) }
        }

        func exchange(_ parts: [UnsafeRawBufferPointer], into targets: [UnsafeMutableRawBufferPointer]) {
            _ = perform { requests in
                for (source, target) in targets.enumerated() {
                    for range in Self.pieces(target.count) {
                        var request: MPI_Request?
                        MPI_Irecv(
                            target.baseAddress! + range.lowerBound, Int32(range.count), loam_mpi_byte(), Int32(source), 0,
                            collectives.handle,
                            &request)
                        requests.append(request)
                    }
                }
                for (target, part) in parts.enumerated() {
                    for range in Self.pieces(part.count) {
                        var request: MPI_Request?
                        MPI_Isend(
                            part.baseAddress! + range.lowerBound, Int32(range.count), loam_mpi_byte(), Int32(target), 0, collectives.handle,
                            &request)
                        requests.append(request)
                    }
                }
            }
        }

        // MARK: The end

        /// How long a failed process waits for the others, which may be failing alike.
        private static let grace = Duration.seconds(30)

        func finish(status: Int32) {
            guard synchronise(ending, atMost: status == 0 ? nil : Self.grace) else { abort(status: status) }
            lock.withLock { _ in _ = MPI_Finalize() }
        }

        func abort(status: Int32) -> Never {
            lock.withLock { _ in _ = MPI_Abort(loam_mpi_world(), status) }
            exit(status)
        }
    }
#endif
