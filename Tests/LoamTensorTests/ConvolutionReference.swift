import LoamTensor

/// One convolution of a matrix of options, in the words of its definition.
struct ConvolutionCase: Sendable, CustomStringConvertible {
    var batch = 2
    var groups = 1
    var inputs = 3
    var outputs = 4
    var extents: [Int]
    var kernel: [Int]
    var stride: [Int]
    var padding: [Int]
    var dilation: [Int]

    init(
        _ inputs: Int, _ outputs: Int, _ extents: [Int], kernel: [Int], stride: Int = 1, padding: Int = 0, dilation: Int = 1,
        groups: Int = 1,
        batch: Int = 2
    ) {
        self.batch = batch
        self.groups = groups
        self.inputs = inputs
        self.outputs = outputs
        self.extents = extents
        self.kernel = kernel
        self.stride = Array(repeating: stride, count: extents.count)
        self.padding = Array(repeating: padding, count: extents.count)
        self.dilation = Array(repeating: dilation, count: extents.count)
    }

    var description: String {
        "\(batch)×\(inputs)→\(outputs) on \(extents), kernel \(kernel), stride \(stride), padding \(padding), dilation \(dilation), groups \(groups)"
    }

    var outputExtents: [Int] {
        extents.indices.map { (extents[$0] + 2 * padding[$0] - dilation[$0] * (kernel[$0] - 1) - 1) / stride[$0] + 1 }
    }
    var inputShape: Shape { Shape([batch, inputs] + extents) }
    var weightShape: Shape { Shape([outputs, inputs / groups] + kernel) }
    var outputShape: Shape { Shape([batch, outputs] + outputExtents) }
    /// The length of the sum behind one output element.
    var terms: Int { inputs / groups * kernel.reduce(1, *) }

    func callAsFunction<Scalar: TensorScalar>(_ x: Tensor<Scalar>, _ w: Tensor<Scalar>, bias: Tensor<Scalar>? = nil) -> Tensor<Scalar> {
        convolution(
            x, w, bias: bias, stride: AxisValues(stride), padding: ConvolutionPadding(padding), dilation: AxisValues(dilation),
            groups: groups)
    }

    /// Every (output element, input element, weight element) triple of the definition, as positions in row-major arrays.
    func forEachTerm(_ body: (_ y: Int, _ x: Int, _ w: Int) -> Void) {
        func positions(_ extents: [Int]) -> [[Int]] {
            extents.reduce([[]]) { partial, extent in partial.flatMap { head in (0..<extent).map { head + [$0] } } }
        }
        func flat(_ index: [Int], _ extents: [Int]) -> Int { zip(index, extents).reduce(0) { $0 * $1.1 + $1.0 } }
        let outputPositions = positions(outputExtents)
        let taps = positions(kernel)
        let (inputSize, outputSize) = (extents.reduce(1, *), outputPositions.count)
        let (perGroupIn, perGroupOut) = (inputs / groups, outputs / groups)
        for n in 0..<batch {
            for o in 0..<outputs {
                for (p, position) in outputPositions.enumerated() {
                    for (k, tap) in taps.enumerated() {
                        let source = position.indices.map { position[$0] * stride[$0] - padding[$0] + tap[$0] * dilation[$0] }
                        if zip(source, extents).contains(where: { $0 < 0 || $0 >= $1 }) { continue }
                        for c in 0..<perGroupIn {
                            let channel = o / perGroupOut * perGroupIn + c
                            body(
                                (n * outputs + o) * outputSize + p, (n * inputs + channel) * inputSize + flat(source, extents),
                                (o * perGroupIn + c) * taps.count + k)
                        }
                    }
                }
            }
        }
    }

    /// Σ over the definition's terms of w·x.
    func reference(_ x: Tensor<Double>, _ w: Tensor<Double>) -> Tensor<Double> {
        let (x, w) = (x.scalars, w.scalars)
        var y = Array(repeating: 0.0, count: outputShape.elementCount)
        forEachTerm { y[$0] += w[$2] * x[$1] }
        return Tensor(y, shape: outputShape)
    }

    /// The same terms summed into x, for cotangent g.
    func referenceByData(_ g: Tensor<Double>, _ w: Tensor<Double>) -> Tensor<Double> {
        let (g, w) = (g.scalars, w.scalars)
        var x = Array(repeating: 0.0, count: inputShape.elementCount)
        forEachTerm { x[$1] += w[$2] * g[$0] }
        return Tensor(x, shape: inputShape)
    }

