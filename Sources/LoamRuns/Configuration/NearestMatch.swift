/// The candidate closest to a misspelt word in edit distance (insertions, deletions, substitutions and transpositions of neighbours;
/// case costs
/// nothing), or `nil` when none is near: more than two edits and more than 40 % of the word.
public func nearestMatch(to word: String, in candidates: [String]) -> String? {
    let target = Array(word.lowercased().unicodeScalars.prefix(100))
    guard !target.isEmpty else { return nil }
    var best: (candidate: String, distance: Int)?
    for candidate in candidates {
        let letters = Array(candidate.lowercased().unicodeScalars)
        var distance = editDistance(target, letters)
        // A dotted key misses its prefix more often than its letters: `rate` for `training.rate`.
        if letters.count > target.count, candidate.lowercased().hasSuffix("." + word.lowercased()) { distance = 1 }
        if distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    guard let best, best.distance <= max(2, target.count * 2 / 5) else { return nil }
    return best.distance < max(target.count, best.candidate.count) ? best.candidate : nil
}

/// Optimal string alignment distance.
func editDistance<Letter: Equatable>(_ a: [Letter], _ b: [Letter]) -> Int {
    guard !a.isEmpty else { return b.count }
    guard !b.isEmpty else { return a.count }
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in 1...a.count {
        var row = [i] + Array(repeating: 0, count: b.count)
        for j in 1...b.count {
            row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { row[j] = min(row[j], beforeLast[j - 2] + 1) }
        }
        beforeLast = last
        last = row
    }
    return last[b.count]
}
