/// Text for HTML.
public enum HTML {
    /// Text safe inside elements and quoted attributes.
    public static func escape(_ text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            // Control characters have no place in HTML.
            case "\u{0}"..<"\u{9}", "\u{B}"..<"\u{D}", "\u{E}"..<"\u{20}", "\u{7F}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Escaped text in which `S_diff` has a subscript.
    static func typeset(_ text: String) -> String {
        Subscripts.pieces(of: text).map { $0.isSubscript ? "<sub>\($0.text)</sub>" : escape(String($0.text)) }.joined()
    }
}
