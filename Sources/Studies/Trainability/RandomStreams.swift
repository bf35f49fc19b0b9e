import LoamTensor

/// The random streams of this study, so that no two uses of one seed share numbers. Values are part of the results.
enum RandomStreams {
    private enum Kind: UInt64 { case weights = 1, biases, heads, order, classifier, trainingOrder, tangents, bootstrap, population }

    /// - Parameter variant: 0 for the noise shared by all cells of a map, otherwise the cell's own number.
    /// - Parameter part: which weight of a stage with several.
    private static func stream(_ kind: Kind, variant: Int = 0, index: Int = 0, part: Int = 0) -> UInt64 {
        (0x54 << 56) | (kind.rawValue << 48) | (UInt64(variant) << 24) | (UInt64(part) << 20) | UInt64(index)
    }

    static func weights(layer: Int, part: Int, variant: Int, seed: UInt64) -> PhiloxGenerator {
        PhiloxGenerator(seed: seed, stream: stream(.weights, variant: variant, index: layer, part: part))
    }

    static func biases(layer: Int, part: Int, variant: Int, seed: UInt64) -> PhiloxGenerator {
        PhiloxGenerator(seed: seed, stream: stream(.biases, variant: variant, index: layer, part: part))
    }

    static func head(layer: Int, part: Int, seed: UInt64) -> PhiloxGenerator {
        PhiloxGenerator(seed: seed, stream: stream(.heads, index: layer, part: part))
    }

    static func order(epoch: Int, seed: UInt64) -> PhiloxGenerator { PhiloxGenerator(seed: seed, stream: stream(.order, index: epoch)) }

    static func trainingOrder(epoch: Int, seed: UInt64) -> PhiloxGenerator {
        PhiloxGenerator(seed: seed, stream: stream(.trainingOrder, index: epoch))
    }

    static func tangents(seed: UInt64) -> PhiloxGenerator { PhiloxGenerator(seed: seed, stream: stream(.tangents)) }

    static func bootstrap(index: Int, seed: UInt64) -> PhiloxGenerator {
        PhiloxGenerator(seed: seed, stream: stream(.bootstrap, index: index))
    }

    static func population(block: Int, layer: Int, seed: UInt64) -> PhiloxGenerator {
        PhiloxGenerator(seed: seed, stream: stream(.population, variant: layer, index: block))
    }
}
