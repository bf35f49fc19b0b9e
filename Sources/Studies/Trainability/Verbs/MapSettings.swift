import LoamRuns

// The settings of a map under the flat keys of another verb, which leaves out those that it decides itself.

extension MapConfiguration {
    /// The fields of a map but those with the given keys.
    static func fields(without keys: Set<String>) -> [Field] { fields.filter { !keys.contains($0.key) } }

    /// What a verb's configuration says of its map; the keys that it does not have are as in `MapConfiguration()`.
    init(from decoder: any Decoder, without keys: Set<String>) throws {
        var values = MapConfiguration.mapping(try JSON.decode(ConfigurationValue.self, from: JSON.encode(MapConfiguration())))
        for (key, value) in MapConfiguration.mapping(try ConfigurationValue(from: decoder)) where !keys.contains(key) {
            values[key] = value
        }
        self = try JSON.decode(MapConfiguration.self, from: JSON.encode(ConfigurationValue.mapping(values)))
    }

    /// Writes the keys of a map but the given ones beside what a verb's configuration writes itself.
    func encode(to encoder: any Encoder, without keys: Set<String>) throws {
        let values = MapConfiguration.mapping(try JSON.decode(ConfigurationValue.self, from: JSON.encode(self)))
        try ConfigurationValue.mapping(values.filter { !keys.contains($0.key) }).encode(to: encoder)
    }

    /// For verbs with one set of heads a network.
    func validateOneHeadSolver() throws(ConfigurationError) {
        if headSolver == .both {
            throw ConfigurationError(
                key: "headSolver", "there is one set of heads here", found: "both",
                allowed: "adam or ridge; `map` shows both beside each other")
        }
    }

    private static func mapping(_ value: ConfigurationValue) -> [String: ConfigurationValue] {
        guard case .mapping(let values) = value else { return [:] }
        return values
    }
}
