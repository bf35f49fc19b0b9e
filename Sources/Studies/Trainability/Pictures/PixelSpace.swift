import LoamData
import LoamTensor

/// How numbers of a network's input become pixels: a shift and a scale a channel, undone before a picture is drawn.
struct PixelSpace: Sendable {
    /// The shape of an image, [channels, height, width].
    let image: Shape
    /// Subtracted from pixels in [0, 1].
    let mean: [Float]
    /// What is then divided by.
    let deviation: [Float]

    /// Pixels in [0, 1] as they are.
    init(plain image: Shape) {
        self.image = image
        mean = Array(repeating: 0, count: image[0])
        deviation = Array(repeating: 1, count: image[0])
    }

    /// The mean and the deviation of ImageNet's channels, by which published networks were trained.
    init(imageNet side: Int) {
        image = [3, side, side]
        mean = [0.485, 0.456, 0.406]
        deviation = [0.229, 0.224, 0.225]
    }

    /// The numbers of one sample as pixels; grey or colour planes one after another.
    func pixels(_ sample: [Float]) -> [Float] {
        let plane = image[1] * image[2]
        return sample.enumerated().map { $1 * deviation[$0 / plane] + mean[$0 / plane] }
    }

    /// Pixels in [0, 1] as the network's numbers.
    func numbers(_ pixels: [Float]) -> [Float] {
        let plane = image[1] * image[2]
        return pixels.enumerated().map { ($1 - mean[$0 / plane]) / deviation[$0 / plane] }
    }
}

/// How the numbers of pictures become brightness.
public enum PictureScaling: String, Codable, CaseIterable, Sendable {
    /// Every picture from its own least to its own largest number.
    case each
    /// All pictures of a row from the least to the largest number of the input.
    case common
}

/// Draws samples of a pixel space.
struct PictureRenderer: Sendable {
    let space: PixelSpace
    let scaling: PictureScaling

    /// Pictures of the samples of one row, the first of which is the input.
    func row(_ samples: [[Float]]) -> [Bitmap] {
        let pixels = samples.map(space.pixels)
        let common = scaling == .common ? pixels.first.map(PictureRenderer.range) : nil
        return pixels.map { bitmap($0, common ?? PictureRenderer.range($0)) }
    }

    /// A picture of a difference: middle grey where nothing changes, brighter where it grows.
    func change(_ from: [Float], _ to: [Float]) -> Bitmap {
        let (a, b) = (space.pixels(from), space.pixels(to))
        let difference = zip(a, b).map { $1 - $0 }
        let largest = difference.reduce(Float(0)) { $1.isFinite ? max($0, abs($1)) : $0 }
        return bitmap(difference, largest > 0 ? (-largest, largest) : (-1, 1))
    }

    private static func range(_ pixels: [Float]) -> (Float, Float) {
        let finite = pixels.filter(\.isFinite)
        return (finite.min() ?? 0, finite.max() ?? 0)
    }

    /// Linear from black at the range's lower end to white at its upper end; black where there is no range.
    private func bitmap(_ pixels: [Float], _ range: (low: Float, high: Float)) -> Bitmap {
        let width = range.high - range.low
        return Bitmap(Tensor(pixels.map { width > 0 ? ($0 - range.low) / width : 0 }, shape: space.image))
    }

    /// Pictures side by side, two white pixels apart, small ones magnified by whole factors.
    static func strip(_ pictures: [[Bitmap?]]) -> Bitmap? {
        guard let first = pictures.joined().compactMap({ $0 }).first else { return nil }
        let factor = max(1, 112 / first.width)
        let (height, width, gap) = (first.height * factor, first.width * factor, 2)
        let columns = pictures.map(\.count).max()!
        var canvas = BitmapCanvas(
            width: columns * (width + gap) - gap, height: pictures.count * (height + gap) - gap, channels: first.channels)
        for (row, pictures) in pictures.enumerated() {
            for (column, picture) in pictures.enumerated() {
                guard let picture else { continue }
                canvas.place(picture, left: column * (width + gap), top: row * (height + gap), magnification: factor)
            }
        }
        return canvas.bitmap
    }
}
