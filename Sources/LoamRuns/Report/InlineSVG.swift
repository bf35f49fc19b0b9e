import Foundation

/// A drawn figure as part of a page: its names made unique, its axes in the page's ink, its background the page's.
enum InlineSVG {
    /// The `<svg>` element of a file, or `nil` when the file is not there.
    static func element(_ url: URL, name: String, description: String) -> String? {
        guard let text = try? String(contentsOf: url, encoding: .utf8), let start = text.range(of: "<svg") else { return nil }
        return element(String(text[start.lowerBound...]), name: name, description: description)
    }

    static func element(_ svg: String, name: String, description: String) -> String {
        let prefix = "figure-\(name)-"
        // Embedded pictures are long, and nothing in them is to be replaced: they wait outside.
        let (words, payloads) = withoutPayloads(svg)
        var text =
            words
            .replacing(/\bid=(['"])/) { "id=\($0.output.1)\(prefix)" }
            .replacing(/href=(['"])#/) { "href=\($0.output.1)#\(prefix)" }
            .replacing(/url\(#/) { _ in "url(#\(prefix)" }
            .replacing(/<rect x="0" y="0" width="[0-9.]+" height="[0-9.]+" fill="#ffffff"\/>/) { _ in "" }
            .replacing(/rgb\( *26, *26, *27\)/) { _ in "var(--ink)" }
            .replacing(/rgb\(217, *217, *218\)/) { _ in "var(--grid)" }
            // Titles inside would show as tooltips named gnuplot_plot_1.
            .replacing(/<title>[^<]*<\/title>/) { _ in "" }
            .replacing(/font-family="Helvetica"/) { _ in "font-family=\"inherit\"" }
            .replacing(/\n\s*\n/) { _ in "\n" }
        text = text.replacing(/<svg\b/, maxReplacements: 1) { _ in "<svg role=\"img\" aria-label=\"\(HTML.escape(description))\"" }
        return withPayloads(text, payloads)
    }

    private static let payloadStart = ";base64,"

    /// The text with the content of every `data:…;base64,` address taken out.
    private static func withoutPayloads(_ svg: String) -> (text: String, payloads: [String]) {
        let parts = svg.components(separatedBy: payloadStart)
        guard parts.count > 1 else { return (svg, []) }
        var text = parts[0]
        var payloads: [String] = []
        for part in parts.dropFirst() {
            let end = part.utf8.firstIndex { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'") } ?? part.endIndex
            payloads.append(String(part[..<end]))
            text += payloadStart + part[end...]
        }
        return (text, payloads)
    }

    private static func withPayloads(_ text: String, _ payloads: [String]) -> String {
        let parts = text.components(separatedBy: payloadStart)
        guard parts.count == payloads.count + 1 else { return text }
        return parts[0] + zip(payloads, parts.dropFirst()).map { payloadStart + $0.0 + $0.1 }.joined()
    }
}
