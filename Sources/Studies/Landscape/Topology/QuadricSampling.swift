import LoamTensor

/// Points of Q(c) ∩ {‖(w, a)‖ ≤ R}: an independent look at the topology that the case table states.
public struct QuadricSample: Sendable {
    /// D and e.
    public let incoming, outputs: Int
    /// c.
    public let c: Double
    /// Points, each D + e numbers.
    public let points: [[Double]]

    /// Random points of a quadric.
    ///
    /// For c > 0: a Gaussian, w = √(c + ‖a‖²) u with u uniform on the sphere; for c < 0 the other way round; for c = 0 both norms are
    /// equal, without the origin. Points beyond R = `radius`·√|c| (or `radius` on the cone) are drawn again.
    public init(incoming: Int, outputs: Int, c: Double, count: Int, radius: Double = 2.5, seed: UInt64) {
        precondition(incoming > 0 && outputs > 0 && count > 0, "QuadricSample: \(incoming), \(outputs), \(count)")
        self.incoming = incoming
        self.outputs = outputs
        self.c = c
        var generator = RandomStreams.topology(seed: seed)
        let scale = c == 0 ? 1 : abs(c).squareRoot()
        let limit = radius * scale
        func sphere(_ n: Int) -> [Double] {
            while true {
                let v = (0..<n).map { _ in generator.normal() }
                let norm = v.reduce(0) { $0 + $1 * $1 }.squareRoot()
                if norm > 1e-12 { return v.map { $0 / norm } }
            }
        }
        var points: [[Double]] = []
        while points.count < count {
            let free = c >= 0 ? outputs : incoming  // the factor whose norm is free
            let other = c >= 0 ? incoming : outputs
            let vector = (0..<free).map { _ in scale * generator.normal() }
            let square = vector.reduce(0) { $0 + $1 * $1 }
            let length = (abs(c) + square).squareRoot()
            guard square + length * length <= limit * limit, square + length * length > 0 else { continue }
            let direction = sphere(other).map { $0 * length }
            points.append(c >= 0 ? direction + vector : vector + direction)
        }
        self.points = points
    }

    /// How far a point is from the quadric along its rescaling orbit, and the point moved there.
    func projected(_ point: [Double]) -> [Double]? {
        let w = point[..<incoming].reduce(0) { $0 + $1 * $1 }
        let a = point[incoming...].reduce(0) { $0 + $1 * $1 }
        guard let alpha = try? ShallowNetwork.factor(c, incoming: w, outgoing: a, degree: 1, neuron: 0) else { return nil }
        return point.enumerated().map { $0 < incoming ? $1 * alpha : $1 / alpha }
    }

    /// β_0 by counting: the components of a graph of near neighbours whose edges stay near the quadric.
    ///
    /// An edge counts where its middle, moved back along the rescaling orbit, moves by less than 0.3 of the edge's length: chords through
    /// the gap between two sheets do not.
    public func componentCount(neighbours: Int = 10) -> Int {
        var sets = DisjointSets(points.count)
        for i in points.indices {
            let nearest = points.indices.filter { $0 != i }.map { (Self.distance(points[i], points[$0]), $0) }.sorted { $0.0 < $1.0 }
            for (length, j) in nearest.prefix(neighbours) where sets.find(i) != sets.find(j) {
                let middle = zip(points[i], points[j]).map { 0.5 * ($0 + $1) }
                guard let moved = projected(middle), Self.distance(moved, middle) < 0.3 * length else { continue }
                sets.join(i, j)
            }
        }
        return sets.count
    }

    /// Points far from one another, by repeated choice of the farthest.
    public func landmarks(_ count: Int) -> [[Double]] {
        var chosen = [points[0]]
        var distance = points.map { Self.distance($0, points[0]) }
        while chosen.count < min(count, points.count) {
            let next = distance.indices.max { distance[$0] < distance[$1] }!
            chosen.append(points[next])
            for i in points.indices { distance[i] = min(distance[i], Self.distance(points[i], points[next])) }
        }
        return chosen
    }

    static func distance(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    }
}

/// Sets that are joined (Tarjan 1975).
struct DisjointSets {
    private var parent: [Int]
    /// How many sets there are.
    private(set) var count: Int

    init(_ count: Int) {
        parent = Array(0..<count)
        self.count = count
    }

    mutating func find(_ i: Int) -> Int {
        var root = i
        while parent[root] != root { root = parent[root] }
        var node = i
        while parent[node] != root { (node, parent[node]) = (parent[node], root) }
        return root
    }

    mutating func join(_ i: Int, _ j: Int) {
        let (a, b) = (find(i), find(j))
        guard a != b else { return }
        parent[a] = b
        count -= 1
    }
}
