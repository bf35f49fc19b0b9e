import Foundation
import LoamData
import LoamTensor

/// Small pictures of a few images: a row of them for every depth, the shallowest on top, as one PNG.
struct ReconstructionSheet: Hashable, Sendable {
    /// Images a row.
    static let perRow = 5
    /// Pixels between pictures.
    private static let gap = 1

    /// The PNG file's bytes.
    let png: Data
    /// Size of one row, in pixels.
    let rowWidth, rowHeight: Int

    /// - Parameters:
    ///   - rows: one [k, …] tensor a row, of pixels in [0, 1] of images of `shape` [channels, height, width]; what lies outside is clipped,
    ///     as a reconstruction is to be judged by its own contrast.
    /// - Throws: `FileFormatError` where libpng cannot encode it.
    init<Scalar: TensorScalar>(_ rows: [Tensor<Scalar>], shape: Shape) throws {
        let (channels, height, width) = (shape[0] == 3 ? 3 : 1, shape[1], shape[2])
        (rowWidth, rowHeight) = (Self.perRow * (width + Self.gap) - Self.gap, height + Self.gap)
        var canvas = BitmapCanvas(width: rowWidth, height: rowHeight * rows.count, channels: channels)
        for (row, tensor) in rows.enumerated() {
            for image in 0..<min(Self.perRow, tensor.shape[0]) {
                let picture = Bitmap(Tensor<Float>(casting: tensor.select(image, axis: 0).reshaped(shape))[0..<channels, axis: 0])
                canvas.place(picture, left: image * (width + Self.gap), top: row * rowHeight)
            }
        }
        png = Data(try PNG.encoded(canvas.bitmap))
    }

    /// The first image of each of as many classes as there are pictures in a row; further ones where there are fewer classes.
    static func examples(labels: [Int32]) -> [Int] {
        var seen: Set<Int32> = []
        let first = labels.indices.filter { seen.insert(labels[$0]).inserted }
        return Array((first + labels.indices.filter { !first.contains($0) }).prefix(perRow))
    }
}
