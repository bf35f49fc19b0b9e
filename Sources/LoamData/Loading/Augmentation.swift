import LoamTensor

/// A random change of an image while it is loaded. Changes are applied in the order given.
public enum Augmentation: Hashable, Sendable {
    /// Mirrors left and right with this probability.
    case horizontalFlip(probability: Double = 0.5)
    /// Moves by a whole number of pixels, uniform in −maximum…maximum along each axis; what comes in is filled.
    case shift(maximum: Int, fill: Float = 0)
    /// Surrounds the image with `padding` pixels of `fill` and cuts out a window at a uniform place.
    /// Without a size the window has the image's own (then this is a shift by at most `padding`).
    case randomCrop(padding: Int = 0, height: Int? = nil, width: Int? = nil, fill: Float = 0)

    /// The height and width that come out, or nil where the window does not fit.
    func size(of size: (height: Int, width: Int)) -> (height: Int, width: Int)? {
        guard case .randomCrop(let padding, let height, let width, _) = self else { return size }
        let result = (height: height ?? size.height, width: width ?? size.width)
        guard result.height > 0, result.width > 0, result.height <= size.height + 2 * padding, result.width <= size.width + 2 * padding
        else { return nil }
        return result
    }

    /// Whether the parameters make sense for images of any size.
    var isValid: Bool {
        switch self {
        case .horizontalFlip(let probability): (0...1).contains(probability)
        case .shift(let maximum, _): maximum >= 0
        case .randomCrop(let padding, _, _, _): padding >= 0
        }
    }
}

/// One image on its way through augmentations: planes of height × width.
struct AugmentedImage {
    var pixels: [Float]
    let channels: Int
    var height: Int
    var width: Int

    /// Applies a change with random numbers of its own.
    mutating func apply(_ augmentation: Augmentation, _ generator: inout PhiloxGenerator) {
        switch augmentation {
        case .horizontalFlip(let probability):
            if generator.uniform() < probability { mirror() }
        case .shift(let maximum, let fill):
            let down = generator.integer(below: 2 * maximum + 1) - maximum
            let right = generator.integer(below: 2 * maximum + 1) - maximum
            cut(top: -down, left: -right, height: height, width: width, fill: fill)
        case .randomCrop(let padding, let newHeight, let newWidth, let fill):
            let (newHeight, newWidth) = (newHeight ?? height, newWidth ?? width)
            let top = generator.integer(below: height + 2 * padding - newHeight + 1) - padding
            let left = generator.integer(below: width + 2 * padding - newWidth + 1) - padding
            cut(top: top, left: left, height: newHeight, width: newWidth, fill: fill)
        }
    }

    private mutating func mirror() {
        for start in stride(from: 0, to: pixels.count, by: width) { pixels[start..<(start + width)].reverse() }
    }

    /// The window whose corner is at (top, left); pixels outside the image are `fill`.
    private mutating func cut(top: Int, left: Int, height newHeight: Int, width newWidth: Int, fill: Float) {
        guard top != 0 || left != 0 || newHeight != height || newWidth != width else { return }
        var result = [Float](repeating: fill, count: channels * newHeight * newWidth)
        let rows = max(0, -top)..<max(max(0, -top), min(newHeight, height - top))
        let columns = max(0, -left)..<max(max(0, -left), min(newWidth, width - left))
        for channel in 0..<channels {
            for row in rows where !columns.isEmpty {
                let source = (channel * height + row + top) * width + left
                let target = (channel * newHeight + row) * newWidth
                for column in columns { result[target + column] = pixels[source + column] }
            }
        }
        (pixels, height, width) = (result, newHeight, newWidth)
    }
}
