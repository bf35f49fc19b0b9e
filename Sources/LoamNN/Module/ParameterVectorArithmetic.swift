import LoamTensor

extension ParameterVector {
    /// The sum; layouts must be equal.
    public static func + (left: ParameterVector, right: ParameterVector) -> ParameterVector { left.zip(right, named: "+") { $0 + $1 } }
    /// The difference; layouts must be equal.
    public static func - (left: ParameterVector, right: ParameterVector) -> ParameterVector { left.zip(right, named: "-") { $0 - $1 } }
    /// Every coordinate negated.
    public static prefix func - (vector: ParameterVector) -> ParameterVector { vector.map { -$0 } }
    /// Every coordinate times `scale`.
    public static func * (vector: ParameterVector, scale: Scalar) -> ParameterVector { vector.map { $0 * scale } }
    /// Every coordinate times `scale`.
    public static func * (scale: Scalar, vector: ParameterVector) -> ParameterVector { vector.map { $0 * scale } }
    /// Every coordinate divided by `divisor`.
    public static func / (vector: ParameterVector, divisor: Scalar) -> ParameterVector { vector.map { $0 / divisor } }

    /// The element-wise product, as for masks and diagonal preconditioners.
    public func multipliedElementwise(by other: ParameterVector) -> ParameterVector {
        zip(other, named: "multipliedElementwise") { $0 * $1 }
    }

    /// The inner product, summed over tensors in double precision.
    public func dot(_ other: ParameterVector) -> Scalar {
        requireSameLayout(other, "dot")
        var sum = 0.0
        for index in tensors.indices { sum += Double((tensors[index].detached() * other.tensors[index].detached()).sum().item) }
        return Scalar(sum)
    }

    /// The inner product as a tensor that can be differentiated.
    public func differentiableDot(_ other: ParameterVector) -> Tensor<Scalar> {
        requireSameLayout(other, "differentiableDot")
        return tensors.indices.reduce(Tensor(Scalar(0))) { $0 + (tensors[$1] * other.tensors[$1]).sum() }
    }

    /// The square of the Euclidean norm.
    public var squaredNorm: Scalar { Scalar(norms.reduce(0.0) { $0 + Double($1) * Double($1) }) }

    /// The Euclidean norm.
    public var norm: Scalar { norms.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot().asScalar() }

    /// The Euclidean norm of each tensor, in order.
    public var norms: [Scalar] { tensors.map { FiniteCheck.squaredNorm($0).squareRoot().asScalar() } }

    /// Euclidean norms of groups of tensors. `group` maps a parameter's name to its group's, or to nil to leave it out.
    ///
    /// - Returns: (group, norm) in the order in which groups first occur.
    public func norms(groupedBy group: (String) -> String?) -> [(group: String, norm: Scalar)] {
        var order: [String] = []
        var sums: [String: Double] = [:]
        for (name, norm) in Swift.zip(layout.names, norms) {
            guard let key = group(name) else { continue }
            if sums[key] == nil { order.append(key) }
            sums[key, default: 0] += Double(norm) * Double(norm)
        }
        return order.map { ($0, Scalar(sums[$0]!.squareRoot())) }
    }

    /// (1 − t) self + t other.
    public func interpolated(to other: ParameterVector, at t: Scalar) -> ParameterVector {
        zip(other, named: "interpolated") { $0 + ($1 - $0) * t }
    }

    /// self ← self + scale · other, in place where nobody else holds the memory; one pass, no temporaries.
    public mutating func addScaled(_ scale: Scalar, _ other: ParameterVector) {
        requireSameLayout(other, "addScaled")
        updateEach { index, tensor in VectorKernels.addScaled(scale, other.tensors[index], to: &tensor) }
    }

    /// self ← scale · self, in place.
    public mutating func scale(by scale: Scalar) {
        updateEach { _, tensor in VectorKernels.scale(&tensor, by: scale) }
    }

    /// self ← self + t (other − self), in place: an exponential moving average with rate t.
    public mutating func interpolate(to other: ParameterVector, at t: Scalar) {
        requireSameLayout(other, "interpolate")
        updateEach { index, tensor in VectorKernels.interpolate(&tensor, to: other.tensors[index], at: t) }
    }
}

extension Double {
    func asScalar<Scalar: TensorScalar>() -> Scalar { Scalar(self) }
}
