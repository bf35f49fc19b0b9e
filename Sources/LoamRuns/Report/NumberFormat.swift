import Foundation

/// Numbers for people.
public enum NumberFormat {
    /// Four significant digits, or as many as the standard error's second digit needs; a true minus sign and powers of ten.
    public static func text(_ value: Double, standardError: Double? = nil) -> String {
        guard value.isFinite else { return value.isNaN ? "not a number" : value > 0 ? "∞" : "−∞" }
        var digits = 4
        if let standardError, standardError > 0, standardError.isFinite, value != 0 {
            digits = max(1, min(12, Int((log10(abs(value)) - log10(standardError)).rounded(.down)) + 2))
        }
        return typeset(significant(value, digits))
    }

    /// A value with its standard error: "0.482 ± 0.013".
    public static func text(_ value: Double, plusMinus standardError: Double?) -> String {
        guard let standardError, standardError.isFinite else { return text(value) }
        return "\(text(value, standardError: standardError)) ± \(typeset(significant(standardError, 2)))"
    }

    fileprivate static func significant(_ value: Double, _ digits: Int) -> String {
        guard value != 0 else { return "0" }
        let exponent = Int(log10(abs(value)).rounded(.down))
        if exponent < -4 || exponent > 6 { return String(format: "%.\(digits - 1)e", value) }
        return String(format: "%.\(max(0, digits - 1 - exponent))f", value)
    }

    fileprivate static func typeset(_ text: String) -> String {
        let parts = text.split(separator: "e", maxSplits: 1)
        var mantissa = String(parts[0])
        if mantissa.contains(".") {
            mantissa = String(mantissa.reversed().drop { $0 == "0" }.reversed())
            if mantissa.hasSuffix(".") { mantissa.removeLast() }
        }
        mantissa = mantissa.replacing("-", with: "−")
        guard parts.count == 2, let exponent = Int(parts[1]) else { return mantissa }
        let superscripts: [Character] = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"]
        let digits = String(abs(exponent)).map { superscripts[$0.wholeNumberValue!] }
        return "\(mantissa)·10" + (exponent < 0 ? "⁻" : "") + String(digits)
    }
}

extension Finding {
    /// "0.482 ± 0.013".
    public var valueText: String { NumberFormat.text(value, plusMinus: standardError) }

    /// "0.5", "≥ 0.9", "0.3 to 0.5"; an en dash where there is none.
    public var referenceText: String {
        switch comparison {
        case .within(let reference, _): NumberFormat.text(reference)
        case .atLeast(let reference, _): "≥ " + NumberFormat.text(reference)
        case .atMost(let reference, _): "≤ " + NumberFormat.text(reference)
        case .between(let lower, let upper, _): "\(NumberFormat.text(lower)) to \(NumberFormat.text(upper))"
        case .informational(let reference): reference.map { NumberFormat.text($0) } ?? "–"
        }
    }

    /// The tolerance as the scoreboard shows it; a dash where there is none.
    public var toleranceText: String {
        guard let tolerance, tolerance != 0 else { return "–" }
        return "± \(NumberFormat.typeset(NumberFormat.significant(tolerance, 3)))"
    }
}
