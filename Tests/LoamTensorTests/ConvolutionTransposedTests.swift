import LoamTensor
import Testing

@Suite struct TransposedConvolutionTests {
    struct Options: Sendable {
        var inputs = 4
        var outputs = 6
        var extents: [Int]
        var kernel: Int
        var stride = 1
        var padding = 0
        var outputPadding = 0
        var dilation = 1
        var groups = 1

        var weightShape: Shape { Shape([inputs, outputs / groups] + Array(repeating: kernel, count: extents.count)) }
        var inputShape: Shape { Shape([2, inputs] + extents) }
        func callAsFunction<Scalar: TensorScalar>(_ x: Tensor<Scalar>, _ w: Tensor<Scalar>, bias: Tensor<Scalar>? = nil) -> Tensor<Scalar> {
            transposedConvolution(
                x, w, bias: bias, stride: AxisValues(stride), padding: AxisValues(padding), outputPadding: AxisValues(outputPadding),
                dilation: AxisValues(dilation), groups: groups)
        }
        /// The definition: every input element adds its multiple of the kernel, in the result and in what padding cuts off.
        func reference(_ x: Tensor<Double>, _ w: Tensor<Double>) -> Tensor<Double> {
            let extent = extents.map { ($0 - 1) * stride - 2 * padding + dilation * (kernel - 1) + outputPadding + 1 }
            var c = ConvolutionCase(outputs, inputs, extent, kernel: Array(repeating: kernel, count: extents.count))
            c.groups = groups
            // Listing the terms by input position needs the forward convolution's options alone.
            c.stride = Array(repeating: stride, count: extents.count)
            c.padding = Array(repeating: padding, count: extents.count)
            c.dilation = Array(repeating: dilation, count: extents.count)
            return c.referenceByData(x, w)
        }
    }

    static let matrix = [
        Options(extents: [7], kernel: 3),
        Options(extents: [6], kernel: 4, stride: 2, padding: 1),
        Options(inputs: 8, outputs: 16, extents: [5, 4], kernel: 2, stride: 2),
        Options(extents: [5, 6], kernel: 3, stride: 2, padding: 1, outputPadding: 1),
        Options(inputs: 16, outputs: 8, extents: [6, 6], kernel: 3, padding: 2, dilation: 2),
        Options(extents: [5, 5], kernel: 3, stride: 3, groups: 2),
        Options(inputs: 17, outputs: 3, extents: [4, 4], kernel: 4, stride: 2, padding: 1),
        Options(inputs: 16, outputs: 8, extents: [3, 4, 3], kernel: 2, stride: 2),
        Options(inputs: 3, outputs: 5, extents: [3, 3, 4], kernel: 3, stride: 2, padding: 1, outputPadding: 1),
        Options(inputs: 8, outputs: 8, extents: [3, 4, 3], kernel: 3, stride: 2, padding: 1, groups: 4),
    ]

    @Test(arguments: matrix.indices)
    func matchesTheDefinition(_ index: Int) {
        let c = Self.matrix[index]
        let x = gaussian(c.inputShape, seed: 11)
        let w = gaussian(c.weightShape, seed: 12)
        #expect(largestDifference(c(x, w), c.reference(x, w)) < 1e-12)
    }

    @Test(arguments: [0, 1, 3, 4, 5, 8, 9])
    func firstAndSecondDerivatives(_ index: Int) {
        let c = Self.matrix[index]
        checkDerivatives([
            gaussian(c.inputShape, seed: 13, deviation: 0.5), gaussian(c.weightShape, seed: 14, deviation: 0.5),
            gaussian([c.outputs], seed: 15),
        ]) { c($0[0], $0[1], bias: $0[2]).tanh() }
    }

    @Test(arguments: ConvolutionCase.matrix)
    func isTheAdjointOfConvolution(_ c: ConvolutionCase) {
        let x = gaussian(c.inputShape, seed: 16)
        let w = gaussian(c.weightShape, seed: 17)
        let y = gaussian(c.outputShape, seed: 18)
        let back = c.extents.indices.map {
            c.extents[$0] - ((c.outputExtents[$0] - 1) * c.stride[$0] - 2 * c.padding[$0] + c.dilation[$0] * (c.kernel[$0] - 1) + 1)
        }
        let adjoint = transposedConvolution(
            y, w, stride: AxisValues(c.stride), padding: AxisValues(c.padding), outputPadding: AxisValues(back),
            dilation: AxisValues(c.dilation), groups: c.groups)
        let left = (c(x, w) * y).sum().item
        let right = (x * adjoint).sum().item
        #expect(abs(left - right) < 1e-10 * Swift.max(1, abs(left)))
    }

    @Test func kernelTwoStrideTwoPlacesBlocksSideBySide() {
        let x = Tensor<Double>([1, 2, 3, 4], shape: [1, 1, 2, 2])
        let w = Tensor<Double>([1, 10, 100, 1000], shape: [1, 1, 2, 2])
        let y = transposedConvolution(x, w, stride: 2)
        #expect(y.scalars == [1, 10, 2, 20, 100, 1000, 200, 2000, 3, 30, 4, 40, 300, 3000, 400, 4000])
    }
}
