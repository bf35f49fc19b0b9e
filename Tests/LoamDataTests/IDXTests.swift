import Foundation
import LoamData
import LoamTensor
import Testing

@Suite struct IDXTests {
    @Test func readsBytes() throws {
        let array = try IDX.read(source(DataFixtures.idxBytes))
        #expect(array.shape == [2, 3, 4])
        #expect(array.bytes == (0..<24).map { UInt8($0 * 10) })
    }

    @Test func readsBigEndianFloats() throws {
        let array = try IDX.read(source(DataFixtures.idxFloats))
        #expect(try array.tensor(as: Float.self) == Tensor([1.5, -2, 3, 1e30], shape: [2, 2]))
    }

    @Test func readsBigEndianShorts() throws {
        #expect(try IDX.read(source(DataFixtures.idxShorts)).scalars(as: Int.self) == [1, -2, 300])
    }

    @Test func gzipIsRecognisedByContent() throws {
        #expect(try IDX.read(source(DataFixtures.idxGzip, "no-ending")) == IDX.read(source(DataFixtures.idxBytes)))
    }

    @Test(arguments: [ScalarKind.uint8, .int8, .int16, .int32, .float32, .float64], [false, true])
    func roundTrip(_ kind: ScalarKind, _ gzip: Bool) throws {
        let bytes = (0..<(6 * kind.byteCount)).map { UInt8($0 * 29 & 255) }
        let array = RawArray(kind: kind, shape: [2, 3], bytes: bytes)
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "a-idx")
            try IDX.write(array, gzip: gzip, to: url)
            let back = try IDX.read(url)
            #expect(back == array)
        }
    }

    @Test func writesWhatThePublishedFormatSays() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "a")
            try IDX.write(RawArray([258 as Int32], shape: [1]), to: url)
            let bytes = try ByteSource(url).bytes()
            #expect(bytes == [0, 0, 12, 1, 0, 0, 0, 1, 0, 0, 1, 2])
        }
    }

    @Test func refusesToWriteWhatIDXCannotHold() throws {
        try withTemporaryFolder { folder in
            #expect(fileError { try IDX.write(RawArray([true], shape: [1]), to: folder.appending(path: "a")) }?.kind == .unsupported)
        }
    }

    @Test func everyFlippedBitOfTheHeaderIsRefusedButOneThatNamesSignedBytes() throws {
        let original = DataFixtures.idxBytes  // 16 bytes of header, 24 of content
        for position in original.indices {
            for bit in 0..<8 {
                var bytes = original
                bytes[position] ^= 1 << bit
                if position >= 16 || (position == 2 && bit == 0) {
                    #expect(try IDX.read(source(bytes)).shape == [2, 3, 4], "bit \(bit) of byte \(position)")
                } else {
                    #expect(fileError { _ = try IDX.read(source(bytes)) } != nil, "bit \(bit) of byte \(position)")
                }
            }
        }
    }

    @Test func everyTruncationIsRefused() {
        for original in [DataFixtures.idxBytes, DataFixtures.idxGzip] {
            for count in 0..<original.count {
                #expect(fileError { _ = try IDX.read(source(Array(original.prefix(count)))) } != nil, "\(count)")
            }
        }
    }

    @Test func aFlippedBitOfTheArchiveNeverChangesTheContent() throws {
        let original = DataFixtures.idxGzip
        let content = try IDX.read(source(original))
        var refused = 0
        for position in original.indices {
            for bit in 0..<8 {
                var bytes = original
                bytes[position] ^= 1 << bit
                do {
                    let read = try IDX.read(source(bytes))
                    #expect(read == content, "bit \(bit) of byte \(position)")
                } catch is FileFormatError { refused += 1 }
            }
        }
        // All but flags, time and system in the archive's own header.
        #expect(refused > 8 * (original.count - 10))
    }

    @Test(
        arguments: [
            ([1, 0, 8, 1, 0, 0, 0, 0], "found 1 0 8 1"), ([0, 0, 10, 1, 0, 0, 0, 0], "expected 0 0"), ([0, 0, 8, 0], "0 axes"),
            ([0, 0, 8, 9], "9 axes"), ([0, 0, 8, 2, 0, 0, 0, 1], "found 4 bytes, expected 8"),
            ([0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255], "overflows"),
            ([0, 0, 14, 2, 255, 255, 255, 255, 0, 0, 0, 1], "can hold"), ([0, 0, 8, 1, 0, 0, 0, 2, 5], "can hold"),
            ([0, 0, 8, 1, 0, 0, 0, 1, 5, 6], "expected the end"), ([], "expected 4"),
        ] as [([UInt8], String)])
    func refusesAMalformedFile(_ bytes: [UInt8], _ word: String) {
        let error = fileError { _ = try IDX.read(source(bytes)) }
        #expect(error?.description.contains(word) == true, "\(error.map(\.description) ?? "")")
    }

    @Test func aSmallGzipFileCannotDeclareABillionImages() {
        let bytes = Deflate.gzip([0, 0, 8, 3, 0x3B, 0x9A, 0xCA, 0, 0, 0, 0, 28, 0, 0, 0, 28, 1, 2, 3])
        #expect(fileError { _ = try IDX.read(source(bytes)) }?.problem.contains("can hold") == true)
    }

    @Test func truncatedGzipIsRefusedAtEveryLength() {
        for length in 0..<DataFixtures.idxGzip.count {
            #expect(fileError { _ = try IDX.read(source(Array(DataFixtures.idxGzip[..<length]))) } != nil)
        }
    }

    @Test func imagesAndLabelsMustAgree() throws {
        try withTemporaryFolder { folder in
            let (images, labels) = (folder.appending(path: "i"), folder.appending(path: "l"))
            try IDX.write(RawArray([UInt8](repeating: 9, count: 12), shape: [3, 2, 2]), to: images)
            func read() throws -> ImageSet { try IDXImages.read(images: images, labels: labels, name: "x", classNames: ["a", "b"]) }
            try IDX.write(RawArray([0, 1] as [UInt8], shape: [2]), to: labels)
            #expect(fileError { _ = try read() }?.problem.contains("expected 3 bytes") == true)
            try IDX.write(RawArray([0, 1, 2] as [UInt8], shape: [3]), to: labels)
            #expect(fileError { _ = try read() }?.location == "label 2")
            try IDX.write(RawArray([0, 1, 1] as [UInt8], shape: [3]), to: labels)
            let set = try read()
            #expect(set.labels.scalars == [0, 1, 1] && set.images.shape == [3, 1, 2, 2])
            #expect(set.images.scalars.allSatisfy { $0 == 9 / 255 })
            try IDX.write(RawArray([1, 2, 3] as [Int32], shape: [3]), to: images)
            #expect(fileError { _ = try read() }?.problem.contains("expected bytes of shape") == true)
        }
    }
}
