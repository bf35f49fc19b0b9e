import LoamTensor

extension SampleMatrix {
    /// The rows of a matrix [B, N], or of any batch with the samples along the first axis, in double precision.
    public init<Scalar: TensorScalar>(_ tensor: Tensor<Scalar>) {
        precondition(tensor.rank >= 2, "SampleMatrix: a tensor of shape \(tensor.shape) is no batch of samples")
        let rows = tensor.shape[0]
        let columns = rows == 0 ? 0 : tensor.count / rows
        self.init(rows: rows, columns: columns, values: Tensor<Double>(casting: tensor).scalars)
    }
}
