/// Subscripts in labels and quantities: `σ_w` and `S_diff` (one letter, an underscore, a word).
enum Subscripts {
    /// The text in pieces; a subscript comes without its underscore.
    static func pieces(of text: String) -> [(text: Substring, isSubscript: Bool)] {
        var pieces: [(Substring, Bool)] = []
        var start = text.startIndex
        var index = start
        while index < text.endIndex {
            if text[index] == "_", let end = end(of: text, after: index) {
                if start < index { pieces.append((text[start..<index], false)) }
                pieces.append((text[text.index(after: index)..<end], true))
                start = end
                index = end
            } else {
                index = text.index(after: index)
            }
        }
        if start < text.endIndex { pieces.append((text[start...], false)) }
        return pieces
    }

    /// The end of a subscript that starts at the underscore, or `nil` when the underscore is a plain one.
    private static func end(of text: String, after underscore: String.Index) -> String.Index? {
        guard underscore > text.startIndex else { return nil }
        let letter = text.index(before: underscore)
        guard text[letter].isLetter else { return nil }
        if letter > text.startIndex {
            let before = text[text.index(before: letter)]
            if before.isLetter || before == "_" { return nil }
        }
        var end = text.index(after: underscore)
        while end < text.endIndex, text[end].isLetter || (text[end].isASCII && text[end].isNumber) { end = text.index(after: end) }
        return end > text.index(after: underscore) && (end == text.endIndex || text[end] != "_") ? end : nil
    }
}
