import Foundation
import LoamTensor

/// Batches of a ``Loader``, one after another; each iteration begins anew at the same position.
public struct BatchSequence<Target: TensorElement>: Sequence, Sendable {
    let loader: Loader<Target>
    let start: LoaderPosition
    let endEpoch: Int?

    /// Begins to go through the batches, on a background thread where the options ask for it.
    public func makeIterator() -> Iterator {
        Iterator(self)
    }

    /// Gives out batches. With prefetching, a background thread makes them and ends when the iterator is let go.
    public struct Iterator: IteratorProtocol {
        private var direct: BatchMaker<Target>?
        private let queue: BatchQueue<Target>?

        fileprivate init(_ sequence: BatchSequence) {
            let maker = BatchMaker(loader: sequence.loader, position: sequence.start, endEpoch: sequence.endEpoch)
            if sequence.loader.options.prefetch == 0 {
                direct = maker
                queue = nil
            } else {
                queue = BatchQueue(maker, capacity: sequence.loader.options.prefetch)
            }
        }

        /// The next batch, or nil at the end.
        public mutating func next() -> Batch<Target>? {
            if let queue { return queue.next() }
            return direct?.next()
        }
    }
}

/// Makes batches in order, keeping the current epoch's order.
struct BatchMaker<Target: TensorElement>: Sendable {
    let loader: Loader<Target>
    var position: LoaderPosition
    let endEpoch: Int?
    private var order: (epoch: Int, indices: [Int])?

    init(loader: Loader<Target>, position: LoaderPosition, endEpoch: Int?) {
        self.loader = loader
        self.endEpoch = endEpoch
        let left = loader.count - position.index
        let isOver = left == 0 || (loader.options.dropsLast && left < loader.options.batchSize)
        self.position = isOver ? LoaderPosition(epoch: position.epoch + 1) : position
    }

    mutating func next() -> Batch<Target>? {
        if let endEpoch, position.epoch >= endEpoch { return nil }
        if order?.epoch != position.epoch { order = (position.epoch, loader.order(epoch: position.epoch)) }
        let batch = loader.batch(at: position, order: order!.indices)
        position = batch.next
        return batch
    }
}

/// A bounded queue that one background thread fills. Letting go of the queue ends the thread.
private final class BatchQueue<Target: TensorElement>: Sendable {
    /// What the two threads share.
    private final class Shared: @unchecked Sendable {
        let condition = NSCondition()
        var ready: [Batch<Target>] = []
        var isFinished = false
        var isCancelled = false
    }

    private let shared = Shared()

    init(_ maker: BatchMaker<Target>, capacity: Int) {
        let shared = shared
        let thread = Thread {
            var maker = maker
            while true {
                shared.condition.lock()
                while shared.ready.count >= capacity, !shared.isCancelled { shared.condition.wait() }
                let isCancelled = shared.isCancelled
                shared.condition.unlock()
                if isCancelled { return }
                let batch = maker.next()
                shared.condition.lock()
                if let batch { shared.ready.append(batch) } else { shared.isFinished = true }
                shared.condition.signal()
                shared.condition.unlock()
                if batch == nil { return }
            }
        }
        thread.name = "loam batches"
        thread.start()
    }

    func next() -> Batch<Target>? {
        shared.condition.lock()
        defer { shared.condition.unlock() }
        while shared.ready.isEmpty, !shared.isFinished { shared.condition.wait() }
        guard !shared.ready.isEmpty else { return nil }
        let batch = shared.ready.removeFirst()
        shared.condition.signal()
        return batch
    }

    deinit {
        shared.condition.lock()
        shared.isCancelled = true
        shared.condition.signal()
        shared.condition.unlock()
    }
}
