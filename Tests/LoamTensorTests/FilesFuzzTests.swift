import Foundation
import LoamTensor
import Testing

/// Damaged files must be read or refused with a `FileFormatError`, never crash, and never take much memory.
@Suite struct FilesFuzzTests {
    /// One well-formed file and what a user does with it.
    struct Sample: Sendable, CustomTestStringConvertible {
        var name: String
        var bytes: [UInt8]
        var use: @Sendable (ByteSource) throws -> Void

        var testDescription: String { name }

        /// Whether the bytes are taken; any other error than the readers' own is a failure.
        func accepts(_ bytes: [UInt8]) throws -> Bool {
            do {
                try use(ByteSource(bytes, name: name))
                return true
            } catch let error as FileFormatError {
                #expect(error.file.hasPrefix(name) && !error.problem.isEmpty)
                return false
            }
        }
    }

    static let samples: [Sample] = {
        let npy: @Sendable (ByteSource) throws -> Void = { _ = try Npy.read($0).tensor(as: Double.self, file: $0.name) }
        let npz: @Sendable (ByteSource) throws -> Void = { source in
            let file = try Npz(source)
            for name in file.names { _ = try file.tensor(named: name, as: Double.self) }
        }
        let zip: @Sendable (ByteSource) throws -> Void = { source in
            let file = try ZipArchive(source)
            for name in file.names { _ = try file.bytes(named: name) }
        }
        let safetensors: @Sendable (ByteSource) throws -> Void = { source in
            let file = try Safetensors(source)
            for name in file.names { _ = try file.tensor(named: name, as: Float.self) }
        }
        let pyTorch: @Sendable (ByteSource) throws -> Void = { source in
            let file = try PyTorchFile(source)
            for name in file.names { _ = try file.array(named: name).scalars(as: Float.self, file: source.name) }
        }
        let gzip: @Sendable (ByteSource) throws -> Void = { _ = try DecodedStream($0).rest(limit: 1 << 20) }
        return [
            Sample(name: "float32.npy", bytes: FilesFixtures.float32, use: npy),
            Sample(name: "fortran.npy", bytes: FilesFixtures.fortranFloat64, use: npy),
            Sample(name: "version2.npy", bytes: FilesFixtures.version2, use: npy),
            Sample(name: "stored.npz", bytes: FilesFixtures.npzStored, use: npz),
            Sample(name: "deflated.npz", bytes: FilesFixtures.npzDeflated, use: npz),
            Sample(name: "zip64.zip", bytes: FilesFixtures.zip64, use: zip),
            Sample(name: "comment.zip", bytes: FilesFixtures.zipWithComment, use: zip),
            Sample(name: "mixed.safetensors", bytes: FilesFixtures.safetensors, use: safetensors),
            Sample(name: "module.pth", bytes: PyTorchFixtures.pyTorchModule, use: pyTorch),
            Sample(name: "checkpoint.pth", bytes: PyTorchFixtures.pyTorchCheckpoint, use: pyTorch),
            Sample(name: "content.gz", bytes: Deflate.gzip(Array("some content, some content".utf8)), use: gzip),
        ]
    }()

