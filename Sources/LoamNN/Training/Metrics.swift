import LoamTensor

/// The mean of numbers that arrive one after another, each with a weight such as the size of its batch.
public struct RunningMean: Sendable, Hashable, Codable {
    private var sum = 0.0
    private var weight = 0.0

    /// Before the first number.
    public init() {}

    /// Takes a number that counts `weight` times.
    public mutating func update(_ value: Double, weight: Double = 1) {
        sum += value * weight
        self.weight += weight
    }

    /// Σ wᵢxᵢ/Σ wᵢ; NaN before the first number.
    public var value: Double { sum / weight }
}

/// The share of examples whose label is among the `topK` highest logits.
///
/// A label counts as found where fewer than `topK` classes have a higher logit, or an equal one and a smaller index; NaN never wins.
public struct Accuracy: Sendable, Hashable, Codable {
    /// How many of the highest logits count.
    public let topK: Int
    /// Examples whose label was found.
    public private(set) var correct = 0
    /// Examples seen.
    public private(set) var count = 0

    /// Before the first batch.
    public init(topK: Int = 1) {
        precondition(topK >= 1, "Accuracy: top \(topK)")
        self.topK = topK
    }

    /// Takes a batch.
    ///
    /// - Parameters:
    ///   - logits: [N, C].
    ///   - labels: [N].
    ///   - ignored: a label whose examples are left out.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public mutating func update<Scalar: TensorScalar>(_ logits: Tensor<Scalar>, _ labels: Tensor<Int32>, ignored: Int32 = -100) {
        precondition(
            logits.rank == 2 && labels.shape == [logits.shape[0]],
            "Accuracy: labels \(labels.shape) for logits \(logits.shape), which must be [N, C]")
        let classes = logits.shape[1]
        let (values, targets) = (logits.scalars, labels.scalars)
        for (row, label) in targets.enumerated() where label != ignored {
            precondition(label >= 0 && Int(label) < classes, "Accuracy: label \(label) of \(classes) classes")
            let own = values[row * classes + Int(label)]
            var better = own.isNaN ? topK : 0
            for c in 0..<classes {
                let other = values[row * classes + c]
                if other > own || (other == own && c < Int(label)) { better += 1 }
            }
            if better < topK { correct += 1 }
            count += 1
        }
    }

    /// The share; NaN before the first example.
    public var value: Double { Double(correct) / Double(count) }
}

/// The share of rows of `logits` [N, C] whose largest element is at the label.
public func accuracy<Scalar: TensorScalar>(_ logits: Tensor<Scalar>, _ labels: Tensor<Int32>) -> Double {
    var metric = Accuracy()
    metric.update(logits, labels)
    return metric.value
}

/// How often each class was taken for each other.
public struct ConfusionMatrix: Sendable, Hashable, Codable {
    /// The number of classes.
    public let classes: Int
    private var counts: [Int]

    /// Before the first pair.
    public init(classes: Int) {
        precondition(classes > 0, "ConfusionMatrix: \(classes) classes")
        self.classes = classes
        counts = Array(repeating: 0, count: classes * classes)
    }

    /// Takes predictions and labels of equal shape; pairs whose label is `ignored` are left out.
    public mutating func update(predictions: Tensor<Int32>, labels: Tensor<Int32>, ignored: Int32 = -100) {
        precondition(predictions.shape == labels.shape, "ConfusionMatrix: predictions \(predictions.shape) and labels \(labels.shape)")
        for (prediction, label) in zip(predictions.scalars, labels.scalars) where label != ignored {
            precondition(
                label >= 0 && Int(label) < classes && prediction >= 0 && Int(prediction) < classes,
                "ConfusionMatrix: label \(label) and prediction \(prediction) of \(classes) classes")
            counts[Int(label) * classes + Int(prediction)] += 1
        }
    }

    /// How often `label` was taken for `prediction`.
    public subscript(label label: Int, prediction prediction: Int) -> Int { counts[label * classes + prediction] }

    /// The number of pairs.
    public var count: Int { counts.reduce(0, +) }
    private func hits(_ c: Int) -> Double { Double(counts[c * classes + c]) }
    private func labelled(_ c: Int) -> Double { Double((0..<classes).reduce(0) { $0 + counts[c * classes + $1] }) }
    private func predicted(_ c: Int) -> Double { Double((0..<classes).reduce(0) { $0 + counts[$1 * classes + c] }) }

    /// The share on the diagonal.
    public var accuracy: Double { (0..<classes).reduce(0) { $0 + hits($1) } / Double(count) }
    /// Of the elements labelled c, the share recognised; NaN where there is none.
    public func recall(_ c: Int) -> Double { hits(c) / labelled(c) }
    /// Of the elements taken for c, the share labelled so; NaN where there is none.
    public func precision(_ c: Int) -> Double { hits(c) / predicted(c) }
    /// Intersection over union of label and prediction; NaN where c does not occur.
    public func intersectionOverUnion(_ c: Int) -> Double { hits(c) / (labelled(c) + predicted(c) - hits(c)) }
    /// Dice's coefficient, also called F₁; NaN where c does not occur.
    public func dice(_ c: Int) -> Double { 2 * hits(c) / (labelled(c) + predicted(c)) }
    /// The mean recall over classes that occur.
    public var balancedAccuracy: Double {
        let present = (0..<classes).filter { labelled($0) > 0 }
        return present.reduce(0) { $0 + recall($1) } / Double(present.count)
    }
}
