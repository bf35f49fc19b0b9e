extension Bitmap {
    /// How new pixels are made of old ones. Both interpolate linearly between the old pixels' centres along an axis that grows.
    public enum ResizeFilter: Sendable {
        /// Along an axis that shrinks, a new pixel is the mean of the old ones it covers, weighted by how much.
        case area
        /// Along an axis that shrinks, the weights fall linearly from the new pixel's centre to its neighbours': "bilinear" with
        /// antialiasing, as Pillow and torchvision do it and as published image networks were trained.
        case triangle
    }

    /// The picture brought to another size.
    public func resized(height newHeight: Int, width newWidth: Int, filter: ResizeFilter = .area) -> Bitmap {
        precondition(newHeight > 0 && newWidth > 0, "Bitmap.resized: \(newHeight)×\(newWidth) pixels")
        guard (newHeight, newWidth) != (height, width) else { return self }
        let rows = Bitmap.weights(from: height, to: newHeight, filter)
        let columns = Bitmap.weights(from: width, to: newWidth, filter)
        // First along rows, then along columns.
        var narrowed = [Double](repeating: 0, count: height * newWidth * channels)
        for row in 0..<height {
            for (column, terms) in columns.enumerated() {
                for (source, weight) in terms {
                    for channel in 0..<channels {
                        narrowed[(row * newWidth + column) * channels + channel] +=
                            weight * Double(bytes[(row * width + source) * channels + channel])
                    }
                }
            }
        }
        var result = [UInt8](repeating: 0, count: newHeight * newWidth * channels)
        for (row, terms) in rows.enumerated() {
            for position in 0..<(newWidth * channels) {
                let value = terms.reduce(0.0) { $0 + $1.weight * narrowed[$1.source * newWidth * channels + position] }
                result[row * newWidth * channels + position] = UInt8(min(max(value.rounded(), 0), 255))
            }
        }
        return Bitmap(width: newWidth, height: newHeight, channels: channels, bytes: result)
    }

    /// For each new position the old ones that it is made of; weights sum to 1.
    private static func weights(from old: Int, to new: Int, _ filter: ResizeFilter) -> [[(source: Int, weight: Double)]] {
        let ratio = Double(old) / Double(new)
        if filter == .triangle, new < old { return (0..<new).map { triangle(at: (Double($0) + 0.5) * ratio, halfWidth: ratio, old) } }
        return (0..<new).map { position in
            guard new < old else {
                let centre = min(max((Double(position) + 0.5) * ratio - 0.5, 0), Double(old - 1))
                let lower = min(Int(centre), max(old - 2, 0))
                let share = centre - Double(lower)
                return old == 1 || share == 0 ? [(lower, 1)] : [(lower, 1 - share), (lower + 1, share)]
            }
            let (start, end) = (Double(position) * ratio, Double(position + 1) * ratio)
            return (Int(start)..<min(old, Int(end.rounded(.up)))).map { source in
                (source, (min(end, Double(source + 1)) - max(start, Double(source))) / ratio)
            }
        }
    }

    /// The old pixels nearer than `halfWidth` to a place, weighted by how near.
    private static func triangle(at centre: Double, halfWidth: Double, _ old: Int) -> [(source: Int, weight: Double)] {
        let range = max(0, Int(centre - halfWidth + 0.5))..<min(old, Int(centre + halfWidth + 0.5))
        let terms = range.map { (source: $0, weight: max(0, 1 - abs(Double($0) + 0.5 - centre) / halfWidth)) }
        let sum = terms.reduce(0) { $0 + $1.weight }
        return terms.map { ($0.source, $0.weight / sum) }
    }

    /// A part of the picture.
    public func cropped(top: Int, left: Int, height newHeight: Int, width newWidth: Int) -> Bitmap {
        precondition(
            top >= 0 && left >= 0 && newHeight > 0 && newWidth > 0 && top + newHeight <= height && left + newWidth <= width,
            "Bitmap.cropped: \(newHeight)×\(newWidth) pixels from (\(top), \(left)) of a picture of \(height)×\(width)")
        var result: [UInt8] = []
        result.reserveCapacity(newHeight * newWidth * channels)
        for row in top..<(top + newHeight) {
            let start = (row * width + left) * channels
            result += bytes[start..<(start + newWidth * channels)]
        }
        return Bitmap(width: newWidth, height: newHeight, channels: channels, bytes: result)
    }

    /// What networks for photographs are shown: the shorter side brought to `shorterSide` with ``ResizeFilter/triangle``, then the square
    /// of `side` pixels in the middle.
    public func centreSquare(_ side: Int, shorterSide: Int) -> Bitmap {
        precondition(0 < side && side <= shorterSide, "Bitmap.centreSquare: \(side) of \(shorterSide) pixels")
        let long = Int(Double(shorterSide) * Double(max(width, height)) / Double(min(width, height)))
        let (newHeight, newWidth) = width <= height ? (long, shorterSide) : (shorterSide, long)
        let resized = resized(height: newHeight, width: newWidth, filter: .triangle)
        let top = Int((Double(newHeight - side) / 2).rounded(.toNearestOrEven))
        let left = Int((Double(newWidth - side) / 2).rounded(.toNearestOrEven))
        return resized.cropped(top: top, left: left, height: side, width: side)
    }

    /// The picture seen in a mirror.
    public var mirrored: Bitmap {
        var result = bytes
        for row in 0..<height {
            for column in 0..<width {
                for channel in 0..<channels {
                    result[(row * width + column) * channels + channel] = bytes[(row * width + width - 1 - column) * channels + channel]
                }
            }
        }
        return Bitmap(width: width, height: height, channels: channels, bytes: result)
    }
}