    /// The same terms summed into w, for cotangent g.
    func referenceByWeights(_ x: Tensor<Double>, _ g: Tensor<Double>) -> Tensor<Double> {
        let (x, g) = (x.scalars, g.scalars)
        var w = Array(repeating: 0.0, count: weightShape.elementCount)
        forEachTerm { w[$2] += x[$1] * g[$0] }
        return Tensor(w, shape: weightShape)
    }

    /// Options crossed with the channel counts at which oneDNN's routes differ.
    static let matrix: [ConvolutionCase] = [
        // One dimension.
        ConvolutionCase(1, 1, [9], kernel: [3]),
        ConvolutionCase(3, 5, [17], kernel: [4], stride: 2, padding: 1),
        ConvolutionCase(8, 16, [21], kernel: [3], padding: 2, dilation: 2),
        ConvolutionCase(16, 8, [15], kernel: [1]),
        ConvolutionCase(17, 3, [11], kernel: [5], stride: 3, padding: 2),
        ConvolutionCase(16, 16, [13], kernel: [3], padding: 1, groups: 2),
        ConvolutionCase(6, 6, [10], kernel: [3], padding: 1, groups: 6),
        // Two dimensions.
        ConvolutionCase(1, 8, [9, 7], kernel: [3, 3], padding: 1),
        ConvolutionCase(3, 16, [12, 11], kernel: [3, 3], stride: 2, padding: 1),
        ConvolutionCase(2, 16, [11, 11], kernel: [5, 5], padding: 2),
        ConvolutionCase(5, 3, [7, 9], kernel: [2, 3]),
        ConvolutionCase(8, 8, [10, 9], kernel: [3, 3], padding: 1),
        ConvolutionCase(16, 17, [9, 9], kernel: [3, 3], padding: 1),
        ConvolutionCase(17, 16, [9, 9], kernel: [3, 3], padding: 1),
        ConvolutionCase(16, 32, [8, 8], kernel: [1, 1]),
        ConvolutionCase(16, 32, [9, 8], kernel: [1, 1], stride: 2),
        ConvolutionCase(5, 8, [9, 9], kernel: [1, 1], stride: 2),
        ConvolutionCase(16, 16, [13, 12], kernel: [3, 2], stride: 2, padding: 1),
        ConvolutionCase(8, 16, [12, 12], kernel: [3, 3], padding: 2, dilation: 2),
        ConvolutionCase(16, 16, [9, 9], kernel: [3, 3], padding: 1, groups: 2),
        ConvolutionCase(16, 16, [9, 9], kernel: [3, 3], padding: 1, groups: 16),
        ConvolutionCase(6, 9, [7, 7], kernel: [3, 3], stride: 2, groups: 3),
        ConvolutionCase(8, 24, [8, 8], kernel: [3, 3], stride: 2, padding: 1, groups: 8),
        ConvolutionCase(16, 16, [20, 20], kernel: [7, 7], stride: 2, padding: 3, batch: 1),
        // Three dimensions.
        ConvolutionCase(1, 8, [6, 5, 7], kernel: [3, 3, 3], padding: 1),
        ConvolutionCase(3, 4, [5, 6, 5], kernel: [2, 2, 2], stride: 2),
        ConvolutionCase(8, 16, [6, 6, 5], kernel: [3, 3, 3], padding: 1),
        ConvolutionCase(16, 8, [5, 5, 7], kernel: [3, 3, 3], stride: 2, padding: 1, batch: 1),
        ConvolutionCase(16, 17, [4, 5, 4], kernel: [1, 1, 1]),
        ConvolutionCase(8, 8, [7, 6, 7], kernel: [3, 3, 3], padding: 2, dilation: 2, batch: 1),
        ConvolutionCase(8, 8, [5, 5, 5], kernel: [3, 3, 3], padding: 1, groups: 4),
    ]
}

/// Gaussian numbers of single precision, and the same numbers in double.
func gaussianPair(_ shape: Shape, seed: UInt64) -> (single: Tensor<Float>, double: Tensor<Double>) {
    let single = Tensor<Float>(casting: gaussian(shape, seed: seed))
    return (single, Tensor<Double>(casting: single))
}

/// Rounding bound for a single-precision sum of `terms` products of standard normal numbers: each of n additions errs by at most 2⁻²⁴
/// of a partial sum, which is a few times √n; in any order the error stays below n·√n·2⁻²⁴ (worst case), in practice far below.
func singlePrecisionTolerance(terms: Int) -> Double { 4 * Double(terms).squareRoot() * 0x1p-24 * Swift.max(4, Double(terms).squareRoot()) }
