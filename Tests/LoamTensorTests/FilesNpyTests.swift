import Foundation
import LoamTensor
import Testing

@Suite struct FilesNpyTests {
    private func read(_ bytes: [UInt8]) throws -> RawArray { try Npy.read(ByteSource(bytes, name: "fixture.npy")) }

    @Test func readsFloat32OfNumPy() throws {
        let array = try read(FilesFixtures.float32)
        #expect(array.kind == .float32)
        #expect(array.shape == [2, 3])
        #expect(try array.scalars(as: Float.self) == [0, 0.25, 0.5, 0.75, 1, 1.25])
    }

    @Test func bringsFortranOrderIntoRowMajorOrder() throws {
        let array = try read(FilesFixtures.fortranFloat64)
        #expect(array.shape == [2, 3, 4])
        #expect(try array.scalars(as: Double.self) == (0..<24).map(Double.init))
    }

    @Test func readsBigEndianIntegers() throws {
        #expect(try read(FilesFixtures.bigEndianInt32).scalars(as: Int32.self) == [1, -2, 70000])
    }

    @Test func readsBigEndianFortranOrderTogether() throws {
        let array = try read(FilesFixtures.bigEndianFortranInt16)
        #expect(array.kind == .int16)
        #expect(try array.scalars(as: Int.self) == [0, 1, 2, 3, 4, 5])
    }

    @Test func widensFloat16Exactly() throws {
        let values = try read(FilesFixtures.float16).scalars(as: Float.self)
        #expect(values == [0, 1, -2, 65504, 0x1p-24, 0.333251953125, .infinity])
    }

    @Test func readsBooleans() throws {
        #expect(try read(FilesFixtures.booleans).tensor(as: Bool.self) == Tensor([true, false, false, true], shape: [2, 2]))
    }

    @Test func readsAScalar() throws {
        let tensor = try read(FilesFixtures.scalar).tensor(as: Double.self)
        #expect(tensor.rank == 0 && tensor.item == 2.5)
    }

    @Test func readsAnEmptyArray() throws {
        let array = try read(FilesFixtures.empty)
        #expect(array.shape == [0, 3] && array.count == 0)
        #expect(try array.tensor(as: Float.self).shape == [0, 3])
    }

    @Test(arguments: [FilesFixtures.version2, FilesFixtures.version3])
    func readsLaterVersions(_ bytes: [UInt8]) throws {
        #expect(try read(bytes).scalars(as: Int.self) == [3, 1, 4])
    }

    @Test(arguments: [
        (FilesFixtures.objects, "Python objects"), (FilesFixtures.records, "record type"), (FilesFixtures.complexNumbers, "'<c8'"),
        (FilesFixtures.text, "'<U2'"),
    ])
    func refusesOtherTypesByName(_ bytes: [UInt8], _ word: String) {
        let error = fileError { _ = try read(bytes) }
        #expect(error?.kind == .unsupported)
        #expect(error?.problem.contains(word) == true)
        #expect(error?.advice != nil)
    }

    @Test func writesTheBytesThatNumPyWrites() throws {
        let array = RawArray([Float](arrayLiteral: 0, 0.25, 0.5, 0.75, 1, 1.25), shape: [2, 3])
        #expect(try Npy.encoded(array) == FilesFixtures.float32)
        #expect(try Npy.encoded(RawArray([2.5], shape: [])) == FilesFixtures.scalar)
        #expect(try Npy.encoded(RawArray([true, false, false, true], shape: [2, 2])) == FilesFixtures.booleans)
    }

    @Test(arguments: ScalarKind.allCases.filter { $0 != .bfloat16 })
    func roundTripKeepsEveryKind(_ kind: ScalarKind) throws {
        let bytes = [UInt8]((0..<(6 * kind.byteCount)).map { kind == .bool ? UInt8($0 & 1) : UInt8($0 &* 37 & 255) })
        let array = RawArray(kind: kind, shape: [3, 1, 2], bytes: bytes)
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "a.npy")
            try Npy.write(array, to: url)
            #expect(try Npy.read(url) == array)
        }
    }

    @Test func tensorRoundTripThroughAFile() throws {
        let tensor = Tensor((0..<120).map { Double($0).squareRoot() }, shape: [4, 5, 6])
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "a.npy")
            try Npy.write(RawArray(tensor), to: url)
            #expect(try Npy.tensor(url, as: Double.self) == tensor)
        }
    }

    @Test func transposedViewIsWrittenInItsOwnOrder() throws {
        let tensor = Tensor<Float>([1, 2, 3, 4, 5, 6], shape: [2, 3]).transposed()
        let array = RawArray(tensor)
        #expect(array.shape == [3, 2])
        #expect(try array.scalars(as: Float.self) == [1, 4, 2, 5, 3, 6])
    }

    @Test func refusesToWriteBfloat16() {
        let error = fileError { _ = try Npy.encoded(RawArray(kind: .bfloat16, shape: [1], bytes: [0, 0])) }
        #expect(error?.kind == .unsupported)
    }

    @Test(arguments: [
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }", "overflow"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 0), }", "overflow"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", "64 bits"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "non-negative"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,), }", "truncated"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", "something follows"),
        ("{'descr': '<f4', 'fortran_order': Maybe, 'shape': (2,), }", "True or False"),
        ("{'descr': '<f4', 'fortran_order': False, }", "missing"),
        ("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "once each"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), } import os", "after the header"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}", "'x'"),
        ("{'descr': '|f4', 'fortran_order': False, 'shape': (2,), }", "'|f4'"),
        ("", "expected '{'"),
    ])
    func refusesAMalformedHeader(_ header: String, _ word: String) {
        let error = fileError { _ = try Npy.read(npyFile(header, data: [UInt8](repeating: 0, count: 8))) }
        #expect(error?.description.contains(word) == true, "\(error.map(\.description) ?? "")")
        #expect(error?.file == "test.npy")
    }

    @Test func refusesTooManyAxes() {
        let shape = String(repeating: "1, ", count: 40)
        let error = fileError { _ = try Npy.read(npyFile("{'descr': '|u1', 'fortran_order': False, 'shape': (\(shape)), }", data: [0])) }
        #expect(error?.problem.contains("axes") == true)
    }

    @Test func aTensorHasAtMostEightAxes() throws {
        let array = RawArray(kind: .uint8, shape: [Int](repeating: 1, count: 9), bytes: [7])
        #expect(fileError { _ = try array.tensor(as: Float.self) }?.problem.contains("9 axes") == true)
    }

    @Test func refusesABooleanThatIsNeither() {
        var bytes = FilesFixtures.booleans
        bytes[bytes.count - 1] = 2
        #expect(fileError { _ = try read(bytes) }?.location == "element 3")
    }
}
