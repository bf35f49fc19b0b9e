import Foundation
import LoamRuns

/// A figure of every kind of mark, for tests that draw.
enum Gallery {
    static var figures: [Figure] {
        let t = stride(from: 0.0, through: 10, by: 0.1).map { $0 }
        let lines = Panel(
            x: Axis("depth ℓ", unit: "layers"), y: Axis("relative entropy S_rel", unit: "nats"), legend: .automatic,
            marks: [
                .band(x: t, lower: t.map { sin($0) - 0.3 }, upper: t.map { sin($0) + 0.3 }, style: MarkStyle(color: .blue)),
                .line(x: t, y: t.map { sin($0) }, label: "σ_w² = 1.0", style: MarkStyle(color: .blue)),
                .line(x: t, y: t.map { cos($0) }, label: "σ_w² = 1.76 (critical)"),
                .points(
                    x: [1, 3, 5, 7, 9], y: [0.2, 0.9, -0.4, 0.1, 0.7], errors: [0.2, 0.1, 0.3, 0.2, 0.15], label: "measured",
                    style: MarkStyle(color: .black)),
                .horizontalLine(y: 0.594, label: "data-mean image", style: MarkStyle(color: .grey, width: 1.5, dash: .dotted)),
            ])
        let x = stride(from: 0.5, through: 4, by: 0.25).map { $0 }
        let y = (1...30).map(Double.init)
        let values = y.map { depth in
            x.map { sigma in -5 - 14 * (1 - exp(-depth / (4 + 20 * exp(-pow(sigma - 1.76, 2) * (sigma < 1.76 ? 3 : 0.2))))) }
        }
        let map = Panel(
            x: Axis("weight variance σ_w²"), y: Axis("depth ℓ", unit: "layers"),
            color: ColorAxis("S_diff", palette: .spectral, from: -19, to: -5),
            marks: [
                .heatMap(x: x, y: y, values: values),
                .line(x: x, y: x.map { min(30, 6 / abs($0 - 1.76 + 1e-9)) }, label: "6ξ_c", style: MarkStyle(color: .black, dash: .dashed)),
                .line(x: x, y: x.map { min(30, 1 / abs($0 - 1.76 + 1e-9)) }, label: "ξ_c", style: MarkStyle(color: .black)),
                .verticalLine(x: 1.76, label: "critical σ_w²", style: MarkStyle(color: .black, dash: .dotted)),
                .points(
                    x: [0.5, 1, 1.5, 2.5, 4], y: [4, 9, 25, 29, 12], label: "cutoff ℓ_c", style: MarkStyle(color: .white, symbol: .circle)),
                .arrow(fromX: 2.5, fromY: 26, toX: 2.5, toY: 29.5, style: MarkStyle(color: .white)),
            ])
        let bars = Panel(
            x: Axis("σ_w²"), y: Axis("trained depth", unit: "layers"), color: ColorAxis("accuracy", palette: .viridis, from: 0.1, to: 0.4),
            marks: [
                .bars(
                    x: [1, 2, 3, 4, 5], heights: [5, 20, 30, 22, 9], errors: [1, 2, 3, 1, 1], colorValues: [0.1, 0.3, 0.4, 0.25, 0.15])
            ])
        let logarithmic = Panel(
            title: "Front against scale", x: Axis("ξ_c", unit: "layers", scale: .logarithmic),
            y: Axis("front L_f", unit: "layers", scale: .logarithmic),
            legend: .topLeft,
            marks: [
                .points(
                    x: [1.2, 3.6, 7.8, 15.8, 120], y: [12, 33, 68, 123, 1100], label: "digitised", style: MarkStyle(symbol: .openCircle)),
                .line(x: [1, 200], y: [9.2, 1840], label: "L_f = 9.2 ξ_c"),
                .text(x: 20, y: 40, "R² = 0.998"),
            ])
        let categories = Panel(
            title: "Predictors", x: Axis("", ticks: [.init(0, "S_rel"), .init(1, "S_diff"), .init(2, "GradNorm")]),
            y: Axis("Spearman ρ", from: -1, to: 1),
            marks: [.bars(x: [0, 1, 2], heights: [0.9, 0.8, -0.3], errors: [0.05, 0.1, 0.2])])
        let uneven = Panel(
            x: Axis("x", scale: .logarithmic), y: Axis("y"), color: ColorAxis("count", palette: .cividis, scale: .logarithmic),
            marks: [
                .heatMap(
                    x: [1, 3, 10, 100, 1000], y: [0, 1, 4],
                    values: [[1, 10, 100, .nan, 5], [2, 20, .infinity, 8, 9], [3, 30, 300, 3000, 1]])
            ])
        return [
            Figure(name: "profiles", title: "Profiles", caption: "Entropy against depth.", panel: lines),
            Figure(name: "phase-map", title: "Phase map", caption: "What survives at each depth.", panel: map),
            Figure(name: "frontier", title: "Frontier", caption: "Depth that trains.", panel: bars),
            Figure(name: "pair", title: "Two panels", caption: "A pair.", panels: [logarithmic, categories]),
            Figure(name: "uneven", title: "Uneven cells", caption: "A logarithmic map.", panel: uneven),
            Figure(name: "many", title: "All", caption: "Four panels.", panels: [lines, map, bars, logarithmic]),
        ]
    }
}

/// Draws the gallery and adds whatever else a report may hold.
enum GalleryVerb: Verb {
    struct Settings: Configuration {
        var title = "x"
        static let fields = [Field("title", "any text", .text)]
    }

    static let name = "gallery"
    static let summary = "Every kind of mark"
    static let kind = VerbKind.tool
    static let presets = [
        Preset(name: "default", summary: "All figures", source: "", quick: Settings(), paper: Settings(), quickSeconds: 2, paperSeconds: 2)
    ]

    static func run(_ configuration: Settings, in run: RunContext) throws {
        for figure in Gallery.figures { try run.add(figure) }
        run.add(
            Finding(
                id: "front-1.0", quantity: "front depth at σ_w² = 1.0", value: 31.8, standardError: 1.2,
                .within(reference: 33, tolerance: 3),
                source: "Figure 3, digitised"))
        run.add(
            Finding(
                id: "spearman", quantity: "Spearman ρ of S_rel with accuracy", value: 0.62, .atLeast(reference: 0.8, tolerance: 0),
                source: "Section 4.2"))
        run.add(
            Finding(
                id: "ratio", quantity: "saving factor R (\(configuration.title))", value: 3100, .informational(reference: nil),
                source: "equation (12)"))
        run.add(
            Finding(
                id: "floor", quantity: "floor of S_diff", value: -19.03, .between(lower: -19.6, upper: -18.4, tolerance: 0),
                source: "Figure 3"))
        run.warn("3 cells diverged: \(configuration.title)")
        try run.summarize("best σ_w²", 1.76)
        try run.summarize("cells", 90)
        run.html("Hover", "<p id=\"hover\">Point at a cell.</p>")
    }
}

let galleryStudy = Study(
    name: "gallery", title: "Gallery", summary: "Figures of every kind, to be looked at.", paper: "None",
    verbs: [AnyVerb(GalleryVerb.self)],
    featured: .init(verb: "gallery", preset: "default"))
