import Foundation

/// What is in `cost.json`: everything of a run that depends on the clock. The other files are the same whenever the run is repeated, on
/// however many processes, interrupted or not.
public struct RunCost: Codable, Sendable, Equatable {
    /// Values by key that have no reference.
    public var summary: [String: ConfigurationValue] = [:]
    /// Findings whose values were measured by the clock.
    public var findings: [Finding] = []
    /// Parts of the report that show such values.
    public var sections: [RunResults.Section] = []
    /// Columns by the path of the table they belong to and their name, in the order of its rows.
    public var columns: [String: [String: [Double]]] = [:]

    /// Nothing measured.
    public init() {}
}

extension RunResults {
    /// These results with what was measured by the clock, as reports and scoreboards show them.
    func adding(_ cost: RunCost) -> RunResults {
        var results = self
        results.findings += cost.findings
        results.sections += cost.sections
        results.summary.merge(cost.summary) { $1 }
        return results
    }
}

extension RunFolder {
    /// The values of `cost.json`; nil where there is none, or one of another version.
    public func cost() -> RunCost? {
        guard let data = try? Data(contentsOf: self[.cost]) else { return nil }
        return try? JSON.decode(RunCost.self, from: data)
    }
}
