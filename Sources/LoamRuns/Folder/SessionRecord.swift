import Foundation

/// One start of a run in `environment.json`, beside its `config.yaml`.
struct SessionRecord {
    private let folder: RunFolder
    private var environment: RunEnvironment

    /// Writes both files; on all ranks but the first, nothing.
    init(_ settings: RunSettings, ranks: Int, _ commandLine: [String], fields: [Field], in folder: RunFolder) throws {
        self.folder = folder
        try folder.write(Data(settings.yaml(fields: fields).utf8), to: RunFolder.File.configuration.rawValue)
        environment = RunEnvironment.current()
        environment.sessions = (try? JSON.decode(RunEnvironment.self, from: Data(contentsOf: folder[.environment])))?.sessions ?? []
        environment.sessions.append(
            .init(
                started: Date(), finished: nil, seconds: nil, threads: settings.threads, ranks: ranks, commandLine: commandLine,
                inputs: settings.inputs.isEmpty ? nil : settings.inputs, status: "running"))
        try folder.write(JSON.encode(environment, pretty: true), to: RunFolder.File.environment.rawValue)
    }

    mutating func finish(_ status: RunResults.Status, seconds: Double) throws {
        let last = environment.sessions.count - 1
        environment.sessions[last].finished = Date()
        environment.sessions[last].seconds = seconds
        environment.sessions[last].status = status.rawValue
        try folder.write(JSON.encode(environment, pretty: true), to: RunFolder.File.environment.rawValue)
    }
}
