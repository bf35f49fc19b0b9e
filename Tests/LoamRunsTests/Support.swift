import Foundation
import LoamRuns
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A folder that is removed when the value goes out of use.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "loam-runs-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func file(_ name: String, _ text: String) throws -> URL {
        let file = url.appending(path: name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        return file
    }
}

func contents(_ url: URL) throws -> String { try String(contentsOf: url, encoding: .utf8) }

/// Decay of a quantity by a rate per step, measured in cells: small, deterministic, and with every kind of result.
struct DecaySettings: Configuration {
    enum Method: String, Codable, CaseIterable, Sendable { case exact, euler, midpoint }

    struct Output: Codable, Sendable, Equatable {
        var draws = true
        var label: String? = nil
    }

    struct Source: Codable, Sendable, Equatable {
        var name: String
        var weight: Double
    }

    var steps = 20
    var rates = [0.1, 0.2, 0.4]
    var method = Method.exact
    var input = ""
    var output = Output()
    var sources = [Source(name: "a", weight: 1)]

    static let fields = [
        Field("steps", "time steps", .integer(in: 1...1000)),
        Field("rates", "decay rates, per step", .list(of: .number(above: 0), minimum: 1)),
        Field("method", "integration method", .cases(of: Method.self)),
        Field("input", "file to read", .path),
        Field("output.draws", "whether to draw", .boolean),
        Field("output.label", "label in the legend", .optional(.text)),
        Field(
            "sources", "what decays", .list(of: .record([Field("name", "name", .text), Field("weight", "amount", .number(in: 0...10))]))),
    ]

    func validate() throws(ConfigurationError) {
        if method == .euler, let rate = rates.first(where: { $0 >= 2 }) {
            throw ConfigurationError(
                key: "rates", "Euler's method is unstable", found: "\(rate)", allowed: "rates below 2 with method euler")
        }
    }
}

/// How a test watches and disturbs the cells of a run on its own thread.
///
/// Not `@TaskLocal`: Swift 6.3.1 miscompiles a synchronous `withValue` in release mode (a bad pointer in `swift_task_localValuePush`).
enum Disturbance {
    /// Called with the index of each cell before it is computed.
    static let beforeCell = ThreadLocal<@Sendable (Int) throws -> Void>()
    static let computed = ThreadLocal<Counter>()

    /// A value that only the calling thread sees, during one synchronous call.
    final class ThreadLocal<Value>: Sendable {
        private let key = UUID().uuidString
        private final class Box {
            let value: Value
            init(_ value: Value) { self.value = value }
        }

        var value: Value? { (Thread.current.threadDictionary[key] as? Box)?.value }

        @discardableResult
        func withValue<Result>(_ value: Value, _ operation: () throws -> Result) rethrows -> Result {
            Thread.current.threadDictionary[key] = Box(value)
            defer { Thread.current.threadDictionary.removeObject(forKey: key) }
            return try operation()
        }
    }

    final class Counter: Sendable {
        private let count = Mutex(0)
        var value: Int { count.withLock { $0 } }
        func add() { count.withLock { $0 += 1 } }
    }
}

enum DecayVerb: Verb {
    static let name = "decay"
    static let summary = "Exponential decay by several methods"
    static let kind = VerbKind.experiment
    static let presets = [
        Preset(
            name: "slow", summary: "Three slow rates", source: "Rutherford 1900, figure 2", quick: DecaySettings(),
            paper: DecaySettings(steps: 200), published: DecaySettings(steps: 400), quickSeconds: 1, paperSeconds: 90,
            publishedSeconds: 900_000),
        Preset(
            name: "fast", summary: "Three fast rates", source: "Rutherford 1900, figure 3", quick: DecaySettings(rates: [0.5, 0.9, 1.5]),
            paper: DecaySettings(steps: 200, rates: [0.5, 0.9, 1.5]), quickSeconds: 1, paperSeconds: 90),
    ]

    struct Record: Codable, Equatable {
        var rate: Double
        var step: Int
        var value: Double
    }

