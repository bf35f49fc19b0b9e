import Foundation

/// The program that draws.
public enum Gnuplot {
    /// File formats that figures can be drawn in.
    public enum Format: String, CaseIterable, Sendable {
        case svg, pdf, png

        /// The terminal for a figure of the given size in points.
        func terminal(width: Double, height: Double) -> String {
            let font = "font 'Helvetica,14'"
            switch self {
            case .svg: return "svg enhanced size \(compact(width)),\(compact(height)) dynamic \(font) linewidth 1 background '#ffffff'"
            case .pdf:
                return "pdfcairo enhanced size \(compact(width / 72))in,\(compact(height / 72))in \(font) linewidth 1 background '#ffffff'"
            case .png:
                return
                    "pngcairo enhanced size \(compact((width * 2).rounded())),\(compact((height * 2).rounded())) font 'Helvetica,14' fontscale 2 linewidth 2 "
                    + "pointscale 2 background '#ffffff'"
            }
        }
    }

    /// The version ("gnuplot 5.4 patchlevel 4"), or `nil` when the program is not there.
    public static var version: String? {
        guard let program = Subprocess.find("gnuplot") else { return nil }
        guard let result = try? Subprocess.run(program, ["--version"]), result.status == 0 else { return nil }
        return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    static let missing = LoamError(
        .missingComponent, "gnuplot, which draws the figures, is not installed", advice: "Install it with: sudo apt-get install gnuplot-nox"
    )

    /// Draws `figures/NAME.gp` of a run folder.
    static func draw(_ name: String, in folder: RunFolder, width: Double, height: Double, format: Format = .svg) throws {
        guard let program = Subprocess.find("gnuplot") else { throw missing }
        let figures = folder[.figures]
        try folder.replace("figures/\(name).\(format.rawValue)") { temporary in
            let setup =
                "set terminal \(format.terminal(width: width, height: height)); "
                + "set output \(GnuplotText.path(temporary.lastPathComponent))"
            let result = try Subprocess.run(program, ["-d", "-e", setup, "\(name).gp"], in: figures)
            let size = (try? FileManager.default.attributesOfItem(atPath: temporary.path)[.size] as? Int) ?? 0
            guard result.status == 0, size > 0 else {
                let free = try? FileManager.default.attributesOfFileSystem(forPath: figures.path)[.systemFreeSize] as? NSNumber
                if let free, free.int64Value < 65_536 { throw WholeFile.failure("cannot write the figure", temporary, code: ENOSPC) }
                throw LoamError(
                    .internal, "gnuplot could not draw the figure: \(result.errors.trimmingCharacters(in: .whitespacesAndNewlines))",
                    at: figures.appending(path: "\(name).gp").path)
            }
            if format == .svg { try polish(temporary, height: height, areas: PlotArea.reported(result.errors)) }
        }
    }

    /// Pixels of heat maps stay sharp, the picture does not name itself after the program, and it says where its heat maps are.
    private static func polish(_ url: URL, height: Double, areas: [PlotArea]) throws {
        let text = try String(contentsOf: url, encoding: .utf8)
        let polished =
            text
            .replacing("<title>Gnuplot</title>", with: "")
            .replacing(/<desc>[^<]*<\/desc>/, with: "")
            .replacing("<image x=", with: "<image style='image-rendering: pixelated' x=")
            .replacing("</svg>", with: areas.map { $0.element(height: height) + "\n" }.joined() + "</svg>")
        try Data(polished.utf8).write(to: url)
    }
}
