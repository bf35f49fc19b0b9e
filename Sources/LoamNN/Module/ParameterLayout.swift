import LoamTensor

/// The names and shapes of a model's parameters, in order. Vectors of the same model share one.
public final class ParameterLayout: Sendable, Equatable {
    /// Dotted names, such as `layer1.0.conv1.weight`.
    public let names: [String]
    /// The shape of each parameter.
    public let shapes: [Shape]
    /// Where each parameter starts in the flattened vector; one more entry than there are parameters, the last being the total.
    public let offsets: [Int]
    private let positions: [String: Int]

    /// A layout of the given parameters; names must be distinct.
    public init(names: [String], shapes: [Shape]) {
        precondition(names.count == shapes.count, "ParameterLayout: \(names.count) names for \(shapes.count) shapes")
        self.names = names
        self.shapes = shapes
        var offsets = [0]
        for shape in shapes { offsets.append(offsets.last! + shape.elementCount) }
        self.offsets = offsets
        positions = Dictionary(names.enumerated().map { ($1, $0) }) { first, second in
            preconditionFailure("ParameterLayout: two parameters are named '\(names[second])' (positions \(first) and \(second))")
        }
    }

    /// The number of scalars in all parameters.
    public var scalarCount: Int { offsets.last! }

    /// The position of the parameter `name`, or nil where there is none.
    public func position(of name: String) -> Int? { positions[name] }

    public static func == (left: ParameterLayout, right: ParameterLayout) -> Bool {
        left === right || (left.names == right.names && left.shapes == right.shapes)
    }
}
