extension Tensor where Element: TensorScalar {
    /// A matrix with orthonormal columns (rows, when there are fewer rows than columns), uniformly distributed: its law does not change
    /// under rotations from either side.
    ///
    /// The Q of a Gaussian matrix, with the diagonal of R made positive (Mezzadri, *How to generate random matrices from the classical
    /// compact groups*, 2007): without that the law would depend on how the decomposition was computed.
    public init(haarOrthogonal rows: Int, _ columns: Int, using generator: inout PhiloxGenerator) {
        let isWide = rows < columns
        let gaussian = Tensor(normal: isWide ? [columns, rows] : [rows, columns], using: &generator)
        let q = finiteQR(gaussian, positiveDiagonal: true).q
        self = Tensor.copy(of: isWide ? q.transposed() : q)
    }
}
