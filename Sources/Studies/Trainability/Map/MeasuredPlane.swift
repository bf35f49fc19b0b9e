import LoamRuns

/// What a given depth keeps of the input, over σ_w² and σ_b².
struct MeasuredPlane {
    /// One map for each σ_b², ascending.
    let maps: [PhaseMap]

    var biasVariances: [Double] { maps.map(\.biasVariance) }
    var weightVariances: [Double] { maps[0].weightVariances }
    /// The stage that is read: the last.
    var depth: Int { maps[0].depth }

    /// [σ_b²][σ_w²], averaged over repetitions.
    func grid(_ quantity: (LayerProfile) -> Double) -> [[Double]] {
        maps.map { map in
            map.weightVariances.map { weight in
                Quantiles(map.cells.filter { $0.weightVariance == weight }.map { $0.at(depth, quantity) }).mean
            }
        }
    }

    /// Spearman's ρ over the cells between −S_rel and the correlation length of mean-field theory; `nil` where the theory does not hold.
    var agreement: Double? {
        guard maps[0].followsDenseTheory else { return nil }
        let theory = MeanField(maps[0].activation, tolerance: 1e-9)
        let entropies = grid(\.relativeMean)
        var pairs: [(kept: Double, scale: Double)] = []
        for (row, bias) in biasVariances.enumerated() {
            for (column, weight) in weightVariances.enumerated() where entropies[row][column].isFinite {
                guard let point = theory.fixedPoint(InitialVariances(weight: weight, bias: bias)) else { continue }
                pairs.append((-entropies[row][column], point.correlationScale))
            }
        }
        return RankStatistics.spearman(pairs.map(\.kept), pairs.map(\.scale))
    }

    /// One row a cell: entropies and cutoff beside the theory.
    func table() -> Table {
        let theory = maps[0].followsDenseTheory ? MeanField(maps[0].activation, tolerance: 1e-9) : nil
        let cells = maps.flatMap(\.cells)
        let points = cells.map { theory?.fixedPoint(InitialVariances(weight: $0.weightVariance, bias: $0.biasVariance)) }
        return Table([
            "sigma_w2": .numbers(cells.map(\.weightVariance)), "sigma_b2": .numbers(cells.map(\.biasVariance)),
            "repetition": .integers(cells.map(\.repetition)), "s_rel_mean": .numbers(cells.map { $0.at(depth, \.relativeMean) }),
            "s_rel_error": .numbers(cells.map { $0.at(depth, \.relativeError) }),
            "s_diff": .numbers(cells.map { $0.at(depth, \.differential) }), "s_vn": .numbers(cells.map { $0.at(depth, \.vonNeumann) }),
            "cutoff": .integers(cells.map(\.cutoff.depth)), "censored": .texts(cells.map { String($0.cutoff.isCensored) }),
            "chi_1": .numbers(points.map { $0?.slope ?? .nan }), "xi_c": .numbers(points.map { $0?.correlationScale ?? .nan }),
        ])
    }
}
