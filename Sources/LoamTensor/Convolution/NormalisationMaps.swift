/// The normalisations as differentiable operations.
enum Normalisation {
    /// How scale and shift run along a row that is normalised.
    enum Parameters: Sendable {
        /// One for every element of the row.
        case perElement
        /// One a channel: rows are whole groups of channels of [N, C, positions].
        case perChannel(channels: Int, positions: Int)
    }

    static func requireParameters<Scalar>(
        _ first: Tensor<Scalar>?, _ second: Tensor<Scalar>?, shape: Shape, input: Shape, operation: StaticString
    ) {
        for parameter in [first, second] {
            precondition(
                parameter == nil || parameter!.shape == shape,
                "\(operation): a parameter of shape \(parameter!.shape) does not fit input \(input): \(shape) is needed")
        }
    }

    /// [C] as [C, 1, …], to broadcast over [N, C, …].
    static func perChannel<Scalar>(_ parameter: Tensor<Scalar>, rank: Int) -> Tensor<Scalar> {
        parameter.reshaped(Shape([parameter.count] + Array(repeating: 1, count: rank - 2)))
    }

    /// x · slope + offset, channel by channel.
    static func channelAffine<Scalar: TensorScalar>(_ x: Tensor<Scalar>, _ slope: Tensor<Scalar>, _ offset: Tensor<Scalar>) -> Tensor<Scalar> {
        x * perChannel(slope, rank: x.rank) + perChannel(offset, rank: x.rank)
    }

    static func batch<Scalar: TensorScalar>(
        _ x: Tensor<Scalar>, scale: Tensor<Scalar>?, shift: Tensor<Scalar>?, epsilon: Scalar
    ) -> (value: Tensor<Scalar>, mean: Tensor<Scalar>, variance: Tensor<Scalar>) {
        let axes = [0] + Array(2..<x.rank)
        let mean = x.mean(axes: axes, keepingAxes: true)
        let deviation = x - mean
        let variance = deviation.squared().mean(axes: axes, keepingAxes: true)
        var value = deviation * (variance + epsilon).reciprocalSquareRoot()
        if let scale { value = value * perChannel(scale, rank: x.rank) }
        if let shift { value = value + perChannel(shift, rank: x.rank) }
        return (value, mean.detached().reshaped([x.shape[1]]), variance.detached().reshaped([x.shape[1]]))
    }

    static func rows<Scalar: TensorScalar>(
        _ x: Tensor<Scalar>, rowLength: Int, parameters: Parameters, scale: Tensor<Scalar>?, shift: Tensor<Scalar>?, epsilon: Scalar
    ) -> Tensor<Scalar> {
        let rows = x.reshaped([-1, rowLength])
        let deviation = rows - rows.mean(axes: [1], keepingAxes: true)
        let variance = deviation.squared().mean(axes: [1], keepingAxes: true)
        var value = (deviation * (variance + epsilon).reciprocalSquareRoot()).reshaped(x.shape)
        func fitted(_ parameter: Tensor<Scalar>) -> Tensor<Scalar> {
            if case .perChannel = parameters { return perChannel(parameter, rank: x.rank) }
            return parameter
        }
        if let scale { value = value * fitted(scale) }
        if let shift { value = value + fitted(shift) }
        return value
    }
}
