import Foundation
import LoamData
import LoamRuns
import LoamTensor

/// Which data a verb works on.
public struct DataSettings: Codable, Hashable, Sendable {
    /// Where data come from.
    public enum Name: String, Codable, CaseIterable, Hashable, Sendable {
        case circle, line, xor, teacher, breastCancer = "breast-cancer", digits, iris, wine, file
    }

    /// The data set.
    public var name = Name.circle
    /// A comma-separated file, for `file`; or the place of a named table.
    public var file = ""
    /// The column of the file that holds the target; the last where empty.
    public var target = ""
    /// Samples of generated data.
    public var count = 64
    /// How often the targets stand side by side: outputs of the network.
    public var copies = 1
    /// Whether inputs are scaled to mean 0 and variance 1.
    public var standardise = false
    /// The loss.
    public var loss = Loss.squared

    /// The circle with 64 points.
    public init() {}

    static func fields(prefix: String) -> [Field] {
        [
            Field(prefix + "name", "the data: generated, a table that scikit-learn ships, or a file", .cases(of: Name.self)),
            Field(prefix + "file", "a comma-separated file of numbers, for name=file; or where a named table lies", .path),
            Field(prefix + "target", "column of the file with the target: its name or number from 0; the last where empty", .text),
            Field(prefix + "count", "samples of generated data", .integer(in: 1...1_000_000)),
            Field(prefix + "copies", "how often the targets are repeated side by side", .integer(in: 1...64)),
            Field(prefix + "standardise", "scale every input to mean 0 and variance 1", .boolean),
            Field(prefix + "loss", "squared, logistic (labels 0 and 1) or softmax (one-hot targets)", .cases(of: Loss.self)),
        ]
    }

    /// The data, with words that say which they are.
    /// - Throws: ``LandscapeError``; of category `noInput` where a table is not there.
    func load(seed: UInt64) throws -> Samples {
        var samples: Samples
        switch name {
        case .circle: samples = .circle(count)
        case .line: samples = .line
        case .xor: samples = .exclusiveOr
        case .teacher: samples = .teacher(count: count, inputs: 3, neurons: 2, seed: seed)
        case .file:
            guard !file.isEmpty else { throw LandscapeError(.usage, "data.file", "name=file needs a file", advice: "Set data.file=PATH.") }
            let url = URL(filePath: (file as NSString).expandingTildeInPath)
            guard FileManager.default.fileExists(atPath: url.path) else { throw LoamError(.noInput, "there is no such file", at: url.path) }
            samples = try CommaSeparated(url).samples(target: target, name: url.lastPathComponent)
        case .breastCancer, .digits, .iris, .wine:
            guard let url = Self.table(name, file) else {
                throw LoamError(
                    .noInput, "the table \(Self.fileName(name)) is not there",
                    advice:
                        "It comes with scikit-learn (Debian: python3-sklearn): set data.file=PATH, or put it into a folder of LOAM_DATA.")
            }
            samples = try Self.read(name, url)
        }
        if standardise { samples = Standardisation(samples).apply(samples) }
        return copies > 1 ? samples.repeatingTargets(copies) : samples
    }

    static func fileName(_ name: Name) -> String {
        switch name {
        case .breastCancer: "breast_cancer.csv"
        case .digits: "digits.csv.gz"
        case .iris: "iris.csv"
        default: "wine_data.csv"
        }
    }

    /// Where a table of scikit-learn lies: as named, in the data folders, or in the Python package of the system.
    static func table(_ name: Name, _ file: String) -> URL? {
        if !file.isEmpty { return URL(filePath: (file as NSString).expandingTildeInPath) }
        let stem = fileName(name)
        let folders =
            SearchPath.standard.folders.flatMap { [$0, $0.appending(path: "scikit-learn"), $0.appending(path: "sklearn")] }
            + [URL(filePath: "/usr/lib/python3/dist-packages/sklearn/datasets/data")]
        return folders.map { $0.appending(path: stem) }.first { FileManager.default.fileExists(atPath: $0.path) }
    }

    static func read(_ name: Name, _ url: URL) throws -> Samples {
        if name == .digits {
            let set = try DigitTable.digits(url)
            let pixels = set.images.scalars
            let labels = set.labels.scalars
            let size = pixels.count / labels.count
            // Odd against even.
            return try Samples(
                name: "digits, odd or even", inputs: labels.indices.map { i in pixels[i * size..<(i + 1) * size].map(Double.init) },
                targets: labels.map { [Double($0 % 2)] })
        }
        return try CommaSeparated(url).samples(target: "", name: name.rawValue)
    }
}

/// Means and deviations of the inputs of some samples, to be taken off others. Constant inputs become 0.
struct Standardisation {
    let mean: [Double]
    let deviation: [Double]

    init(_ samples: Samples) {
        let (n, d) = (samples.count, samples.inputCount)
        var mean = [Double](repeating: 0, count: d)
        var square = [Double](repeating: 0, count: d)
        for i in 0..<n { for j in 0..<d { mean[j] += samples.inputs[i * d + j] / Double(n) } }
        for i in 0..<n {
            for j in 0..<d {
                let x = samples.inputs[i * d + j] - mean[j]
                square[j] += x * x / Double(n)
            }
        }
        self.mean = mean
        deviation = square.enumerated().map { $1 > 1e-24 * (mean[$0] * mean[$0] + 1e-300) ? $1.squareRoot() : 0 }
    }

    /// Columns that do not vary.
    var constantColumns: [Int] { deviation.indices.filter { deviation[$0] == 0 } }

    func apply(_ samples: Samples) -> Samples {
        let d = samples.inputCount
        let inputs = samples.inputs.enumerated().map { index, x -> Double in
            let j = index % d
            return deviation[j] == 0 ? 0 : (x - mean[j]) / deviation[j]
        }
        return Samples(
            name: samples.name, flatInputs: inputs, flatTargets: samples.targets, count: samples.count, inputCount: d,
            outputCount: samples.outputCount)
    }
}
