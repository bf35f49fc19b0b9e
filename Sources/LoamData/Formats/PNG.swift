import CPNG
import FoundationEssentials
import LoamTensor

/// PNG pictures through libpng's simplified interface, which reports errors by return values.
public enum PNG {
    private static let colourFlag: UInt32 = 0x02
    private static let greyFormat: UInt32 = 0x00

    /// Reads a picture as 8-bit grey or colour. Palettes and 16-bit samples are converted; transparent parts are laid on white.
    /// - Throws: `FileFormatError`.
    public static func read(_ url: URL) throws -> Bitmap {
        try read(ByteSource(url))
    }

    /// Reads a picture from a file's content.
    /// - Throws: `FileFormatError`.
    public static func read(_ source: ByteSource) throws -> Bitmap {
        let content = try source.bytes()
        var image = png_image()
        image.version = UInt32(PNG_IMAGE_VERSION)
        defer { png_image_free(&image) }
        return try content.withUnsafeBytes { bytes in
            guard png_image_begin_read_from_memory(&image, bytes.baseAddress, bytes.count) != 0 else {
                throw failure(image, source.name)
            }
            let (width, height) = (Int(image.width), Int(image.height))
            try Bitmap.checkSize(width: width, height: height, file: source.name)
            // One bit a pixel at the least, and deflate expands at most 1032-fold: more pixels cannot be in the file.
            guard width * height / 8 / 1032 <= bytes.count else {
                throw FileFormatError(
                    .malformed, file: source.name, "found \(width)×\(height) pixels declared, which \(bytes.count) bytes cannot hold")
            }
            let isColour = image.format & colourFlag != 0
            image.format = isColour ? colourFlag : greyFormat
            image.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB)
            let channels = isColour ? 3 : 1
            var white = png_color(red: 255, green: 255, blue: 255)
            var pixels = [UInt8](repeating: 0, count: width * height * channels)
            let succeeded = pixels.withUnsafeMutableBytes {
                png_image_finish_read(&image, &white, $0.baseAddress, Int32(width * channels), nil)
            }
            guard succeeded != 0 else { throw failure(image, source.name) }
            return Bitmap(width: width, height: height, channels: channels, bytes: pixels)
        }
    }

    /// The picture as a PNG file's bytes.
    /// - Throws: `FileFormatError` where libpng cannot encode it.
    public static func encoded(_ bitmap: Bitmap, file: String = "picture") throws -> [UInt8] {
        var image = png_image()
        image.version = UInt32(PNG_IMAGE_VERSION)
        image.width = UInt32(bitmap.width)
        image.height = UInt32(bitmap.height)
        image.format = bitmap.channels == 3 ? colourFlag : greyFormat
        defer { png_image_free(&image) }
        let rowBytes = Int32(bitmap.width * bitmap.channels)
        return try bitmap.bytes.withUnsafeBytes { pixels in
            var size = 0
            guard png_image_write_to_memory(&image, nil, &size, 0, pixels.baseAddress, rowBytes, nil) != 0 else {
                throw failure(image, file)
            }
            var result = [UInt8](repeating: 0, count: size)
            let succeeded = result.withUnsafeMutableBytes {
                png_image_write_to_memory(&image, $0.baseAddress, &size, 0, pixels.baseAddress, rowBytes, nil)
            }
            guard succeeded != 0 else { throw failure(image, file) }
            return Array(result[..<size])
        }
    }

    /// Writes a picture, replacing the file atomically.
    /// - Throws: `FileFormatError` where the file cannot be written.
    public static func write(_ bitmap: Bitmap, to url: URL) throws {
        try AtomicFile.write(encoded(bitmap, file: url.path), to: url)
    }

    private static func failure(_ image: png_image, _ file: String) -> FileFormatError {
        let message = withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return FileFormatError(.malformed, file: file, "found a damaged PNG picture (\(message))")
    }
}
