import Foundation
import LoamNN
import LoamTensor
import LoamTrainability
import Testing

/// Two inputs, three tanh units, two logits, no biases; four images of two classes.
enum SmallNetwork {
    static let first = [[1.0, -2], [3, 0.5], [-1, 1]]
    static let second = [[1.0, -1, 2], [0.5, 0, -3]]
    static let inputs = [[1.0, 0], [0, 1], [1, 1], [-1, 2]]
    static let labels: [Int] = [0, 1, 0, 1]

    static func network(scale: Double = 1, activation: LoamTrainability.Activation = .tanh) throws -> Network<Double> {
        let architecture = try Architecture(
            name: "small", input: [2],
            stages: [Stage(.dense(units: 3), activation, hasBias: false), Stage(.dense(units: 2), .linear, hasBias: false)])
        func tensor(_ rows: [[Double]]) -> Tensor<Double> {
            Tensor(rows.joined().map { scale * $0 }, shape: [rows.count, rows[0].count])
        }
        return Network(architecture, weights: [[tensor(first)], [tensor(second)]], biases: [[], []])
    }

    static let images = Tensor(Array(inputs.joined()), shape: [4, 2])

    static func loss(_ logits: Tensor<Double>) -> Tensor<Double> { crossEntropy(logits, Tensor(labels.map(Int32.init))) }

    static func pass(scale: Double = 1) throws -> GradientPass<Double> {
        GradientPass(try network(scale: scale), images: images, curvature: true, loss: loss)
    }

    /// The mean cross-entropy in plain arithmetic; unit `unit` of image `image` is multiplied by `factor` (hidden units, then logits).
    static func plainLoss(
        _ w1: [[Double]] = first, _ w2: [[Double]] = second, image: Int = -1, unit: Int = -1, factor: Double = 1
    ) -> Double {
        var sum = 0.0
        for (n, x) in inputs.enumerated() {
            func scaled(_ value: Double, _ index: Int) -> Double { n == image && index == unit ? factor * value : value }
            let z = w1.enumerated().map { scaled(tanh($1[0] * x[0] + $1[1] * x[1]), $0) }
            let f = w2.enumerated().map { row, w in scaled(zip(w, z).reduce(0) { $0 + $1.0 * $1.1 }, 3 + row) }
            sum += log(f.reduce(0) { $0 + exp($1) }) - f[labels[n]]
        }
        return sum / 4
    }

    /// ∂ℒ/∂W by central differences of the plain loss.
    static func plainSlopes() -> [[Double]] {
        let step = 1e-5
        func slope(_ change: (Double) -> Double) -> Double { (change(step) - change(-step)) / (2 * step) }
        var slopes: [[Double]] = [[], []]
        for row in 0..<3 {
            for column in 0..<2 {
                slopes[0].append(
                    slope {
                        var w = first
                        w[row][column] += $0
                        return plainLoss(w, second)
                    })
            }
        }
        for row in 0..<2 {
            for column in 0..<3 {
                slopes[1].append(
                    slope {
                        var w = second
                        w[row][column] += $0
                        return plainLoss(first, w)
                    })
            }
        }
        return slopes
    }
}

@Suite struct ProxyTests {
    @Test func knownValuesOfTheSmallNetwork() throws {
        let (network, pass) = (try SmallNetwork.network(), try SmallNetwork.pass())
        #expect(isClose(pass.loss, 3.6001879759, 1e-8))
        #expect(isClose(GradientNorm.score(pass), 3.0163608010, 1e-8))
        #expect(isClose(SNIP.score(network, pass), 6.7652573176, 1e-8))
        #expect(isClose(GraSP.score(network, pass), -2.7695770123, 1e-8))
    }

    @Test func slopesAreThoseOfPlainArithmetic() throws {
        let slopes = SmallNetwork.plainSlopes()
        let (network, pass) = (try SmallNetwork.network(), try SmallNetwork.pass())
        #expect(isClose(pass.loss, SmallNetwork.plainLoss(), 1e-12))
        let norm = slopes.reduce(0) { $0 + sqrt($1.reduce(0) { $0 + $1 * $1 }) }
        #expect(isClose(GradientNorm.score(pass), norm, 1e-8))
        let weights = [Array(SmallNetwork.first.joined()), Array(SmallNetwork.second.joined())]
        let sensitivity = zip(weights.joined(), slopes.joined()).reduce(0) { $0 + abs($1.0 * $1.1) }
        #expect(isClose(SNIP.score(network, pass), sensitivity, 1e-8))
    }

    @Test func graspIsTheChangeOfTheGradientAsWeightsGrow() throws {
        // Wᵀ H g is the derivative of ½‖g‖² along W: what growing all weights by a factor does.
        func square(_ scale: Double) throws -> Double {
            try SmallNetwork.pass(scale: scale).weightSlopes.joined().reduce(0) { $0 + 0.5 * $1.squared().sum().item }
        }
        let expected = -(try square(1 + 1e-4) - square(1 - 1e-4)) / 2e-4
        let score = GraSP.score(try SmallNetwork.network(), try SmallNetwork.pass())
        #expect(isClose(score, expected, 1e-6), "\(score) and \(expected)")
    }

    @Test func fisherIsTheSlopeOfAFactorOnEveryUnit() throws {
        let step = 1e-5
        var expected = 0.0
        for unit in 0..<5 {
            for image in 0..<4 {
                let slope =
                    (SmallNetwork.plainLoss(image: image, unit: unit, factor: 1 + step)
                        - SmallNetwork.plainLoss(image: image, unit: unit, factor: 1 - step)) / (2 * step)
                expected += 0.5 * slope * slope / 4
            }
        }
        #expect(isClose(Fisher.score(try SmallNetwork.network(), try SmallNetwork.pass()), expected, 1e-9))
    }

