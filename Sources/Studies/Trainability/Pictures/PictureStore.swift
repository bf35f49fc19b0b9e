import Foundation
import LoamNN
import LoamRuns
import LoamTensor

/// What a resumed run goes on with: the trained network and the finished heads, in `cells/cascade.safetensors`.
struct PictureStore {
    private let run: RunContext
    private let checksum: String
    private var file: Safetensors?
    /// How the network's training went.
    var outcome: DeepTraining.Outcome?

    private static let path = "cells/cascade.safetensors"
    private var url: URL { run.folder.appending(path: Self.path) }

    private struct Header: Codable {
        var checksum: String
        var outcome: DeepTraining.Outcome?
        var losses: [[Double]]
    }
    private static let key = "loam.pictures"

    /// - Parameter checksum: of the images; a file of others is not used.
    init(_ run: RunContext, checksum: String) {
        self.run = run
        self.checksum = checksum
    }

    private var header: Header? { file?.metadata[Self.key].flatMap { try? JSON.decode(Header.self, from: Data($0.utf8)) } }

    /// Looks for what an interrupted run left.
    mutating func restore() throws {
        guard FileManager.default.fileExists(atPath: url.path) else { return }
        file = try Safetensors.read(url)
        if header?.checksum != checksum {
            run.log("cells/cascade.safetensors belongs to other images; network and heads are trained again")
            file = nil
        }
        outcome = header?.outcome
    }

    /// The trained network, where there is one.
    func network(_ architecture: Architecture) throws -> Network<Float>? {
        guard let file, file.names.contains(where: { $0.hasPrefix("net.") }) else { return nil }
        return try NetworkWeights.read(.safetensors(file), for: architecture)
    }

    /// The finished heads and their losses.
    func heads(_ architecture: Architecture, _ settings: PictureSettings) throws -> (heads: [Head<Float>], losses: [[Double]]) {
        guard let file, let header else { return ([], []) }
        let heads = try PictureNetworks.heads(
            .safetensors(file), architecture.prefix(max(1, min(header.losses.count, architecture.depth))), settings)
        return heads.count == header.losses.count ? (heads, header.losses) : ([], [])
    }

    /// Saves all so far, replacing the file atomically.
    func save(network: Network<Float>?, heads: [Head<Float>] = [], losses: [[Double]] = []) throws {
        var state = StateDictionary<Float>()
        if let network { state.merge(network.stateDictionary, prefix: "net.") }
        for (index, head) in heads.enumerated() { state.merge(head.stateDictionary, prefix: "head.\(index + 1).") }
        let header = try JSON.encode(Header(checksum: checksum, outcome: outcome, losses: losses))
        try run.saveFile(to: Self.path) { try state.write(to: $0, metadata: [Self.key: String(decoding: header, as: UTF8.self)]) }
    }

    func remove() { try? FileManager.default.removeItem(at: url) }
}
