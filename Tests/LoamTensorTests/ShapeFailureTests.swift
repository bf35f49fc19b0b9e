import LoamTensor
import Testing

/// Shape errors stop the program, with a message that names the operation; each is tried in a process of its own.
@Suite struct ShapeFailureTests {
    @Test func shapesThatDoNotBroadcast() async {
        await #expect(processExitsWith: .failure) { _ = Tensor<Double>.ones([2, 3]) + Tensor<Double>.ones([2]) }
    }
    @Test func wrongNumberOfScalars() async {
        await #expect(processExitsWith: .failure) { _ = Tensor<Double>([1, 2, 3], shape: [2, 2]) }
    }
    @Test func negativeExtents() async {
        await #expect(processExitsWith: .failure) { _ = Tensor<Double>.zeros([-2, -3]) }
    }
    @Test func overflowingExtents() async {
        // The product wraps around to 0.
        await #expect(processExitsWith: .failure) { _ = Tensor<UInt8>.zeros([1 << 32, 1 << 32]) }
    }
    @Test func indexOutOfRange() async {
        await #expect(processExitsWith: .failure) { _ = Tensor<Double>.ones([2, 3])[0, 3] }
    }
    @Test func gatheredIndexOutOfRange() async {
        await #expect(processExitsWith: .failure) { _ = Tensor<Double>.ones([2, 3]).gathered(Tensor<Int32>([2])) }
    }
    @Test func sliceOutOfRange() async {
        await #expect(processExitsWith: .failure) { _ = Tensor<Double>.ones([2, 3]).sliced(1..<4, axis: 1) }
    }
    @Test func innerExtentsThatDiffer() async {
        await #expect(processExitsWith: .failure) { _ = matmul(Tensor<Double>.ones([2, 3]), Tensor<Double>.ones([2, 3])) }
    }
    @Test func maximumOfNothing() async {
        await #expect(processExitsWith: .failure) { _ = Tensor<Double>.zeros([0, 3]).maximum(axes: [0]) }
    }
    @Test func solvingWithAMatrixThatIsNotSquare() async {
        await #expect(processExitsWith: .failure) { _ = try? solve(Tensor<Double>.ones([2, 3]), Tensor<Double>.ones([3, 1])) }
    }
    @Test func rankNine() async {
        await #expect(processExitsWith: .failure) { _ = Tensor<Double>.zeros([1, 1, 1, 1, 1, 1, 1, 1]).expanded(axis: 0) }
    }
}
