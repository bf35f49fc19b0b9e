import Foundation
import LoamTensor
import Testing

/// What `torch.save` writes, and what must not be read.
@Suite struct FilesPyTorchTests {
    static func file(_ bytes: [UInt8]) throws -> PyTorchFile { try PyTorchFile(ByteSource(bytes, name: "test.pth")) }

    /// An archive as `torch.save` lays it out, with a pickle of the test's own.
    static func archive(pickle: [UInt8], storages: [String: [UInt8]] = [:], byteOrder: String = "little") throws -> ByteSource {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "made.pth")
            let entries = ["a/data.pkl": pickle, "a/byteorder": Array(byteOrder.utf8)].merging(
                storages.map { ("a/data/\($0.key)", $0.value) }, uniquingKeysWith: { $1 })
            try ZipArchive.write(entries.keys.sorted(), to: url) { entries[$0]! }
            return ByteSource(try Array(Data(contentsOf: url)), name: "made.pth")
        }
    }

    private static func text(_ text: String) -> [UInt8] { [0x8C, UInt8(text.utf8.count)] + Array(text.utf8) }

    private static func tuple(_ numbers: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [0x28]
        for number in numbers { bytes += [0x4B, number] }
        return bytes + [0x74]
    }

    /// The operations that push the storage "0" of `count` floats.
    static func storage(_ count: UInt8) -> [UInt8] {
        var bytes: [UInt8] = [0x28]
        bytes += text("storage")
        bytes += Array("ctorch\nFloatStorage\n".utf8)
        bytes += text("0")
        bytes += text("cpu")
        return bytes + [0x4B, count, 0x74, 0x51]
    }

    /// A pickle of {"w": tensor}, the tensor with that offset, shape and strides, each below 256.
    static func tensor(_ storage: [UInt8], offset: UInt8 = 0, shape: [UInt8], strides: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [0x80, 2, 0x7D]
        bytes += text("w")
        bytes += Array("ctorch._utils\n_rebuild_tensor_v2\n".utf8)
        bytes.append(0x28)
        bytes += storage
        bytes += [0x4B, offset]
        bytes += tuple(shape)
        bytes += tuple(strides)
        return bytes + [0x89, 0x4E, 0x74, 0x52, 0x73, 0x2E]
    }

    @Test func tensorsOfAllKindsAreRead() throws {
        let file = try Self.file(PyTorchFixtures.pyTorch)
        #expect(file.names == ["weight", "half", "transposed", "brain", "count", "empty"])
        #expect(try file.array(named: "weight").scalars(as: Float.self) == [0, 0.25, 0.5, 0.75, 1, 1.25])
        #expect(try file.array(named: "half").scalars(as: Float.self) == [0.25, 0.5, 1, 1.25])
        #expect(file.kind(named: "half") == .float16 && file.shape(named: "half") == [2, 2])
        #expect(try file.array(named: "brain").scalars(as: Double.self) == [1.5])
        #expect(try file.array(named: "count").scalars(as: Int.self) == [7])
        #expect(try file.array(named: "empty").count == 0)
    }

    @Test func stridedTensorsAreBroughtIntoRowMajorOrder() throws {
        let file = try Self.file(PyTorchFixtures.pyTorch)
        #expect(file.shape(named: "transposed") == [3, 2])
        #expect(try file.array(named: "transposed").scalars(as: Double.self) == [0, 0.75, 0.25, 1, 0.5, 1.25])
    }

    /// `state_dict()` is an ordered dictionary with an attribute.
    @Test func stateDictionariesOfModulesAreRead() throws {
        let file = try Self.file(PyTorchFixtures.pyTorchModule)
        #expect(file.names == ["weight", "bias"])
        #expect(file.shape(named: "weight") == [1, 2])
        // torch.manual_seed(0); torch.nn.Linear(2, 1)
        #expect(try file.array(named: "weight").scalars(as: Float.self) == [-0.005293981172144413, 0.37932288646698])
    }

    @Test func checkpointsGiveTheirStateDictionary() throws {
        let file = try Self.file(PyTorchFixtures.pyTorchCheckpoint)
        #expect(file.names == ["w"])
        #expect(try file.array(named: "w").scalars(as: Float.self) == [1, 2])
    }

    @Test func theContentTellsTheFormat() throws {
        for (bytes, names) in [
            (PyTorchFixtures.pyTorchModule, ["weight", "bias"]),
            (FilesFixtures.npzStored, try Npz(ByteSource(FilesFixtures.npzStored, name: "a")).names),
            (FilesFixtures.safetensors, try Safetensors(ByteSource(FilesFixtures.safetensors, name: "b")).names),
        ] {
            #expect(try TensorFile.read(ByteSource(bytes, name: "c")).names == names)
        }
    }

    @Test func oldFilesAreRefusedWithTheConversion() throws {
        for read in [{ _ = try Self.file($0) }, { _ = try TensorFile.read(ByteSource($0, name: "old.pth")) }] as [([UInt8]) throws -> Void]
        {
            let error = try #require(fileError { try read(PyTorchFixtures.pyTorchOld) })
            #expect(error.kind == .unsupported)
            #expect(error.description.contains("import torch\ntorch.save(torch.load("), "\(error)")
        }
    }

    @Test func otherObjectsAreRefusedByName() throws {
        let error = try #require(fileError { _ = try Self.file(PyTorchFixtures.pyTorchSystem) })
        #expect(error.kind == .unsupported && error.problem.contains("posix.system"), "\(error)")
        #expect(error.description.contains("state_dict"))
    }

    struct Foreign: Sendable {
        let pickle: [UInt8]
        let expected: String

        init(_ pickle: [UInt8], _ expected: String) {
            self.pickle = pickle
            self.expected = expected
        }

        init(_ text: String, _ expected: String) { self.init(Array(text.utf8), expected) }
    }

    static let foreign: [Foreign] = [
        // A class of the user's by GLOBAL, a function by STACK_GLOBAL, instances by INST and NEWOBJ, an extension code.
        Foreign("cmymodels\nNet\n.", "mymodels.Net"),
        Foreign([0x8C, 2, 0x6F, 0x73, 0x8C, 4, 0x65, 0x78, 0x65, 0x63, 0x93, 0x2E], "os.exec"),
        Foreign("(ios\nsystem\n.", "instance"),
        Foreign([0x7D, 0x29, 0x81, 0x2E], "instance"),
        Foreign([0x82, 1, 0x2E], "extension"),
        // Attributes of an object that is no dictionary; a storage with its numbers inside; an operation of protocol 0.
        Foreign([0x5D, 0x7D, 0x62, 0x2E], "state of an object"),
        Foreign("ctorch\nFloatStorage\n)R.", "storage with its numbers"),
        Foreign("I1\n.", "0x49"),
    ]

    @Test(arguments: foreign)
    func foreignOperationsAreRefused(_ sample: Foreign) throws {
        let source = try Self.archive(pickle: [0x80, 2] + sample.pickle)
        let error = try #require(fileError { _ = try PyTorchFile(source) })
        #expect(error.kind == .unsupported && error.problem.contains(sample.expected), "\(error)")
    }

    @Test func tensorsThatRepeatNumbersAreRefused() throws {
        let error = try #require(fileError { _ = try Self.file(PyTorchFixtures.pyTorchExpanded) })
        #expect(error.problem.contains("[1000]"), "\(error)")
    }

    @Test(
        arguments: [
            (0, [3, 2], [2, 1], "index 5"), (1, [2, 2], [2, 1], "index 4"), (0, [5], [0], "4 numbers"), (0, [2, 2], [3, 2], "index 5"),
            (0, [2], [1, 1], "as many"),
        ] as [(UInt8, [UInt8], [UInt8], String)])
    func tensorsBeyondTheirStorageAreRefused(_ offset: UInt8, _ shape: [UInt8], _ strides: [UInt8], _ expected: String) throws {
        let source = try Self.archive(
            pickle: Self.tensor(Self.storage(4), offset: offset, shape: shape, strides: strides),
            storages: ["0": [UInt8](repeating: 0, count: 16)])
        let error = try #require(fileError { _ = try PyTorchFile(source) })
        #expect(error.kind == .malformed)
        #expect(error.problem.contains(expected) || error.problem.contains("expected at most the 4 numbers"), "\(error)")
    }

    @Test func storagesMustBeThereInFull() throws {
        let pickle = Self.tensor(Self.storage(4), shape: [4], strides: [1])
        for storages in [["0": [UInt8](repeating: 0, count: 15)], [:], ["1": [UInt8](repeating: 0, count: 16)]] as [[String: [UInt8]]] {
            let source = try Self.archive(pickle: pickle, storages: storages)
            let error = try #require(fileError { _ = try PyTorchFile(source).array(named: "w") })
            #expect(error.location == "tensor 'w'" && error.problem.contains("expected 4 numbers of 4 bytes"), "\(error)")
        }
    }

    @Test func bigEndianFilesAreRefused() throws {
        let source = try Self.archive(pickle: Self.tensor(Self.storage(1), shape: [1], strides: [1]), byteOrder: "big")
        let error = try #require(fileError { _ = try PyTorchFile(source) })
        #expect(error.problem.contains("‘big’"))
    }

    /// A million nested lists, a list inside itself, and lengths that nothing stands behind.
    @Test func hostileStreamsCostLittle() throws {
        var deep: [UInt8] = [0x80, 2]
        deep += [UInt8](repeating: 0x5D, count: 1_000_000)
        deep += [UInt8](repeating: 0x61, count: 999_999)
        deep.append(0x2E)
        let cyclic: [UInt8] = [0x80, 2, 0x5D, 0x71, 0, 0x68, 0, 0x61, 0x2E]
        let long: [UInt8] = [0x80, 4, 0x8D, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x2E]
        let wide: [UInt8] = [0x80, 2, 0x58, 0xFF, 0xFF, 0xFF, 0x7F, 0x2E]
        let short: [[UInt8]] = [[0x80, 2], [0x80, 9, 0x2E], [0x80, 2, 0x65, 0x2E], [0x80, 2, 0x68, 3, 0x2E]]
        for pickle in [deep, cyclic, long, wide] + short {
            let source = try Self.archive(pickle: pickle)
            let error = fileError { _ = try PyTorchFile(source) }
            #expect(error?.problem.isEmpty == false)
        }
    }
}
