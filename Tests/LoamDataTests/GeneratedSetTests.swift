import Foundation
import LoamData
import LoamTensor
import Testing

@Suite struct GeneratedSetTests {
    @Test func glyphsAreAFunctionOfTheSeed() {
        #expect(Glyphs.images(30, seed: 5).checksum == Glyphs.images(30, seed: 5).checksum)
        #expect(Glyphs.images(30, seed: 5).checksum != Glyphs.images(30, seed: 6).checksum)
        #expect(Glyphs.images(30, split: .test, seed: 5).checksum != Glyphs.images(30, seed: 5).checksum)
    }

    @Test func moreGlyphsBeginWithTheSameOnes() {
        #expect(Glyphs.images(100, seed: 2).subset(first: 25).checksum == Glyphs.images(25, seed: 2).checksum)
    }

    @Test func glyphsDoNotDependOnThreads() {
        let one = Parallel.onOneThread { Glyphs.images(64, seed: 3).checksum }
        #expect(Glyphs.images(64, seed: 3).checksum == one)
    }

    @Test func glyphsAreBalancedInkOnBlack() {
        let set = Glyphs.images(500, seed: 1)
        #expect(set.classSizes == [Int](repeating: 50, count: 10))
        let pixels = set.images.scalars
        #expect(pixels.allSatisfy { $0 >= 0 && $0 <= 1 })
        // MNIST's mean pixel is 0.13; the drawn digits have about as much ink, each of them some, and none at the corners.
        let mean = pixels.reduce(0, +) / Float(pixels.count)
        #expect(mean > 0.08 && mean < 0.2)
        for image in 0..<500 {
            #expect(pixels[image * 784] == 0 && pixels[image * 784 + 783] == 0)
            #expect(pixels[(image * 784)..<(image * 784 + 784)].max()! > 0.9)
        }
    }

    @Test func glyphsCanBeToldApart() {
        // The nearest class mean is a weak classifier; on real MNIST it is right about 82 % of the time.
        let (training, test) = (Glyphs.images(2000, seed: 8), Glyphs.images(500, split: .test, seed: 8))
        var means = [[Float]](repeating: [Float](repeating: 0, count: 784), count: 10)
        let (pixels, others) = (training.images.scalars, test.images.scalars)
        for image in 0..<2000 {
            for pixel in 0..<784 { means[image % 10][pixel] += pixels[image * 784 + pixel] / 200 }
        }
        let correct = (0..<500).filter { image in
            let distances = means.map { mean in
                (0..<784).reduce(Float(0)) { sum, pixel in
                    let difference = mean[pixel] - others[image * 784 + pixel]
                    return sum + difference * difference
                }
            }
            return distances.firstIndex(of: distances.min()!) == Int(test.labels.scalars[image])
        }.count
        #expect(correct > 350 && correct < 500)
    }

    @Test func uniformNoiseHasTheMomentsOfItsLaw() {
        let statistics = WhiteNoise(law: .uniform, seed: 3).images(1000).channelStatistics[0]
        // 784 000 numbers: standard errors 3.3e-4 for the mean and about 1.5e-4 for the deviation; five of them are allowed.
        #expect(abs(statistics.mean - 0.5) < 1.7e-3)
        #expect(abs(statistics.standardDeviation - (1.0 / 12).squareRoot()) < 1e-3)
    }

    @Test func clippedNoiseHasTheMomentsOfItsLaw() {
        let set = WhiteNoise(law: .gauss, height: 20, width: 20, seed: 4).images(2000)
        let pixels = set.images.scalars
        // Of a normal number, 2.275 % lie beyond two standard deviations on each side, where the clipping is.
        let black = Double(pixels.filter { $0 == 0 }.count) / Double(pixels.count)
        #expect(abs(black - 0.02275) < 8e-4)
        // Clipping N(0,1) at ±2 leaves the variance 1 − 2(φ(2)·2 − 3·Q(2))… = 0.9205 of it.
        let deviation = set.channelStatistics[0].standardDeviation
        #expect(abs(deviation - 0.25 * clippedVariance(at: 2).squareRoot()) < 1e-3)
    }

    /// The variance of a standard normal number clipped to [−c, c], by Simpson's rule.
    private func clippedVariance(at c: Double) -> Double {
        let steps = 20_000
        let (low, high) = (-10.0, 10.0)
        let width = (high - low) / Double(steps)
        let sum = (0...steps).reduce(0.0) { sum, index in
            let x = low + width * Double(index)
            let weight: Double = index == 0 || index == steps ? 1 : (index % 2 == 1 ? 4 : 2)
            let clipped = min(max(x, -c), c)
            return sum + weight * clipped * clipped * exp(-x * x / 2)
        }
        return sum * width / 3 / (2 * Double.pi).squareRoot()
    }

