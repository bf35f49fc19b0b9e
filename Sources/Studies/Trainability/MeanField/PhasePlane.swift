import LoamTensor

/// Mean-field quantities over a rectangle of the (σ_w², σ_b²) plane.
public struct PhasePlane: Sendable {
    /// φ.
    public let activation: Activation
    /// Ascending σ_w² values (columns).
    public let weightVariances: [Double]
    /// Ascending σ_b² values (rows).
    public let biasVariances: [Double]
    /// Row-major, one row per σ_b²; `nil` where q has no finite fixed point.
    public let points: [FixedPoint?]

    /// The fixed point at column `column` and row `row`.
    public subscript(column: Int, row: Int) -> FixedPoint? { points[row * weightVariances.count + column] }

    /// Computes q*, χ₁, V′, c*, ξ_q and ξ_c everywhere; rows run in parallel, each swept so that neighbours start Newton's method.
    ///
    /// - Parameter accuracy: relative accuracy of the results.
    public init(_ activation: Activation, weightVariances: [Double], biasVariances: [Double], accuracy: Double = 1e-9) {
        let theory = MeanField(activation, tolerance: accuracy)
        let scan = LengthScan(theory, start: 1)
        let columns = weightVariances.count
        let rows = biasVariances.count
        self.activation = activation
        self.weightVariances = weightVariances
        self.biasVariances = biasVariances
        points = [FixedPoint?](unsafeUninitializedCapacity: columns * rows) { buffer, initialized in
            nonisolated(unsafe) let cells = buffer.baseAddress!
            Parallel.forEach(rows) { row in
                var length: Double?
                var decorrelation: Double?
                for column in 0..<columns {
                    let v = InitialVariances(weight: weightVariances[column], bias: biasVariances[row])
                    let point = theory.fixedPoint(
                        v, start: 1, scan: scan, lengthGuess: length, decorrelationGuess: decorrelation)
                    (cells + row * columns + column).initialize(to: point)
                    length = point?.length
                    decorrelation = point.flatMap { $0.decorrelation > 0 ? $0.decorrelation : nil }
                }
            }
            initialized = columns * rows
        }
    }
}
