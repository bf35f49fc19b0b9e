import Foundation
import LoamRuns
import LoamTensor

/// Measures a phase map inside a run: one resumable cell a σ_w² and repetition.
enum MapRun {
    /// - Parameter fraction: the part of the run's progress bar that this takes.
    static func measure(
        _ configuration: MapConfiguration, data: StudyData, in run: RunContext, fraction: ClosedRange<Double>
    ) throws -> PhaseMap {
        var settings = configuration
        // Other processes on this computer measure cells as well.
        settings.memory /= Double(run.processesPerComputer)
        let measurement = try CellMeasurement(settings, data: data, seed: run.seed)
        if configuration.batch > data.images.shape[0] {
            run.warn("batch \(configuration.batch) is larger than the \(data.images.shape[0]) images; every step uses all of them")
        }
        let jobs = (0..<configuration.repetitions).flatMap { r in configuration.weightVariances.map { (weight: $0, repetition: r) } }
        let cells = try run.cells(
            jobs, id: { "map-w\($0.weight)-r\($0.repetition)" }, inputs: ["data": data.checksum],
            atATime: measurement.architecture.fillsAllThreads ? 1 : nil, span: fraction,
            finished: { run.note(line($1.profile) + timeLeft(run)) }
        ) { job, context in
            let measured = try measurement.measure(weightVariance: job.weight, repetition: job.repetition) { layer in
                context.progress(
                    Double(layer) / Double(measurement.architecture.depth), "heads of stage \(layer), σw² \(short(job.weight))")
            }
            let cell = measured.profile
            if let layer = cell.divergedLayer {
                context.warn("σw² \(short(job.weight)): the network diverged at stage \(layer); deeper stages are not part of the map")
            }
            let excluded = cell.layers.map(\.excluded).max() ?? 0
            if excluded > 0 {
                context.warn("σw² \(short(job.weight)): up to \(excluded) reconstructions were not finite and are left out")
            }
            try record(cell, context)
            return measured
        }
        let map = PhaseMap(
            activation: measurement.activation, biasVariance: configuration.biasVariance,
            depth: measurement.architecture.depth, stem: measurement.architecture.stem, width: data.width,
            architecture: configuration.architecture,
            meanImageLevel: measurement.meanImageLevel, constantImageLevel: measurement.constantImageLevel, cells: cells.map(\.profile),
            seed: run.seed)
        return try MapPictures.saved(cells, inputs: measurement.exampleSheet(), of: map, in: run)
    }

    private struct Record: Encodable {
        let kind = "cell"
        let weightVariance, biasVariance: Double
        let repetition, cutoff: Int
        let isCensored: Bool
        let deepestRelative, deepestDifferential: Double
    }

    private static func record(_ cell: CellProfile, _ context: CellContext) throws {
        try context.record(
            Record(
                weightVariance: cell.weightVariance, biasVariance: cell.biasVariance, repetition: cell.repetition,
                cutoff: cell.cutoff.depth,
                isCensored: cell.cutoff.isCensored, deepestRelative: cell.layers.last?.relativeMean ?? .nan,
                deepestDifferential: cell.layers.last?.differential ?? .nan))
    }

    static func line(_ cell: CellProfile) -> String {
        let rate = cell.headOperations / cell.headSeconds / 1e9
        var text = "σw² \(fixed(cell.weightVariance, 3))  cutoff \(cell.cutoff.depth)\(cell.cutoff.isCensored ? " (censored)" : "")"
        text += "  S_diff(L) \(fixed(cell.layers.last?.differential ?? .nan, 1))"
        text += "  \(fixed(cell.seconds, 1)) s  \(fixed(rate, 0)) GFLOP/s"
        if let layer = cell.divergedLayer { text += "  diverged at \(layer)" }
        return text
    }

    /// "  eta 00:41"; nothing where it cannot be told.
    static func timeLeft(_ run: RunContext) -> String {
        guard let seconds = run.secondsLeft, seconds.isFinite, seconds < 1e8 else { return "" }
        let whole = Int(seconds.rounded(.up))
        let (hours, minutes) = (whole / 3600, String(format: "%02d:%02d", whole / 60 % 60, whole % 60))
        return "  eta " + (hours > 0 ? "\(hours):" : "") + minutes
    }

    // MARK: Files

    /// Writes `map.json`, `map.csv`, `cutoffs.csv` and `meanfield.csv`.
    static func save(_ map: PhaseMap, in run: RunContext) throws {
        try run.saveJSON(map, to: "map.json")
        try run.saveCSV(layerTable(map), to: "map.csv")
        try run.saveCSV(cutoffTable(map), to: "cutoffs.csv")
        try run.saveCSV(MeanFieldTable.table(map.activation, biasVariance: map.biasVariance, map.weightVariances), to: "meanfield.csv")
    }

