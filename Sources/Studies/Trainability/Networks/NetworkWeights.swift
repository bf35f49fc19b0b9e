import LoamNN
import LoamRuns
import LoamTensor

/// Reads a network's numbers from a file, under any of the names that such files use.
///
/// Every network: `ℓ.weight`, `ℓ.bias` (ℓ from 1), also with `net.` before them as saved cascades have them. vgg networks also:
/// `features.{0,2,5,…}` with `classifier.{0,3,6}`, and `features.*` with `pre_logits.fc1`, `pre_logits.fc2` (the dense layers as 7×7 and
/// 1×1 convolutions) and `head.fc`.
public enum NetworkWeights {
    /// One way of naming the tensors of an architecture.
    struct Naming {
        struct Entry {
            let name: String
            let stage: Int
            let isBias: Bool
            let part: Int
            /// The shape in the file; the numbers are those of the network's own shape in the same order.
            let shape: [Int]
        }

        let entries: [Entry]
        /// Names with one of these beginnings may be in the file and are not read.
        let ignored: [String]
    }

    /// The network of `architecture` with the numbers of `file`.
    ///
    /// - Parameters:
    ///   - isPart: whether the architecture is the first part of what the file holds, so that dense layers beyond it are left unread.
    /// - Throws: `FileFormatError`; ``LoamError`` that lists all tensors that are missing, left over or of another shape.
    public static func read(_ file: TensorFile, for architecture: Architecture, isPart: Bool = false) throws -> Network<Float> {
        let present = Set(file.names)
        let namings = namings(architecture, isPart: isPart)
        let naming = namings.max { a, b in found(a, present) < found(b, present) }!
        var weights = architecture.stages.indices.map { index in
            architecture.stages[index].weightShapes(architecture.shapes[index]).map { _ in Tensor<Float>.zeros([0]) }
        }
        var biases = architecture.stages.indices.map { architecture.stages[$0].hasBias ? weights[$0] : [] }
        var missing: [String] = []
        var mismatched: [String] = []
        for entry in naming.entries {
            guard present.contains(entry.name) else {
                missing.append(entry.name)
                continue
            }
            let array = try file.array(named: entry.name)
            guard array.shape == entry.shape else {
                mismatched.append("'\(entry.name)': expected shape \(entry.shape), found \(array.shape)")
                continue
            }
            let tensor = try array.tensor(as: Float.self, file: "\(file.file), tensor '\(entry.name)'")
            guard tensor.hasFiniteSum else {
                throw FileFormatError(.malformed, file: file.file, at: "tensor '\(entry.name)'", "found values that are not finite")
            }
            let shapes = architecture.stages[entry.stage].weightShapes(architecture.shapes[entry.stage])
            if entry.isBias {
                biases[entry.stage][entry.part] = tensor
            } else {
                weights[entry.stage][entry.part] = tensor.reshaped(shapes[entry.part])
            }
        }
        let wanted = Set(naming.entries.map(\.name))
        let unexpected = file.names.filter { name in !wanted.contains(name) && !naming.ignored.contains { name.hasPrefix($0) } }
        guard missing.isEmpty, unexpected.isEmpty, mismatched.isEmpty else {
            throw LoamError(
                .badData,
                "the weights do not fit the network “\(architecture.name)”:\n"
                    + problems(missing: missing, unexpected: unexpected, mismatched: mismatched), at: file.file,
                advice: "Give the weights of “\(architecture.name)” for inputs \(architecture.input).")
        }
        return Network(architecture, weights: weights, biases: biases)
    }

    /// All that does not fit, a line each sort and a line each mismatch.
    static func problems(missing: [String], unexpected: [String], mismatched: [String]) -> String {
        var lines: [String] = []
        if !missing.isEmpty { lines.append("missing (\(missing.count)): " + missing.joined(separator: ", ")) }
        if !unexpected.isEmpty { lines.append("not part of it (\(unexpected.count)): " + unexpected.joined(separator: ", ")) }
        return (lines + mismatched).map { "  " + $0 }.joined(separator: "\n")
    }

    private static func found(_ naming: Naming, _ present: Set<String>) -> Int { naming.entries.count { present.contains($0.name) } }

