import Foundation
import LoamTrainability
import Testing

@Suite struct ActivationTests {
    @Test(arguments: Activation.all)
    func slopeIsTheDerivative(_ activation: Activation) {
        for x in [-3.1, -0.7, -0.2, 0.3, 0.9, 2.4] {
            let h = 1e-5
            let difference = (activation(x + h) - activation(x - h)) / (2 * h)
            #expect(isClose(activation.jet(at: x).slope, difference, 1e-9))
        }
    }

    @Test(arguments: Activation.all)
    func curvatureIsTheDerivativeOfTheSlope(_ activation: Activation) {
        for x in [-3.1, -0.7, -0.2, 0.3, 0.9, 2.4] {
            let h = 1e-5
            let difference = (activation.jet(at: x + h).slope - activation.jet(at: x - h).slope) / (2 * h)
            #expect(isClose(activation.jet(at: x).curvature, difference, 1e-8))
        }
    }

    @Test func hyperbolicTangentAgreesWithTheLibrary() {
        for i in -4000...4000 {
            let x = Double(i) * 0.005 + 1e-4
            #expect(isRelativelyClose(Activation.tanh(x), Foundation.tanh(x), 1e-15))
        }
    }

    @Test func hyperbolicTangentIsRelativelyAccurateNearZero() {
        for exponent in 1...15 {
            let x = Foundation.pow(10, -Double(exponent))
            #expect(isRelativelyClose(Activation.tanh(x), Foundation.tanh(x), 4e-16))
        }
    }

    @Test func hugeArgumentsSaturate() {
        #expect(Activation.tanh(1e9) == 1)
        #expect(Activation.tanh(-1e9) == -1)
        #expect(Activation.sigmoid(-1e4) < 1e-300)
        #expect(Activation.softplus(1e4) == 1e4)
        #expect(Activation.elu(-1e4) == -1)
    }

    @Test(arguments: Activation.all.filter(\.isOdd))
    func oddActivationsAreOdd(_ activation: Activation) {
        for x in [0.1, 0.8, 2.0] { #expect(activation(-x) == -activation(x)) }
    }

    @Test(arguments: Activation.all)
    func nameReadsBack(_ activation: Activation) throws {
        #expect(try Activation(named: activation.name) == activation)
        #expect(try JSONDecoder().decode([Activation].self, from: JSONEncoder().encode([activation])) == [activation])
    }

    @Test func spellingIsForgiving() throws {
        #expect(try Activation(named: "hardTanh") == .hardTanh)
        #expect(try Activation(named: "LeakyReLU:0.2") == .leakyReLU(0.2))
    }

    @Test func unknownActivationListsTheNames() {
        let error = #expect(throws: TrainabilityError.self) { try Activation(named: "swish2") }
        #expect(error?.problem.contains("softplus") == true)
        #expect(throws: TrainabilityError.self) { try Activation(named: "leaky-relu:steep") }
        #expect(throws: TrainabilityError.self) { try Activation(named: "tanh:2") }
        #expect(throws: TrainabilityError.self) { try Activation(named: "") }
    }

    @Test func negativeAndMissingVariancesAreRefused() {
        #expect(throws: TrainabilityError.self) { try InitialVariances(weight: -1, bias: 0).validated() }
        #expect(throws: TrainabilityError.self) { try InitialVariances(weight: .nan, bias: 0).validated() }
        let error = #expect(throws: TrainabilityError.self) { try InitialVariances(weight: 1, bias: -0.1).validated() }
        #expect(error?.subject == "sigma-b2")
        #expect((try? InitialVariances(weight: 1, bias: 0).validated()) != nil)
    }
}
