import Foundation
import LoamCluster

extension RunSession {
    private struct Checkpoint<State: Codable>: Codable {
        var configurationHash: String
        var records: Int
        var tensors: String?
        var state: State
    }

    func saveCheckpoint<State: Codable>(_ state: State, tensors: ((URL) throws -> Void)?) throws {
        if folder.isSilent { return }
        let next = folder.url.appending(path: RunFolder.File.checkpoint.rawValue + ".next")
        var hash: String?
        if let tensors {
            try WholeFile.replace(next, tensors)
            hash = fingerprint(try Data(contentsOf: next))
        }
        let checkpoint = Checkpoint(configurationHash: settings.hash, records: metrics.count, tensors: hash, state: state)
        try folder.write(try JSON.encode(checkpoint, pretty: true), to: RunFolder.File.checkpointState.rawValue)
        if tensors != nil { try promote(next) }
    }

    /// The last checkpoint; rank 0 reads it, the others get copies.
    func restoreCheckpoint<State: Codable>(as type: State.Type) throws -> (state: State, tensors: URL?)? {
        guard coordination.cluster.count > 1 else { return try readCheckpoint(as: type) }
        var own: (state: State, tensors: URL?)?
        let end = coordination.share {
            SharedResult.catching {
                own = try readCheckpoint(as: type)
                guard let own else { return Data(joining: []) }
                return Data(joining: [try JSON.encode([own.state])] + (try own.tensors.map { [try Data(contentsOf: $0)] } ?? []))
            }
        }
        let pieces = try end.get().pieces()
        if coordination.cluster.isFirst { return own }
        guard let state = pieces.first else { return nil }
        let tensors = try pieces.dropFirst().first.map { data in
            let file = FileManager.default.temporaryDirectory.appending(
                path: "loam-checkpoint-\(ProcessInfo.processInfo.processIdentifier).safetensors")
            try WholeFile.write(data, to: file)
            return file
        }
        return (try JSON.decode([State].self, from: state)[0], tensors)
    }

    private func readCheckpoint<State: Codable>(as type: State.Type) throws -> (state: State, tensors: URL?)? {
        guard let data = try? Data(contentsOf: folder[.checkpointState]) else { return nil }
        let checkpoint: Checkpoint<State>
        do {
            checkpoint = try JSON.decode(Checkpoint<State>.self, from: data)
        } catch {
            throw LoamError(
                .badData, "not a checkpoint of this run: \(error)", at: folder[.checkpointState].path, advice: "Start again with --force.")
        }
        guard checkpoint.configurationHash == settings.hash else {
            throw LoamError(
                .badData, "the checkpoint belongs to another configuration", at: folder[.checkpointState].path,
                advice: "Start again with --force.")
        }
        if let hash = checkpoint.tensors {
            // A kill between the two renames leaves the new tensors under their temporary name.
            let next = folder.url.appending(path: RunFolder.File.checkpoint.rawValue + ".next")
            if let data = try? Data(contentsOf: next), fingerprint(data) == hash { try promote(next) }
            guard let tensors = try? Data(contentsOf: folder[.checkpoint]), fingerprint(tensors) == hash else {
                throw LoamError(
                    .badData, "the tensors do not belong to checkpoint.json", at: folder[.checkpoint].path,
                    advice: "Start again with --force.")
            }
        }
        try metrics.rewind(to: checkpoint.records)
        return (checkpoint.state, checkpoint.tensors == nil ? nil : folder[.checkpoint])
    }

    private func promote(_ next: URL) throws {
        try WholeFile.move(next, to: folder[.checkpoint])
    }
}
