import Foundation
import LoamRuns

/// The settings of the surface verb.
public struct SurfaceConfiguration: Configuration {
    /// c of the quadrics.
    public var c: [Double] = [-1, 0, 1]
    /// D and e.
    public var incoming = 2
    public var outputs = 1
    /// Whether the profile ‖w‖ against ‖a‖ is drawn, which needs no space.
    public var profile = false

    /// The three kinds in space.
    public init() {}

    public static let fields: [Field] = [
        Field("c", "conserved quantities", .list(of: .anyNumber)),
        Field("incoming", "incoming weights D of a neuron", .integer(in: 1...1000)),
        Field("outputs", "outgoing weights e", .integer(in: 1...1000)),
        Field("profile", "draw ‖w‖ against ‖a‖ instead: for D + e other than 3", .boolean),
    ]

    public func validate() throws(ConfigurationError) {
        guard profile || (incoming == 2 && outputs == 1) else {
            throw ConfigurationError(
                key: "profile", "a quadric of \(incoming) + \(outputs) weights does not fit into space", found: "false",
                allowed: "incoming=2 and outputs=1, or profile=true")
        }
    }
}

/// Pictures of quadrics.
enum SurfaceVerb: Verb {
    static let name = "surface"
    static let summary = "quadrics {‖w‖² − ‖a‖² = c} in space: SVG, PLY, and a page on which they turn"
    static let kind = VerbKind.tool
    static let presets = [
        Preset(
            name: "default", summary: "two sheets, a cone, one sheet", source: "arXiv 2410.14837", quick: SurfaceConfiguration(),
            paper: SurfaceConfiguration(), quickSeconds: 1, paperSeconds: 1)
    ]

    static func run(_ configuration: SurfaceConfiguration, in run: RunContext) throws {
        for c in configuration.c {
            let counts = QuadricCounts(
                positive: c > 0 ? 1 : 0, negative: c < 0 ? 1 : 0, zero: c == 0 ? 1 : 0, incoming: configuration.incoming,
                outputs: configuration.outputs)
            run.note(
                "c = \(short(c)): P(t) = \(QuadricCounts.text(try counts.poincarePolynomial())), \(counts.componentCount) components, "
                    + "\(counts.flowComponentCount) under the flow")
        }
        guard !configuration.profile else {
            try run.add(profiles(configuration))
            return
        }
        let panels = configuration.c.map {
            QuadricPicture.Panel(title: "c = \(short($0))", c: $0, path: [], frozenSign: nil, isReached: true)
        }
        let picture = QuadricPicture(panels: panels, columns: min(3, panels.count))
        try run.saveText(picture.svg, to: "quadrics.svg")
        try run.saveText(picture.ply, to: "surface.ply")
        try run.saveText(Gallery.html(panels, times: [0]), to: "surface.html")
        run.html("Quadrics", "<div style=\"overflow-x:auto\">\(picture.svg)</div>")
    }

    private static func profiles(_ configuration: SurfaceConfiguration) -> Figure {
        let first: Double = configuration.outputs == 1 ? -3 : 0
        let a: [Double] = (0...300).map { first + (3 - first) * Double($0) / 300 }
        var marks: [Mark] = []
        for (index, c) in configuration.c.enumerated() {
            let w = a.map { weight -> Double in
                let square = c + weight * weight
                return square >= 0 ? square.squareRoot() : .nan
            }
            marks.append(.line(x: a, y: w, label: "c = \(short(c))", style: MarkStyle(color: FlowFigures.colors[index % 8], width: 2.5)))
        }
        return Figure(
            name: "profiles", title: "Profiles of quadrics", caption: "‖w‖ against the outgoing weight on {‖w‖² − ‖a‖² = c}.",
            panel: Panel(
                x: Axis(configuration.outputs == 1 ? "a" : "‖a‖"), y: Axis("‖w‖", from: 0), legend: .below, marks: marks))
    }
}
