import Foundation
import LoamData
import LoamRuns
import LoamTensor

/// A few images with their reconstructions from several depths: one row an image, one column a depth, each picture scaled to full contrast.
struct ReconstructionStrip {
    /// 0 for the inputs, then the depths shown.
    let depths: [Int]
    private let columns: [Bitmap]

    /// - Parameters:
    ///   - inputs: the images [k, …].
    ///   - reconstructions: of at least these images, from depths 1, 2, ….
    ///   - limit: the most depths shown.
    /// - Returns: nil for images with neither one nor three channels.
    init?(inputs: Tensor<Float>, reconstructions: [Tensor<Float>], imageShape: Shape, limit: Int = 12) {
        guard [1, 3].contains(imageShape[0]), !reconstructions.isEmpty else { return nil }
        let shown = MapFigures.selected((1...reconstructions.count).map(Double.init), limit).map { Int($0) }
        depths = [0] + shown
        let count = inputs.shape[0]
        columns = depths.map { depth in
            ReconstructionStrip.column(depth == 0 ? inputs : reconstructions[depth - 1][0..<count, axis: 0], imageShape)
        }
    }

    /// Images below one another with a gap of a pixel, each stretched to [0, 1] and enlarged to about 56 pixels.
    private static func column(_ images: Tensor<Float>, _ shape: Shape) -> Bitmap {
        let (channels, height, width) = (shape[0], shape[1], shape[2])
        let factor = max(1, 56 / max(height, width))
        let (tall, wide) = (height * factor, width * factor)
        let count = images.shape[0]
        var bytes = [UInt8](repeating: 255, count: (count * (tall + 2) - 2) * wide * channels)
        for image in 0..<count {
            let values = images.select(image, axis: 0).scalars
            let (low, high) = (values.min() ?? 0, values.max() ?? 0)
            let scale = high > low && (high - low).isFinite ? 255 / (high - low) : 0
            for row in 0..<tall {
                for column in 0..<wide {
                    for channel in 0..<channels {
                        let value = (values[(channel * height + row / factor) * width + column / factor] - low) * scale
                        bytes[((image * (tall + 2) + row) * wide + column) * channels + channel] =
                            value.isFinite ? UInt8(max(0, min(255, value.rounded()))) : 0
                    }
                }
            }
        }
        return Bitmap(width: wide, height: count * (tall + 2) - 2, channels: channels, bytes: bytes)
    }

    /// All columns side by side.
    func write(to url: URL) throws {
        let (height, channels) = (columns[0].height, columns[0].channels)
        let widths = columns.map { $0.width + 2 }
        let wide = widths.reduce(0, +) - 2
        var bytes = [UInt8](repeating: 255, count: wide * height * channels)
        var left = 0
        for column in columns {
            for row in 0..<height {
                let source = row * column.width * channels
                let target = (row * wide + left) * channels
                bytes.replaceSubrange(
                    target..<(target + column.width * channels), with: column.bytes[source..<(source + column.width * channels)])
            }
            left += column.width + 2
        }
        try PNG.write(Bitmap(width: wide, height: height, channels: channels, bytes: bytes), to: url)
    }

    /// A table with a picture a column, readable offline.
    ///
    /// - Parameter entropy: S_rel of a depth.
    func html(_ entropy: (Int) -> Double) throws -> String {
        func cells(_ tag: String, _ text: (Int) -> String) -> String {
            "<tr>" + depths.map { "<\(tag)>\(text($0))</\(tag)>" }.joined() + "</tr>"
        }
        var html =
            "<p>Each picture is scaled to full contrast; the number below is S<sub>rel</sub>, averaged over all evaluation images.</p>"
        html += "<div style=\"overflow-x:auto\"><table>" + cells("th") { $0 == 0 ? "input" : "ℓ = \($0)" } + "<tr>"
        for (depth, column) in zip(depths, columns) {
            let data = Data(try PNG.encoded(column)).base64EncodedString()
            html += "<td><img alt=\"\(depth == 0 ? "inputs" : "reconstructions from layer \(depth)")\" "
            html += "width=\"\(column.width)\" height=\"\(column.height)\" src=\"data:image/png;base64,\(data)\"></td>"
        }
        html += "</tr>" + cells("td") { $0 == 0 ? "" : fixed(entropy($0), 2) } + "</table></div>"
        return html
    }
}
