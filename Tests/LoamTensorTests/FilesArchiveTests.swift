import Foundation
import LoamTensor
import Testing

@Suite struct FilesArchiveTests {
    private func npz(_ bytes: [UInt8]) throws -> Npz { try Npz(ByteSource(bytes, name: "fixture.npz")) }
    private func zip(_ bytes: [UInt8]) throws -> ZipArchive { try ZipArchive(ByteSource(bytes, name: "fixture.zip")) }

    @Test func readsStoredArraysOfNumPy() throws {
        let file = try npz(FilesFixtures.npzStored)
        #expect(file.names == ["weight", "steps"])
        #expect(try file.tensor(named: "weight", as: Float.self) == Tensor([0, 1, 2, 3, 4, 5], shape: [2, 3]))
        #expect(try file.tensor(named: "steps", as: Int.self).item == 7)
    }

    @Test func readsDeflatedArraysOfNumPy() throws {
        let file = try npz(FilesFixtures.npzDeflated)
        #expect(try file.tensor(named: "zeros", as: Double.self) == Tensor(repeating: 0, shape: [100, 10]))
        #expect(try file.tensor(named: "ramp", as: Int32.self) == Tensor((0..<50).map { Int32($0) }))
    }

    @Test func findsTheDirectoryBeforeAMisleadingComment() throws {
        let archive = try zip(FilesFixtures.zipWithComment)
        #expect(archive.names == ["a", "b"])
        #expect(try archive.bytes(named: "a") == Array(String(repeating: "alpha", count: 20).utf8))
        #expect(try archive.bytes(named: "b") == [])
    }

    @Test func readsAnArchiveThatWasStreamed() throws {
        #expect(try zip(FilesFixtures.zipStreamed).bytes(named: "a") == Array(String(repeating: "streamed ", count: 9).utf8))
    }

    @Test func readsZip64() throws {
        let archive = try zip(FilesFixtures.zip64)
        #expect(try archive.bytes(named: "a") == Array("sixty-four".utf8))
        #expect(try archive.bytes(named: "b") == Array("bits".utf8))
    }

    @Test func refusesOtherCompressionByNumber() throws {
        let error = fileError { _ = try zip(FilesFixtures.zipBzip2).bytes(named: "a") }
        #expect(error?.kind == .unsupported && error?.problem.contains("method 12") == true)
    }

    @Test(arguments: [ZipArchive.Packing.stored, .deflated])
    func archiveRoundTrip(_ packing: ZipArchive.Packing) throws {
        let content = ["one": [UInt8](repeating: 7, count: 200_000), "zwei/3": [], "x": [1, 2, 3]]
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "a.zip")
            try ZipArchive.write(["x", "one", "zwei/3"], packing: packing, to: url) { content[$0]! }
            let archive = try ZipArchive.read(url)
            #expect(archive.names == ["x", "one", "zwei/3"])
            for (name, bytes) in content { #expect(try archive.bytes(named: name) == bytes) }
        }
    }

    @Test func deflatingMakesAnArchiveSmaller() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "a.npz")
            try Npz.write(
                [(name: "zeros", array: RawArray([Double](repeating: 0, count: 10_000), shape: [10_000]))], packing: .deflated, to: url)
            #expect(try ByteSource(url).count < 1000)
        }
    }

    @Test(arguments: [ZipArchive.Packing.stored, .deflated])
    func npzRoundTripKeepsKindsAndOrder(_ packing: ZipArchive.Packing) throws {
        let arrays = [
            (name: "w", array: RawArray((0..<60).map { Float($0) / 7 }, shape: [3, 4, 5])),
            (name: "i", array: RawArray([Int32(-5)], shape: [])), (name: "empty", array: RawArray([Double](), shape: [0])),
        ]
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "a.npz")
            try Npz.write(arrays, packing: packing, to: url)
            let file = try Npz.read(url)
            #expect(file.names == ["w", "i", "empty"])
            for (name, array) in arrays { #expect(try file.array(named: name) == array) }
        }
    }

    @Test func refusesToWriteANameTwice() throws {
        let array = RawArray([1.0], shape: [1])
        try withTemporaryFolder { folder in
            let error = fileError {
                try Npz.write([(name: "a", array: array), (name: "a", array: array)], to: folder.appending(path: "a.npz"))
            }
            #expect(error?.location == "entry 'a.npy'")
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(left.isEmpty)
        }
    }

    @Test func aDamagedByteFailsTheChecksum() throws {
        var bytes = FilesFixtures.npzStored
        let place = bytes.count / 4
        bytes[place] ^= 1
        let error = fileError { _ = try npz(bytes).array(named: "weight") }
        #expect(error?.problem.contains("CRC-32") == true)
    }

    @Test func refusesADeclaredSizeThatCannotBeThere() throws {
        var bytes = FilesFixtures.npzDeflated
        // The directory's first entry: the uncompressed size at its byte 24.
        let directory = try #require(bytes.indices.first { bytes[$0...].starts(with: [0x50, 0x4B, 1, 2]) })
        for offset in 24..<28 { bytes[directory + offset] = offset == 27 ? 0x7F : 0xFF }
        let error = fileError { _ = try npz(bytes).array(named: "zeros") }
        #expect(error?.problem.contains("cannot hold") == true)
    }

    @Test func refusesMoreContentThanDeclared() throws {
        var bytes = FilesFixtures.npzDeflated
        let directory = try #require(bytes.indices.first { bytes[$0...].starts(with: [0x50, 0x4B, 1, 2]) })
        bytes[directory + 24] -= 1
        #expect(fileError { _ = try npz(bytes).array(named: "zeros") }?.problem.contains("more than") == true)
    }

    @Test func refusesEntriesThatOverlap() throws {
        // Both directory entries of the fixture are made to point to the first entry, under the first one's name length.
        var bytes = FilesFixtures.zip64
        let entries = bytes.indices.filter { bytes[$0...].starts(with: [0x50, 0x4B, 1, 2]) }
        #expect(entries.count == 2)
        for offset in 42..<46 { bytes[entries[1] + offset] = bytes[entries[0] + offset] }
        #expect(fileError { _ = try zip(bytes) } != nil)
    }

    @Test func refusesAnEncryptedEntry() throws {
        var bytes = FilesFixtures.zip64
        let directory = try #require(bytes.indices.first { bytes[$0...].starts(with: [0x50, 0x4B, 1, 2]) })
        bytes[directory + 8] |= 1
        #expect(fileError { _ = try zip(bytes) }?.problem.contains("encrypted") == true)
    }

    @Test func anEntryThatIsNoArrayIsNamed() {
        #expect(fileError { _ = try npz(FilesFixtures.zip64) }?.location == "entry 'a'")
    }

    @Test func errorsInsideAnArchiveNameTheArray() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "a.npz")
            try ZipArchive.write(["bad.npy"], to: url) { _ in Array("not an array at all".utf8) }
            let error = fileError { _ = try Npz.read(url).array(named: "bad") }
            #expect(error?.location == "array 'bad', npy header" && error?.file == url.path)
        }
    }
}
