import Foundation
import LoamTensor
import Testing

@Suite struct RandomPhiloxTests {
    /// The known-answer vectors of Random123 (Salmon, Moraes, Dror and Shaw, 2011), file `kat_vectors`, philox4x32-10.
    @Test(
        arguments: [
            ([0, 0, 0, 0], [0, 0], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            (
                [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff], [0xffff_ffff, 0xffff_ffff],
                [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
            ),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
            ),
        ] as [([UInt64], [UInt64], [UInt32])])
    func knownAnswers(_ counter: [UInt64], _ key: [UInt64], _ expected: [UInt32]) {
        let block = PhiloxGenerator.block(
            seed: key[0] | key[1] << 32, stream: counter[2] | counter[3] << 32, index: counter[0] | counter[1] << 32)
        #expect([block.x, block.y, block.z, block.w] == expected)
    }

    @Test func wordsComeBlockByBlock() {
        var generator = PhiloxGenerator(seed: 5, stream: 9)
        let words = (0..<9).map { _ in generator.nextWord() }
        for index in 0..<9 { #expect(words[index] == PhiloxGenerator.block(seed: 5, stream: 9, index: UInt64(index / 4))[index % 4]) }
        #expect(generator.position == 9)
    }

    @Test func nextTakesTheLowWordFirst() {
        var a = PhiloxGenerator(seed: 1)
        var b = PhiloxGenerator(seed: 1)
        let low = UInt64(b.nextWord())
        let high = UInt64(b.nextWord())
        #expect(a.next() == low | high << 32)
    }

    @Test func aSavedStateContinues() throws {
        var generator = PhiloxGenerator(seed: 77, stream: 3)
        _ = Tensor<Double>(normal: [13], using: &generator)
        _ = generator.nextWord()
        var restored = try JSONDecoder().decode(PhiloxGenerator.self, from: JSONEncoder().encode(generator))
        #expect(restored == generator)
        #expect(Tensor<Double>(uniform: [8], using: &restored) == Tensor<Double>(uniform: [8], using: &generator))
        #expect(restored.position == generator.position)
    }

    @Test func tensorsContinueWhereTheLastEnded() {
        var whole = PhiloxGenerator(seed: 6)
        var parts = PhiloxGenerator(seed: 6)
        let a = Tensor<Float>(normal: [1000], using: &whole)
        let b = Tensor.concatenated([Tensor<Float>(normal: [400], using: &parts), Tensor<Float>(normal: [600], using: &parts)])
        #expect(a == b && whole.position == parts.position)
    }

    @Test func shapeDoesNotMatter() {
        var a = PhiloxGenerator(seed: 8)
        var b = PhiloxGenerator(seed: 8)
        #expect(Tensor<Float>(uniform: [6, 7], using: &a).flattened() == Tensor<Float>(uniform: [42], using: &b))
    }

    @Test func seedsAndStreamsDiffer() {
        func draw(_ seed: UInt64, _ stream: UInt64) -> Tensor<Double> {
            var generator = PhiloxGenerator(seed: seed, stream: stream)
            return Tensor(uniform: [64], using: &generator)
        }
        let base = draw(1, 1)
        #expect(base == draw(1, 1))
        for other in [draw(2, 1), draw(1, 2), draw(1 << 32, 1), draw(1, 1 << 32), draw(0, 1)] {
            // All 64 differ: two equal 53-bit numbers among them have probability 1e-14.
            #expect(zip(base.scalars, other.scalars).allSatisfy { $0 != $1 })
        }
        #expect(PhiloxGenerator(seed: 4).stream(9) == PhiloxGenerator(seed: 4, stream: 9))
    }

    @Test func oddCountsDoNotWriteBeyondTheEnd() {
        var generator = PhiloxGenerator(seed: 2)
        for count in 0..<9 {
            let x = Tensor<Double>(normal: [count], using: &generator)
            #expect(x.count == count && x.isFinite)
        }
    }
}
