import LoamLandscape
import Testing

@Suite struct LawTests {
    @Test(arguments: [
        (DeepArchitecture([2, 2, 2], activation: .linear), 3), (DeepArchitecture([1, 3, 1], activation: .linear), 5),
        (DeepArchitecture([3, 2, 2], activation: .linear), 3), (DeepArchitecture([2, 2, 2, 2], activation: .linear), 6),
        (DeepArchitecture([2, 3, 1], activation: .leakyReLU(0.2)), 3),
        (DeepArchitecture([2, 3, 2], activation: .relu, hiddenBias: true), 3),
        (DeepArchitecture([2, 3, 3, 1], activation: .relu), 6), (DeepArchitecture([2, 3, 1], activation: .tanh), 0),
    ]) func lawsAreCounted(_ model: DeepArchitecture, _ expected: Int) throws {
        let count = try conservationLaws(model, seed: 1)
        #expect(count.laws == expected, "\(model.widths) \(model.activation): ranks \(count.ranks), gap \(count.gap)")
        if model.activation == .linear, model.widths.count == 3 {
            #expect(count.laws == DeepInvariants.linearLawCount(inputs: model.widths[0], inner: model.widths[1], outputs: model.widths[2]))
        }
    }

    @Test func tooManyParametersAreRefused() {
        #expect(throws: LandscapeError.self) { try conservationLaws(DeepArchitecture([20, 20, 1])) }
    }

    @Test func frozenSignsOfDeepNetworksStayAlongTheirFlow() throws {
        // A chain of three: w₂² and w₃² exceed w₁², whose sign alone may change.
        let chain = DeepArchitecture([1, 1, 1, 1], activation: .linear)
        var theta = [0.2, 0.9, -1.3]
        let frozen = DeepInvariants.frozenSigns(chain, theta)
        #expect(Set(frozen.map(\.layer)) == [1, 2] && Chain.frozen(theta) == [1, 2])
        // Descent with small steps towards a target of the other sign.
        let samples = try Samples(name: "point", inputs: [[1]], targets: [[1.5]])
        for _ in 0..<20_000 {
            let product = theta[0] * theta[1] * theta[2]
            let r = product - samples.targets[0]
            let g = [r * theta[1] * theta[2], r * theta[0] * theta[2], r * theta[0] * theta[1]]
            for i in 0..<3 { theta[i] -= 1e-3 * g[i] }
        }
        #expect(theta[0] < 0 && theta[1] > 0 && theta[2] < 0 && isClose(theta[0] * theta[1] * theta[2], 1.5, 1e-6))
    }
}