    static func layerTable(_ map: PhaseMap) -> Table {
        let rows = map.cells.flatMap { cell in cell.layers.map { (cell, $0) } }
        func numbers(_ value: (LayerProfile) -> Double) -> Table.Column { .numbers(rows.map { value($0.1) }) }
        var table = Table([
            "sigma_w2": .numbers(rows.map(\.0.weightVariance)), "sigma_b2": .numbers(rows.map(\.0.biasVariance)),
            "seed": .texts(rows.map { seed(map, $0.0) }), "depth": .integers(rows.map(\.1.depth)),
            "s_rel_mean": numbers(\.relativeMean), "s_rel_error": numbers(\.relativeError), "s_rel_median": numbers(\.relativeMedian),
            "s_rel_q05": numbers(\.relativeLow), "s_rel_q95": numbers(\.relativeHigh), "s_diff": numbers(\.differential),
            "s_vn": numbers(\.vonNeumann), "s_vn_activation": numbers(\.activationVonNeumann), "head_mse": numbers(\.headLoss),
            "q_hat": numbers(\.length), "c_hat": numbers(\.correlation), "chi_hat": numbers(\.gain),
            "excluded": .integers(rows.map(\.1.excluded)),
        ])
        guard map.cells.contains(where: { $0.solved != nil }) else { return table }
        // The same quantities through heads in closed form, and how much more the trained ones have.
        let solved = rows.map { cell, layer in cell.solved.flatMap { $0.layers.count >= layer.depth ? $0.layers[layer.depth - 1] : nil } }
        let quantities: [(String, (LayerProfile) -> Double)] = [
            ("s_rel", \.relativeMean), ("s_diff", \.differential), ("s_vn", \.vonNeumann), ("head_mse", \.headLoss),
        ]
        for (name, value) in quantities {
            let closed = solved.map { $0.map(value) ?? .nan }
            table.add(name + "_ridge", .numbers(closed))
            table.add(name + "_excess", .numbers(zip(rows, closed).map { value($0.1) - $1 }))
        }
        return table
    }

    static func cutoffTable(_ map: PhaseMap) -> Table {
        Table([
            "sigma_w2": .numbers(map.cells.map(\.weightVariance)), "sigma_b2": .numbers(map.cells.map(\.biasVariance)),
            "seed": .texts(map.cells.map { seed(map, $0) }), "cutoff": .integers(map.cells.map(\.cutoff.depth)),
            "censored": .texts(map.cells.map { String($0.cutoff.isCensored) }),
            "sample_cutoff_mean": .numbers(map.cells.map(\.sampleCutoffMean)),
            "sample_cutoff_sd": .numbers(map.cells.map(\.sampleCutoffDeviation)),
            "front": .numbers(map.cells.map { map.front($0) ?? .nan }),
            "operations": .numbers(map.cells.map(\.headOperations)),
            "diverged_at": .texts(map.cells.map { $0.divergedLayer.map(String.init) ?? "" }),
            "head_seconds": .measured(map.cells.map(\.headSeconds)),
            "statistics_seconds": .measured(map.cells.map(\.statisticsSeconds)), "seconds": .measured(map.cells.map(\.seconds)),
        ])
    }

    private static func seed(_ map: PhaseMap, _ cell: CellProfile) -> String {
        map.seed.map { String($0 &+ UInt64(cell.repetition)) } ?? ""
    }

    /// A map that an earlier run saved.
    static func load(_ folder: String) throws -> PhaseMap {
        let file = URL(filePath: folder).appending(path: "map.json")
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw LoamError(.noInput, "there is no map.json in this folder", at: folder, advice: "Name the folder of a finished `map` run.")
        }
        do {
            var map = try JSON.decode(PhaseMap.self, from: Data(contentsOf: file))
            if let problem = map.problem { throw LoamError(.badData, "this phase map is damaged: \(problem)", at: file.path) }
            // What it took lies beside it.
            let times = RunFolder(URL(filePath: folder)).cost()?.columns["cutoffs.csv"] ?? [:]
            func restore(_ name: String, _ key: WritableKeyPath<CellProfile, Double>) {
                guard let values = times[name], values.count == map.cells.count else { return }
                for (index, value) in values.enumerated() { map.cells[index][keyPath: key] = value }
            }
            restore("head_seconds", \.headSeconds)
            restore("statistics_seconds", \.statisticsSeconds)
            restore("seconds", \.seconds)
            return map
        } catch let error as LoamError {
            throw error
        } catch {
            throw LoamError(.badData, "this is not a phase map: \(error)", at: file.path)
        }
    }
}