    @Test(arguments: WhiteNoise.Law.allCases) func noiseLabelsAreBalanced(_ law: WhiteNoise.Law) {
        let set = WhiteNoise(law: law, height: 12, width: 12, seed: 11).images(5000)
        // Expected 500 of each with a standard deviation of 21, and the calibration's own error on top.
        for (label, size) in set.classSizes.enumerated() { #expect(abs(size - 500) < 125, "class \(label): \(size)") }
    }

    @Test func noiseLabelsFollowALinearTeacher() {
        // A pixel's mean over a class differs from the mean over all by much more than chance where labels depend on pixels:
        // the squared length of the difference, in units of its expectation under independence, is well above 1.
        let count = 6000
        let set = WhiteNoise(height: 8, width: 8, seed: 2).images(count)
        let (pixels, labels) = (set.images.scalars, set.labels.scalars)
        var sums = [Double](repeating: 0, count: 64)
        let size = labels.filter { $0 == 4 }.count
        for image in 0..<count where labels[image] == 4 {
            for pixel in 0..<64 { sums[pixel] += Double(pixels[image * 64 + pixel]) - 0.5 }
        }
        let squared: Double = sums.map { ($0 / Double(size)) * ($0 / Double(size)) }.reduce(0, +)
        let byChance: Double = 64.0 / 12 / Double(size)
        #expect(squared / byChance > 3)
    }

    @Test func noisePartsShareATeacherButNoImages() {
        let noise = WhiteNoise(height: 4, width: 4, seed: 6)
        #expect(noise.images(50).checksum != noise.images(50, split: .test).checksum)
        #expect(noise.images(80).subset(first: 50).checksum == noise.images(50).checksum)
    }

    @Test func noiseOfAnyShapeByName() throws {
        let set = try DataSets.load("noise:gauss:3x5x6", options: DataSetOptions(count: 7))
        #expect(set.images.shape == [7, 3, 5, 6])
        #expect(try DataSets.load("noise", options: DataSetOptions(split: .test)).images.shape == [1000, 1, 28, 28])
        #expect(try DataSets.load("noise:uniform:9x8", options: DataSetOptions(count: 1)).images.shape == [1, 1, 9, 8])
    }

    @Test func cleanMoonsLieOnTheirCircles() {
        let set = ClassificationSet.twoMoons(200, noise: 0)
        let points = set.points.scalars
        for index in 0..<200 {
            let (x, y) = (points[2 * index], points[2 * index + 1])
            if index % 2 == 0 {
                let radius: Float = x * x + y * y
                #expect(abs(radius - 1) < 1e-5 && y >= -1e-6)
            } else {
                let (right, down) = (x - 1, y - 0.5)
                let radius: Float = right * right + down * down
                #expect(abs(radius - 1) < 1e-5 && y <= 0.500001)
            }
        }
    }

    @Test func cleanSpiralsTurnWithTheirRadius() {
        let set = ClassificationSet.spirals(300, arms: 3, turns: 2, noise: 0)
        let points = set.points.scalars
        for index in 0..<300 {
            let (x, y) = (Double(points[2 * index]), Double(points[2 * index + 1]))
            let radius: Double = (x * x + y * y).squareRoot()
            let turns: Double = 2 * radius + Double(index % 3) / 3
            let angle: Double = 2 * Double.pi * turns
            #expect(abs(sin(atan2(y, x) - angle)) < 1e-3 && cos(atan2(y, x) - angle) > 0)
        }
    }

    @Test func blobsHaveTheirCentresAndSpread() {
        let set = ClassificationSet.blobs(3000, centres: 3, dimensions: 4, standardDeviation: 0.2, seed: 9)
        let points = set.points.scalars
        #expect(set.points.shape == [3000, 4] && set.classCount == 3)
        for label in 0..<3 {
            let values = stride(from: label, to: 3000, by: 3).map { Double(points[4 * $0]) }
            let mean = values.reduce(0, +) / 1000
            let variance: Double = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 999
            // The variance of 1000 normal numbers has a relative standard error of 4.5 %.
            #expect(abs(variance / 0.04 - 1) < 0.2 && abs(mean) < 1.1)
        }
    }

    @Test func cleanFriedmanFollowsItsFormula() {
        let set = RegressionSet.friedman(100, noise: 0, seed: 1)
        let (x, y) = (set.points.scalars.map(Double.init), set.targets.scalars.map(Double.init))
        for index in 0..<100 {
            let row = Array(x[(10 * index)..<(10 * index + 10)])
            var expected: Double = 10 * sin(Double.pi * row[0] * row[1])
            expected += 20 * pow(row[2] - 0.5, 2)
            expected += 10 * row[3] + 5 * row[4]
            #expect(abs(y[index] - expected) < 1e-4)
        }
    }

    @Test func cleanLinearTargetsAreLinear() {
        // With d + 1 points in d dimensions the targets of a linear map satisfy the points' linear relation.
        let set = RegressionSet.linear(3, dimensions: 2, seed: 4)
        let (p, y) = (set.points.scalars.map(Double.init), set.targets.scalars.map(Double.init))
        let determinant = p[0] * p[3] - p[1] * p[2]
        let a = (p[4] * p[3] - p[5] * p[2]) / determinant
        let b = (p[5] * p[0] - p[4] * p[1]) / determinant
        let expected: Double = a * y[0] + b * y[1]
        #expect(abs(y[2] - expected) < 1e-4)
    }

    @Test func cleanSineIsASine() {
        let set = RegressionSet.sine(50, frequency: 2, noise: 0)
        for (x, y) in zip(set.points.scalars, set.targets.scalars) { #expect(abs(y - sin(4 * Float.pi * x)) < 1e-4) }
    }
}
