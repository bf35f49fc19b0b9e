/// A white picture that others are placed on.
public struct BitmapCanvas: Sendable {
    /// Pixels per row and rows.
    public let width, height: Int
    /// 1 or 3; the pictures placed must have as many.
    public let channels: Int
    private var bytes: [UInt8]

    /// A white canvas.
    public init(width: Int, height: Int, channels: Int) {
        self.width = width
        self.height = height
        self.channels = channels
        bytes = [UInt8](repeating: 255, count: width * height * channels)
    }

    /// Lays a picture with its corner at (`left`, `top`), every pixel `magnification` wide and high.
    public mutating func place(_ picture: Bitmap, left: Int, top: Int, magnification: Int = 1) {
        let (columns, rows) = (picture.width * magnification, picture.height * magnification)
        precondition(
            picture.channels == channels && left >= 0 && top >= 0 && left + columns <= width && top + rows <= height,
            "BitmapCanvas.place: \(columns)×\(rows) pixels of \(picture.channels) channels at (\(left), \(top)) of \(width)×\(height) of \(channels)"
        )
        for y in 0..<rows {
            var target = ((top + y) * width + left) * channels
            for x in 0..<columns {
                let source = (y / magnification * picture.width + x / magnification) * channels
                for channel in 0..<channels { bytes[target + channel] = picture.bytes[source + channel] }
                target += channels
            }
        }
    }

    /// What is on the canvas.
    public var bitmap: Bitmap { Bitmap(width: width, height: height, channels: channels, bytes: bytes) }
}
