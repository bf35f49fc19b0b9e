/// Moves labels or marks on a line apart that would cover one another.
public enum Spreading {
    /// The positions nearest to `values` (least squares) that keep their order and are at least `gap` apart, inside `bounds`.
    ///
    /// With u_i = position_i − i·gap this is isotonic regression, solved by pooling neighbours that violate the order; bounds clip u.
    /// - Precondition: the positions fit into the bounds.
    public static func apart(_ values: [Double], gap: Double, within bounds: ClosedRange<Double>) -> [Double] {
        let room = bounds.upperBound - bounds.lowerBound - gap * Double(max(0, values.count - 1))
        precondition(room >= 0, "Spreading: \(values.count) positions \(gap) apart do not fit into \(bounds)")
        let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
        var blocks: [(sum: Double, count: Int)] = []
        for (rank, index) in order.enumerated() {
            var block = (sum: values[index] - Double(rank) * gap, count: 1)
            while let last = blocks.last, last.sum / Double(last.count) > block.sum / Double(block.count) {
                block = (last.sum + block.sum, last.count + block.count)
                blocks.removeLast()
            }
            blocks.append(block)
        }
        let offsets = blocks.flatMap { Array(repeating: $0.sum / Double($0.count), count: $0.count) }
        var positions = values
        for (rank, index) in order.enumerated() {
            positions[index] = min(max(offsets[rank], bounds.lowerBound), bounds.lowerBound + room) + Double(rank) * gap
        }
        return positions
    }
}
