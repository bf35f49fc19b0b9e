import CJPEG
import FoundationEssentials
import LoamTensor

/// JPEG pictures through TurboJPEG.
public enum JPEG {
    /// Reads a picture as 8-bit grey or colour, as it is stored. A truncated or damaged picture is an error, even where a part
    /// of it could be shown.
    /// - Throws: `FileFormatError`.
    public static func read(_ url: URL) throws -> Bitmap {
        try read(ByteSource(url))
    }

    /// Reads a picture from a file's content.
    /// - Throws: `FileFormatError`.
    public static func read(_ source: ByteSource) throws -> Bitmap {
        guard let decoder = tjInitDecompress() else {
            throw FileFormatError(.inputOutput, file: source.name, "the JPEG decoder cannot be started")
        }
        defer { tjDestroy(decoder) }
        func failure() -> FileFormatError {
            let message = tjGetErrorStr2(decoder).map { String(cString: $0) } ?? "unknown error"
            return FileFormatError(.malformed, file: source.name, "found a damaged JPEG picture (\(message))")
        }
        let content = try source.bytes()
        return try content.withUnsafeBufferPointer { bytes in
            var (width, height, subsampling, colourSpace): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
            guard tjDecompressHeader3(decoder, bytes.baseAddress, UInt(bytes.count), &width, &height, &subsampling, &colourSpace) == 0
            else { throw failure() }
            try Bitmap.checkSize(width: Int(width), height: Int(height), file: source.name)
            guard colourSpace != Int32(TJCS_CMYK.rawValue), colourSpace != Int32(TJCS_YCCK.rawValue) else {
                throw FileFormatError(
                    .unsupported, file: source.name, "found a picture in printing colours (CMYK)", advice: "convert it to RGB")
            }
            let isGrey = colourSpace == Int32(TJCS_GRAY.rawValue)
            let channels = isGrey ? 1 : 3
            var pixels = [UInt8](repeating: 0, count: Int(width) * Int(height) * channels)
            let format = Int32(isGrey ? TJPF_GRAY.rawValue : TJPF_RGB.rawValue)
            let status = pixels.withUnsafeMutableBufferPointer {
                // The accurate transform gives the same pixels on every machine; the limit stops files made of endless scans.
                tjDecompress2(
                    decoder, bytes.baseAddress, UInt(bytes.count), $0.baseAddress, width, 0, height, format,
                    Int32(TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS))
            }
            guard status == 0 else { throw failure() }
            return Bitmap(width: Int(width), height: Int(height), channels: channels, bytes: pixels)
        }
    }
}
