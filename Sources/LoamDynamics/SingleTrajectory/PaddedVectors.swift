/// Eight numbers: what the loops over the components of one state work on at a time.
typealias Octet = SIMD8<Double>

/// Vectors of one length in one piece of memory, each padded to whole octets, so that loops over components need no remainder.
/// The padding of a vector keeps the value that it is given at the start as long as the loops are fed with paddings of zero increments.
final class PaddedVectors {
    let octets: Int
    private let base: UnsafeMutablePointer<Octet>
    private let total: Int

    init(count: Int, dimension: Int) {
        octets = (dimension + 7) / 8
        total = count * octets
        base = .allocate(capacity: max(total, 1))
        base.initialize(repeating: Octet(repeating: 0), count: max(total, 1))
    }

    deinit { base.deallocate() }

    /// Vector `index`, by octets.
    func vector(_ index: Int) -> UnsafeMutablePointer<Octet> { base + index * octets }

    /// Vector `index`, by numbers.
    func scalars(_ index: Int) -> UnsafeMutablePointer<Double> {
        UnsafeMutableRawPointer(vector(index)).assumingMemoryBound(to: Double.self)
    }

    /// Sets the padding of vector `index`, whose first `dimension` numbers are in use.
    func setPadding(of index: Int, from dimension: Int, to value: Double) {
        for position in dimension..<(8 * octets) { scalars(index)[position] = value }
    }
}
