import Foundation
import LoamRuns

/// Measures how fast the study's parts run on the user's machine.
enum BenchVerb: Verb {
    static let name = "bench"
    static let summary = "speed on this machine: head training, cascade evaluation, mean-field plane"
    static let kind = VerbKind.tool
    static let presets = [
        Preset(
            name: "default", summary: "dense heads of widths 784 and 196, convolutional heads of 8, 32 and 128 channels",
            source: "Loam's speed goals", quick: BenchConfiguration(), paper: BenchConfiguration.full, quickSeconds: 15, paperSeconds: 300)
    ]

    static func run(_ configuration: BenchConfiguration, in run: RunContext) throws {
        let total = 2 * configuration.widths.count + configuration.channels.count + 1
        var measurements: [SpeedMeasurement] = []
        func measure(_ body: () throws -> SpeedMeasurement) throws {
            try run.checkInterruption()
            let measurement = try body()
            measurements.append(measurement)
            run.note(line(measurement))
            run.progress(measurements.count, of: total, measurement.work)
        }
        let interrupted = { try run.checkInterruption() }
        for width in configuration.widths {
            try measure { try SpeedWorks.denseHeads(width: width, configuration, interrupted: interrupted) }
        }
        for channels in configuration.channels {
            try measure { try SpeedWorks.convolutionalHeads(channels: channels, configuration, interrupted: interrupted) }
        }
        for width in configuration.widths { try measure { try SpeedWorks.evaluation(width: width, configuration) } }
        try measure { SpeedWorks.plane(configuration) }
        try run.saveCSV(table(measurements), to: "bench.csv")
        try run.summarize("measurements", measurements)
        run.html("Speed on this machine", page(measurements, threads: run.threads))
    }

    private static func rate(_ measurement: SpeedMeasurement) -> String { measurement.gigaflops.map { fixed($0, 1) + " GFLOP/s" } ?? "" }

    private static func share(_ measurement: SpeedMeasurement) -> String {
        measurement.productShare.map { fixed(100 * $0, 0) + " % products" } ?? ""
    }

    private static func time(_ seconds: Double) -> String { seconds < 1 ? fixed(1000 * seconds, 1) + " ms" : fixed(seconds, 2) + " s" }

    private static func line(_ measurement: SpeedMeasurement) -> String {
        func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }
        func right(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }
        let cells = [
            padded(measurement.work, 52), right(time(measurement.seconds), 9), right(rate(measurement), 15), right(share(measurement), 14),
        ]
        return cells.joined(separator: " ").replacing(/\s+$/, with: "")
    }

    private static func table(_ measurements: [SpeedMeasurement]) -> Table {
        Table([
            "work": .texts(measurements.map(\.work)), "seconds": .numbers(measurements.map(\.seconds)),
            "gigaflops": .numbers(measurements.map { $0.gigaflops ?? .nan }),
            "product_share": .numbers(measurements.map { $0.productShare ?? .nan }),
        ])
    }

    private static func page(_ measurements: [SpeedMeasurement], threads: Int) -> String {
        let rows = measurements.map { measurement in
            let cells = [measurement.work, time(measurement.seconds), rate(measurement), share(measurement)]
            return "<tr>" + cells.map { "<td>\(HTML.escape($0))</td>" }.joined() + "</tr>"
        }
        return """
            <p>Medians on \(threads) thread\(threads == 1 ? "" : "s"), single precision. The share of products is the time that the matrix \
            products in the work take at the rate they reach alone, divided by the time of the work.</p>
            <table><thead><tr><th>work</th><th>time</th><th>rate</th><th>share</th></tr></thead><tbody>\(rows.joined())</tbody></table>
            """
    }
}
