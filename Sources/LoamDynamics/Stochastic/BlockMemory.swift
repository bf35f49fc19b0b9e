/// Memory of a block of trajectories, freed with its last holder.
@usableFromInline
final class BlockMemory<Lanes: LaneVector> {
    @usableFromInline let base: UnsafeMutablePointer<Lanes>

    @inlinable
    init(_ count: Int) {
        base = .allocate(capacity: max(count, 1))
        base.initialize(repeating: Lanes(0), count: max(count, 1))
    }

    deinit { base.deallocate() }
}

/// The columns of a matrix [rows, trajectories] that one block of lanes works on. Lanes beyond the last column repeat it and are not
/// stored.
@usableFromInline
struct BlockColumns: Sendable {
    @usableFromInline let first: Int
    @usableFromInline let count: Int
    @usableFromInline let width: Int

    @inlinable
    init(first: Int, count: Int, width: Int) {
        self.first = first
        self.count = count
        self.width = width
    }

    @inlinable
    func load<Lanes: LaneVector>(_ matrix: UnsafePointer<Lanes.Scalar>, rows: Int, into block: UnsafeMutablePointer<Lanes>) {
        if first + width <= count {
            for row in 0..<rows { block[row] = Lanes(load: matrix + row * count + first) }
        } else {
            for row in 0..<rows {
                for lane in 0..<width { block[row][lane] = matrix[row * count + min(first + lane, count - 1)] }
            }
        }
    }

    @inlinable
    func store<Lanes: LaneVector>(_ block: UnsafePointer<Lanes>, rows: Int, into matrix: UnsafeMutablePointer<Lanes.Scalar>) {
        if first + width <= count {
            for row in 0..<rows { block[row].store(to: matrix + row * count + first) }
        } else {
            for row in 0..<rows { for lane in 0..<count - first { matrix[row * count + first + lane] = block[row][lane] } }
        }
    }
}
