import Foundation
import LoamTensor
import Testing

@Suite struct FilesConversionTests {
    @Test func bfloat16IsTheUpperHalfOfFloat32() throws {
        let array = RawArray(kind: .bfloat16, shape: [3], bytes: [0x80, 0x3F, 0x49, 0x40, 0x80, 0xFF])
        #expect(try array.scalars(as: Float.self) == [1, 3.140625, -.infinity])
    }

    @Test func storingAsBfloat16RoundsToNearestEven() throws {
        // 1 + 2⁻⁸ lies half way between 1 and 1 + 2⁻⁷ and goes to the even one; a hair more goes up.
        let half = 1 + 0x1p-8
        let values: [Double] = [half, half.nextUp, 1.01171875, -1e39, 1e-45]
        let stored = try RawArray(values, shape: [5]).stored(as: .bfloat16).scalars(as: Double.self)
        let expected: [Double] = [1, 1.0078125, 1.015625, -.infinity, 0]
        #expect(stored == expected)
    }

    @Test func storingAsFloat16RoundsToNearestEven() throws {
        let values: [Double] = [0x1.002p0, 0x1.006p0, 65520, 0x1p-25]
        let stored = try RawArray(values, shape: [4]).stored(as: .float16).scalars(as: Double.self)
        let expected: [Double] = [1, 0x1.008p0, .infinity, 0]
        #expect(stored == expected)
    }

    @Test func everyBfloat16SurvivesWideningAndStoring() throws {
        let bytes = (0..<65536).flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        let array = RawArray(kind: .bfloat16, shape: [65536], bytes: bytes)
        let back = array.stored(as: .float32).stored(as: .bfloat16)
        let wide = try array.scalars(as: Float.self)
        let differing = (0..<65536).filter {
            !wide[$0].isNaN && (back.bytes[2 * $0] != bytes[2 * $0] || back.bytes[2 * $0 + 1] != bytes[2 * $0 + 1])
        }
        #expect(differing == [])
    }

    @Test func everyFloat16SurvivesWideningAndStoring() throws {
        let bytes = (0..<65536).flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        let array = RawArray(kind: .float16, shape: [65536], bytes: bytes)
        let back = array.stored(as: .float64).stored(as: .float16)
        let wide = try array.scalars(as: Double.self)
        let differing = (0..<65536).filter {
            !wide[$0].isNaN && (back.bytes[2 * $0] != bytes[2 * $0] || back.bytes[2 * $0 + 1] != bytes[2 * $0 + 1])
        }
        #expect(differing == [])
    }

    @Test func bytesBecomeFloats() throws {
        #expect(try RawArray([0, 128, 255] as [UInt8], shape: [3]).tensor(as: Float.self) == Tensor([0, 128, 255]))
    }

    @Test func largeUnsignedIntegersDoNotBecomeNegative() {
        let array = RawArray(kind: .uint64, shape: [1], bytes: [UInt8](repeating: 255, count: 8))
        #expect(fileError { _ = try array.scalars(as: Int.self) }?.kind == .malformed)
        #expect((try? array.scalars(as: Double.self)) == [0x1p64])
    }

    @Test func booleansBecomeIntegersButNotTheReverse() throws {
        #expect(try RawArray([true, false], shape: [2]).scalars(as: Int32.self) == [1, 0])
        #expect(fileError { _ = try RawArray([1 as Int32], shape: [1]).scalars(as: Bool.self) }?.kind == .unsupported)
    }

    @Test func sizesOverflowToNil() {
        #expect(ScalarKind.float32.byteCount(shape: [1 << 31, 1 << 31]) == nil)
        #expect(ScalarKind.float32.byteCount(shape: [1 << 61]) == nil)
        #expect(ScalarKind.uint8.byteCount(shape: [1 << 62, 1 << 62, 0]) == nil)
        #expect(ScalarKind.uint8.byteCount(shape: [-1]) == nil)
        #expect(ScalarKind.float64.byteCount(shape: [3, 0]) == 0)
        #expect(ScalarKind.float64.byteCount(shape: []) == 8)
    }

    @Test func crcOfTheStandardCheckString() {
        #expect(Checksum.crc32(Array("123456789".utf8)) == 0xCBF4_3926)
    }

    @Test func gzipRoundTripThroughAStream() throws {
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 * $0 >> 5) }
        let stream = try DecodedStream(ByteSource(Deflate.gzip(bytes), name: "a.gz"))
        #expect(try stream.bytes(10) == Array(bytes[..<10]))
        #expect(try stream.rest(limit: 1 << 20) == Array(bytes[10...]))
        #expect(try stream.isAtEnd())
    }

    @Test func aStreamRefusesMoreThanItsLimit() throws {
        let stream = try DecodedStream(ByteSource(Deflate.gzip([UInt8](repeating: 0, count: 1_000_000)), name: "bomb.gz"))
        #expect(fileError { _ = try stream.rest(limit: 100_000) }?.kind == .unsupported)
    }

    @Test func errorsReadAsOneLine() {
        let error = FileFormatError(.malformed, file: "a.idx", at: "byte 4", "found 1, expected 2", advice: "fetch it again")
        #expect("\(error)" == "a.idx, byte 4: found 1, expected 2; fetch it again")
        #expect("\(error.relocated(file: "b.zip", at: "entry 'a'"))" == "b.zip, entry 'a', byte 4: found 1, expected 2; fetch it again")
    }
}
