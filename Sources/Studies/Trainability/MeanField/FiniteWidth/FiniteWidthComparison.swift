/// Where the measured networks of a map stay within the bands of finite width, and where mean-field theory misleads.
struct FiniteWidthComparison {
    /// One network of the map beside its expectation.
    struct Network {
        let cell: CellProfile
        let expected: [FiniteWidthLayer]
        /// Shares of the layers in which q̂, ĉ, χ̂ leave the band of ±2 standard deviations; q̂ and ĉ count from layer 2 on.
        let lengthShare, correlationShare, gainShare: Double

        /// The quantities that leave their band in more than ``FiniteWidthComparison/allowedShare`` of the layers.
        var misled: [(name: String, share: Double)] {
            [("q̂", lengthShare), ("ĉ", correlationShare), ("χ̂", gainShare)].filter { $0.1 > FiniteWidthComparison.allowedShare }
        }
    }

    /// A band of ±2 standard deviations is left in a twentieth of the layers by chance, in more at a stretch because neighbouring layers
    /// deviate together; beyond a quarter the theory is called misleading.
    static let allowedShare = 0.25

    /// N.
    let width: Int
    /// One a σ_w², the first repetition.
    let networks: [Network]

    /// - Parameters:
    ///   - width: units of every layer.
    ///   - inputs: the evaluation images that measured values are averaged over.
    init(_ map: PhaseMap, width: Int, inputs: Int) {
        self.width = width
        networks = map.weightVariances.compactMap { weight in
            guard let cell = map.cells(at: weight).first, let first = cell.layers.first, first.length.isFinite, first.correlation.isFinite
            else { return nil }
            let v = InitialVariances(weight: weight, bias: map.biasVariance)
            let expected = FiniteWidthTheory(map.activation, v, width: width, inputs: inputs)
                .layers(length: first.length, correlation: first.correlation, depth: cell.layers.count)
            func share(
                from start: Int, _ value: (LayerProfile) -> Double, _ band: (FiniteWidthLayer) -> FiniteWidthLayer.Expectation
            ) -> Double {
                let pairs = zip(cell.layers, expected).dropFirst(start).filter { value($0.0).isFinite }
                return pairs.isEmpty ? 0 : Double(pairs.count { !band($0.1).contains(value($0.0)) }) / Double(pairs.count)
            }
            return Network(
                cell: cell, expected: expected, lengthShare: share(from: 1, \.length, \.length),
                correlationShare: share(from: 1, \.correlation, \.correlation), gainShare: share(from: 0, \.gain, \.gain))
        }
    }

    /// The verdict in words, and whether it is a warning.
    var summary: (text: String, isWarning: Bool) {
        let misled = networks.filter { !$0.misled.isEmpty }
        guard !misled.isEmpty else {
            return (
                "mean field describes these networks of \(width) units: q̂, ĉ and χ̂ stay within ±2 standard deviations in at least "
                    + "three quarters of the layers at every σw²", false
            )
        }
        let places = misled.map { network in
            "σw² \(short(network.cell.weightVariance)) ("
                + network.misled.map { "\($0.name) in \(fixed(100 * $0.share, 0)) %" }.joined(separator: ", ") + ")"
        }
        return (
            "mean field misleads at a width of \(width) units: more than a quarter of the layers leave the band of ±2 standard deviations at "
                + places.joined(separator: ", "), true
        )
    }
}
