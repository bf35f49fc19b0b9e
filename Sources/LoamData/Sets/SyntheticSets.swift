import LoamTensor

/// Points with classes.
public struct ClassificationSet: Sendable {
    /// Points, n × dimensions.
    public let points: Tensor<Float>
    /// One class per point, counted from 0.
    public let labels: Tensor<Int32>
    /// The number of classes.
    public let classCount: Int

    /// Two interleaved half circles in the plane, the second one upside down and shifted by (1, −0.5) as in scikit-learn's
    /// `make_moons`: (cos t, sin t) and (1 − cos t, 0.5 − sin t) with t uniform in [0, π), plus normal noise.
    public static func twoMoons(_ count: Int, noise: Double = 0.1, seed: UInt64 = 0) -> ClassificationSet {
        make(count, classCount: 2, seed: seed) { label, generator in
            let t = generator.uniform(0, .pi)
            let clean = label == 0 ? [Math.cos(t), Math.sin(t)] : [1 - Math.cos(t), 0.5 - Math.sin(t)]
            return clean.map { $0 + noise * generator.normal() }
        }
    }

    /// Interleaved spirals in the plane: class k has radius r uniform in [0.05, 1) and angle 2π (turns · r + k / arms), plus
    /// normal noise.
    public static func spirals(_ count: Int, arms: Int = 2, turns: Double = 1.5, noise: Double = 0.02, seed: UInt64 = 0)
        -> ClassificationSet
    {
        make(count, classCount: arms, seed: seed) { label, generator in
            let radius = generator.uniform(0.05, 1)
            let angle = 2 * .pi * (turns * radius + Double(label) / Double(arms))
            return [radius * Math.cos(angle), radius * Math.sin(angle)].map { $0 + noise * generator.normal() }
        }
    }

    /// Normal clouds of one standard deviation around centres drawn uniformly from [−1, 1]^dimensions.
    public static func blobs(
        _ count: Int, centres: Int = 3, dimensions: Int = 2, standardDeviation: Double = 0.1, seed: UInt64 = 0
    ) -> ClassificationSet {
        precondition(dimensions > 0, "ClassificationSet.blobs: \(dimensions) dimensions")
        var placing = PhiloxGenerator(seed: seed, stream: RandomStream.teacher)
        let places = (0..<max(centres, 0)).map { _ in (0..<dimensions).map { _ in placing.uniform(-1, 1) } }
        return make(count, classCount: centres, seed: seed) { label, generator in
            places[label].map { $0 + standardDeviation * generator.normal() }
        }
    }

    /// Points of each class in turn; point `i` is a function of the seed and `i` alone.
    private static func make(
        _ count: Int, classCount: Int, seed: UInt64, _ point: (Int, inout PhiloxGenerator) -> [Double]
    ) -> ClassificationSet {
        precondition(count > 0 && classCount > 0, "ClassificationSet: \(count) points of \(classCount) classes")
        var scalars: [Float] = []
        for index in 0..<count {
            var generator = PhiloxGenerator(seed: seed, stream: RandomStream.points + UInt64(index))
            scalars += point(index % classCount, &generator).map { Float($0) }
        }
        return ClassificationSet(
            points: Tensor(scalars, shape: [count, scalars.count / count]), labels: Tensor((0..<count).map { Int32($0 % classCount) }),
            classCount: classCount)
    }
}

/// Points with numbers to predict.
public struct RegressionSet: Sendable {
    /// Points, n × dimensions.
    public let points: Tensor<Float>
    /// Targets, n × outputs.
    public let targets: Tensor<Float>

    /// Normal points and the values of a fixed random linear map without bias, y = x Wᵀ, W with independent normal entries of
    /// variance 1/dimensions, plus normal noise.
    public static func linear(
        _ count: Int, dimensions: Int, outputs: Int = 1, noise: Double = 0, seed: UInt64 = 0
    ) -> RegressionSet {
        precondition(dimensions > 0 && outputs > 0, "RegressionSet.linear: \(dimensions) dimensions and \(outputs) outputs")
        var drawing = PhiloxGenerator(seed: seed, stream: RandomStream.teacher)
        let scale = 1 / Double(dimensions).squareRoot()
        let weights = (0..<outputs).map { _ in (0..<dimensions).map { _ in scale * drawing.normal() } }
        return make(count, seed: seed) { generator in
            let x = (0..<dimensions).map { _ in generator.normal() }
            return (x, weights.map { row in zip(row, x).reduce(0) { $0 + $1.0 * $1.1 } + noise * generator.normal() })
        }
    }

    /// Friedman's first function: x uniform in [0, 1)^dimensions and y = 10 sin(π x₁ x₂) + 20 (x₃ − ½)² + 10 x₄ + 5 x₅ plus normal
    /// noise; further coordinates do not matter.
    ///
    /// Reference: J. H. Friedman, "Multivariate adaptive regression splines", Annals of Statistics 19:1, 1991.
    public static func friedman(_ count: Int, dimensions: Int = 10, noise: Double = 1, seed: UInt64 = 0) -> RegressionSet {
        precondition(dimensions >= 5, "RegressionSet.friedman: \(dimensions) dimensions, expected at least 5")
        return make(count, seed: seed) { generator in
            let x = (0..<dimensions).map { _ in generator.uniform() }
            let clean = 10 * Math.sin(.pi * x[0] * x[1]) + 20 * (x[2] - 0.5) * (x[2] - 0.5) + 10 * x[3] + 5 * x[4]
            return (x, [clean + noise * generator.normal()])
        }
    }

    /// One coordinate uniform in [−1, 1) and y = sin(2π · frequency · x) plus normal noise.
    public static func sine(_ count: Int, frequency: Double = 1, noise: Double = 0.05, seed: UInt64 = 0) -> RegressionSet {
        make(count, seed: seed) { generator in
            let x = generator.uniform(-1, 1)
            return ([x], [Math.sin(2 * .pi * frequency * x) + noise * generator.normal()])
        }
    }

    private static func make(_ count: Int, seed: UInt64, _ sample: (inout PhiloxGenerator) -> ([Double], [Double])) -> RegressionSet {
        precondition(count > 0, "RegressionSet: \(count) points")
        var points: [Float] = []
        var targets: [Float] = []
        for index in 0..<count {
            var generator = PhiloxGenerator(seed: seed, stream: RandomStream.points + UInt64(index))
            let (x, y) = sample(&generator)
            points += x.map { Float($0) }
            targets += y.map { Float($0) }
        }
        return RegressionSet(
            points: Tensor(points, shape: [count, points.count / count]), targets: Tensor(targets, shape: [count, targets.count / count]))
    }
}
