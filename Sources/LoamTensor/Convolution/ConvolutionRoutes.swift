/// Chooses how each map of a convolution is computed.
enum ConvolutionRoutes {
    static func forward<Scalar: TensorScalar>(
        _ x: Tensor<Scalar>, _ weight: Tensor<Scalar>, bias: Tensor<Scalar>?, _ geometry: ConvolutionGeometry
    ) -> Tensor<Scalar> {
        let y = PlainConvolution.forward(x, weight, geometry)
        guard let bias else { return y }
        return y + bias.reshaped(Shape([geometry.outputChannels] + Array(repeating: 1, count: geometry.spatialRank)))
    }

    static func backwardByData<Scalar: TensorScalar>(
        _ cotangent: Tensor<Scalar>, _ weight: Tensor<Scalar>, _ geometry: ConvolutionGeometry
    ) -> Tensor<Scalar> {
        PlainConvolution.backwardByData(cotangent, weight, geometry)
    }

    static func backwardByWeights<Scalar: TensorScalar>(
        _ x: Tensor<Scalar>, _ cotangent: Tensor<Scalar>, _ geometry: ConvolutionGeometry
    ) -> Tensor<Scalar> {
        PlainConvolution.backwardByWeights(x, cotangent, geometry)
    }
}
