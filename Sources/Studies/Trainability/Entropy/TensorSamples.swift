import LoamTensor

extension SampleMatrix {
    /// The rows of a matrix [B, N], or of any batch with the samples along the first axis, in double precision.
    public init<Scalar: TensorScalar>(_ tensor: Tensor<Scalar>) {
        precondition(tensor.rank >= 2, "SampleMatrix: a tensor of shape \(tensor.shape) is no batch of samples")
        let rows = tensor.shape[0]
        let columns = rows == 0 ? 0 : tensor.count / rows
        let values = tensor.withUnsafePointer { source in
            [Double](unsafeUninitializedCapacity: tensor.count) { buffer, initialized in
                SampleMatrix.widen(source, tensor.count, buffer.baseAddress)
                initialized = tensor.count
            }
        }
        self.init(rows: rows, columns: columns, values: values)
    }

    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    private static func widen<Scalar: TensorScalar>(_ source: UnsafePointer<Scalar>, _ count: Int, _ target: UnsafeMutablePointer<Double>?)
    {
        guard let target else { return }
        for i in 0..<count { target[i] = Double(source[i]) }
    }
}
