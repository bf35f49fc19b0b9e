import Foundation
import LoamRuns
import Testing

func finding(_ value: Double, _ comparison: Finding.Comparison, standardError: Double? = nil) -> Finding {
    Finding(id: "x", quantity: "q", value: value, standardError: standardError, comparison, source: "theorem 1")
}

@Suite struct FindingTests {
    @Test(arguments: [
        (1.05, Finding.Comparison.within(reference: 1, tolerance: 0.1), Finding.Verdict.passed),
        (1.2, .within(reference: 1, tolerance: 0.1), .failed),
        (0.9, .within(reference: 1, tolerance: 0.125), .passed),
        (.infinity, .within(reference: .infinity, tolerance: 0), .passed),
        (.infinity, .within(reference: 1, tolerance: 1e300), .failed),
        (0.5, .atLeast(reference: 0.5, tolerance: 0), .passed),
        (0.4, .atLeast(reference: 0.5, tolerance: 0), .failed),
        (0.4, .atLeast(reference: 0.5, tolerance: 0.2), .passed),
        (0.6, .atMost(reference: 0.5, tolerance: 0), .failed),
        (0.6, .atMost(reference: 0.5, tolerance: 0.2), .passed),
        (-3, .between(lower: -3, upper: 2, tolerance: 0), .passed),
        (2.1, .between(lower: -3, upper: 2, tolerance: 0), .failed),
        (2.1, .between(lower: -3, upper: 2, tolerance: 0.25), .passed),
        (9, .informational(reference: 1), .informational),
    ])
    func verdictFollowsFromTheNumbers(value: Double, comparison: Finding.Comparison, verdict: Finding.Verdict) {
        #expect(finding(value, comparison).verdict == verdict)
    }

    @Test(arguments: [
        Finding.Comparison.within(reference: 1, tolerance: .infinity), .atLeast(reference: 0, tolerance: 1),
        .atMost(reference: 0, tolerance: 1),
        .between(lower: 0, upper: 1, tolerance: 1),
    ])
    func notANumberFailsEveryJudgement(comparison: Finding.Comparison) {
        #expect(finding(.nan, comparison).verdict == .failed)
    }

    @Test(arguments: [
        Finding.Comparison.within(reference: 1, tolerance: 0.1), .atLeast(reference: 2, tolerance: 0),
        .atMost(reference: -.infinity, tolerance: 0),
        .between(lower: 0, upper: .infinity, tolerance: 0), .informational(reference: nil), .informational(reference: 3),
    ])
    func readsBackFromJSON(comparison: Finding.Comparison) throws {
        let original = finding(0.25, comparison, standardError: 0.01)
        #expect(try JSON.decode(Finding.self, from: JSON.encode(original)) == original)
    }

    @Test func verdictInAFileIsNotBelieved() throws {
        let text = String(decoding: try JSON.encode(finding(5, .within(reference: 1, tolerance: 0.1))), as: UTF8.self)
        #expect(text.contains("\"verdict\":\"failed\""))
        let forged = text.replacing("failed", with: "passed")
        #expect(try JSON.decode(Finding.self, from: Data(forged.utf8)).verdict == .failed)
    }

    @Test func fileHoldsTheNamedKeys() throws {
        let tree = try JSON.decode(
            [String: ConfigurationValue].self, from: JSON.encode(finding(5, .within(reference: 1, tolerance: 0.5), standardError: 2)))
        #expect(
            Set(tree.keys) == ["id", "quantity", "value", "standardError", "comparison", "reference", "tolerance", "source", "verdict"])
    }

    @Test(arguments: [(Double.nan, "\"nan\""), (.infinity, "\"inf\""), (-.infinity, "\"-inf\"")])
    func nonFiniteNumbersSurviveJSON(value: Double, text: String) throws {
        let data = try JSON.encode([value])
        #expect(String(decoding: data, as: UTF8.self) == "[\(text)]")
        let back = try JSON.decode([Double].self, from: data)[0]
        #expect(back == value || (back.isNaN && value.isNaN))
    }

    @Test func finiteNumbersReadBackBitForBit() throws {
        let values = [0.1, 1.0 / 3, 2.2250738585072014e-308, 1.7976931348623157e308, -0.0, 123456789.123456789]
        let back = try JSON.decode([Double].self, from: JSON.encode(values))
        #expect(zip(values, back).allSatisfy { $0 == $1 })
    }

    @Test(
        arguments: [
            (0.48213, 0.0131, "0.482 ± 0.013"), (12.3456, nil, "12.35"), (-19.03, nil, "−19.03"), (3.0e9, nil, "3·10⁹"),
            (1.5e-7, nil, "1.5·10⁻⁷"),
            (0.0, nil, "0"), (.nan, nil, "not a number"), (.infinity, nil, "∞"), (1234.5678, 20, "1235 ± 20"),
        ] as [(Double, Double?, String)])
    func numbersAreTypesetForPeople(value: Double, error: Double?, text: String) {
        #expect(NumberFormat.text(value, plusMinus: error) == text)
    }

    @Test func scoreboardShowsOursBesideTheReference() {
        let text = Scoreboard.text([
            finding(0.62, .atLeast(reference: 0.8, tolerance: 0)), finding(1.0, .within(reference: 1, tolerance: 0.1)),
        ])
        let lines = text.split(separator: "\n")
        #expect(lines[1].hasPrefix("✗") && lines[1].contains("0.62") && lines[1].contains("≥ 0.8"))
        #expect(lines[2].hasPrefix("✓"))
        #expect(lines[3] == "1 passed, 1 failed")
    }
}
