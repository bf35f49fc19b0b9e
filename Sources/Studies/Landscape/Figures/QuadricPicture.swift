import Foundation
import LoamRuns

/// Quadrics of neurons in (w₁, w₂, a) with their trajectories, as SVG.
struct QuadricPicture {
    /// One panel.
    struct Panel {
        var title: String
        var c: Double
        /// Points (w₁, w₂, a) of the trajectory.
        var path: [SIMD3<Double>]
        /// The frozen sign of a, where there is one: the other sheet is drawn in grey.
        var frozenSign: Int?
        /// Whether the run reached the global optimum: the colour of the path.
        var isReached: Bool
    }

    let panels: [Panel]
    let columns: Int

    private static let reachable = (0.55, 0.78, 0.98)
    private static let unreachable = (0.86, 0.86, 0.88)

    /// The corners of the patches of {‖w‖² − a² = c} with |a| and ‖w‖ up to a limit; `sheet` is the sign of a for c < 0, else 0.
    static func mesh(c: Double, limit: Double, rings: Int = 14, spokes: Int = 40) -> [(corners: [SIMD3<Double>], sheet: Int)] {
        var patches: [(corners: [SIMD3<Double>], sheet: Int)] = []
        func point(_ r: Double, _ angle: Double, _ a: Double) -> SIMD3<Double> { SIMD3(r * cos(angle), r * sin(angle), a) }
        for s in 0..<spokes {
            let (p, q) = (2 * .pi * Double(s) / Double(spokes), 2 * .pi * Double(s + 1) / Double(spokes))
            if c < 0 || c == 0 {
                for sign in [1, -1] {
                    for ring in 0..<rings {
                        let (r1, r2) = (limit * Double(ring) / Double(rings), limit * Double(ring + 1) / Double(rings))
                        let (a1, a2) = (Double(sign) * (r1 * r1 - c).squareRoot(), Double(sign) * (r2 * r2 - c).squareRoot())
                        patches.append(([point(r1, p, a1), point(r2, p, a2), point(r2, q, a2), point(r1, q, a1)], c < 0 ? sign : 0))
                    }
                }
            } else {
                for ring in 0..<2 * rings {
                    let (a1, a2) = (limit * (Double(ring) / Double(rings) - 1), limit * (Double(ring + 1) / Double(rings) - 1))
                    let (r1, r2) = ((c + a1 * a1).squareRoot(), (c + a2 * a2).squareRoot())
                    patches.append(([point(r1, p, a1), point(r2, p, a2), point(r2, q, a2), point(r1, q, a1)], 0))
                }
            }
        }
        return patches
    }

    private static func limit(_ panel: Panel) -> Double {
        let reach = panel.path.map { max(($0.x * $0.x + $0.y * $0.y).squareRoot(), abs($0.z)) }.max() ?? 1
        return max(1.1, 1.12 * reach, 1.25 * abs(panel.c).squareRoot())
    }

    private static func scene(_ panel: Panel) -> (scene: Scene, extent: Double) {
        var scene = Scene()
        let limit = limit(panel)
        for patch in mesh(c: panel.c, limit: panel.c < 0 ? limit : limit) {
            let isBeyond = panel.frozenSign.map { patch.sheet != 0 && patch.sheet != $0 } ?? false
            scene.add(face: patch.corners, hue: isBeyond ? unreachable : reachable, opacity: isBeyond ? 0.55 : 0.6)
        }
        let height = panel.c < 0 ? (limit * limit - panel.c).squareRoot() : limit
        let reach = 1.25 * (panel.c > 0 ? (panel.c + limit * limit).squareRoot() : limit)
        let axes: [(SIMD3<Double>, String)] = [
            (SIMD3(reach, 0, 0), "w₁"), (SIMD3(0, reach, 0), "w₂"), (SIMD3(0, 0, 1.18 * height), "a"),
        ]
        for (end, name) in axes {
            let steps = (0...24).map { -end + 2 * end * (Double($0) / 24) }
            scene.add(line: steps, stroke: "#888888", width: 0.8, lift: 0)
            scene.add(label: name, at: end * 1.09)
        }
        let color = panel.isReached ? "#009E73" : "#D55E00"
        scene.add(line: panel.path, stroke: color, width: 2.6, lift: 10)
        if let first = panel.path.first { scene.add(dot: first, fill: "#000000", radius: 4.5) }
        if let last = panel.path.last { scene.add(dot: last, fill: color, radius: 4.5, isSquare: true) }
        return (scene, max(reach, 1.3 * height))
    }

