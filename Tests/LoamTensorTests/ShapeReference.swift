import LoamTensor

/// Every index of a shape, in row-major order.
func everyIndex(_ shape: Shape) -> [[Int]] {
    var result: [[Int]] = [[]]
    for extent in shape { result = result.flatMap { prefix in (0..<extent).map { prefix + [$0] } } }
    return result
}

/// The element that stands at `index` of the broadcast result, by NumPy's rule read literally.
func broadcastElement<Element>(_ x: Tensor<Element>, _ index: [Int]) -> Element {
    let own = index.suffix(x.rank)
    var position = 0
    for (axis, i) in own.enumerated() { position = position * x.shape[axis] + (x.shape[axis] == 1 ? 0 : i) }
    return x.scalars[position]
}

/// f applied to every pair, index by index.
func naiveBroadcast(_ a: Tensor<Double>, _ b: Tensor<Double>, _ f: (Double, Double) -> Double) -> Tensor<Double> {
    let shape = Shape.broadcast(a.shape, b.shape)!
    return Tensor(everyIndex(shape).map { f(broadcastElement(a, $0), broadcastElement(b, $0)) }, shape: shape)
}

/// 0, 1, 2, … in row-major order.
func counting(_ shape: Shape) -> Tensor<Double> { Tensor((0..<shape.elementCount).map(Double.init), shape: shape) }

/// Every subset of the axes of a tensor of rank `rank`.
func everySubset(ofRank rank: Int) -> [[Int]] { (0..<(1 << rank)).map { mask in (0..<rank).filter { mask >> $0 & 1 == 1 } } }
