import ArgumentParser
import Foundation
import LoamRuns

/// `loam list [study]`.
struct ListCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "list", abstract: "Show studies, verbs and presets, and how long each takes.")
    }

    @Argument(help: "Show one study with its papers, presets and keys.", completion: .list(studies.map(\.name)))
    var study: String?
    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        var chosen = studies
        if let study {
            chosen = studies.filter { $0.name == study }
            if chosen.isEmpty { throw CommandWords.unknown("study", study, studies.map(\.name)) }
        }
        if json {
            let list = ConfigurationValue.list(chosen.map(Self.value))
            try StandardOutput.print(String(decoding: try JSON.encode(list, pretty: true), as: UTF8.self))
            return
        }
        if chosen.isEmpty { try StandardOutput.print("This build has no studies.") }
        for (index, entry) in chosen.enumerated() {
            if index > 0 { try StandardOutput.print("") }
            try StandardOutput.print(study == nil ? Self.short(entry) : Self.long(entry))
        }
        if study == nil, !chosen.isEmpty {
            try StandardOutput.print("\n* featured. Run one with: loam <study> <verb> --preset <preset>; more with: loam list <study>")
        }
    }

    static func short(_ study: Study) -> String {
        var rows: [[String]] = []
        for verb in study.verbs {
            for (index, preset) in verb.presets.enumerated() {
                let isFeatured = study.featured == .init(verb: verb.name, preset: preset.name)
                rows.append([
                    "  " + (index == 0 ? verb.name : ""), preset.name + (isFeatured ? " *" : ""), "quick \(duration(preset.quickSeconds))",
                    "paper \(duration(preset.paperSeconds))", preset.publishedSeconds.map { "published \(duration($0))" } ?? "",
                    preset.summary,
                ])
            }
        }
        return "\(study.name): \(study.title)\n" + Scoreboard.table(rows)
    }

    static func long(_ study: Study) -> String {
        var text = "\(study.name): \(study.title)\n\(study.summary)\nPaper: \(study.paper)\n"
        for verb in study.verbs {
            text += "\n\(study.name) \(verb.name) (\(verb.kind.rawValue)): \(verb.summary)\n"
            text +=
                Scoreboard.table(
                    verb.presets.map {
                        [
                            "  \($0.name)", "quick \(duration($0.quickSeconds))", "paper \(duration($0.paperSeconds))",
                            $0.publishedSeconds.map { "published \(duration($0))" } ?? "", $0.summary, $0.source,
                        ]
                    }) + "\n"
            text += Scoreboard.table(verb.fields.map { ["    --set \($0.key)=…", $0.summary, "\($0.domain)"] }) + "\n"
        }
        return text
    }

    static func value(_ study: Study) -> ConfigurationValue {
        .mapping([
            "name": .text(study.name), "title": .text(study.title), "summary": .text(study.summary), "paper": .text(study.paper),
            "featured": .text("\(study.featured.verb)/\(study.featured.preset)"),
            "verbs": .list(
                study.verbs.map { verb in
                    .mapping([
                        "name": .text(verb.name), "kind": .text(verb.kind.rawValue), "summary": .text(verb.summary),
                        "presets": .list(
                            verb.presets.map {
                                .mapping([
                                    "name": .text($0.name), "summary": .text($0.summary), "source": .text($0.source),
                                    "quickSeconds": .number($0.quickSeconds), "paperSeconds": .number($0.paperSeconds),
                                    "publishedSeconds": $0.publishedSeconds.map(ConfigurationValue.number) ?? .null,
                                ])
                            }),
                        "keys": .list(
                            verb.fields.map {
                                .mapping(["key": .text($0.key), "summary": .text($0.summary), "allowed": .text("\($0.domain)")])
                            }),
                    ])
                }),
        ])
    }
}