    private static func namings(_ architecture: Architecture, isPart: Bool) -> [Naming] {
        var namings: [Naming] = []
        if isPlainConvolutional(architecture) {
            let rest = isPart ? ["classifier.", "pre_logits.", "head."] : []
            namings += [classifierNames(architecture, ignored: rest), headNames(architecture, ignored: rest)]
        }
        for prefix in ["", "net."] { namings.append(ownNames(architecture, prefix)) }
        return namings
    }

    /// Convolutions and pooling, perhaps followed by a flattening and dense layers: what vgg files describe.
    private static func isPlainConvolutional(_ architecture: Architecture) -> Bool {
        architecture.input.rank == 3
            && architecture.stages.allSatisfy {
                switch $0.kind {
                case .convolution, .maxPool, .flatten, .dense: true
                default: false
                }
            }
    }

    /// Weight and bias of one stage.
    private static func pair(_ architecture: Architecture, _ stage: Int, _ name: String, shape: [Int]? = nil) -> [Naming.Entry] {
        let own = architecture.stages[stage].weightShapes(architecture.shapes[stage])[0]
        let weight = Naming.Entry(name: name + ".weight", stage: stage, isBias: false, part: 0, shape: shape ?? Array(own))
        guard architecture.stages[stage].hasBias else { return [weight] }
        return [weight, Naming.Entry(name: name + ".bias", stage: stage, isBias: true, part: 0, shape: [own[0]])]
    }

    /// `features.N`: every convolution counts two modules (itself and its ReLU), every pooling one.
    private static func features(_ architecture: Architecture) -> [Naming.Entry] {
        var module = 0
        return architecture.stages.enumerated().flatMap { index, stage -> [Naming.Entry] in
            switch stage.kind {
            case .convolution:
                defer { module += 2 }
                return pair(architecture, index, "features.\(module)")
            case .maxPool:
                module += 1
                return []
            default: return []
            }
        }
    }

    private static func denseStages(_ architecture: Architecture) -> [Int] {
        architecture.stages.indices.filter { if case .dense = architecture.stages[$0].kind { true } else { false } }
    }

    /// `classifier.{0,3,6}`: dense, ReLU and dropout count one module each.
    private static func classifierNames(_ architecture: Architecture, ignored: [String]) -> Naming {
        let dense = denseStages(architecture).enumerated().flatMap { pair(architecture, $1, "classifier.\(3 * $0)") }
        return Naming(entries: features(architecture) + dense, ignored: ignored)
    }

    /// `pre_logits.fc1` as a convolution over the whole image, `pre_logits.fc2` as a 1×1 one, `head.fc`.
    private static func headNames(_ architecture: Architecture, ignored: [String]) -> Naming {
        let stages = denseStages(architecture)
        let dense = stages.enumerated().flatMap { place, stage -> [Naming.Entry] in
            guard place < stages.count - 1 else { return pair(architecture, stage, "head.fc") }
            let own = architecture.stages[stage].weightShapes(architecture.shapes[stage])[0]
            let image = stage > 0 ? architecture.shapes[stage - 1] : architecture.input
            let shape = place == 0 && image.rank == 3 ? [own[0]] + Array(image) : [own[0], own[1], 1, 1]
            return pair(architecture, stage, "pre_logits.fc\(place + 1)", shape: shape)
        }
        return Naming(entries: features(architecture) + dense, ignored: ignored)
    }

    private static func ownNames(_ architecture: Architecture, _ prefix: String) -> Naming {
        let entries = architecture.stages.enumerated().flatMap { index, stage -> [Naming.Entry] in
            let shapes = stage.weightShapes(architecture.shapes[index])
            return shapes.enumerated().flatMap { part, shape -> [Naming.Entry] in
                let name = prefix + "\(index + 1)" + (shapes.count > 1 ? ".\(part)" : "")
                let weight = Naming.Entry(name: name + ".weight", stage: index, isBias: false, part: part, shape: Array(shape))
                guard stage.hasBias else { return [weight] }
                return [weight, Naming.Entry(name: name + ".bias", stage: index, isBias: true, part: part, shape: [shape[0]])]
            }
        }
        return Naming(entries: entries, ignored: ["head."])
    }
}
