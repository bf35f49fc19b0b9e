import Foundation
import LoamTensor
import Testing

@Suite struct FilesSafetensorsTests {
    private var fixture: Safetensors {
        get throws { try Safetensors(ByteSource(FilesFixtures.safetensors, name: "fixture.safetensors")) }
    }

    @Test func readsNamesKindsAndShapesOfThePackage() throws {
        let file = try fixture
        #expect(Set(file.names) == ["a", "b", "half", "ids", "bytes", "mask"])
        #expect(file.kind(named: "a") == .float32 && file.shape(named: "a") == [2, 2])
        #expect(file.kind(named: "mask") == .bool && file.kind(named: "half") == .float16)
        #expect(file.kind(named: "none") == nil)
    }

    @Test func readsMetadataWithEscapes() throws {
        #expect(try fixture.metadata == ["format": "np", "note": "café \"quoted\""])
    }

    @Test func readsNumbersOfThePackage() throws {
        let file = try fixture
        #expect(try file.tensor(named: "a", as: Float.self) == Tensor([1, 2, 3, 4], shape: [2, 2]))
        #expect(try file.tensor(named: "b", as: Double.self) == Tensor([0, 1, 2, 3]))
        #expect(try file.tensor(named: "ids", as: Int.self) == Tensor([1 << 40, -1]))
        #expect(try file.tensor(named: "bytes", as: UInt8.self) == Tensor([0, 255]))
        #expect(try file.tensor(named: "mask", as: Bool.self) == Tensor([true, false]))
    }

    @Test func widensOnRequest() throws {
        let file = try fixture
        #expect(try file.tensor(named: "half", as: Double.self) == Tensor([0.5, -65504]))
        #expect(try file.tensor(named: "a", as: Double.self) == Tensor([1, 2, 3, 4], shape: [2, 2]))
        #expect(try file.tensor(named: "b", as: Float.self) == Tensor([0, 1, 2, 3]))
    }

    @Test func readsAnEmptyTensor() throws {
        let file = try Safetensors(ByteSource(FilesFixtures.safetensorsEmpty, name: "empty"))
        #expect(try file.tensor(named: "none", as: Float.self).shape == [0, 5])
    }

    @Test func anIntegerThatDoesNotFitNamesItsPlace() throws {
        let error = fileError { _ = try fixture.tensor(named: "ids", as: Int32.self) }
        #expect(error?.location == "element 0")
        #expect(error?.description.contains("tensor 'ids'") == true)
        #expect(error?.description.contains("1099511627776") == true)
    }

    @Test func floatingPointDoesNotBecomeIntegers() throws {
        #expect(fileError { _ = try fixture.tensor(named: "a", as: Int32.self) }?.kind == .unsupported)
    }

    @Test func aMissingNameListsWhatThereIs() throws {
        let error = fileError { _ = try fixture.array(named: "weight") }
        #expect(error?.kind == .notFound)
        #expect(error?.problem.contains("'weight'") == true && error?.problem.contains("mask") == true)
    }

