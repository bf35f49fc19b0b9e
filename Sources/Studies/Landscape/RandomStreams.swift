import LoamTensor

/// The random streams of this study, so that no two uses of one seed share numbers. Values are part of the results.
enum RandomStreams {
    private enum Kind: UInt64 { case data = 1, initial, minibatch, monteCarlo, topology, laws, search, split }

    private static func generator(_ kind: Kind, seed: UInt64, index: Int) -> PhiloxGenerator {
        PhiloxGenerator(seed: seed, stream: (0x4C << 56) | (kind.rawValue << 48) | UInt64(index))
    }

    static func data(seed: UInt64) -> PhiloxGenerator { generator(.data, seed: seed, index: 0) }
    /// The initial weights of trajectory `index`.
    static func initial(trajectory index: Int, seed: UInt64) -> PhiloxGenerator { generator(.initial, seed: seed, index: index) }
    static func minibatch(step: Int, seed: UInt64) -> PhiloxGenerator { generator(.minibatch, seed: seed, index: step) }
    static func monteCarlo(cell index: Int, seed: UInt64) -> PhiloxGenerator { generator(.monteCarlo, seed: seed, index: index) }
    static func topology(seed: UInt64, index: Int = 0) -> PhiloxGenerator { generator(.topology, seed: seed, index: index) }
    static func laws(draw index: Int, seed: UInt64) -> PhiloxGenerator { generator(.laws, seed: seed, index: index) }
    static func search(seed: UInt64, index: Int = 0) -> PhiloxGenerator { generator(.search, seed: seed, index: index) }
    static func split(seed: UInt64) -> PhiloxGenerator { generator(.split, seed: seed, index: 0) }
}
