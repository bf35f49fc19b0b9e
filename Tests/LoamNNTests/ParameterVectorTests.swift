import LoamNN
import LoamTensor
import Testing

@Suite struct ParameterVectorTests {
    let layout = ParameterLayout(names: ["a.weight", "a.bias", "b.weight"], shapes: [[2, 2], [2], [3]])
    var u: ParameterVector<Double> {
        ParameterVector(layout: layout, tensors: [Tensor([1, 2, 3, 4], shape: [2, 2]), Tensor([5, 6]), Tensor([7, 8, 9])])
    }
    var ones: ParameterVector<Double> { ParameterVector(layout: layout, tensors: layout.shapes.map { Tensor.ones($0) }) }

    @Test func flattenedOrderIsThatOfTheNames() { #expect(u.flattened().scalars == [1, 2, 3, 4, 5, 6, 7, 8, 9]) }

    @Test func unflatteningInvertsFlattening() { #expect(ParameterVector(unflattening: u.flattened(), layout: layout) == u) }

    @Test func arithmeticIsThatOfTheVectorSpace() {
        #expect((u + ones).flattened().scalars == [2, 3, 4, 5, 6, 7, 8, 9, 10])
        #expect((u - ones * 2).flattened().scalars == [-1, 0, 1, 2, 3, 4, 5, 6, 7])
        #expect((-u / 2).flattened().scalars == [-0.5, -1, -1.5, -2, -2.5, -3, -3.5, -4, -4.5])
    }

    @Test func dotAndNormsAreSumsOverAllScalars() {
        #expect(u.dot(ones) == 45)
        #expect(abs(u.norm - 285.0.squareRoot()) < 1e-14)
        #expect(u.squaredNorm.rounded() == 285)
        #expect(abs(u.norms[1] - 61.0.squareRoot()) < 1e-14)
    }

    @Test func groupNormsCollectTensorsByName() {
        let groups = u.norms { $0.hasSuffix("weight") ? String($0.prefix(1)) : nil }
        #expect(groups.map(\.group) == ["a", "b"])
        #expect(abs(groups[0].norm - 30.0.squareRoot()) < 1e-14)
        #expect(abs(groups[1].norm - 194.0.squareRoot()) < 1e-14)
    }

    @Test func interpolationIsLinear() {
        #expect(u.interpolated(to: ones, at: 0) == u)
        #expect(u.interpolated(to: ones, at: 0.25).flattened().scalars == [1, 1.75, 2.5, 3.25, 4, 4.75, 5.5, 6.25, 7])
    }

    @Test func inPlaceArithmeticAgreesWithTheOther() {
        var v = u
        v.addScaled(-2, ones)
        #expect(v == u - ones * 2)
        v.scale(by: 3)
        #expect(v == (u - ones * 2) * 3)
        v.interpolate(to: ones, at: 0.5)
        #expect(v == ((u - ones * 2) * 3).interpolated(to: ones, at: 0.5))
    }

    @Test func inPlaceArithmeticLeavesCopiesAlone() {
        var v = u
        let kept = v
        v.scale(by: 0)
        #expect(kept == u)
    }

    @Test func subscriptReadsAndWritesByName() {
        var v = u
        v["a.bias"] = Tensor([0, 1])
        #expect(v["a.bias"].scalars == [0, 1])
        #expect(v.flattened().scalars == [1, 2, 3, 4, 0, 1, 7, 8, 9])
    }

    @Test func mapAndZipActTensorByTensor() {
        #expect(u.map { $0.squared() }.dot(ones) == 285)
        #expect(u.zip(ones) { $0 * $1 } == u)
        #expect(u.multipliedElementwise(by: u).dot(ones) == 285)
    }

    @Test func differentiableDotHasTheOtherVectorAsGradient() {
        let other = u
        let tensors = gradient(at: ones.tensors) { ParameterVector(layout: layout, tensors: $0).differentiableDot(other) }
        #expect(ParameterVector(layout: layout, tensors: tensors) == u)
    }

    @Test func longVectorsHaveTheSameNormOnAnyNumberOfThreads() {
        let long = ParameterLayout(names: ["w"], shapes: [[200_003]])
        let vector = ParameterVector<Float>(layout: long, tensors: [Tensor<Float>(casting: gaussian([200_003], seed: 3))])
        let exact = vector.flattened().scalars.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        // Each square is exact; 200 003 additions in double precision.
        #expect(abs(Double(vector.norm) - exact) < 1e-6 * exact)
        let single = Parallel.onOneThread { vector.norm }
        #expect(vector.norm == single)
    }

    @Test func nonFiniteTensorsAreNamed() {
        var v = u
        #expect(v.firstNonFinite == nil)
        v["b.weight"] = Tensor([0, .infinity, 0])
        #expect(v.firstNonFinite == "b.weight")
        v["a.bias"] = Tensor([.nan, 0])
        #expect(v.firstNonFinite == "a.bias")
    }

    @Test func hugeFiniteComponentsAreFinite() {
        let v = ParameterVector<Double>(layout: ParameterLayout(names: ["w"], shapes: [[2]]), tensors: [Tensor([1e300, -1e300])])
        #expect(v.firstNonFinite == nil)
    }

    @Test func randomDirectionsDependOnTheSeedOnly() {
        var first = PhiloxGenerator(seed: 9)
        var second = PhiloxGenerator(seed: 9)
        #expect(ParameterVector<Float>.normal(layout, using: &first) == ParameterVector<Float>.normal(layout, using: &second))
    }

    @Test func clippingByNormScalesToTheLimit() {
        var v = u
        let norm = v.clip(toNorm: 2)
        #expect(abs(norm - 285.0.squareRoot()) < 1e-13)
        // PyTorch divides by the norm + 1e-6.
        #expect(abs(v.norm - 2 * norm / (norm + 1e-6)) < 1e-14)
        #expect(largestDifference(v.flattened(), u.flattened() * (2 / (norm + 1e-6))) < 1e-15)
    }

    @Test func clippingByNormLeavesShortVectorsAlone() {
        var v = u
        v.clip(toNorm: 100)
        #expect(v == u)
    }

    @Test func clippingByValueLimitsComponents() {
        var v = u - ones * 5
        v.clip(toValue: 2)
        #expect(v.flattened().scalars == [-2, -2, -2, -1, 0, 1, 2, 2, 2])
    }
}
