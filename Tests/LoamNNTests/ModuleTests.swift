import LoamNN
import LoamTensor
import Testing

@Suite struct ModuleTests {
    @Test func parametersAreListedByDottedNamesInOrder() {
        #expect(Perceptron<Float>().parameters.names == ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"])
    }

    @Test func parameterCountIsTheSumOfExtents() {
        #expect(Perceptron<Float>(3, 8, 2).parameterCount == 3 * 8 + 8 + 8 * 2 + 2)
    }

    @Test func settingParametersChangesTheOutputAndNotTheOriginal() {
        let original = Perceptron<Double>()
        var copy = original
        copy.parameters = original.parameters * 0
        let x = gaussian([4, 3])
        #expect(copy(x) == Tensor.zeros([4, 2]))
        #expect(original(x) != Tensor.zeros([4, 2]))
    }

    @Test func absentBiasIsNotListed() {
        var generator = PhiloxGenerator(seed: 1)
        #expect(Dense<Float>(2, 3, bias: false, using: &generator).parameters.names == ["weight"])
    }

    @Test func sequentialNamesItsLayersByPosition() {
        var generator = PhiloxGenerator(seed: 1)
        let model = Sequential<Float> {
            Dense(2, 3, using: &generator)
            Activation(.relu)
            BatchNormalisation(3)
        }
        #expect(
            model.stateDictionary.names == [
                "0.weight", "0.bias", "2.weight", "2.bias", "2.running_mean", "2.running_var", "2.num_batches_tracked",
            ])
    }

    @Test func sequentialBuilderTakesLoopsAndConditions() {
        var generator = PhiloxGenerator(seed: 1)
        let deep = true
        let model = Sequential<Float> {
            for _ in 0..<3 { Dense(4, 4, using: &generator) }
            if deep { Activation(.tanh) }
        }
        #expect(model.layers.count == 4)
    }

    @Test func stateDictionaryRoundTripsThroughLoad() throws {
        let source = Perceptron<Float>(seed: 5)
        var target = Perceptron<Float>(seed: 6)
        #expect(source.parameters != target.parameters)
        try target.load(source.stateDictionary)
        #expect(source.parameters == target.parameters)
    }

    @Test func strictLoadingListsEverythingWrongAtOnce() throws {
        var model = Perceptron<Float>()
        let before = model.parameters
        var state = model.stateDictionary
        state["fc1.bias"] = nil
        state["fc2.bias"] = nil
        state["fc3.weight"] = .tensor(Tensor.zeros([1]))
        state["fc2.weight"] = .tensor(Tensor.zeros([2, 9]))
        state["fc1.weight"] = .integer(3)
        let error = try #require(throws: StateDictionaryError.self) { try model.load(state) }
        #expect(error.missing == ["fc1.bias", "fc2.bias"])
        #expect(error.unexpected == ["fc3.weight"])
        #expect(error.mismatched.map(\.name) == ["fc1.weight", "fc2.weight"])
        #expect(error.mismatched[1].expected == "shape [2, 8]" && error.mismatched[1].found == "shape [2, 9]")
        for part in ["fc1.bias", "fc2.bias", "fc3.weight", "shape [2, 9]"] { #expect(error.description.contains(part)) }
        #expect(model.parameters == before)
    }

    @Test func lenientLoadingReturnsWhatDidNotMatch() throws {
        var model = Perceptron<Float>(seed: 1)
        var state = Perceptron<Float>(seed: 2).stateDictionary
        state["fc2.bias"] = nil
        state["extra"] = .integer(1)
        let (missing, unexpected) = try model.load(state, strict: false)
        #expect(missing == ["fc2.bias"])
        #expect(unexpected == ["extra"])
        #expect(model.fc1.weight == state.tensor("fc1.weight"))
    }

    @Test func lenientLoadingStillRefusesOtherShapes() {
        var model = Perceptron<Float>()
        var state = model.stateDictionary
        state["fc2.bias"] = .tensor(Tensor.zeros([5]))
        #expect(throws: StateDictionaryError.self) { try model.load(state, strict: false) }
    }

    @Test func stateDictionaryKeepsOrderAndForgetsRemovedNames() {
        var state = StateDictionary<Float>()
        state["b"] = .integer(1)
        state["a"] = .integer(2)
        state["b"] = .integer(3)
        #expect(state.names == ["b", "a"])
        #expect(state.integer("b") == 3)
        state["b"] = nil
        #expect(state.names == ["a"] && state.count == 1)
    }

    @Test func stateDictionaryFilesKeepEveryBit() throws {
        var model = BatchNormalisation<Double>(3)
        model.runningMean = gaussian([3], seed: 4)
        model.batchesSeen = 17
        let state = model.stateDictionary
        let read = try withTemporaryFile { url in
            try state.write(to: url)
            return try StateDictionary<Double>(contentsOf: url)
        }
        #expect(read == state)
    }

    @Test func filesOfTheOtherPrecisionAreConverted() throws {
        let state = Perceptron<Double>().stateDictionary
        let read = try withTemporaryFile { url in
            try state.write(to: url)
            return try StateDictionary<Float>(contentsOf: url)
        }
        #expect(read.tensor("fc1.weight") == Tensor<Float>(casting: state.tensor("fc1.weight")!))
    }

    @Test func integerArraysAreNoParameters() throws {
        try withTemporaryFile { url in
            try Safetensors.write([("a", RawArray([1, 2, 3] as [Int32], shape: [3]))], to: url)
            let error = try #require(throws: FileFormatError.self) { try StateDictionary<Float>(contentsOf: url) }
            #expect(error.description.contains("I32"))
        }
    }
}
