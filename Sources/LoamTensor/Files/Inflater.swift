import CZlib

/// Decompression of a deflate stream (raw, as in zip, or with gzip's frame), piece by piece: nothing is allocated that was not
/// asked for, whatever the stream expands to.
final class Inflater {
    enum Frame { case raw, gzip }

    /// The most that deflate can expand: 258 bytes from two bits.
    static let maximumRatio = 1032

    private let source: ByteSource
    private let frame: Frame
    private let place: String?
    private var position: Int
    private let end: Int
    private let stream: UnsafeMutablePointer<z_stream>
    private let input: UnsafeMutableRawBufferPointer
    private var isFinished = false

    /// Begins to decompress the bytes of `range`; `place` names them in errors.
    init(_ source: ByteSource, range: Range<Int>, frame: Frame, place: String? = nil) throws {
        self.source = source
        self.frame = frame
        self.place = place
        position = range.lowerBound
        end = range.upperBound
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        input = .allocate(byteCount: 1 << 16, alignment: 16)
        let windowBits: Int32 = frame == .raw ? -15 : 15 + 16
        let status = inflateInit2_(stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "Inflater: zlib cannot be initialised (status \(status))")
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        input.deallocate()
    }

    private func failure(_ problem: String) -> FileFormatError {
        FileFormatError(.malformed, file: source.name, at: place, problem, advice: "fetch or write the file again")
    }

    /// Decompresses up to `buffer.count` bytes; fewer come only at the stream's end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        var done = 0
        while done < buffer.count, !isFinished {
            if stream.pointee.avail_in == 0, position < end {
                let step = min(input.count, end - position)
                try source.read(into: UnsafeMutableRawBufferPointer(rebasing: input[..<step]), at: position)
                position += step
                stream.pointee.next_in = input.baseAddress!.assumingMemoryBound(to: UInt8.self)
                stream.pointee.avail_in = UInt32(step)
            }
            let room = min(buffer.count - done, 1 << 30)
            stream.pointee.next_out = (buffer.baseAddress! + done).assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(room)
            let status = inflate(stream, Z_NO_FLUSH)
            let produced = room - Int(stream.pointee.avail_out)
            done += produced
            switch status {
            case Z_OK: break
            case Z_STREAM_END: try finishMember()
            case Z_BUF_ERROR where produced == 0 && stream.pointee.avail_in == 0 && position == end:
                throw failure("found the end inside the compressed data: the file is truncated")
            case Z_BUF_ERROR: break
            default:
                let reason = stream.pointee.msg.map { String(cString: $0) } ?? "zlib status \(status)"
                throw failure("found damaged compressed data (\(reason))")
            }
        }
        return done
    }

    /// Whether everything has been given out and the input ends properly. May decompress one byte to find out.
    func isAtEnd() throws -> Bool {
        if isFinished { return true }
        var byte: UInt8 = 0
        return try withUnsafeMutableBytes(of: &byte) { try read(into: $0) } == 0
    }

    /// A gzip file may consist of several members, and may be padded by zeros; a raw stream ends with its input.
    private func finishMember() throws {
        let rest = Int(stream.pointee.avail_in) + end - position
        guard rest > 0 else {
            isFinished = true
            return
        }
        guard frame == .gzip else { throw failure("found \(rest) bytes after the compressed data") }
        let bytes = try source.bytes(at: end - rest, count: min(rest, 4096))
        if bytes[0] == 0x1F {
            inflateReset(stream)
        } else if bytes.allSatisfy({ $0 == 0 }), rest <= 4096 {
            isFinished = true
        } else {
            throw failure("found \(rest) bytes that are not gzip after the compressed data")
        }
    }
}

/// Compression by zlib.
public enum Deflate {
    /// The bytes as a gzip file without name or time, so equal content gives equal files.
    public static func gzip(_ bytes: [UInt8], level: Int32 = 6) -> [UInt8] { compress(bytes, windowBits: 15 + 16, level: level) }

    /// The bytes as a raw deflate stream, as zip archives hold it.
    static func raw(_ bytes: [UInt8], level: Int32 = 6) -> [UInt8] { compress(bytes, windowBits: -15, level: level) }

    private static func compress(_ bytes: [UInt8], windowBits: Int32, level: Int32) -> [UInt8] {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        defer { stream.deallocate() }
        let status = deflateInit2_(
            stream, level, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "Deflate: zlib cannot be initialised (level \(level), status \(status))")
        defer { deflateEnd(stream) }
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        bytes.withUnsafeBytes { input in
            var fed = 0
            var outcome = Z_OK
            while outcome != Z_STREAM_END {
                if stream.pointee.avail_in == 0, fed < input.count {
                    let step = min(input.count - fed, 1 << 30)
                    let start = (input.baseAddress! + fed).assumingMemoryBound(to: UInt8.self)
                    stream.pointee.next_in = UnsafeMutablePointer(mutating: start)
                    stream.pointee.avail_in = UInt32(step)
                    fed += step
                }
                chunk.withUnsafeMutableBufferPointer { buffer in
                    stream.pointee.next_out = buffer.baseAddress
                    stream.pointee.avail_out = UInt32(buffer.count)
                    outcome = deflate(stream, fed == input.count ? Z_FINISH : Z_NO_FLUSH)
                    result.append(contentsOf: buffer[..<(buffer.count - Int(stream.pointee.avail_out))])
                }
            }
        }
        return result
    }
}

/// Check sums by zlib.
public enum Checksum {
    /// CRC-32 (ISO 3309) of bytes, continuing from `start`, which is 0 at the beginning.
    public static func crc32(_ bytes: UnsafeRawBufferPointer, from start: UInt32 = 0) -> UInt32 {
        var sum = UInt(start)
        var done = 0
        while done < bytes.count {
            let step = min(bytes.count - done, 1 << 30)
            sum = CZlib.crc32(sum, (bytes.baseAddress! + done).assumingMemoryBound(to: UInt8.self), UInt32(step))
            done += step
        }
        return UInt32(truncatingIfNeeded: sum)
    }

    /// CRC-32 (ISO 3309) of bytes.
    public static func crc32(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { crc32($0) } }
}
