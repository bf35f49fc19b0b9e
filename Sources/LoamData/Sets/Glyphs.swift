import LoamTensor

/// Ten handwriting-like digits of 28×28 pixels, drawn from pen strokes: real images' stand-in that needs no file.
///
/// Each image chooses a way of writing its digit, moves the stroke's points a little, applies a random affine map (size,
/// aspect, slant, rotation, shift), and is drawn with a random pen width and softness. As in MNIST the digit takes about 20
/// pixels and the ink is 1 on 0. Image `i` shows the digit `i mod 10` and is a function of seed, split and `i` alone.
public enum Glyphs {
    /// Rows and columns of an image.
    public static let side = 28

    /// Draws images.
    /// - Parameters:
    ///   - count: how many; classes follow one another, so any first part is balanced.
    ///   - split: training and test images have different random numbers.
    public static func images(_ count: Int, split: DataSetSplit = .training, seed: UInt64 = 0) -> ImageSet {
        precondition(count >= 0, "Glyphs.images: \(count) is negative")
        let size = side * side
        let stream = RandomStream.glyphs + (split == .test ? RandomStream.test : 0)
        let images = Tensor<Float>(shape: [count, 1, side, side]) { buffer in
            nonisolated(unsafe) let buffer = buffer
            Parallel.forEach(count) { index in
                var generator = PhiloxGenerator(seed: seed, stream: stream + UInt64(index))
                draw(index % 10, into: UnsafeMutableBufferPointer(rebasing: buffer[(index * size)..<((index + 1) * size)]), &generator)
            }
        }
        return ImageSet(
            name: "glyphs", images: images, labels: Tensor((0..<count).map { Int32($0 % 10) }), classNames: (0...9).map(String.init))
    }

    /// The random features of one image's hand.
    private struct Hand {
        let a, b, c, d, x, y: Double
        let halfWidth: Double
        let softness: Double

        init(_ generator: inout PhiloxGenerator) {
            let height = generator.uniform(17, 21)
            let width = height * generator.uniform(0.72, 1.0)
            let slant = 0.12 + 0.16 * generator.normal()
            let angle = 0.08 * generator.normal()
            let (cosine, sine) = (Math.cos(angle), Math.sin(angle))
            // Unit square → scaled → slanted → turned.
            a = cosine * width
            b = (-slant * cosine - sine) * height
            c = sine * width
            d = (-slant * sine + cosine) * height
            x = 13.5 + generator.uniform(-1.2, 1.2)
            y = 13.5 + generator.uniform(-1.2, 1.2)
            halfWidth = generator.uniform(0.75, 1.75)
            softness = generator.uniform(0.9, 1.7)
        }

        func place(_ point: GlyphStrokes.Point) -> GlyphStrokes.Point {
            GlyphStrokes.Point(x + a * (point.x - 0.5) + b * (point.y - 0.5), y + c * (point.x - 0.5) + d * (point.y - 0.5))
        }
    }

    private static func draw(_ digit: Int, into pixels: UnsafeMutableBufferPointer<Float>, _ generator: inout PhiloxGenerator) {
        let variants = GlyphStrokes.variants[digit]
        let strokes = variants[generator.integer(below: variants.count)]
        let hand = Hand(&generator)
        let reach = hand.halfWidth + hand.softness / 2
        var nearest = [Double](repeating: .infinity, count: side * side)
        // Points that strokes share move together: the displacement belongs to the place, not to the stroke.
        var displacements: [(GlyphStrokes.Point, GlyphStrokes.Point)] = []
        for var stroke in strokes {
            for index in stroke.points.indices {
                let point = stroke.points[index]
                if let known = displacements.first(where: { $0.0.x == point.x && $0.0.y == point.y }) {
                    stroke.points[index] = known.1
                } else {
                    let moved = GlyphStrokes.Point(point.x + 0.03 * generator.normal(), point.y + 0.025 * generator.normal())
                    displacements.append((point, moved))
                    stroke.points[index] = moved
                }
            }
            let chain = stroke.flattened().map(hand.place)
            for (start, end) in zip(chain, chain.dropFirst()) { mark(start, end, reach: reach, &nearest) }
        }
        for position in pixels.indices {
            let level = min(max((reach - nearest[position]) / hand.softness, 0), 1)
            pixels[position] = Float(level * level * (3 - 2 * level))
        }
    }

    /// Lowers the distances of the pixels near a line segment.
    private static func mark(_ start: GlyphStrokes.Point, _ end: GlyphStrokes.Point, reach: Double, _ nearest: inout [Double]) {
        func range(_ first: Double, _ second: Double) -> Range<Int> {
            let lower = min(max(Int((min(first, second) - reach).rounded(.down)), 0), side)
            let upper = min(max(Int((max(first, second) + reach).rounded(.up)) + 1, lower), side)
            return lower..<upper
        }
        let (alongX, alongY) = (end.x - start.x, end.y - start.y)
        let squaredLength = max(alongX * alongX + alongY * alongY, 1e-12)
        let columns = range(start.x, end.x)
        for row in range(start.y, end.y) {
            for column in columns {
                let (toX, toY) = (Double(column) - start.x, Double(row) - start.y)
                let t = min(max((toX * alongX + toY * alongY) / squaredLength, 0), 1)
                let (offX, offY) = (toX - t * alongX, toY - t * alongY)
                let distance = (offX * offX + offY * offY).squareRoot()
                if distance < nearest[row * side + column] { nearest[row * side + column] = distance }
            }
        }
    }
}
