import LoamTensor

/// The works that need tensors only.
let tensorWorks: [String: @Sendable () -> Work] = [
    "tanh-1e6": { hyperbolicTangent(1_000_000) },
    "tanh-1e8": { hyperbolicTangent(100_000_000) },
    "matmul-1024": { product([1024, 1024]) },
    "matmul-batched": { product([64, 64, 64]) },
    "chain": { chain() },
    "chain-gradient": { chainGradient() },
    "hvp": { hessianProduct() },
]

private func hyperbolicTangent(_ count: Int) -> Work {
    let x = uniform("x", [count], in: -4..<4)
    return Work(call: { use(x.tanh()) }, check: meanMagnitudes([x.tanh()[0..<min(count, 1 << 20), axis: 0]]))
}

private func product(_ shape: Shape) -> Work {
    let a = uniform("a", shape)
    let b = uniform("b", shape)
    return Work(call: { use(a.matmul(b)) }, check: meanMagnitudes([a.matmul(b)]))
}

private func additions(_ start: Tensor<Float>, _ b: Tensor<Float>) -> Tensor<Float> {
    var x = start
    for _ in 0..<1000 { x = x + b }
    return x.sum()
}

private func chain() -> Work {
    let x = uniform("x", [64])
    let b = uniform("b", [64], in: -0.01..<0.01)
    return Work(call: { use(additions(x, b)) }, check: meanMagnitudes([additions(x, b)]))
}

private func chainGradient() -> Work {
    let x = uniform("x", [64])
    let b = uniform("b", [64], in: -0.01..<0.01)
    let call = { valueAndGradient(at: x) { additions($0, b) } }
    let (value, gradient) = call()
    return Work(call: { use(call()) }, check: meanMagnitudes([value, gradient]))
}

private func hessianProduct() -> Work {
    let shapes: [(String, Shape)] = [
        ("0.weight", [64, 2]), ("0.bias", [64]), ("2.weight", [64, 64]), ("2.bias", [64]), ("4.weight", [1, 64]), ("4.bias", [1]),
    ]
    let parameters = shapes.map { initial($0, $1) }
    let direction = shapes.map { uniform("v." + $0, $1) }
    let x = uniform("x", [128, 2])
    let y = uniform("y", [128, 1])
    let call = {
        hessianVectorProduct(at: parameters, times: direction) { p in
            let first = linear(x, weight: p[0], bias: p[1], activation: .tanh)
            let second = linear(first, weight: p[2], bias: p[3], activation: .tanh)
            return (linear(second, weight: p[4], bias: p[5]) - y).squared().mean()
        }.product
    }
    return Work(call: { use(call()) }, check: meanMagnitudes(call()))
}

/// The value that every contestant starts a parameter from: weights uniform in ±1/√(fan-in), biases 0, normalisation scales 1.
func initial(_ name: String, _ shape: Shape) -> Tensor<Float> {
    guard shape.rank > 1 else { return Tensor(repeating: name.hasSuffix("weight") ? 1 : 0, shape: shape) }
    let bound = Float(1 / Double(shape.elementCount / shape[0]).squareRoot())
    return uniform(name, shape, in: -bound..<bound)
}
