import Dispatch
import LoamTensor
import Synchronization
import Testing

/// The pool is one for the process and other tests use it meanwhile: amounts are compared with margins far below what a leak would give.
@Suite(.serialized) struct MemoryTests {
    private static let margin = 300 << 20

    @Test func repeatedWorkDoesNotGrow() {
        let before = BufferPool.usage
        var x = Tensor<Double>.ones([1 << 20])
        for _ in 0..<100 { x = (x + 1) * 0.5 }  // 1.6 GB in all
        let after = BufferPool.usage
        #expect(after.live - before.live < MemoryTests.margin && after.cached - before.cached < MemoryTests.margin)
        #expect(x[0] == 1)
    }

    @Test func trainingStepsDoNotGrow() {
        let before = BufferPool.usage.live
        var x = Tensor<Double>.ones([1 << 17])
        for _ in 0..<40 {  // 40 × 20 × 1 MB recorded
            let g = gradient(at: x) { x in
                var y = x
                for _ in 0..<20 { y = y.tanh() }
                return y.sum()
            }
            x = x - g * 0.1
        }
        #expect(BufferPool.usage.live - before < MemoryTests.margin)
    }

    @Test func trimGivesMemoryBack() {
        do {
            let block = Tensor<Double>.ones([25 << 20])
            #expect(block[7] == 1)
        }
        #expect(BufferPool.usage.cached >= 200 << 20)
        BufferPool.trim()
        #expect(BufferPool.usage.cached < 200 << 20)
    }

    @Test func usageCountsWhatIsHeld() {
        let block = Tensor<Double>.ones([25 << 20])
        let usage = BufferPool.usage
        #expect(usage.live >= 200 << 20 && usage.peak >= usage.live)
        #expect(block.count == 25 << 20)
    }

    @Test func graphsAreFreed() {
        final class Token {}
        weak var watched: Token?
        let g = gradient(at: Tensor<Double>(1)) { x in
            let token = Token()
            watched = token
            var y = Tensor.custom(inputs: [x], value: x.detached()) { g, _, _ in withExtendedLifetime(token) { [g] } }
            for _ in 0..<200_000 { y = y + 1 }
            return y
        }
        #expect(g.item == 1)
        #expect(watched == nil)
    }

    @Test func graphsOfNestedGradientsAreFreed() {
        final class Token {}
        weak var watched: Token?
        let h = gradient(at: Tensor<Double>(2)) { x in
            gradient(at: x) { x in
                let token = Token()
                watched = token
                return Tensor.custom(inputs: [x], value: (x * x * x).detached()) { g, x, _ in
                    withExtendedLifetime(token) { [g * x[0] * x[0] * 3] }
                }
            }
        }
        #expect(h.item == 12)
        #expect(watched == nil)
    }

    @Test func threadsAllocateSafely() {
        let failures = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: 8) { worker in
            var held: [(Tensor<Int>, Int)] = []
            var generator = PhiloxGenerator(seed: 1, stream: UInt64(worker))
            for round in 0..<2000 {
                let count = 1 + generator.integer(below: 5000)
                held.append((Tensor<Int>(repeating: worker * 10_000 + round, shape: [count]), worker * 10_000 + round))
                if held.count > 20 {
                    // A buffer handed out twice would show another worker's number.
                    let (tensor, value) = held.remove(at: generator.integer(below: held.count))
                    if !tensor.scalars.allSatisfy({ $0 == value }) { failures.wrappingAdd(1, ordering: .relaxed) }
                }
            }
        }
        #expect(failures.load(ordering: .relaxed) == 0)
    }

    @Test func threadsDifferentiateAtOnce() {
        // Scopes are numbered process-wide and nest only within a thread.
        let failures = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: 4) { worker in
            for round in 0..<300 {
                let a = Double(worker + 1) + Double(round) / 300
                let second = gradient(at: Tensor<Double>(a)) { x in gradient(at: x) { $0 * $0 * $0 } }
                if abs(second.item - 6 * a) > 1e-12 { failures.wrappingAdd(1, ordering: .relaxed) }
            }
        }
        #expect(failures.load(ordering: .relaxed) == 0)
    }

    @Test func tasksDifferentiateAtOnce() async {
        let x = gaussian([50, 20], seed: 9)
        let w = gaussian([20, 30], seed: 10)
        let expected = gradient(at: w) { x.matmul($0).tanh().sum() }
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<20).allSatisfy { _ in largestDifference(gradient(at: w) { x.matmul($0).tanh().sum() }, expected) < 1e-13 }
                }
            }
            for await agrees in group { #expect(agrees) }
        }
    }

    @Test func sharedTensorsAreCopiedByTheirWriters() {
        let shared = Tensor<Double>.zeros([1000])
        let failures = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: 6) { worker in
            for _ in 0..<200 {
                var mine = shared
                mine.withUnsafeMutablePointer { values in for i in 0..<1000 { values[i] = Double(worker) } }
                if mine.sum().item != Double(1000 * worker) { failures.wrappingAdd(1, ordering: .relaxed) }
            }
        }
        #expect(failures.load(ordering: .relaxed) == 0 && shared.sum().item == 0)
    }
}
