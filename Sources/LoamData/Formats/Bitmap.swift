import FoundationEssentials
import LoamTensor

/// A picture of 8-bit pixels: grey (one channel) or red, green and blue (three).
public struct Bitmap: Hashable, Sendable {
    /// The most pixels that a picture may have; a file that declares more is refused before anything is allocated.
    public static let maximumPixelCount = 1 << 27

    /// Pixels per row.
    public let width: Int
    /// Rows.
    public let height: Int
    /// 1 or 3.
    public let channels: Int
    /// Row by row from the top, the channels of a pixel together.
    public let bytes: [UInt8]

    /// Makes a picture of its bytes, of which there must be width × height × channels.
    public init(width: Int, height: Int, channels: Int, bytes: [UInt8]) {
        precondition(
            width > 0 && height > 0 && (channels == 1 || channels == 3) && bytes.count == width * height * channels,
            "Bitmap: \(bytes.count) bytes cannot be \(width)×\(height) pixels of \(channels) channels (1 or 3)")
        self.width = width
        self.height = height
        self.channels = channels
        self.bytes = bytes
    }

    /// A picture of numbers in [0, 1]; those outside are clipped, NaN is black.
    /// - Parameter tensor: height × width, or channels × height × width with one or three channels.
    public init(_ tensor: Tensor<Float>) {
        precondition(
            tensor.rank == 2 || (tensor.rank == 3 && (tensor.shape[0] == 1 || tensor.shape[0] == 3)),
            "Bitmap: the shape \(tensor.shape) is neither [height, width] nor [1 or 3, height, width]")
        let shape = Array(tensor.shape)
        let channels = shape.count == 2 ? 1 : shape[0]
        let (height, width) = (shape[shape.count - 2], shape[shape.count - 1])
        let scalars = tensor.scalars
        var bytes = [UInt8](repeating: 0, count: scalars.count)
        for channel in 0..<channels {
            for pixel in 0..<(width * height) {
                let value = scalars[channel * width * height + pixel]
                bytes[pixel * channels + channel] = value > 0 ? UInt8((min(value, 1) * 255).rounded()) : 0
            }
        }
        self.init(width: width, height: height, channels: channels, bytes: bytes)
    }

    /// The picture as numbers in [0, 1], channels × height × width.
    public var tensor: Tensor<Float> {
        Tensor(shape: [channels, height, width]) { writePlanes(to: $0) }
    }

    /// Writes channels × height × width numbers in [0, 1].
    func writePlanes(to buffer: UnsafeMutableBufferPointer<Float>) {
        for channel in 0..<channels {
            for pixel in 0..<(width * height) {
                buffer[channel * width * height + pixel] = Float(bytes[pixel * channels + channel]) / 255
            }
        }
    }

    /// The picture in grey, by ``greyLevel(red:green:blue:)``.
    public var grey: Bitmap {
        guard channels == 3 else { return self }
        let levels = (0..<(width * height)).map {
            Bitmap.greyLevel(red: bytes[3 * $0], green: bytes[3 * $0 + 1], blue: bytes[3 * $0 + 2])
        }
        return Bitmap(width: width, height: height, channels: 1, bytes: levels)
    }

    /// The picture in three channels; a grey one repeats its channel.
    public var colour: Bitmap {
        channels == 3 ? self : Bitmap(width: width, height: height, channels: 3, bytes: bytes.flatMap { [$0, $0, $0] })
    }

    /// Luma of ITU-R BT.601 in 16-bit fixed point: (19595 R + 38470 G + 7471 B + 32768) / 65536, rounded down.
    public static func greyLevel(red: UInt8, green: UInt8, blue: UInt8) -> UInt8 {
        let weighted: UInt32 = 19595 * UInt32(red) + 38470 * UInt32(green) + 7471 * UInt32(blue)
        return UInt8((weighted + 32768) >> 16)
    }

    /// Reads a PNG or JPEG file, recognised by its content.
    /// - Throws: `FileFormatError`.
    public static func read(_ url: URL) throws -> Bitmap {
        try read(ByteSource(url))
    }

    /// Reads a PNG or JPEG file's content.
    /// - Throws: `FileFormatError`.
    public static func read(_ source: ByteSource) throws -> Bitmap {
        let start = try source.bytes(at: 0, count: min(4, source.count))
        if start.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return try PNG.read(source) }
        if start.starts(with: [0xFF, 0xD8, 0xFF]) { return try JPEG.read(source) }
        throw FileFormatError(
            .malformed, file: source.name,
            "found a file that begins with \(start.map { String($0) }.joined(separator: " ")), expected a PNG or JPEG picture")
    }

    static func checkSize(width: Int, height: Int, file: String) throws {
        guard width > 0, height > 0, height <= maximumPixelCount / width else {
            throw FileFormatError(
                .unsupported, file: file, "found a picture of \(width)×\(height) pixels, expected 1 to \(maximumPixelCount) pixels")
        }
    }
}
