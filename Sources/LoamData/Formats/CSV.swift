import FoundationEssentials
import LoamTensor

/// Comma-separated text (RFC 4180): fields may be quoted, and then hold commas, line ends and doubled quotes.
///
/// Records are given out one at a time with the line they begin at, so errors can say where they are.
struct CSVRecords {
    let file: String
    private let bytes: [UInt8]
    private let separator: UInt8
    private var position = 0
    private var line = 1
    /// The line at which the record given out last begins, from 1.
    private(set) var recordLine = 0

    /// Reads the whole file, compressed with gzip or not. A byte-order mark is skipped.
    init(_ source: ByteSource, separator: Unicode.Scalar = ",") throws {
        file = source.name
        bytes = try DecodedStream(source).rest(limit: 1 << 30)
        self.separator = UInt8(ascii: separator)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    /// The next record's fields, or nil at the end. Empty lines are skipped.
    mutating func next() throws -> [String]? {
        while position < bytes.count, bytes[position] == 0x0A || bytes[position] == 0x0D {
            if bytes[position] == 0x0A { line += 1 }
            position += 1
        }
        guard position < bytes.count else { return nil }
        recordLine = line
        var fields: [String] = []
        while true {
            fields.append(try field())
            guard position < bytes.count, bytes[position] == separator else { break }
            position += 1
        }
        if position < bytes.count, bytes[position] == 0x0D { position += 1 }
        if position < bytes.count {
            guard bytes[position] == 0x0A else { throw failure("found a carriage return inside a line") }
            position += 1
            line += 1
        }
        return fields
    }

    func failure(_ problem: String, column: Int? = nil) -> FileFormatError {
        FileFormatError(.malformed, file: file, at: "line \(recordLine)\(column.map { ", column \($0)" } ?? "")", problem)
    }

    private mutating func field() throws -> String {
        var text: [UInt8] = []
        if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
            position += 1
            while true {
                guard position < bytes.count else { throw failure("found the file's end inside a quoted field") }
                let byte = bytes[position]
                position += 1
                if byte == UInt8(ascii: "\"") {
                    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { break }
                    position += 1
                } else if byte == 0x0A {
                    line += 1
                }
                text.append(byte)
            }
            guard position == bytes.count || [separator, 0x0A, 0x0D].contains(bytes[position]) else {
                throw failure("found text after a closing quote")
            }
        } else {
            let start = position
            while position < bytes.count, bytes[position] != separator, bytes[position] != 0x0A, bytes[position] != 0x0D {
                guard bytes[position] != UInt8(ascii: "\"") else { throw failure("found a quote inside an unquoted field") }
                position += 1
            }
            text = Array(bytes[start..<position])
        }
        guard let result = String(validating: text, as: UTF8.self) else { throw failure("found a field that is not UTF-8") }
        return result
    }
}

/// A table of numbers with named columns.
public struct NumericTable: Sendable {
    /// The columns' names; where the file has no header, `column1`, `column2`, ….
    public let columns: [String]
    /// The numbers, rows × columns.
    public let values: Tensor<Double>

    /// Makes a table of its parts.
    public init(columns: [String], values: Tensor<Double>) {
        precondition(
            values.rank == 2 && values.shape[1] == columns.count,
            "NumericTable: \(columns.count) columns do not match the shape \(values.shape)")
        self.columns = columns
        self.values = values
    }

    /// The number of rows.
    public var rowCount: Int { values.shape[0] }

    /// One column's numbers, or nil where there is none of that name.
    public func column(_ name: String) -> [Double]? {
        guard let index = columns.firstIndex(of: name) else { return nil }
        let scalars = values.scalars
        return (0..<rowCount).map { scalars[$0 * columns.count + index] }
    }

    /// Reads a table from a CSV file, compressed with gzip or not. The first line is a header if any of its fields is not a
    /// number.
    ///
    /// - Parameter allowsMissing: whether empty fields (read as NaN), NaN and infinities are taken; otherwise they are errors.
    /// - Throws: `FileFormatError` that names line and column.
    public static func read(_ url: URL, separator: Unicode.Scalar = ",", allowsMissing: Bool = false) throws -> NumericTable {
        try read(ByteSource(url), separator: separator, allowsMissing: allowsMissing)
    }

    /// Reads a table from a file's content.
    /// - Throws: `FileFormatError`.
    public static func read(_ source: ByteSource, separator: Unicode.Scalar = ",", allowsMissing: Bool = false) throws -> NumericTable {
        var records = try CSVRecords(source, separator: separator)
        guard let first = try records.next() else { throw FileFormatError(.malformed, file: source.name, "found no line with content") }
        var columns: [String]
        var values: [Double] = []
        var pending: [String]?
        if first.contains(where: { number($0) == nil && !$0.isEmpty }) {
            columns = first
            if let repeated = Dictionary(grouping: first, by: \.self).first(where: { $0.value.count > 1 }) {
                throw records.failure("found two columns named '\(repeated.key)'")
            }
        } else {
            columns = first.indices.map { "column\($0 + 1)" }
            pending = first
        }
        while let fields = try pending ?? records.next() {
            pending = nil
            guard fields.count == columns.count else {
                throw records.failure("found \(fields.count) fields, expected \(columns.count)")
            }
            for (index, field) in fields.enumerated() {
                let value = field.isEmpty ? .nan : number(field)
                guard let value else { throw records.failure("found '\(field)', expected a number", column: index + 1) }
                guard allowsMissing || value.isFinite else {
                    throw records.failure("found \(field.isEmpty ? "nothing" : "\(value)"), expected a finite number", column: index + 1)
                }
                values.append(value)
            }
        }
        let rows = values.count / columns.count
        return NumericTable(columns: columns, values: Tensor(values, shape: [rows, columns.count]))
    }

    private static func number(_ field: String) -> Double? {
        Double(field.trimming { $0 == " " || $0 == "\t" })
    }

    /// Writes the table with its header, replacing the file atomically. Numbers are written so that reading gives the same bits.
    /// - Throws: `FileFormatError` where the file cannot be written.
    public func write(to url: URL) throws {
        var text = columns.map(NumericTable.quoted).joined(separator: ",") + "\n"
        let scalars = values.scalars
        for row in 0..<rowCount {
            text += scalars[(row * columns.count)..<((row + 1) * columns.count)].map { "\($0)" }.joined(separator: ",") + "\n"
        }
        try AtomicFile.write(text, to: url)
    }

    private static func quoted(_ field: String) -> String {
        guard field.contains(where: { ",\"\n\r".contains($0) }) else { return field }
        return "\"" + field.replacing("\"", with: "\"\"") + "\""
    }
}

extension String {
    fileprivate func trimming(while isPadding: (Character) -> Bool) -> Substring {
        var text = self[...]
        while let first = text.first, isPadding(first) { text.removeFirst() }
        while let last = text.last, isPadding(last) { text.removeLast() }
        return text
    }
}
