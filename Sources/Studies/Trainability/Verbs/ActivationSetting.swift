import LoamRuns

extension Activation {
    /// The activation that a configuration's `key` names or writes as a formula.
    ///
    /// - Throws: what is unknown, with the nearest name, or where the mistake in the formula is.
    static func configured(_ text: String, key: String) throws(ConfigurationError) -> Activation {
        do {
            return try Activation(named: text)
        } catch {
            guard isWord(text) else { throw ConfigurationError(key: key, (error as? TrainabilityError)?.problem ?? "\(error)") }
            throw ConfigurationError(
                key: key, "unknown activation", found: text.isEmpty ? "nothing" : text, allowed: names.joined(separator: ", "),
                nearest: nearestMatch(to: text.lowercased(), in: all.map(\.name)))
        }
    }
}
