extension Bitmap {
    /// The picture brought to another size. Along an axis that shrinks, a new pixel is the mean of the old ones it covers,
    /// weighted by how much; along one that grows, new pixels are interpolated linearly between the old ones' centres.
    public func resized(height newHeight: Int, width newWidth: Int) -> Bitmap {
        precondition(newHeight > 0 && newWidth > 0, "Bitmap.resized: \(newHeight)×\(newWidth) pixels")
        guard (newHeight, newWidth) != (height, width) else { return self }
        let rows = Bitmap.weights(from: height, to: newHeight)
        let columns = Bitmap.weights(from: width, to: newWidth)
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
    private static func weights(from old: Int, to new: Int) -> [[(source: Int, weight: Double)]] {
        let ratio = Double(old) / Double(new)
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
}
