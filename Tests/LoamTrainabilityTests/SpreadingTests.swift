import LoamTrainability
import Testing

@Suite struct SpreadingTests {
    @Test func distantPositionsStay() {
        #expect(Spreading.apart([3, 1, 2], gap: 0.5, within: 0...4) == [3, 1, 2])
    }

    @Test func closePositionsMoveApartAroundTheirMean() {
        let places = Spreading.apart([1, 1, 1.1], gap: 0.5, within: -9...9)
        #expect(places.sorted() == places)
        #expect(isClose(places[1] - places[0], 0.5, 1e-12) && isClose(places[2] - places[1], 0.5, 1e-12))
        #expect(isClose(places.reduce(0, +), 3.1, 1e-12))
    }

    @Test func boundsHold() {
        let places = Spreading.apart([0.9, 1, 1, 5], gap: 1, within: 0...5)
        #expect(places.min()! >= 0 && places.max()! <= 5)
        for (a, b) in zip(places, places.dropFirst()) { #expect(b - a >= 1 - 1e-12) }
    }

    @Test func noneIsNone() { #expect(Spreading.apart([], gap: 1, within: 0...1).isEmpty) }
}
