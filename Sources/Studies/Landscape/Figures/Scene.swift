import Foundation

/// A drawing in space, projected orthographically and painted from back to front.
struct Scene {
    typealias Point = SIMD3<Double>

    private enum Shape {
        case face([Point], fill: String, opacity: Double)
        case segment(Point, Point, stroke: String, width: Double)
        case dot(Point, fill: String, radius: Double, isSquare: Bool)
        case label(Point, String)
    }

    private var shapes: [(depth: Double, shape: Shape)] = []
    private let right: Point
    private let up: Point
    private let towards: Point

    /// A camera that looks at the origin.
    /// - Parameters:
    ///   - azimuth, elevation: where it stands, in degrees.
    init(azimuth: Double = -62, elevation: Double = 16) {
        let (a, e) = (azimuth * .pi / 180, elevation * .pi / 180)
        towards = Point(cos(e) * cos(a), cos(e) * sin(a), sin(e))
        right = Point(-sin(a), cos(a), 0)
        up = Point(-sin(e) * cos(a), -sin(e) * sin(a), cos(e))
    }

    private func dot(_ a: Point, _ b: Point) -> Double { (a * b).sum() }

    /// A polygon; its shade follows its tilt.
    mutating func add(face points: [Point], hue: (Double, Double, Double), opacity: Double) {
        let centre = points.reduce(Point()) { $0 + $1 } / Double(points.count)
        let (u, v) = (points[1] - points[0], points[points.count - 1] - points[0])
        let normal = Point(u.y * v.z - u.z * v.y, u.z * v.x - u.x * v.z, u.x * v.y - u.y * v.x)
        let length = dot(normal, normal).squareRoot()
        let light = Point(0.35, -0.5, 0.79)
        let shade = length > 0 ? 0.62 + 0.38 * abs(dot(normal, light)) / length : 1
        func channel(_ value: Double) -> Int { Int((255 * min(1, value * shade)).rounded()) }
        shapes.append(
            (dot(centre, towards), .face(points, fill: "rgb(\(channel(hue.0)),\(channel(hue.1)),\(channel(hue.2)))", opacity: opacity)))
    }

    /// A polyline, drawn a little nearer than it is, so that it does not drown in the surface it lies on.
    mutating func add(line points: [Point], stroke: String, width: Double, lift: Double = 0.05) {
        for (a, b) in zip(points, points.dropFirst()) {
            shapes.append((dot((a + b) / 2, towards) + lift, .segment(a, b, stroke: stroke, width: width)))
        }
    }

    mutating func add(dot point: Point, fill: String, radius: Double, isSquare: Bool = false) {
        shapes.append((dot(point, towards) + 11, .dot(point, fill: fill, radius: radius, isSquare: isSquare)))
    }

    mutating func add(label: String, at point: Point) { shapes.append((.infinity, .label(point, label))) }

    /// The drawing as elements of an SVG, centred at a place, `scale` points a unit.
    func elements(x: Double, y: Double, scale: Double) -> String {
        func place(_ p: Point) -> (Double, Double) { (x + scale * dot(p, right), y - scale * dot(p, up)) }
        func text(_ p: Point) -> String {
            let (a, b) = place(p)
            return String(format: "%.1f,%.1f", a, b)
        }
        return shapes.sorted { $0.depth < $1.depth }.map { _, shape -> String in
            switch shape {
            case .face(let points, let fill, let opacity):
                return "<polygon points=\"\(points.map(text).joined(separator: " "))\" fill=\"\(fill)\" fill-opacity=\"\(opacity)\" "
                    + "stroke=\"\(fill)\" stroke-opacity=\"\(opacity)\" stroke-width=\"0.4\"/>"
            case .segment(let a, let b, let stroke, let width):
                let ((x1, y1), (x2, y2)) = (place(a), place(b))
                return String(format: "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" ", x1, y1, x2, y2)
                    + "stroke=\"\(stroke)\" stroke-width=\"\(width)\" stroke-linecap=\"round\"/>"
            case .dot(let p, let fill, let radius, let isSquare):
                let (a, b) = place(p)
                return isSquare
                    ? String(
                        format: "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" ", a - radius, b - radius, 2 * radius,
                        2 * radius)
                        + "fill=\"\(fill)\" stroke=\"white\" stroke-width=\"1\"/>"
                    : String(format: "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" ", a, b, radius)
                        + "fill=\"\(fill)\" stroke=\"white\" stroke-width=\"1\"/>"
            case .label(let p, let label):
                let (a, b) = place(p)
                return String(format: "<text x=\"%.1f\" y=\"%.1f\" ", a, b)
                    + "font-size=\"12\" text-anchor=\"middle\" font-family=\"sans-serif\" font-style=\"italic\" fill=\"currentColor\">\(label)</text>"
            }
        }.joined(separator: "\n")
    }
}