    private static var peakKilobytes: Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss
    }

    @Test(arguments: samples) func theSampleItselfIsRead(_ sample: Sample) throws {
        #expect(try sample.accepts(sample.bytes))
    }

    @Test(arguments: samples) func everyTruncationIsRefused(_ sample: Sample) throws {
        for length in 0..<sample.bytes.count {
            // A gzip file cut to nothing or to one byte is plain text as far as anyone can tell.
            if sample.name.hasSuffix(".gz"), length < 2 { continue }
            #expect(try !sample.accepts(Array(sample.bytes[..<length])), "\(sample.name) cut to \(length) bytes")
        }
    }

    @Test(arguments: samples) func everyFlippedBitIsSurvived(_ sample: Sample) throws {
        var refused = 0
        for position in sample.bytes.indices {
            for bit in 0..<8 {
                var bytes = sample.bytes
                bytes[position] ^= 1 << bit
                if try !sample.accepts(bytes) { refused += 1 }
            }
        }
        #expect(refused > 0)
    }

    @Test(arguments: samples) func randomDamageIsSurvivedInLittleMemory(_ sample: Sample) throws {
        let seed: UInt64 = 20_240_611
        var generator = PhiloxGenerator(seed: seed, stream: UInt64(sample.bytes.count))
        let before = Self.peakKilobytes
        var refused = 0
        for _ in 0..<2000 {
            var bytes = sample.bytes
            for _ in 0...generator.integer(below: 6) {
                let place = generator.integer(below: bytes.count)
                switch generator.integer(below: 5) {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: generator.next())
                case 1: bytes[place] = 0xFF
                case 2: bytes.insert(UInt8(truncatingIfNeeded: generator.next()), at: place)
                case 3: bytes.removeSubrange(place..<min(bytes.count - 1, place + 1 + generator.integer(below: 9)))
                default:
                    // Large numbers in four or eight bytes are what makes careless readers allocate.
                    for offset in 0..<(generator.integer(below: 2) * 4 + 4) where place + offset < bytes.count {
                        bytes[place + offset] = generator.integer(below: 4) == 0 ? 0x7F : 0xFF
                    }
                }
                if bytes.isEmpty { bytes = [0] }
            }
            if try !sample.accepts(bytes) { refused += 1 }
        }
        #expect(refused > 500, "seed \(seed)")
        #expect(Self.peakKilobytes - before < 1 << 20, "seed \(seed): more than 1 GiB was taken")
    }

    /// The checksum of a zip entry catches most damage, so that the machine behind it sees little of it: here it sees everything.
    @Test func damagedPicklesBehindRightChecksumsAreSurvived() throws {
        let seed: UInt64 = 31
        var generator = PhiloxGenerator(seed: seed, stream: 2)
        let archive = try ZipArchive(ByteSource(PyTorchFixtures.pyTorchCheckpoint, name: "checkpoint.pth"))
        let entries = try archive.names.map { (name: $0, bytes: try archive.bytes(named: $0)) }
        let place = try #require(entries.firstIndex { $0.name.hasSuffix("data.pkl") })
        try withTemporaryFolder { folder in
            var refused = 0
            for _ in 0..<1000 {
                var damaged = entries
                for _ in 0...generator.integer(below: 4) {
                    let position = generator.integer(below: damaged[place].bytes.count)
                    switch generator.integer(below: 4) {
                    case 0: damaged[place].bytes[position] = UInt8(truncatingIfNeeded: generator.next())
                    case 1: damaged[place].bytes.insert(UInt8(truncatingIfNeeded: generator.next()), at: position)
                    case 2: damaged[place].bytes.remove(at: position)
                    default: damaged[place].bytes.append(contentsOf: damaged[place].bytes[position...])
                    }
                }
                let url = folder.appending(path: "damaged.pth")
                let contents = Dictionary(uniqueKeysWithValues: damaged.map { ($0.name, $0.bytes) })
                try ZipArchive.write(damaged.map(\.name), to: url) { contents[$0]! }
                do {
                    let file = try PyTorchFile.read(url)
                    for name in file.names { _ = try file.array(named: name) }
                } catch is FileFormatError {
                    refused += 1
                }
            }
            #expect(refused > 500, "seed \(seed)")
        }
    }

    @Test(arguments: samples) func noiseIsRefused(_ sample: Sample) throws {
        guard !sample.name.hasSuffix(".gz") else { return }
        let seed: UInt64 = 7
        var generator = PhiloxGenerator(seed: seed, stream: 1)
        for length in [0, 1, 7, 8, 21, 22, 64, 1000, 70_000] {
            let bytes = (0..<length).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            #expect(try !sample.accepts(bytes), "seed \(seed), \(length) bytes")
        }
    }
}