    /// The picture.
    var svg: String {
        let (width, height) = (300.0, 310.0)
        let rows = (panels.count + columns - 1) / columns
        let (totalWidth, totalHeight) = (width * Double(columns), height * Double(rows) + 26)
        var body = ""
        for (index, panel) in panels.enumerated() {
            let (x, y) = (width * Double(index % columns), height * Double(index / columns))
            let (scene, extent) = Self.scene(panel)
            body += "<text x=\"\(x + width / 2)\" y=\"\(y + 20)\" font-size=\"13\" text-anchor=\"middle\" font-family=\"sans-serif\" "
            body += "fill=\"currentColor\">\(HTML.escape(panel.title))</text>\n"
            body += scene.elements(x: x + width / 2, y: y + 168, scale: 128 / extent) + "\n"
        }
        let legend = [
            ("#8cc7fa", "where the flow can go"), ("#dbdbe0", "the sheet it can never reach"), ("#009E73", "run that reaches the optimum"),
            ("#D55E00", "obstructed run"),
        ]
        for (index, entry) in legend.enumerated() {
            let x = 12 + Double(index) * (totalWidth - 24) / 4
            body += "<rect x=\"\(x)\" y=\"\(totalHeight - 18)\" width=\"12\" height=\"12\" fill=\"\(entry.0)\"/>"
            body +=
                "<text x=\"\(x + 17)\" y=\"\(totalHeight - 8)\" font-size=\"11\" font-family=\"sans-serif\" fill=\"currentColor\">\(entry.1)</text>\n"
        }
        return
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Int(totalWidth)) \(Int(totalHeight))\" width=\"\(Int(totalWidth))\" "
            + "height=\"\(Int(totalHeight))\" color=\"#1a1a1b\">\n<title>Invariant quadrics with trajectories</title>\n\(body)</svg>\n"
    }

    /// The quadrics as one PLY file, side by side, faces coloured by what the flow can reach.
    var ply: String {
        var vertices: [(SIMD3<Double>, (Double, Double, Double))] = []
        var faces: [String] = []
        for (index, panel) in panels.enumerated() {
            let limit = Self.limit(panel)
            let shift = SIMD3(4 * limit * Double(index % columns), -4 * limit * Double(index / columns), 0)
            for patch in Self.mesh(c: panel.c, limit: limit) {
                let isBeyond = panel.frozenSign.map { patch.sheet != 0 && patch.sheet != $0 } ?? false
                let first = vertices.count
                vertices += patch.corners.map { ($0 + shift, isBeyond ? Self.unreachable : Self.reachable) }
                faces.append("4 \(first) \(first + 1) \(first + 2) \(first + 3)")
            }
        }
        let points = vertices.map { point, color in
            String(format: "%.6f %.6f %.6f %d %d %d", point.x, point.y, point.z, Int(255 * color.0), Int(255 * color.1), Int(255 * color.2))
        }
        return
            ([
                "ply", "format ascii 1.0", "element vertex \(vertices.count)", "property float x", "property float y", "property float z",
                "property uchar red", "property uchar green", "property uchar blue", "element face \(faces.count)",
                "property list uchar int vertex_indices", "end_header",
            ] + points + faces).joined(separator: "\n") + "\n"
    }

    /// Panels of one run: one a neuron. Nil where neurons do not live in space (D + e ≠ 3).
    static func panels(_ run: FlowTrajectory, title: String, isReached: Bool) -> [Panel]? {
        let shape = run.architecture
        guard shape.incoming == 2, shape.outputs == 1, let set = try? InvariantSet(ShallowNetwork(shape, parameters: run.parameters[0]))
        else {
            return nil
        }
        return set.neurons.enumerated().map { k, neuron in
            Panel(
                title: "\(title), neuron \(k): c = \(fixed(neuron.c, 2))", c: neuron.c,
                path: run.parameters.map { SIMD3($0[3 * k], $0[3 * k + 1], $0[3 * k + 2]) }, frozenSign: neuron.frozenOutputSign,
                isReached: isReached)
        }
    }
}
