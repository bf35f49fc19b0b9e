/// A batch of samples as rows, in double precision: what the entropies are computed from.
public struct SampleMatrix: Hashable, Sendable {
    /// Number of samples B.
    public let rows: Int
    /// Number of values per sample N (pixels and channels together).
    public let columns: Int
    /// Row-major, `rows × columns`.
    public let values: [Double]

    /// - Precondition: `values.count == rows * columns`.
    public init(rows: Int, columns: Int, values: [Double]) {
        precondition(values.count == rows * columns, "SampleMatrix: \(values.count) values do not fill \(rows) × \(columns)")
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    /// - Precondition: all rows have the same length.
    public init(_ rows: [[Double]]) {
        let columns = rows.first?.count ?? 0
        precondition(rows.allSatisfy { $0.count == columns }, "SampleMatrix: rows of different lengths")
        self.init(rows: rows.count, columns: columns, values: Array(rows.joined()))
    }

    /// One sample.
    public subscript(row: Int) -> ArraySlice<Double> { values[row * columns..<(row + 1) * columns] }

    /// The mean over samples.
    public var mean: [Double] {
        var sums = [Double](repeating: 0, count: columns)
        for row in 0..<rows { for column in 0..<columns { sums[column] += values[row * columns + column] } }
        return sums.map { $0 / Double(rows) }
    }

    /// Whether every value of that row is finite.
    func isFinite(row: Int) -> Bool { self[row].allSatisfy(\.isFinite) }
}
