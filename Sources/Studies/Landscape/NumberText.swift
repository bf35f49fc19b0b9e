import Foundation

/// A number as a person writes it.
func short(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
}

/// A number with a fixed number of decimals.
func fixed(_ value: Double, _ decimals: Int) -> String { String(format: "%.\(decimals)f", value) }

/// A number with a few significant digits.
func brief(_ value: Double, _ digits: Int = 4) -> String { String(format: "%.\(digits)g", value) }
