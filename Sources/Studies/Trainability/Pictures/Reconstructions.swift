import LoamData
import LoamRuns
import LoamTensor

/// What every stage keeps of the shown images and of the test images.
struct Reconstructions {
    /// Every shown image as numbers of the network's input.
    let inputs: [[Float]]
    /// `images[stage − 1][sample]`.
    let images: [[[Float]]]
    /// S_rel of `images`.
    let entropies: [[Double]]
    /// S_rel of the test images by stage.
    let profile: [[Double]]
    /// The mean S_rel of the training set's mean image, at which nothing is left of the single input.
    let meanImageLevel: Double
    /// The mean S_rel of a constant image.
    let constantImageLevel: Double

    init(_ lab: PictureLab, evaluated: Int) {
        func rows(_ tensor: Tensor<Float>) -> [[Float]] { (0..<tensor.shape[0]).map { tensor.select($0, axis: 0).scalars } }
        inputs = rows(lab.inputs)
        let relative = RelativeEntropy(inputs: SampleMatrix(lab.inputs))
        let found = lab.cascade.reconstructions(of: lab.inputs)
        images = found.map(rows)
        entropies = found.map { relative(SampleMatrix($0)) }
        let test = lab.material.test[0..<min(evaluated, lab.material.test.shape[0]), axis: 0]
        let reference = RelativeEntropy(inputs: SampleMatrix(test))
        // The stack of all depths of large images is taken a part at a time, so only the entropies stay.
        let part = max(1, min(100, (64 << 20) / lab.architecture.largestSample))
        var profile = [[Double]](repeating: [], count: lab.depth)
        for start in stride(from: 0, to: test.shape[0], by: part) {
            let images = test[start..<min(start + part, test.shape[0]), axis: 0]
            let own = RelativeEntropy(inputs: SampleMatrix(images))
            for (stage, reconstruction) in lab.cascade.reconstructions(of: images).enumerated() {
                profile[stage] += own(SampleMatrix(reconstruction))
            }
        }
        self.profile = profile
        func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
        let average = lab.material.training.mean(axes: [0]).scalars.map(Double.init)
        meanImageLevel = mean(reference.against(image: average))
        constantImageLevel = mean(reference.constantImageLevels)
    }

    /// The mean over the finite S_rel of a stage.
    func mean(_ stage: Int) -> Double {
        let finite = profile[stage - 1].filter(\.isFinite)
        return finite.isEmpty ? .nan : finite.reduce(0, +) / Double(finite.count)
    }
}

extension PictureLab {
    /// Images that the whole chain of heads makes of artificial outputs: `fill` everywhere, 1 at the class.
    func prototypes(_ classes: [Int], fill: Double) -> Tensor<Float> {
        let count = architecture.shapes.last!.elementCount
        let outputs = Tensor<Float>(classes.flatMap { k in (0..<count).map { $0 == k ? 1 : Float(fill) } }, shape: [classes.count, count])
        return cascade.reconstruct(activation: outputs, at: architecture.depth, of: heads(unpool: classes.count))
    }

    /// Heads that unpool need places to put values at: those of the mean training image.
    private func heads(unpool count: Int) -> Tensor<Float>? {
        guard settings.unpool else { return nil }
        return material.training.mean(axes: [0], keepingAxes: true).repeated(count, axis: 0)
    }

    /// The images that heads ℓ … 1 make of stage ℓ with all channels but one set to zero.
    func channel(_ channel: Int, at stage: Int, of inputs: Tensor<Float>) -> Tensor<Float> {
        let z = network.activations(of: inputs, through: stage).last!
        let count = z.shape[1]
        var mask = [Float](repeating: 0, count: count)
        mask[channel] = 1
        let shape = Shape([1, count] + Array(repeating: 1, count: z.rank - 2))
        return cascade.reconstruct(activation: z * Tensor(mask, shape: shape), at: stage, of: inputs)
    }
}
