/// The lines through the origin that the data lie on.
///
/// All samples on one line switch together: positive multiples of its direction share a gate, negative ones have the complementary one. So
/// the kinks of a neuron in weight space are one hyperplane a line.
struct DataLines {
    /// Unit vectors, one a line, each D numbers.
    let directions: [Double]
    /// Lines.
    let count: Int
    /// The line of each sample; −1 for a row of zeros, which never switches.
    let line: [Int]
    /// x_i = `length[i]` · direction, negative on the far side.
    let length: [Double]

    init(rows: [Double], count n: Int) {
        let width = rows.count / n
        var directions: [[Double]] = []
        var line: [Int] = []
        var length: [Double] = []
        for i in 0..<n {
            let row = Array(rows[i * width..<(i + 1) * width])
            let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
            guard norm > 0 else {
                line.append(-1)
                length.append(0)
                continue
            }
            let unit = row.map { $0 / norm }
            let found = directions.firstIndex { direction in
                let cosine = zip(direction, unit).reduce(0) { $0 + $1.0 * $1.1 }
                let sign: Double = cosine > 0 ? 1 : -1
                return zip(direction, unit).allSatisfy { abs($0 - sign * $1) < 1e-12 }
            }
            if let found {
                let cosine = zip(directions[found], unit).reduce(0) { $0 + $1.0 * $1.1 }
                line.append(found)
                length.append(cosine > 0 ? norm : -norm)
            } else {
                line.append(directions.count)
                length.append(norm)
                directions.append(unit)
            }
        }
        self.directions = Array(directions.joined())
        count = directions.count
        self.line = line
        self.length = length
    }
}
