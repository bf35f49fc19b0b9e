import LoamTensor

/// Something that walks through a module's parameters, buffers and children.
///
/// Inside ``Module/visit(_:)`` call `parameter`, `buffer`, `counter`, `child` and `children`. To write a visitor of one's own,
/// implement those requirements that have no default.
public protocol ParameterVisitor<Scalar> {
    /// The floating-point type of the tensors.
    associatedtype Scalar: TensorScalar

    /// A tensor that is trained.
    mutating func parameter(_ name: String, _ tensor: inout Tensor<Scalar>)

    /// A tensor that belongs to the model's state but is not trained, such as a running mean.
    mutating func buffer(_ name: String, _ tensor: inout Tensor<Scalar>)

    /// An integer that belongs to the model's state, such as the number of batches seen.
    mutating func counter(_ name: String, _ value: inout Int)

    /// What follows belongs to the child `name`, until ``leave()``.
    mutating func enter(_ name: String)

    /// The end of what the last ``enter(_:)`` began.
    mutating func leave()
}

extension ParameterVisitor {
    /// Ignores the tensor.
    public mutating func buffer(_ name: String, _ tensor: inout Tensor<Scalar>) {}
    /// Ignores the count.
    public mutating func counter(_ name: String, _ value: inout Int) {}
    /// Does nothing.
    public mutating func enter(_ name: String) {}
    /// Does nothing.
    public mutating func leave() {}

    /// A parameter that may be absent, such as the bias of a layer without one.
    public mutating func parameter(_ name: String, _ tensor: inout Tensor<Scalar>?) {
        guard tensor != nil else { return }
        parameter(name, &tensor!)
    }

    /// A module inside the module.
    public mutating func child<Child: Module>(_ name: String, _ child: inout Child) where Child.Scalar == Scalar {
        enter(name)
        child.visit(&self)
        leave()
    }

    /// A module that may be absent.
    public mutating func child<Child: Module>(_ name: String, _ child: inout Child?) where Child.Scalar == Scalar {
        guard child != nil else { return }
        self.child(name, &child!)
    }

    /// A module whose type is known only at run time.
    public mutating func child(_ name: String, _ child: inout any Layer<Scalar>) {
        enter(name)
        visitOpened(&child)
        leave()
    }

    /// A list of modules, named `name.0`, `name.1`, …
    public mutating func children<Child: Module>(_ name: String, _ list: inout [Child]) where Child.Scalar == Scalar {
        enter(name)
        for index in list.indices { child(String(index), &list[index]) }
        leave()
    }

    private mutating func visitOpened<Child: Module>(_ child: inout Child) where Child.Scalar == Scalar {
        child.visit(&self)
    }
}

/// Gathers the parameters without their names.
struct TensorCollector<Scalar: TensorScalar>: ParameterVisitor {
    var tensors: [Tensor<Scalar>] = []

    mutating func parameter(_ name: String, _ tensor: inout Tensor<Scalar>) { tensors.append(tensor) }
}

/// Replaces the parameters, in order.
struct TensorAssigner<Scalar: TensorScalar>: ParameterVisitor {
    let tensors: [Tensor<Scalar>]
    var position = 0

    init(_ tensors: [Tensor<Scalar>]) { self.tensors = tensors }

    mutating func parameter(_ name: String, _ tensor: inout Tensor<Scalar>) {
        tensor = tensors[position]
        position += 1
    }
}

/// Gathers the parameters' dotted names and shapes.
struct LayoutCollector<Scalar: TensorScalar>: ParameterVisitor {
    var names: [String] = []
    var shapes: [Shape] = []
    private var path = NamePath()

    mutating func parameter(_ name: String, _ tensor: inout Tensor<Scalar>) {
        names.append(path.full(name))
        shapes.append(tensor.shape)
    }
    mutating func enter(_ name: String) { path.enter(name) }
    mutating func leave() { path.leave() }
}

/// The dotted name of the module that a visitor is in.
struct NamePath {
    private var prefix = ""
    private var lengths: [Int] = []

    func full(_ name: String) -> String { prefix + name }

    mutating func enter(_ name: String) {
        lengths.append(prefix.utf8.count)
        prefix += name
        prefix += "."
    }

    mutating func leave() {
        prefix = String(prefix.utf8.prefix(lengths.removeLast()))!
    }
}

/// Remembers buffers and counts, or puts them back.
struct BufferSnapshot<Scalar: TensorScalar>: ParameterVisitor {
    private var buffers: [Tensor<Scalar>] = []
    private var counts: [Int] = []
    private var isRestoring = false
    private var position = (buffer: 0, count: 0)

    init<Model: Module>(of model: inout Model) where Model.Scalar == Scalar { model.visit(&self) }

    /// Gives the model the remembered values.
    mutating func restore<Model: Module>(_ model: inout Model) where Model.Scalar == Scalar {
        isRestoring = true
        position = (0, 0)
        model.visit(&self)
    }

    mutating func parameter(_ name: String, _ tensor: inout Tensor<Scalar>) {}

    mutating func buffer(_ name: String, _ tensor: inout Tensor<Scalar>) {
        if isRestoring {
            tensor = buffers[position.buffer]
            position.buffer += 1
        } else {
            buffers.append(tensor)
        }
    }

    mutating func counter(_ name: String, _ value: inout Int) {
        if isRestoring {
            value = counts[position.count]
            position.count += 1
        } else {
            counts.append(value)
        }
    }
}
