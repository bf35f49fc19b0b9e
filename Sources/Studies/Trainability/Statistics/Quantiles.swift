/// Order statistics of a list; NaN is left out.
public struct Quantiles: Sendable {
    private let sorted: [Double]

    /// The statistics of `values`; NaN is left out.
    public init(_ values: some Sequence<Double>) { sorted = values.filter { !$0.isNaN }.sorted() }

    /// The value below which a fraction `p` lies, linearly interpolated between order statistics (NumPy's default); NaN when empty.
    public func callAsFunction(_ p: Double) -> Double {
        guard let last = sorted.last else { return .nan }
        let position = p * Double(sorted.count - 1)
        let index = Int(position)
        guard index + 1 < sorted.count else { return last }
        let fraction = position - Double(index)
        return fraction == 0 ? sorted[index] : sorted[index] + fraction * (sorted[index + 1] - sorted[index])
    }

    /// The median; NaN when empty.
    public var median: Double { self(0.5) }
    /// The mean; NaN when empty.
    public var mean: Double { sorted.isEmpty ? .nan : sorted.reduce(0, +) / Double(sorted.count) }

    /// The standard deviation with ddof 1; NaN with fewer than two values.
    public var standardDeviation: Double {
        guard sorted.count > 1 else { return .nan }
        let m = mean
        return (sorted.reduce(0) { $0 + ($1 - m) * ($1 - m) } / Double(sorted.count - 1)).squareRoot()
    }
}
