import LoamNN
import LoamTensor
import Testing

@Suite struct NetworkTests {
    @Test func resNet18HasTorchvisionsNamesAndCount() {
        var generator = PhiloxGenerator(seed: 1)
        let model = ResNet<Float>.resNet18(using: &generator)
        // He et al.'s ResNet-18 with a 3×3 stem and ten classes.
        #expect(model.parameterCount == 11_173_962)
        let names = model.stateDictionary.names
        #expect(names.count == 122)
        #expect(Array(names.prefix(7)) == [
            "conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var", "bn1.num_batches_tracked",
            "layer1.0.conv1.weight",
        ])
        #expect(names.contains("layer2.0.downsample.0.weight") && names.contains("layer4.1.bn2.running_var"))
        #expect(Array(names.suffix(2)) == ["fc.weight", "fc.bias"])
    }

    @Test func resNet18ForLargeImagesHasTorchvisionsCount() {
        var generator = PhiloxGenerator(seed: 1)
        #expect(ResNet<Float>.resNet18(classes: 1000, forSmallImages: false, using: &generator).parameterCount == 11_689_512)
    }

    @Test func narrowResNetMapsImagesToClassesAndLearns() {
        var generator = PhiloxGenerator(seed: 2)
        var model = ResNet<Float>(blocks: [1, 1, 1, 1], classes: 3, channels: 1, width: 4, using: &generator)
        let x = Tensor<Float>(normal: [6, 1, 16, 16], using: &generator)
        let labels = Tensor<Int32>([0, 1, 2, 0, 1, 2])
        #expect(model(x).shape == [6, 3])
        var optimiser = Adam<Float>(learningRate: 1e-2)
        var context = ForwardContext.training(seed: 1)
        var losses: [Float] = []
        for _ in 0..<20 {
            let (loss, gradient) = valueAndGradient(at: &model) { crossEntropy($0(x, in: &context), labels) }
            optimiser.step(&model, gradient: gradient)
            losses.append(loss.item)
        }
        #expect(losses.last! < 0.3 * losses.first!)
    }

    @Test func basicBlockWithZeroedBranchIsItsShortcut() {
        var generator = PhiloxGenerator(seed: 3)
        var block = BasicBlock<Double>(3, 3, using: &generator)
        block.bn2.weight = Tensor.zeros([3])
        let x = gaussian([2, 3, 5, 5])
        #expect(block(x) == x.relu())
    }

    @Test func uNetHasTheNamesAndTheCountOfItsDescription() {
        var generator = PhiloxGenerator(seed: 4)
        let model = UNet3D<Float>(using: &generator)
        #expect(model.parameterCount == 339_923)
        let modules = model.parameters.names.map { $0.split(separator: ".")[0] }
        var order: [Substring] = []
        for name in modules where order.last != name { order.append(name) }
        #expect(order == ["down0", "down1", "down2", "up1", "merge1", "up0", "merge0", "head"])
        #expect(model.parameters.names.prefix(4) == ["down0.conv1.weight", "down0.conv1.bias", "down0.norm1.weight", "down0.norm1.bias"])
    }

    @Test func uNetKeepsTheExtents() {
        var generator = PhiloxGenerator(seed: 5)
        let model = UNet3D<Float>(inputs: 2, channels: [2, 3], classes: 4, using: &generator)
        #expect(model(Tensor.zeros([1, 2, 4, 6, 8])).shape == [1, 4, 4, 6, 8])
    }

    @Test func uNetDerivatives() {
        var generator = PhiloxGenerator(seed: 6)
        checkModelDerivatives(UNet3D<Double>(channels: [2, 2], classes: 2, using: &generator), at: gaussian([1, 1, 4, 4, 4]))
    }
}
