import LoamLandscape
import LoamTensor

/// Many small networks of one shape on the same data, each with weights of its own: twenty steps of gradient descent (rate 0.1).
let trajectoryWorks: [String: @Sendable () -> Work] = [
    "trajectories-small": { trajectories(count: 4096, samples: 64, inputs: 2, hidden: 2) },
    "trajectories-wide": { trajectories(count: 1024, samples: 256, inputs: 8, hidden: 16) },
    "trajectories-small-vmap": { trajectories(count: 4096, samples: 64, inputs: 2, hidden: 2) },
    "trajectories-wide-vmap": { trajectories(count: 1024, samples: 256, inputs: 8, hidden: 16) },
]

private func trajectories(count: Int, samples n: Int, inputs d: Int, hidden l: Int) -> Work {
    let x = uniform("x", [n, d]).scalars.map(Double.init)
    let y = uniform("y", [n, 1]).scalars.map(Double.init)
    let w = uniform("w", [count, l, d], in: -1..<1).scalars.map(Double.init)
    let a = uniform("a", [count, l], in: -1..<1).scalars.map(Double.init)
    let starts = (0..<count).map { t -> [Double] in
        var theta: [Double] = []
        for k in 0..<l {
            let first = (t * l + k) * d
            theta += w[first..<first + d]
            theta.append(a[t * l + k])
        }
        return theta
    }
    var rows: [[Double]] = []
    for i in 0..<n { rows.append(Array(x[i * d..<(i + 1) * d])) }
    // swift-format-ignore: NeverUseForceTry
    let data = try! Samples(
        name: "bench", inputs: rows, targets: y.map { [$0] })
    // swift-format-ignore: NeverUseForceTry
    let problem = try! ShallowProblem(ShallowArchitecture(inputs: d, hidden: l), data)
    let batch = TrajectoryBatch<Float>(problem, from: starts)
    let plan = TrainingPlan(rate: 0.1, steps: 20)
    let result = batch.run(plan)
    let loss = result.losses.reduce(0, +) / Double(count)
    let size = result.parameters.joined().reduce(0) { $0 + abs($1) } / Double(count * l * (d + 1))
    return Work(call: { use(batch.run(plan)) }, check: [loss, size])
}
