/// Text for gnuplot scripts. Whatever a label contains, it can neither end its quotes nor start a command or markup.
enum GnuplotText {
    /// A single-quoted string in which gnuplot's enhanced markup is switched off character by character; `σ_w` and `S_diff` (one letter, an
    /// underscore, a word) are set with a subscript.
    static func quoted(_ text: String) -> String { "'" + escaped(text) + "'" }

    /// The label of a tick, in which gnuplot would take a percent sign for a number's place.
    static func tick(_ text: String) -> String { quoted(text).replacing("%", with: "%%") }

    /// A file name: single-quoted, without markup. Control characters are refused by ``Figure``'s and the folder's own rules.
    static func path(_ path: String) -> String { "'" + path.replacing("'", with: "''") + "'" }

    private static func escaped(_ text: String) -> String {
        var result = ""
        var followsSubscript = false
        for piece in Subscripts.pieces(of: text) {
            if piece.isSubscript {
                result += "_{\(piece.text)}"
            } else if followsSubscript, piece.text.first == " " {
                // Viewers drop an ordinary space at the start of the next piece of an SVG text.
                result += "\u{00A0}" + plain(piece.text.dropFirst())
            } else {
                result += plain(piece.text)
            }
            followsSubscript = piece.isSubscript
        }
        return result
    }

    private static func plain(_ text: Substring) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\", "{", "}", "_", "^", "@", "&", "~": result += "\\" + String(character)
            // A doubled quote is not safe at the start of a string in gnuplot 5.4; the typographic one always is, and looks better.
            case "'": result += "’"
            case _ where character.isNewline: result += " "
            case _ where character.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }): result += "\u{FFFD}"
            default: result.append(character)
            }
        }
        return result
    }

    /// A number gnuplot reads back unchanged; NaN as `NaN`.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "1e300" : "-1e300" }
        return compact(value)
    }
}
