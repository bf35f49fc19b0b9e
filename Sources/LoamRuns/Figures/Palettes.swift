extension Palette {
    /// Equally spaced colours from low to high. Viridis and cividis: S. van der Walt, N. Smith; J. Nuñez, C. Anderton, R. Renslow (2018).
    /// Spectral: C. Brewer's RdYlBu, the colour-blind-safe one of her rainbow-like schemes.
    public var colors: [String] {
        switch self {
        case .viridis: ["#440154", "#482878", "#3E4A89", "#31688E", "#26828E", "#1F9E89", "#35B779", "#6DCD59", "#B4DE2C", "#FDE725"]
        case .cividis: ["#00204D", "#00336F", "#39486B", "#575C6D", "#707173", "#8A8779", "#A69D75", "#C4B56C", "#E4CF5B", "#FFEA46"]
        case .spectral:
            ["#A50026", "#D73027", "#F46D43", "#FDAE61", "#FEE090", "#FFFFBF", "#E0F3F8", "#ABD9E9", "#74ADD1", "#4575B4", "#313695"]
        case .grey: ["#FFFFFF", "#000000"]
        }
    }

    var gnuplot: String {
        "set palette defined (" + colors.enumerated().map { "\($0) '\($1)'" }.joined(separator: ", ") + ")"
    }
}

extension Color {
    /// M. Okabe and K. Ito, Color Universal Design (2008).
    public var hexadecimal: String {
        switch self {
        case .black: "#000000"
        case .blue: "#0072B2"
        case .orange: "#E69F00"
        case .green: "#009E73"
        case .vermillion: "#D55E00"
        case .purple: "#CC79A7"
        case .skyBlue: "#56B4E9"
        case .yellow: "#F0E442"
        case .grey: "#808080"
        case .lightGrey: "#C8C8C8"
        case .white: "#FFFFFF"
        }
    }

    /// The order in which marks without a colour of their own take one.
    static let sequence: [Color] = [.blue, .vermillion, .green, .orange, .purple, .skyBlue, .grey, .yellow]
}

/// The colours of axes and grids; the report recognises them and gives them the page's own.
enum Ink {
    static let axis = "#1a1a1b"
    static let grid = "#d9d9da"
}
