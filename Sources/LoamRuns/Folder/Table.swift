/// Columns of equal length under names, for CSV files.
public struct Table: Sendable, Equatable {
    /// The values of one column.
    public enum Column: Sendable, Equatable {
        case numbers([Double])
        case integers([Int])
        case texts([String])
        /// Numbers that depend on the clock: left out of the file, kept in `cost.json`.
        case measured([Double])

        /// The number of rows.
        public var count: Int {
            switch self {
            case .numbers(let values), .measured(let values): values.count
            case .integers(let values): values.count
            case .texts(let values): values.count
            }
        }
    }

    /// The columns' names, in order.
    public private(set) var names: [String] = []
    /// The columns, in order.
    public private(set) var columns: [Column] = []

    /// A table without columns.
    public init() {}

    /// Columns under names. They must be equally long.
    public init(_ columns: KeyValuePairs<String, Column>) {
        for (name, column) in columns { add(name, column) }
    }

    /// Adds a column, which must be as long as the others.
    public mutating func add(_ name: String, _ column: Column) {
        precondition(
            columns.isEmpty || columns[0].count == column.count,
            "Table: column '\(name)' has \(column.count) rows, the others \(columns.first?.count ?? 0)")
        names.append(name)
        columns.append(column)
    }

    /// RFC 4180 with a header line, line feeds, and numbers in the shortest form that reads back the same. Without measured columns.
    public var csv: String {
        let written = zip(names, columns).filter { if case .measured = $0.1 { false } else { true } }
        var text = written.map { Self.quoted($0.0) }.joined(separator: ",") + "\n"
        for row in 0..<(columns.first?.count ?? 0) {
            text += written.map { cell($0.1, row) }.joined(separator: ",") + "\n"
        }
        return text
    }

    /// The measured columns by name.
    var measured: [String: [Double]] {
        var result: [String: [Double]] = [:]
        for (name, column) in zip(names, columns) { if case .measured(let values) = column { result[name] = values } }
        return result
    }

    private func cell(_ column: Column, _ row: Int) -> String {
        switch column {
        case .numbers(let values), .measured(let values): compact(values[row])
        case .integers(let values): String(values[row])
        case .texts(let values): Self.quoted(values[row])
        }
    }

    private static func quoted(_ text: String) -> String {
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
