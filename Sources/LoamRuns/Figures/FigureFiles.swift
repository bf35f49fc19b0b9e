import Foundation

/// The files of one figure.
struct FigureFiles {
    let figure: Figure

    init(_ figure: Figure) { self.figure = figure }

    func write(to folder: RunFolder) throws {
    }
}

extension Figure {
    var size: (width: Double, height: Double) { (640, 420) }
}
