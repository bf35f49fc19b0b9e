import Foundation

extension RunSession {
    /// One cell, computed in rank 0 with all its threads; its value in all ranks.
    func cell<Value: Codable>(_ id: String, inputs: [String: String], _ compute: (CellContext) throws -> Value) throws -> Value {
        claim([id])
        return try coordination.shared {
            try checkInterruption()
            if let (_, cell) = storedCell(id, inputs: inputs, as: Value.self) {
                try publish(cell.records, warnings: cell.warnings)
                return cell.value
            }
            let records = CellRecords()
            let value = try compute(CellContext(session: self, records: records) { _, _ in })
            let data = try JSON.encode(CellFile(id, of: settings, inputs: inputs, records, value))
            try storeCell(id, data)
            // What a resumed run reads back is what this one goes on with.
            return try JSON.decode(CellFile<Value>.self, from: data).value
        }
    }

    /// Many cells, computed in all ranks.
    func cells<Job: Sendable, Value: Codable & Sendable>(
        _ jobs: [Job], id: (Job) -> String, inputs: [String: String], atATime: Int?, span: ClosedRange<Double>,
        finished: @escaping @Sendable (Job, Value) -> Void, _ compute: @escaping @Sendable (Job, CellContext) throws -> Value
    ) throws -> [Value] {
        let ids = jobs.map(id)
        claim(ids)
        try checkInterruption()
        let map = CellMap(self, jobs, ids: ids, inputs: inputs, span: span, finished: finished, compute: compute)
        return try map.values(atATime: atATime ?? settings.threads)
    }

    private func claim(_ ids: [String]) {
        for id in ids {
            let isNew = isNewCell(id)
            precondition(isNew, "RunContext.cell: the id '\(id)' is used twice")
        }
    }

    private func path(_ id: String) -> String { "\(RunFolder.File.cells.rawValue)/\(CellName.file(for: id))" }

    /// The cell that an earlier session has stored, if it belongs to this configuration and these inputs.
    func storedCell<Value: Codable>(
        _ id: String, inputs: [String: String], as type: Value.Type
    ) -> (data: Data, cell: CellFile<Value>)? {
        guard let data = try? Data(contentsOf: folder.url.appending(path: path(id))) else { return nil }
        if let cell = try? JSON.decode(CellFile<Value>.self, from: data), cell.id == id, cell.configurationHash == settings.hash,
            cell.inputs == inputs
        {
            log.info("cell \(id): finished earlier")
            return (data, cell)
        }
        log.warning("cell \(id): the stored result belongs to another configuration or other data; it is computed again")
        if let head = try? JSON.decode(CellHead.self, from: data), head.configurationHash == settings.hash {
            let changed = InputFiles.changed(head.inputs, inputs)
            if !changed.isEmpty {
                noteOnce("\(changed.joined(separator: ", ")) changed since cells were finished: they are computed again")
            }
        }
        return nil
    }

    /// What a cell was computed for.
    private struct CellHead: Decodable {
        let configurationHash: String
        let inputs: [String: String]
    }

    func storeCell(_ id: String, _ data: Data) throws {
        try folder.write(data, to: path(id))
        log.info("cell \(id): finished")
    }

    /// Makes the records and warnings of a finished cell part of the run.
    func publish(_ records: [ConfigurationValue], warnings: [String]) throws {
        for record in records {
            try metrics.append(JSON.encode(record))
            console.event("record", ["record": record])
        }
        for warning in warnings { warn(warning) }
    }
}
