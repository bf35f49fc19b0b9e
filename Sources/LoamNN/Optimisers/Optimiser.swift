import LoamTensor

/// A rule that turns gradients into changes of parameters, with the state it keeps between steps.
///
/// An optimiser is a value: a copy continues independently. Formulas and defaults are PyTorch's, so that results can be compared
/// number by number.
public protocol Optimiser<Scalar>: Sendable {
    /// The floating-point type of the parameters.
    associatedtype Scalar: TensorScalar

    /// The step size η; schedules set it before each step.
    var learningRate: Double { get set }

    /// The number of steps taken.
    var steps: Int { get }

    /// Starts a step for parameters of these shapes: advances the count and makes room for the state.
    mutating func beginStep(_ shapes: [Shape])

    /// Changes parameter number `index`; called once for each in every step.
    mutating func update(_ index: Int, _ parameter: inout Tensor<Scalar>, gradient: Tensor<Scalar>)

    /// The state between steps, named `<slot>.<parameter>`, with the count of steps under `step`.
    func stateDictionary(for layout: ParameterLayout) -> StateDictionary<Scalar>

    /// Continues from a state that ``stateDictionary(for:)`` gave.
    ///
    /// - Throws: ``StateDictionaryError`` where the state is of another rule or another model.
    mutating func load(_ state: StateDictionary<Scalar>, for layout: ParameterLayout) throws
}

extension Optimiser {
    /// One step for all parameters of `model`, in place.
    public mutating func step<Model: Module>(_ model: inout Model, gradient: ParameterVector<Scalar>) where Model.Scalar == Scalar {
        beginStep(gradient.layout.shapes)
        withUnsafeMutablePointer(to: &self) { optimiser in
            var visitor = UpdateVisitor(optimiser: optimiser, gradients: gradient.tensors)
            model.visit(&visitor)
            precondition(
                visitor.position == gradient.tensors.count,
                "step: the gradient has \(gradient.tensors.count) tensors, the model \(visitor.position)")
        }
    }

    /// One step for a vector of parameters, in place.
    public mutating func step(_ parameters: inout ParameterVector<Scalar>, gradient: ParameterVector<Scalar>) {
        parameters.requireSameLayout(gradient, "step")
        beginStep(gradient.layout.shapes)
        parameters.updateEach { index, tensor in update(index, &tensor, gradient: gradient.tensors[index]) }
    }
}

private struct UpdateVisitor<Method: Optimiser>: ParameterVisitor {
    typealias Scalar = Method.Scalar
    let optimiser: UnsafeMutablePointer<Method>
    let gradients: [Tensor<Scalar>]
    var position = 0

    mutating func parameter(_ name: String, _ tensor: inout Tensor<Scalar>) {
        precondition(
            position < gradients.count && tensor.shape == gradients[position].shape,
            "step: the gradient does not fit parameter '\(name)' of shape \(tensor.shape)")
        optimiser.pointee.update(position, &tensor, gradient: gradients[position])
        position += 1
    }
}

/// The tensors that an optimiser keeps for every parameter, such as first moments.
struct OptimiserSlot<Scalar: TensorScalar>: Sendable {
    let name: String
    private(set) var tensors: [Tensor<Scalar>] = []

    init(_ name: String) { self.name = name }

    /// Makes zeros at the first step; later the shapes must be the same.
    mutating func prepare(_ shapes: [Shape]) {
        if tensors.isEmpty { tensors = shapes.map { Tensor.zeros($0) } }
        precondition(
            tensors.count == shapes.count, "optimiser: the state is for \(tensors.count) parameters, the step for \(shapes.count)")
    }

    /// The memory of tensor `index`, which nobody else holds.
    @inline(__always)
    mutating func withPointer(_ index: Int, _ body: (UnsafeMutablePointer<Scalar>) -> Void) {
        tensors[index].withUnsafeMutablePointer(body)
    }

    func store(in state: inout StateDictionary<Scalar>, _ layout: ParameterLayout) {
        for (index, tensor) in tensors.enumerated() { state["\(name).\(layout.names[index])"] = .tensor(tensor) }
    }

    mutating func restore(_ tensors: [Tensor<Scalar>]) { self.tensors = tensors }
}

/// Saves and restores a count of steps and some slots.
enum OptimiserState {
    static func dictionary<Scalar>(steps: Int, _ slots: [OptimiserSlot<Scalar>], _ layout: ParameterLayout) -> StateDictionary<Scalar> {
        var state = StateDictionary<Scalar>()
        state["step"] = .integer(steps)
        for slot in slots { slot.store(in: &state, layout) }
        return state
    }

    /// The count of steps and the tensors of every slot, checked against the layout.
    static func read<Scalar>(
        _ state: StateDictionary<Scalar>, _ slots: [String], _ layout: ParameterLayout
    ) throws -> (steps: Int, tensors: [[Tensor<Scalar>]]) {
        var missing: [String] = []
        var mismatched: [StateDictionaryError.Mismatch] = []
        var expected: Set<String> = ["step"]
        let steps = state.integer("step")
        if steps == nil { missing.append("step") }
        // Before the first step there are no slots.
        let isFresh = steps == 0
        var result: [[Tensor<Scalar>]] = []
        for slot in slots {
            var tensors: [Tensor<Scalar>] = []
            for (name, shape) in zip(layout.names, layout.shapes) where !isFresh {
                let key = "\(slot).\(name)"
                expected.insert(key)
                guard let tensor = state.tensor(key) else {
                    missing.append(key)
                    continue
                }
                if tensor.shape != shape { mismatched.append(.init(name: key, expected: "shape \(shape)", found: "shape \(tensor.shape)")) }
                tensors.append(tensor)
            }
            result.append(tensors)
        }
        let unexpected = state.names.filter { !expected.contains($0) }
        guard missing.isEmpty, unexpected.isEmpty, mismatched.isEmpty else {
            throw StateDictionaryError(missing: missing, unexpected: unexpected, mismatched: mismatched)
        }
        return (steps!, result)
    }
}