    @Test func roundTripKeepsOrderKindsAndMetadata() throws {
        let arrays = ScalarKind.allCases.reversed().enumerated().map { index, kind in
            let count = kind == .bool ? 3 : 3 * kind.byteCount
            return (
                name: "t\(index).\"odd\" \u{1F40C}\n",
                array: RawArray(kind: kind, shape: [1, 3], bytes: [UInt8](repeating: 1, count: count))
            )
        }
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "a.safetensors")
            try Safetensors.write(arrays, metadata: ["step": "12", "a": "\u{1}\\"], to: url)
            let file = try Safetensors.read(url)
            #expect(file.names == arrays.map(\.name))
            #expect(file.metadata == ["step": "12", "a": "\u{1}\\"])
            for (name, array) in arrays { #expect(try file.array(named: name) == array) }
        }
    }

    @Test func equalContentGivesEqualBytes() throws {
        let arrays = [(name: "x", array: RawArray([1.5 as Float], shape: [1]))]
        let first = try Safetensors.encoded(arrays, metadata: ["b": "1", "a": "2", "c": "3"])
        #expect(try Safetensors.encoded(arrays, metadata: ["c": "3", "a": "2", "b": "1"]) == first)
    }

    @Test func everyArrayIsAligned() throws {
        let arrays = [
            (name: "byte", array: RawArray([1 as UInt8], shape: [1])), (name: "double", array: RawArray([1.0], shape: [1])),
            (name: "float", array: RawArray([1 as Float], shape: [1])),
        ]
        let bytes = try Safetensors.encoded(arrays)
        let header = String(decoding: bytes[8..<(bytes.count - 13)], as: UTF8.self)
        #expect((bytes.count - 13) % 8 == 0)
        #expect(header.contains("\"double\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}"))
        #expect(header.contains("\"byte\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[12,13]}"))
    }

    @Test func refusesToWriteANameTwice() {
        let array = RawArray([1 as Float], shape: [1])
        let error = fileError { _ = try Safetensors.encoded([(name: "x", array: array), (name: "x", array: array)]) }
        #expect(error?.location == "tensor 'x'")
    }

    @Test func refusesToWriteTheReservedName() {
        #expect(fileError { _ = try Safetensors.encoded([(name: "__metadata__", array: RawArray([1.0], shape: [1]))]) } != nil)
    }

    @Test(arguments: [
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,16]}}"#, "expected 8 bytes"),
        (#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}"#, "overlap"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}"#, "hole"),
        (#"{"a":{"dtype":"F32","shape":[6],"data_offsets":[0,24]}}"#, "truncated or damaged"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, "expected 8, which"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, "offsets 8 to 0"),
        (#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,16]}}"#, "overflows"),
        (#"{"a":{"dtype":"F32","shape":[9223372036854775807,0],"data_offsets":[0,0]}}"#, "overflows"),
        (#"{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,16]}}"#, "64 bits"),
        (#"{"a":{"dtype":"F32","shape":[-4],"data_offsets":[0,16]}}"#, "non-negative"),
        (#"{"a":{"dtype":"F32","shape":[1e2],"data_offsets":[0,16]}}"#, "expected ']'"),
        (#"{"a":{"dtype":"F8_E4M3","shape":[16],"data_offsets":[0,16]}}"#, "F8_E4M3"),
        (#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"a":{"dtype":"F32","shape":[0],"data_offsets":[16,16]}}"#, "two tensors"),
        (#"{"a":{"dtype":"F32","dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#, "'dtype' twice"),
        (#"{"a":{"dtype":"F32","shape":[4]}}"#, "missing"),
        (#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16],"x":1}}"#, "key 'x'"),
        (#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}"#, "expected '}'"),
        (#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}} x"#, "after the header"),
        (#"{"__metadata__":{"a":1}}"#, "expected '\"'"),
        (#"{"__metadata__":{"a":"1","a":"2"}}"#, "twice"),
        (#"{"__metadata__":{},"__metadata__":{}}"#, "twice"),
        (#"{"a\ud800":{}}"#, "surrogate"),
        (#"{"a\q":{}}"#, "escape"),
        (#"{"a"#, "inside a string"),
        (#"[1]"#, "expected '{'"),
    ])
    func refusesAMalformedHeader(_ header: String, _ word: String) {
        let error = fileError { _ = try Safetensors(safetensorsFile(header, data: [UInt8](repeating: 0, count: 16))) }
        #expect(error?.description.contains(word) == true, "\(error.map(\.description) ?? "")")
        #expect(error?.file == "test.safetensors")
    }

    @Test func refusesAHeaderBeyondTheFile() {
        #expect(fileError { _ = try Safetensors(safetensorsFile("{}", declaredLength: 3)) }?.problem.contains("only 2 follow") == true)
    }

    @Test(arguments: [100_000_001, UInt64.max, UInt64(Int.max), 1 << 63])
    func refusesAHeaderOfMoreThan100Megabytes(_ length: UInt64) {
        let error = fileError { _ = try Safetensors(safetensorsFile("{}", declaredLength: length)) }
        #expect(error?.problem.contains("at most 100000000") == true)
    }

    @Test func refusesDeepNestingWithoutRecursion() {
        let header = String(repeating: "[", count: 1_000_000)
        #expect(fileError { _ = try Safetensors(safetensorsFile(header)) } != nil)
        #expect(fileError { _ = try Safetensors(safetensorsFile("{\"a\":" + header)) } != nil)
    }

    @Test func refusesABooleanThatIsNeither() throws {
        let file = try Safetensors(safetensorsFile(#"{"m":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}}"#, data: [1, 9]))
        let error = fileError { _ = try file.array(named: "m") }
        #expect(error?.location == "tensor 'm', element 1")
    }
}
