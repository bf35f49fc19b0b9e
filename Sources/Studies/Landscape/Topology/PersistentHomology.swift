/// Persistent homology of a Rips filtration with coefficients in Z₂.
///
/// Edges enter in order of length, a triangle with its longest edge, a tetrahedron likewise. Columns of the boundary matrix are
/// cohomology-like reduced dimension by dimension from above, so that a simplex that creates nothing is cleared without a reduction
/// (Chen and Kerber, *Persistent homology computation with a twist*, 2011).
public struct PersistentHomology: Sendable {
    /// A class: where it is born and where it dies.
    public struct Bar: Sendable, Hashable {
        /// Length at which it appears.
        public let birth: Double
        /// Length at which it is filled; infinite where it never is.
        public let death: Double

        /// death/birth; infinite for a class that is there from the start or for ever.
        public var ratio: Double { birth > 0 ? death / birth : .infinity }
    }

    /// The bars of dimensions 0, 1, …, `top`.
    public let bars: [[Bar]]

    /// How many bars of a dimension last at least `ratio` times as long as it took them to appear.
    ///
    /// Components are all there from the start: of those the ones count that never merge.
    public func bettiNumber(_ dimension: Int, ratio: Double = 2) -> Int {
        bars[dimension].count { dimension == 0 ? $0.death == .infinity : $0.ratio >= ratio }
    }

    private struct Simplex {
        var diameter: Double
        var vertices: [Int32]
    }

    /// The bars of points up to a dimension (0, 1 or 2).
    /// - Parameters:
    ///   - points: at most some hundreds: simplices of dimension top + 1 are listed.
    ///   - limit: no simplex with an edge longer than this; bars alive there never die.
    public init(_ points: [[Double]], top: Int, limit: Double) {
        precondition((0...2).contains(top), "PersistentHomology: dimension \(top)")
        let n = points.count
        var lengths = [Double](repeating: 0, count: n * n)
        for i in 0..<n {
            for j in 0..<n { lengths[i * n + j] = QuadricSample.distance(points[i], points[j]) }
        }
        let later = (0..<n).map { i in (i + 1..<max(n, i + 1)).filter { lengths[i * n + $0] <= limit } }
        var layers: [[Simplex]] = [(0..<n).map { Simplex(diameter: 0, vertices: [Int32($0)]) }]
        for _ in 0...top {
            var next: [Simplex] = []
            for simplex in layers.last! {
                let last = Int(simplex.vertices.last!)
                for v in later[last] {
                    var diameter = simplex.diameter
                    var isInside = true
                    for u in simplex.vertices {
                        let length = lengths[Int(u) * n + v]
                        if length > limit {
                            isInside = false
                            break
                        }
                        diameter = max(diameter, length)
                    }
                    if isInside { next.append(Simplex(diameter: diameter, vertices: simplex.vertices + [Int32(v)])) }
                }
            }
            next.sort { $0.diameter < $1.diameter || ($0.diameter == $1.diameter && $0.vertices.lexicographicallyPrecedes($1.vertices)) }
            layers.append(next)
        }
        self.init(layers: layers, top: top)
    }

    private init(layers: [[Simplex]], top: Int) {
        var bars = [[Bar]](repeating: [], count: top + 1)
        // Positive simplices of each dimension whose class was found to die, from the reduction one dimension above.
        var cleared: Set<Int> = []
        var negatives = [Set<Int>](repeating: [], count: layers.count)
        var pairs = [[(birth: Int, death: Int)]](repeating: [], count: layers.count)
        for dimension in stride(from: layers.count - 1, through: 1, by: -1) {
            let below = Dictionary(uniqueKeysWithValues: layers[dimension - 1].enumerated().map { ($1.vertices, Int32($0)) })
            var columns: [Int32: (column: [Int32], death: Int)] = [:]  // by lowest entry
            var nextCleared: Set<Int> = []
            for (index, simplex) in layers[dimension].enumerated() where !cleared.contains(index) {
                var column = simplex.vertices.indices.map { drop -> Int32 in
                    var face = simplex.vertices
                    face.remove(at: drop)
                    return below[face]!
                }.sorted()
                while let low = column.last, let pivot = columns[low] { column = Self.sum(column, pivot.column) }
                guard let low = column.last else { continue }
                columns[low] = (column, index)
                nextCleared.insert(Int(low))
                negatives[dimension].insert(index)
                pairs[dimension - 1].append((Int(low), index))
            }
            cleared = nextCleared
        }
        for dimension in 0...top {
            var killed: Set<Int> = []
            for pair in pairs[dimension] {
                killed.insert(pair.birth)
                let bar = Bar(birth: layers[dimension][pair.birth].diameter, death: layers[dimension + 1][pair.death].diameter)
                if bar.death > bar.birth { bars[dimension].append(bar) }
            }
            for index in layers[dimension].indices where !killed.contains(index) && !negatives[dimension].contains(index) {
                bars[dimension].append(Bar(birth: layers[dimension][index].diameter, death: .infinity))
            }
        }
        self.bars = bars
    }

    /// The symmetric difference of two ascending lists.
    private static func sum(_ a: [Int32], _ b: [Int32]) -> [Int32] {
        var result: [Int32] = []
        result.reserveCapacity(a.count + b.count)
        var (i, j) = (0, 0)
        while i < a.count, j < b.count {
            if a[i] < b[j] {
                result.append(a[i])
                i += 1
            } else if a[i] > b[j] {
                result.append(b[j])
                j += 1
            } else {
                i += 1
                j += 1
            }
        }
        result += a[i...]
        result += b[j...]
        return result
    }
}
