import Foundation
import LoamNN
import LoamRuns
import LoamTensor
import LoamTrainability
import Testing

/// Networks from files of weights, under all the names that such files use.
@Suite struct WeightsTests {
    static let vgg = VGG(blocks: [[2], [3, 4]], hidden: [6, 5], name: "tiny")

    static func architecture() throws -> Architecture { try vgg.architecture(input: [3, 8, 8], classes: 7) }

    static func network() throws -> Network<Float> {
        Network<Float>(try architecture(), variances: InitialVariances(weight: 2, bias: 0.1), seed: 3)
    }

    static func images() -> Tensor<Float> {
        var generator = PhiloxGenerator(seed: 9, stream: 1)
        return Tensor(uniform: [2, 3, 8, 8], in: -1..<1, using: &generator)
    }

    /// The names of this network's stages 1, 3, 4 (convolutions) and 7, 8, 9 (dense) in either of the published sets.
    static let classifier = [1: "features.0", 3: "features.3", 4: "features.5", 7: "classifier.0", 8: "classifier.3", 9: "classifier.6"]
    static let head = [1: "features.0", 3: "features.3", 4: "features.5", 7: "pre_logits.fc1", 8: "pre_logits.fc2", 9: "head.fc"]

    static func arrays(_ names: [Int: String], asConvolutions: Bool) throws -> [(name: String, array: RawArray)] {
        let network = try network()
        return names.keys.sorted().flatMap { stage in
            let weight = network.weights[stage - 1][0]
            var shape = Array(weight.shape)
            if asConvolutions, stage == 7 { shape = [6, 4, 2, 2] }
            if asConvolutions, stage == 8 { shape = [5, 6, 1, 1] }
            return [
                (names[stage]! + ".weight", RawArray(weight.scalars, shape: shape)),
                (names[stage]! + ".bias", RawArray(network.biases[stage - 1][0])),
            ]
        }
    }

    static func withFile<Result>(_ arrays: [(name: String, array: RawArray)], isNpz: Bool = false, _ body: (TensorFile) throws -> Result)
        throws
        -> Result
    {
        let url = FileManager.default.temporaryDirectory.appending(path: "weights-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: url) }
        if isNpz { try Npz.write(arrays, to: url) } else { try Safetensors.write(arrays, to: url) }
        return try body(TensorFile.read(url))
    }

    @Test(arguments: [false, true])
    func bothNameSetsGiveTheSameLogits(_ isNpz: Bool) throws {
        let expected = try Self.network()(Self.images()).scalars
        for (names, asConvolutions) in [(Self.classifier, false), (Self.head, true)] {
            let network = try Self.withFile(try Self.arrays(names, asConvolutions: asConvolutions), isNpz: isNpz) {
                try NetworkWeights.read($0, for: Self.architecture())
            }
            #expect(network(Self.images()).scalars == expected)
        }
    }

    @Test func ownNamesAndThoseOfCascadesAreRead() throws {
        let network = try Self.network()
        for prefix in ["", "net."] {
            let read = try Self.withFile(network.stateDictionary.storedArrays(prefix: prefix)) {
                try NetworkWeights.read($0, for: Self.architecture())
            }
            #expect(read.stateDictionary == network.stateDictionary)
        }
    }

    @Test func halfPrecisionIsWidened() throws {
        let arrays = try Self.arrays(Self.classifier, asConvolutions: false).map { (name: $0.name, array: $0.array.stored(as: .bfloat16)) }
        let network = try Self.withFile(arrays) { try NetworkWeights.read($0, for: Self.architecture()) }
        let (a, b) = (network.weights[0][0].scalars, try Self.network().weights[0][0].scalars)
        for (x, y) in zip(a, b) { #expect(abs(x - y) <= abs(y) / 256) }
        #expect(a != b)
    }

    @Test func everythingThatDoesNotFitIsListed() throws {
        var arrays = try Self.arrays(Self.classifier, asConvolutions: false)
        arrays.removeAll { $0.name == "features.3.bias" || $0.name == "classifier.3.weight" }
        arrays.append(("classifier.9.weight", RawArray([Float(1)], shape: [1])))
        arrays.append(("scale", RawArray([Float(1)], shape: [1])))
        let place = try #require(arrays.firstIndex { $0.name == "classifier.6.bias" })
        arrays[place].array = RawArray([Float](repeating: 0, count: 10), shape: [10])
        let error = try Self.withFile(arrays) { file in
            try #require(throws: LoamError.self) { try NetworkWeights.read(file, for: Self.architecture()) }
        }
        #expect(error.exitStatus == 65)
        for part in [
            "missing (2): features.3.bias, classifier.3.weight", "not part of it (2): classifier.9.weight, scale",
            "'classifier.6.bias': expected shape [7], found [10]",
        ] {
            #expect(error.description.contains(part), "\(error)")
        }
    }

    @Test func theConvolutionalPartLeavesDenseLayersUnread() throws {
        for (names, asConvolutions) in [(Self.classifier, false), (Self.head, true)] {
            let part = try Self.architecture().prefix(5)
            let network = try Self.withFile(try Self.arrays(names, asConvolutions: asConvolutions)) {
                try NetworkWeights.read($0, for: part, isPart: true)
            }
            #expect(network.depth == 5)
            #expect(network(Self.images()).scalars == (try Self.network().prefix(5)(Self.images()).scalars))
        }
    }

    @Test func valuesThatAreNotFiniteAreRefused() throws {
        var arrays = try Self.arrays(Self.classifier, asConvolutions: false)
        arrays[1].array = RawArray([Float.nan, 1], shape: [2])
        let error = try Self.withFile(arrays) { file in
            try #require(throws: FileFormatError.self) { try NetworkWeights.read(file, for: Self.architecture()) }
        }
        #expect(error.location == "tensor 'features.0.bias'")
    }

    @Test func stagesAreNamedByTheirPlace() throws {
        let full = try VGG.full.architecture(input: [3, 224, 224], classes: 1000)
        #expect(
            [1, 2, 3, 4, 9, 18, 19, 22].map(full.stageName) == [
                "conv 1.1", "conv 1.2", "pool 1", "conv 2.1", "conv 3.3", "pool 5", "flatten", "dense 1000",
            ])
    }
}
