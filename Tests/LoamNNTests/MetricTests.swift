import LoamNN
import LoamTensor
import Testing

@Suite struct MetricTests {
    @Test func runningMeanWeighsItsParts() {
        var mean = RunningMean()
        #expect(mean.value.isNaN)
        mean.update(1, weight: 3)
        mean.update(5)
        #expect(mean.value == 2)
    }

    @Test func accuracyCountsTheLargestLogit() {
        let logits = Tensor<Float>([1, 3, 2, 0, 5, -1, 9, 1, 1], shape: [3, 3])
        #expect(accuracy(logits, Tensor([1, 0, 0])) == 2.0 / 3)
    }

    @Test func topTwoCountsTheSecondPlaceToo() {
        var metric = Accuracy(topK: 2)
        metric.update(Tensor<Float>([1, 3, 2, 0, 5, -1, 9, 1, 2], shape: [3, 3]), Tensor([2, 0, 1]))
        #expect(metric.correct == 2 && metric.count == 3)
    }

    @Test func tiesAndNaNAreNotCountedTwice() {
        var metric = Accuracy()
        let logits = Tensor<Float>([1, 1, .nan, .nan], shape: [2, 2])
        metric.update(logits, Tensor([0, 0]))
        metric.update(logits, Tensor([1, 1]))
        #expect(metric.correct == 1)
    }

    @Test func ignoredLabelsAreLeftOut() {
        var metric = Accuracy()
        metric.update(Tensor<Float>([1, 2, 2, 1], shape: [2, 2]), Tensor([1, -100]))
        #expect(metric.value == 1 && metric.count == 1)
    }

    @Test func confusionMatrixByHand() {
        var matrix = ConfusionMatrix(classes: 3)
        matrix.update(predictions: Tensor([0, 1, 1, 2, 0, 0]), labels: Tensor([0, 1, 0, 1, 0, -100]))
        #expect(matrix.count == 5 && matrix[label: 0, prediction: 1] == 1)
        #expect(matrix.accuracy == 0.6)
        #expect(matrix.recall(0) == 2.0 / 3 && matrix.precision(1) == 0.5)
        #expect(matrix.intersectionOverUnion(1) == 1.0 / 3 && matrix.dice(1) == 0.5)
        #expect(matrix.recall(2).isNaN && matrix.balancedAccuracy == (2.0 / 3 + 0.5) / 2)
    }

    @Test func earlyStoppingWaitsForItsPatience() {
        var stopping = EarlyStopping(patience: 1, minimumImprovement: 0.1)
        #expect(stopping.observe(1, epoch: 0))
        #expect(!stopping.observe(0.95, epoch: 1) && !stopping.hasStopped)
        #expect(stopping.observe(0.8, epoch: 2))
        #expect(!stopping.observe(0.8, epoch: 3) && !stopping.hasStopped)
        #expect(!stopping.observe(.nan, epoch: 4) && stopping.hasStopped)
        #expect(stopping.best == 0.8 && stopping.bestEpoch == 2)
    }
}
