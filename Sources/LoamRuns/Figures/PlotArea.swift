import Foundation

/// Where a panel's axes lie in a drawn SVG file, and which values their ends have: an invisible rectangle that scripts of the report, or
/// anyone's, can turn positions into values with.
struct PlotArea: Equatable {
    let panel: Int
    /// Pixels from the left and from the bottom.
    let left, right, bottom, top: Double
    let xLower, xUpper, yLower, yUpper: Double

    /// The command after a panel's `plot` that prints its area on the error stream.
    static func report(_ panel: Int) -> String {
        "print sprintf('plot-area \(panel) %.3f %.3f %.3f %.3f %.12g %.12g %.12g %.12g', GPVAL_TERM_XMIN, GPVAL_TERM_XMAX, GPVAL_TERM_YMIN, "
            + "GPVAL_TERM_YMAX, GPVAL_X_MIN, GPVAL_X_MAX, GPVAL_Y_MIN, GPVAL_Y_MAX)\n"
    }

    /// The areas in what gnuplot printed.
    static func reported(_ output: String) -> [PlotArea] {
        output.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.first == "plot-area", words.count == 10, let panel = Int(words[1]) else { return nil }
            let numbers = words.dropFirst(2).compactMap { Double($0) }
            guard numbers.count == 8 else { return nil }
            return PlotArea(
                panel: panel, left: numbers[0], right: numbers[1], bottom: numbers[2], top: numbers[3], xLower: numbers[4],
                xUpper: numbers[5], yLower: numbers[6], yUpper: numbers[7])
        }
    }

    /// The rectangle, in a picture of the given height.
    func element(height: Double) -> String {
        "<rect class=\"plot-area\" fill=\"none\" x=\"\(compact(left))\" y=\"\(compact(height - top))\" width=\"\(compact(right - left))\" "
            + "height=\"\(compact(top - bottom))\" data-panel=\"\(panel)\" data-x=\"\(compact(xLower)) \(compact(xUpper))\" "
            + "data-y=\"\(compact(yLower)) \(compact(yUpper))\"/>"
    }
}