    static func run(_ configuration: DecaySettings, in run: RunContext) throws {
        try run.record(["rates": configuration.rates.count])
        var curves: [[Double]] = []
        for (index, rate) in configuration.rates.enumerated() {
            let curve = try run.cell("rate=\(rate)", inputs: ["data": "v1"]) { cell in
                try Disturbance.beforeCell.value?(index)
                Disturbance.computed.value?.add()
                var value = 1.0
                var curve = [value]
                for step in 1...configuration.steps {
                    value =
                        switch configuration.method {
                        case .exact: exp(-rate * Double(step))
                        case .euler: value * (1 - rate)
                        case .midpoint: value * (1 - rate + rate * rate / 2)
                        }
                    try cell.record(Record(rate: rate, step: step, value: value))
                    curve.append(value)
                }
                if rate > 1 { cell.warn("rate \(rate) is above 1") }
                return curve
            }
            curves.append(curve)
            run.progress(index + 1, of: configuration.rates.count, "rate \(rate)")
            run.add(
                Finding(
                    id: "final-\(index)", quantity: "value after \(configuration.steps) steps at rate \(rate)", value: curve.last!,
                    .within(reference: exp(-rate * Double(configuration.steps)), tolerance: 1e-3), source: "exp(−rt)"))
        }
        try run.summarize("rates", configuration.rates.count)
        if configuration.output.draws {
            let steps = (0...configuration.steps).map(Double.init)
            try run.add(
                Figure(
                    name: "decay", title: "Decay", caption: "Value against time.",
                    panel: Panel(
                        x: Axis("time", unit: "steps"), y: Axis("value"),
                        marks: zip(configuration.rates, curves).map { .line(x: steps, y: $1, label: "rate \($0)") })))
        }
    }
}

enum DecayStudy: StudyProvider {
    static let study = Study(
        name: "physics", title: "Decay", summary: "How things decay.", paper: "E. Rutherford, Phil. Mag. 49 (1900)",
        verbs: [AnyVerb(DecayVerb.self)], featured: .init(verb: "decay", preset: "slow"))
}

let decay = AnyVerb(DecayVerb.self)

/// Runs the decay verb quietly and without drawing. On all threads, as every test of this process: the number is the process's own.
@discardableResult
func runDecay(
    in folder: URL, _ assignments: [String] = ["output.draws=false"], request: RunRequest = RunRequest(), resume: Bool = false,
    force: Bool = false, strict: Bool = false, acceptsDuration: Bool = false, console: Console = Console(style: .quiet)
) throws -> Runner.Outcome {
    var request = request
    request.assignments = assignments
    let options = Runner.Options(
        folder: folder, resume: resume, force: force, strict: strict, acceptsDuration: acceptsDuration,
        commandLine: ["loam", "physics", "decay"])
    return try Runner(study: DecayStudy.study, verb: decay, options: options, console: console).run(request)
}

/// The error a body throws, as a `LoamError`.
func failure(_ body: () throws -> Void) -> LoamError? {
    do {
        try body()
        return nil
    } catch {
        return LoamError(wrapping: error)
    }
}

/// A verb that does what a test says.
enum ClosureVerb: Verb {
    private static let body = Disturbance.ThreadLocal<@Sendable (RunContext) throws -> Void>()
    static let name = "do"
    static let summary = ""
    static let kind = VerbKind.tool
    static let presets = [
        Preset(
            name: "default", summary: "", source: "", quick: GalleryVerb.Settings(), paper: GalleryVerb.Settings(), quickSeconds: 1,
            paperSeconds: 1)
    ]
    static func run(_ configuration: GalleryVerb.Settings, in run: RunContext) throws { try body.value?(run) }

    private static let study = Study(
        name: "tests", title: "Tests", summary: "", paper: "", verbs: [AnyVerb(ClosureVerb.self)],
        featured: .init(verb: "do", preset: "default"))

    /// Does it in a run of its own, in place of an earlier one.
    static func run(into url: URL, _ body: @escaping @Sendable (RunContext) throws -> Void) throws {
        let options = Runner.Options(folder: url, force: true, commandLine: ["loam"])
        try Self.body.withValue(body) {
            _ = try Runner(study: study, verb: study.verbs[0], options: options, console: Console(style: .quiet)).run(RunRequest())
        }
    }
}
