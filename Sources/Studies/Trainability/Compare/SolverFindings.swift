import LoamRuns

/// What heads in closed form say about the trained ones of the same map.
enum SolverFindings {
    /// Where the trained heads keep no more than the mean image: is the information gone from the layer, or were the heads not trained
    /// enough?
    static func findings(_ map: PhaseMap) -> [Finding] {
        var (lost, recovered) = (0, 0)
        for cell in map.cells {
            guard let solved = cell.solved else { continue }
            for (trained, closed) in zip(cell.layers, solved.layers) where !keeps(trained, map) {
                lost += 1
                if keeps(closed, map) { recovered += 1 }
            }
        }
        guard map.cells.contains(where: { $0.solved != nil }) else { return [] }
        let layers = map.cells.reduce(0) { $0 + $1.layers.count }
        return [
            Finding(
                id: "heads.lost", quantity: "layers of which trained heads keep no more than the mean image", value: Double(lost),
                .informational(reference: nil), source: "\(layers) layers of \(map.cells.count) networks, S_rel within two standard errors"),
            Finding(
                id: "heads.recovered", quantity: "of these, layers whose information heads in closed form find", value: Double(recovered),
                .informational(reference: nil), source: "a linear reading in closed form needs no training"),
        ]
    }

    private static func keeps(_ layer: LayerProfile, _ map: PhaseMap) -> Bool {
        layer.relativeMean <= map.meanImageLevel - 2 * layer.relativeError
    }
}
