import FoundationEssentials
import LoamTensor

/// The binary versions of CIFAR-10 and CIFAR-100: records of one or two label bytes and 32×32 pixels, first all red, then all
/// green, then all blue values, row by row.
///
/// Reference: A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009, and its data page.
public enum CIFAR: String, Sendable {
    case ten = "CIFAR-10"
    case hundred = "CIFAR-100"

    /// The bytes of one image.
    static let pixelCount = 3 * 32 * 32

    /// The number of label bytes before each image. CIFAR-100 gives the coarse label (20 groups) first, then the fine one.
    var labelCount: Int { self == .ten ? 1 : 2 }

    /// The bytes of one record: 3073 or 3074.
    public var recordCount: Int { labelCount + CIFAR.pixelCount }

    /// The images of one file.
    public struct Records: Hashable, Sendable {
        /// Pixels, n × 3 × 32 × 32.
        public var pixels: [UInt8]
        /// One label per image: the class, or CIFAR-100's fine class.
        public var labels: [Int32]
        /// CIFAR-100's coarse class per image; empty for CIFAR-10.
        public var coarseLabels: [Int32]

        /// Records of their parts.
        public init(pixels: [UInt8], labels: [Int32], coarseLabels: [Int32] = []) {
            self.pixels = pixels
            self.labels = labels
            self.coarseLabels = coarseLabels
        }
    }

    /// Reads one file, compressed with gzip or not.
    /// - Throws: `FileFormatError` where the length is not a multiple of the record's, or a label is out of range.
    public func read(_ url: URL) throws -> Records {
        try read(ByteSource(url))
    }

    /// Reads one file's content.
    /// - Throws: `FileFormatError`.
    public func read(_ source: ByteSource) throws -> Records {
        let content = try DecodedStream(source).rest(limit: 1 << 30)
        guard !content.isEmpty, content.count % recordCount == 0 else {
            throw FileFormatError(
                .malformed, file: source.name,
                "found \(content.count) bytes, expected a positive multiple of \(recordCount), the length of a \(rawValue) record",
                advice: "use the binary version of \(rawValue), not the Python or Matlab one")
        }
        var records = Records(pixels: [], labels: [], coarseLabels: [])
        records.pixels.reserveCapacity(content.count)
        let limits = self == .ten ? [10] : [20, 100]
        for start in stride(from: 0, to: content.count, by: recordCount) {
            for (position, limit) in limits.enumerated() where content[start + position] >= limit {
                throw FileFormatError(
                    .malformed, file: source.name, at: "record \(start / recordCount)",
                    "found the label \(content[start + position]), expected 0 to \(limit - 1)")
            }
            if self == .hundred { records.coarseLabels.append(Int32(content[start])) }
            records.labels.append(Int32(content[start + labelCount - 1]))
            records.pixels.append(contentsOf: content[(start + labelCount)..<(start + recordCount)])
        }
        return records
    }

    /// Writes records, replacing the file atomically.
    /// - Throws: `FileFormatError` where the file cannot be written.
    public func write(_ records: Records, to url: URL) throws {
        precondition(
            records.pixels.count == records.labels.count * CIFAR.pixelCount
                && records.coarseLabels.count == (self == .ten ? 0 : records.labels.count),
            "CIFAR.write: \(records.pixels.count) pixel bytes and \(records.coarseLabels.count) coarse labels for \(records.labels.count) labels"
        )
        var bytes: [UInt8] = []
        bytes.reserveCapacity(records.labels.count * recordCount)
        for (index, label) in records.labels.enumerated() {
            if self == .hundred { bytes.append(UInt8(records.coarseLabels[index])) }
            bytes.append(UInt8(label))
            bytes.append(contentsOf: records.pixels[(index * CIFAR.pixelCount)..<((index + 1) * CIFAR.pixelCount)])
        }
        try AtomicFile.write(bytes, to: url)
    }

    /// The names of CIFAR-10's classes in the order of their labels.
    public static let tenClassNames = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
}
