/// The shapes of the ten digits as pen strokes in the unit square, x to the right and y downwards.
enum GlyphStrokes {
    struct Point {
        var x: Double
        var y: Double

        init(_ x: Double, _ y: Double) {
            self.x = x
            self.y = y
        }
    }

    /// A stroke through points, either straight from one to the next or smooth (a Catmull–Rom curve).
    struct Stroke {
        var points: [Point]
        var isSmooth: Bool
        var isClosed = false

        /// The stroke as a chain of points close enough to be joined by lines.
        func flattened(steps: Int = 6) -> [Point] {
            guard isSmooth else { return points }
            let count = points.count
            func at(_ index: Int) -> Point {
                isClosed ? points[(index % count + count) % count] : points[min(max(index, 0), count - 1)]
            }
            var chain = [points[0]]
            for span in 0..<(isClosed ? count : count - 1) {
                let (a, b, c, d) = (at(span - 1), at(span), at(span + 1), at(span + 2))
                for step in 1...steps {
                    let t = Double(step) / Double(steps)
                    chain.append(Point(Self.catmullRom(a.x, b.x, c.x, d.x, t), Self.catmullRom(a.y, b.y, c.y, d.y, t)))
                }
            }
            return chain
        }

        private static func catmullRom(_ a: Double, _ b: Double, _ c: Double, _ d: Double, _ t: Double) -> Double {
            let linear = c - a
            let quadratic = 2 * a - 5 * b + 4 * c - d
            let cubic = 3 * b - a - 3 * c + d
            return b + 0.5 * t * (linear + t * (quadratic + t * cubic))
        }
    }

    private static func smooth(_ pairs: [(Double, Double)], closed: Bool = false) -> Stroke {
        Stroke(points: pairs.map { Point($0.0, $0.1) }, isSmooth: true, isClosed: closed)
    }

    private static func straight(_ pairs: [(Double, Double)]) -> Stroke {
        Stroke(points: pairs.map { Point($0.0, $0.1) }, isSmooth: false)
    }

    /// The ways in which each digit is written; one is chosen at random.
    static let variants: [[[Stroke]]] = [
        [
            [smooth([(0.5, 0), (0.24, 0.14), (0.16, 0.5), (0.25, 0.86), (0.5, 1), (0.76, 0.86), (0.84, 0.5), (0.76, 0.14)], closed: true)],
            [
                smooth(
                    [(0.6, 0.02), (0.3, 0.12), (0.16, 0.55), (0.3, 0.94), (0.58, 0.96), (0.82, 0.6), (0.8, 0.22), (0.52, 0.04)],
                    closed: true)
            ],
        ],
        [
            [straight([(0.53, 0), (0.47, 1)])],
            [straight([(0.3, 0.2), (0.54, 0), (0.5, 1)])],
            [straight([(0.28, 0.22), (0.52, 0), (0.52, 1)]), straight([(0.24, 1), (0.8, 1)])],
        ],
        [
            [
                smooth([(0.18, 0.26), (0.3, 0.05), (0.56, 0), (0.8, 0.16), (0.74, 0.42), (0.46, 0.72), (0.14, 1)]),
                straight([(0.14, 1), (0.88, 0.98)]),
            ],
            [
                smooth([
                    (0.2, 0.2), (0.42, 0.01), (0.74, 0.1), (0.74, 0.4), (0.46, 0.76), (0.2, 0.98), (0.13, 0.84), (0.32, 0.8), (0.6, 0.97),
                    (0.9, 0.92),
                ])
            ],
        ],
        [
            [
                smooth([(0.18, 0.12), (0.44, 0), (0.74, 0.1), (0.72, 0.34), (0.42, 0.46)]),
                smooth([(0.42, 0.46), (0.74, 0.56), (0.8, 0.8), (0.54, 1), (0.16, 0.9)]),
            ],
            [
                straight([(0.18, 0.02), (0.78, 0.02), (0.44, 0.4)]),
                smooth([(0.44, 0.4), (0.76, 0.52), (0.78, 0.82), (0.5, 1), (0.16, 0.9)]),
            ],
        ],
        [
            [straight([(0.24, 0), (0.14, 0.56), (0.88, 0.54)]), straight([(0.7, 0.1), (0.64, 1)])],
            [straight([(0.66, 1), (0.68, 0), (0.1, 0.66), (0.92, 0.66)])],
        ],
        [
            [
                straight([(0.8, 0), (0.3, 0.02), (0.24, 0.42)]),
                smooth([(0.24, 0.42), (0.52, 0.36), (0.8, 0.52), (0.78, 0.82), (0.48, 1), (0.14, 0.9)]),
            ],
            [
                straight([(0.28, 0.04), (0.24, 0.44)]), straight([(0.28, 0.04), (0.84, 0)]),
                smooth([(0.24, 0.44), (0.56, 0.38), (0.78, 0.62), (0.66, 0.92), (0.36, 1), (0.12, 0.88)]),
            ],
        ],
        [
            [
                smooth([
                    (0.7, 0), (0.42, 0.18), (0.2, 0.56), (0.24, 0.88), (0.5, 1), (0.78, 0.86), (0.74, 0.6), (0.5, 0.54), (0.24, 0.72),
                ])
            ],
            [
                smooth([
                    (0.5, 0), (0.26, 0.34), (0.18, 0.72), (0.36, 0.98), (0.66, 0.96), (0.8, 0.74), (0.62, 0.56), (0.36, 0.62), (0.22, 0.8),
                ])
            ],
        ],
        [
            [straight([(0.14, 0.04), (0.84, 0), (0.44, 1)])],
            [straight([(0.16, 0.02), (0.84, 0), (0.42, 1)]), straight([(0.34, 0.5), (0.78, 0.46)])],
            [straight([(0.16, 0.16), (0.2, 0.02), (0.82, 0)]), smooth([(0.82, 0), (0.6, 0.4), (0.46, 1)])],
        ],
        [
            [
                smooth(
                    [
                        (0.5, 0.47), (0.26, 0.3), (0.28, 0.08), (0.5, 0), (0.72, 0.08), (0.74, 0.28), (0.5, 0.47), (0.24, 0.7),
                        (0.26, 0.92),
                        (0.5, 1), (0.74, 0.92), (0.76, 0.7),
                    ], closed: true)
            ],
            [
                smooth(
                    [
                        (0.76, 0.12), (0.5, 0), (0.26, 0.14), (0.36, 0.38), (0.64, 0.56), (0.78, 0.8), (0.54, 1), (0.28, 0.9), (0.3, 0.68),
                        (0.62, 0.42),
                    ], closed: true)
            ],
        ],
        [
            [
                smooth([(0.76, 0.22), (0.54, 0), (0.26, 0.1), (0.22, 0.36), (0.44, 0.5), (0.7, 0.36), (0.77, 0.16)]),
                smooth([(0.77, 0.16), (0.74, 0.56), (0.6, 1)]),
            ],
            [
                smooth([(0.74, 0.1), (0.48, 0), (0.22, 0.2), (0.3, 0.46), (0.56, 0.46), (0.75, 0.14)]),
                straight([(0.75, 0.12), (0.72, 1)]),
            ],
        ],
    ]
}