    @Test func fisherAddsThePixelsOfAChannelFirst() throws {
        // A factor on a whole channel: its slope is Σ over pixels of z·∂ℒ/∂z.
        let architecture = try Architecture(
            name: "pixels", input: [1, 4, 4],
            stages: [Stage(.convolution(channels: 2, kernel: 3, stride: 1, padding: 1), .tanh), Stage(.flatten), Stage(.dense(units: 2))])
        let network = Network<Double>(architecture, variances: InitialVariances(weight: 2, bias: 0.1), seed: 3)
        var generator = PhiloxGenerator(seed: 3, stream: 1)
        let images = Tensor<Double>(normal: [1, 1, 4, 4], using: &generator)
        func loss(_ f: Tensor<Double>) -> Tensor<Double> { crossEntropy(f, Tensor([Int32(1)])) }
        let z = network.stage(1, of: images)
        func factored(_ channel: Int, _ factor: Double) -> Double {
            var values = z.scalars
            for pixel in 0..<16 { values[channel * 16 + pixel] *= factor }
            return loss(network.stage(3, of: network.stage(2, of: Tensor(values, shape: [1, 2, 4, 4])))).item
        }
        var expected = 0.0
        for channel in 0..<2 {
            let slope = (factored(channel, 1 + 1e-5) - factored(channel, 1 - 1e-5)) / 2e-5
            expected += 0.5 * slope * slope
        }
        let f = network(images)
        for unit in 0..<2 {
            func moved(_ factor: Double) -> Double {
                var values = f.scalars
                values[unit] *= factor
                return loss(Tensor(values, shape: [1, 2])).item
            }
            let slope = (moved(1 + 1e-5) - moved(1 - 1e-5)) / 2e-5
            expected += 0.5 * slope * slope
        }
        #expect(isClose(Fisher.score(network, GradientPass(network, images: images, loss: loss)), expected, 1e-9))
    }

    @Test func activationCodesOfTheSmallNetwork() throws {
        let codes = JacobianPass(try SmallNetwork.network(), images: SmallNetwork.images).codes
        #expect((0..<4).map { codes.code($0, units: 3) } == ["110", "011", "010", "001"])
        #expect(codes.agreements == [3, 1, 2, 0, 1, 3, 2, 2, 2, 2, 3, 1, 0, 2, 1, 3])
        #expect(isClose(try codes.score(), log(12), 1e-12))
    }

    @Test func imagesOfOneCodeAreSingular() throws {
        var codes = ActivationCodes(images: 3)
        codes.append(Tensor([1.0, -1, 2, -3, 1, 2], shape: [3, 2]))
        codes.append(Tensor([1.0, 0, -2], shape: [3, 1]))
        #expect(codes.units == 3)
        #expect(try codes.score().isFinite)
        var twins = ActivationCodes(images: 2)
        twins.append(Tensor([1.0, -1, 2, -3], shape: [2, 2]))
        #expect(try twins.score() == -.infinity)
    }

    @Test func jacobianCovarianceOfTwoColumns() throws {
        // Two values an image: centred rows are ±(1, −1)/√2, so the correlation matrix has rank one, its eigenvalues are 4, 0, 0, 0.
        let pass = JacobianPass(try SmallNetwork.network(), images: SmallNetwork.images)
        let k = JacobianCovariance.offset
        let expected = -(log(4 + k) + 1 / (4 + k) + 3 * (log(k) + 1 / k))
        // 1/k turns the eigenvalues' rounding, 1e-15, into 1e-5.
        #expect(isRelativelyClose(try JacobianCovariance.score(pass.jacobian), expected, 1e-9))
    }

    @Test func jacobianIsThatOfPlainArithmetic() throws {
        let jacobian = JacobianPass(try SmallNetwork.network(), images: SmallNetwork.images).jacobian.scalars
        for (n, x) in SmallNetwork.inputs.enumerated() {
            for column in 0..<2 {
                func sum(_ step: Double) -> Double {
                    var x = x
                    x[column] += step
                    let z = SmallNetwork.first.map { tanh($0[0] * x[0] + $0[1] * x[1]) }
                    return SmallNetwork.second.reduce(0) { $0 + zip($1, z).reduce(0) { $0 + $1.0 * $1.1 } }
                }
                #expect(isClose(jacobian[2 * n + column], (sum(1e-5) - sum(-1e-5)) / 2e-5, 1e-8))
            }
        }
    }

    @Test func jacobianCovarianceAgreesWithSingularValues() throws {
        // Independent images, seed 5: all eigenvalues near 1, the score near its maximum −n for uncorrelated rows.
        var generator = PhiloxGenerator(seed: 5)
        let jacobian = Tensor<Double>(normal: [6, 40], using: &generator)
        let centred = jacobian - jacobian.mean(axes: [1], keepingAxes: true)
        let unit = centred / centred.squared().sum(axes: [1], keepingAxes: true).squareRoot()
        let k = JacobianCovariance.offset
        let expected = -(try singularValues(unit).scalars).reduce(0) { $0 + log($1 * $1 + k) + 1 / ($1 * $1 + k) }
        let score = try JacobianCovariance.score(jacobian)
        #expect(isClose(score, expected, 1e-10))
        #expect(score <= -6 + 1e-3)
        #expect(try JacobianCovariance.score(Tensor<Double>.ones([3, 4])) == -.infinity)
    }
}
