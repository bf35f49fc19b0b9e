import Foundation

/// Numbers in a comma-separated file, with the names of their columns where its first line has some.
struct CommaSeparated {
    let names: [String]
    let rows: [[Double]]

    /// Reads a file of numbers. A first line that is not all numbers names the columns, except in the format of scikit-learn's tables, whose
    /// first line is `rows,columns,class,class…` and whose last column is the class.
    /// - Throws: ``LandscapeError`` naming row and column.
    init(_ url: URL) throws {
        guard let text = try? String(contentsOf: url, encoding: .utf8) else {
            throw LandscapeError(.badData, url.path, "the file cannot be read as text", advice: "Give a comma-separated file of numbers.")
        }
        try self.init(text, name: url.lastPathComponent)
    }

    init(_ text: String, name: String) throws(LandscapeError) {
        var lines: [(number: Int, fields: [String])] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let trimmed = line.trimmingCharacters(in: .whitespaces)
            if trimmed.isEmpty { continue }
            lines.append(
                (index + 1, trimmed.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) })
            )
        }
        guard let first = lines.first else { throw LandscapeError(.badData, name, "the file is empty") }
        var names: [String] = []
        if first.fields.contains(where: { Double($0) == nil }) {
            lines.removeFirst()
            let width = lines.first?.fields.count ?? 0
            let isTable = first.fields.count >= 2 && Int(first.fields[0]) == lines.count && Int(first.fields[1]) == width - 1
            names = isTable ? (0..<width - 1).map { "x\($0)" } + ["class"] : first.fields
        }
        guard let width = lines.first?.fields.count else { throw LandscapeError(.badData, name, "there is no row below the header") }
        if names.isEmpty { names = (0..<width).map { "x\($0)" } }
        guard names.count == width else {
            throw LandscapeError(.badData, name, "the header names \(names.count) columns; the rows have \(width)")
        }
        var rows: [[Double]] = []
        for line in lines {
            guard line.fields.count == width else {
                throw LandscapeError(.badData, name, "line \(line.number) has \(line.fields.count) columns; the first row has \(width)")
            }
            var row: [Double] = []
            for (column, field) in line.fields.enumerated() {
                guard let value = Double(field), value.isFinite else {
                    throw LandscapeError(.badData, name, "line \(line.number), column \(column + 1) is '\(field)', not a finite number")
                }
                row.append(value)
            }
            rows.append(row)
        }
        self.names = names
        self.rows = rows
    }

    /// Inputs and targets; the target is a column's name or its number from 0, the last one by default.
    func samples(target: String, name: String) throws(LandscapeError) -> Samples {
        let column: Int
        if target.isEmpty {
            column = names.count - 1
        } else if let index = names.firstIndex(of: target) ?? Int(target), names.indices.contains(index) {
            column = index
        } else {
            throw LandscapeError(
                .usage, "data.target", "there is no column '\(target)' in \(name)", advice: "Columns: \(names.joined(separator: ", ")).")
        }
        guard names.count >= 2 else { throw LandscapeError(.badData, name, "there is no column beside the target") }
        return try Samples(
            name: name, inputs: rows.map { row in row.indices.filter { $0 != column }.map { row[$0] } }, targets: rows.map { [$0[column]] })
    }
}
