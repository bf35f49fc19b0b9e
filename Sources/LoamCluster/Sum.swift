import LoamTensor

extension Cluster {
    /// The sum of the tensors of all processes, in all of them; in each, a tensor of the same shape. The result has no history.
    ///
    /// Every element is ((x₀ + x₁) + x₂) + …, in the order of the ranks, each addition rounded to the element type. So the bits depend on
    /// the values and on the number of processes, and on nothing else: not on the size of the tensor, the network or who comes first.
    /// All processes get the same bits.
    ///
    /// Each process adds up one part of the tensor and sends it to the others: 2·(P − 1)/P times the tensor goes out and comes in.
    public func sum<Scalar: TensorScalar>(_ tensor: Tensor<Scalar>) -> Tensor<Scalar> {
        guard transport != nil else { return tensor.detached() }
        return sum([tensor])[0]
    }

    /// The sums of several tensors over all processes, as one exchange; see ``sum(_:)-(Tensor<Scalar>)``.
    public func sum<Scalar: TensorScalar>(_ tensors: [Tensor<Scalar>]) -> [Tensor<Scalar>] {
        guard let transport else { return tensors.map { $0.detached() } }
        let total = tensors.reduce(0) { $0 + $1.count }
        let values = UnsafeMutableBufferPointer<Scalar>.allocate(capacity: total)
        defer { values.deallocate() }
        var position = 0
        for tensor in tensors {
            tensor.withUnsafePointer { (values.baseAddress! + position).initialize(from: $0, count: tensor.count) }
            position += tensor.count
        }
        addUp(values, over: transport)
        position = 0
        return tensors.map { tensor in
            defer { position += tensor.count }
            return Tensor(shape: tensor.shape) {
                _ = $0.initialize(from: values[position..<position + tensor.count])
            }
        }
    }

    /// Replaces `values` by their sums over all processes.
    private func addUp<Scalar: TensorScalar>(_ values: UnsafeMutableBufferPointer<Scalar>, over transport: any Transport) {
        let shares = (0..<count).map { Cluster.share(of: values.count, rank: $0, count: count) }
        let own = shares[rank]
        // What the others have for this process's part.
        let others = UnsafeMutableBufferPointer<Scalar>.allocate(capacity: own.count * count)
        defer { others.deallocate() }
        func slot(_ source: Int) -> UnsafeMutableBufferPointer<Scalar> {
            UnsafeMutableBufferPointer(rebasing: others[source * own.count..<(source + 1) * own.count])
        }
        let nothing = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        func bytes(_ part: Range<Int>) -> UnsafeMutableRawBufferPointer {
            UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: values[part]))
        }
        _ = slot(rank).initialize(from: values[own])
        transport.exchange(
            (0..<count).map { UnsafeRawBufferPointer($0 == rank ? nothing : bytes(shares[$0])) },
            into: (0..<count).map { $0 == rank ? nothing : UnsafeMutableRawBufferPointer(slot($0)) })
        Parallel.chunks(own.count, grain: 16_384) { range in
            Cluster.addInOrder(UnsafePointer(others.baseAddress!), into: values.baseAddress! + own.lowerBound, own.count, range, count)
        }
        transport.exchange(
            (0..<count).map { UnsafeRawBufferPointer($0 == rank ? nothing : bytes(own)) },
            into: (0..<count).map { $0 == rank ? nothing : bytes(shares[$0]) })
    }

    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    private static func addInOrder<Scalar: TensorScalar>(
        _ terms: UnsafePointer<Scalar>, into sums: UnsafeMutablePointer<Scalar>, _ stride: Int, _ range: Range<Int>, _ count: Int
    ) {
        for index in range {
            var sum = terms[index]
            for rank in 1..<count { sum += terms[rank * stride + index] }
            sums[index] = sum
        }
    }
}
