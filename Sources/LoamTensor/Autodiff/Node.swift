import Synchronization

/// One recorded operation: where a value came from and how to carry a derivative back through it.
///
/// There is no tape. Each tracked tensor holds its node, each node its parents; what nobody holds is freed. Gradients may nest:
/// every `gradient` call opens a *scope* with a number larger than those of the scopes around it, and a node knows the outermost
/// and innermost scope it depends on. A backward pass of scope s keeps history only for what also depends on an outer scope
/// (`outermostScope < s`), so a first derivative records nothing while it runs backwards and a second one records exactly what it needs.
///
/// Saved tensors are captured by pullbacks without their history; a ``Sweep`` gives it back where an outer scope needs it. That
/// keeps the graph free of reference cycles, and lets the destructor take it apart without recursion.
class Node: @unchecked Sendable {
    final let outermostScope: UInt64
    final let innermostScope: UInt64
    /// Longer than any parent's: processing nodes by falling depth visits children before parents.
    final let depth: Int
    final var parent0: Node?
    final var parent1: Node?
    final var parent2: Node?
    final var furtherParents: [Node?]

    init(parents p0: Node?, _ p1: Node? = nil, _ p2: Node? = nil, further: [Node?] = []) {
        parent0 = p0
        parent1 = p1
        parent2 = p2
        furtherParents = further
        var outer = UInt64.max
        var inner: UInt64 = 0
        var deepest = 0
        @inline(__always) func include(_ parent: Node?) {
            guard let parent else { return }
            outer = Swift.min(outer, parent.outermostScope)
            inner = Swift.max(inner, parent.innermostScope)
            deepest = Swift.max(deepest, parent.depth)
        }
        include(p0)
        include(p1)
        include(p2)
        for parent in further { include(parent) }
        outermostScope = outer
        innermostScope = inner
        depth = deepest &+ 1
    }

    /// A variable of scope `scope`; `upstream` is the history that the value has in the scopes around.
    init(variableOf scope: UInt64, upstream: Node?) {
        parent0 = upstream
        parent1 = nil
        parent2 = nil
        furtherParents = []
        outermostScope = Swift.min(scope, upstream?.outermostScope ?? scope)
        innermostScope = scope
        depth = (upstream?.depth ?? 0) &+ 1
    }

    final func parent(_ index: Int) -> Node? {
        switch index {
        case 0: parent0
        case 1: parent1
        case 2: parent2
        default: furtherParents[index - 3]
        }
    }

    /// Carries a cotangent of this node's value to its parents.
    func pullBack(_ cotangent: AnyObject, in sweep: Sweep) {}

    /// Frees what the pullback saved, once no pass will need it again.
    func release() {}

    private var isLeafless: Bool { parent0 == nil && parent1 == nil && parent2 == nil && furtherParents.isEmpty }

    deinit {
        if isLeafless { return }
        // A chain of a million operations must not unwind a million stack frames: parents that only we hold are
        // taken apart in a loop.
        var pending: [Node] = []
        func detach(_ node: Node) {
            if let parent = node.parent0 { pending.append(parent) }
            if let parent = node.parent1 { pending.append(parent) }
            if let parent = node.parent2 { pending.append(parent) }
            for case .some(let parent) in node.furtherParents { pending.append(parent) }
            node.parent0 = nil
            node.parent1 = nil
            node.parent2 = nil
            node.furtherParents = []
        }
        detach(self)
        while var node = pending.popLast() {
            if isKnownUniquelyReferenced(&node) { detach(node) }
        }
    }
}

/// A node whose value is a tensor of `Scalar`.
final class OperationNode<Scalar: TensorScalar>: Node, @unchecked Sendable {
    typealias Pullback = (Tensor<Scalar>, PullbackContext) -> Void
    private var pullback: Pullback?

    init(parents p0: Node?, _ p1: Node? = nil, _ p2: Node? = nil, further: [Node?] = [], pullback: @escaping Pullback) {
        self.pullback = pullback
        super.init(parents: p0, p1, p2, further: further)
    }

    override init(variableOf scope: UInt64, upstream: Node?) {
        pullback = nil
        super.init(variableOf: scope, upstream: upstream)
        if upstream != nil { pullback = { cotangent, context in context.accumulate(cotangent, into: 0) } }
    }

    override func pullBack(_ cotangent: AnyObject, in sweep: Sweep) {
        let value = unsafeDowncast(cotangent, to: Cotangent<Scalar>.self).value!
        pullback?(value, PullbackContext(node: self, sweep: sweep))
    }

    override func release() { pullback = nil }
}

/// The running sum of what flows back into a node.
final class Cotangent<Scalar: TensorScalar> {
    var value: Tensor<Scalar>?
    init(_ value: Tensor<Scalar>) { self.value = value }
}

/// What a pullback is given: access to history where an outer gradient needs it, and the parents to send cotangents to.
struct PullbackContext {
    fileprivate let node: Node
    fileprivate let sweep: Sweep

    init(node: Node, sweep: Sweep) {
        self.node = node
        self.sweep = sweep
    }

    /// True when parent `index` leads to what is being differentiated for; work for others can be skipped.
    @inline(__always)
    func needs(_ index: Int) -> Bool {
        guard let parent = node.parent(index) else { return false }
        return parent.innermostScope >= sweep.scope
    }

    /// True when the pass itself is being differentiated by an outer scope.
    var isDifferentiated: Bool { node.outermostScope < sweep.scope }

    /// The saved input `index`, with its history where an outer scope will differentiate this pass.
    @inline(__always)
    func input<Scalar>(_ saved: Tensor<Scalar>, _ index: Int) -> Tensor<Scalar> {
        guard let parent = node.parent(index), parent.outermostScope < sweep.scope else { return saved }
        var tracked = saved
        tracked.node = parent
        return tracked
    }

    /// The saved result of the operation, likewise.
    @inline(__always)
    func output<Scalar>(_ saved: Tensor<Scalar>) -> Tensor<Scalar> {
        guard isDifferentiated else { return saved }
        var tracked = saved
        tracked.node = node
        return tracked
    }

    /// Adds `cotangent` to what parent `index` receives.
    @inline(__always)
    func accumulate<Scalar: TensorScalar>(_ cotangent: @autoclosure () -> Tensor<Scalar>, into index: Int) {
        guard let parent = node.parent(index), parent.innermostScope >= sweep.scope else { return }
        sweep.add(cotangent(), to: parent)
    }
}

/// Numbers of gradient scopes; a later scope has a larger one.
private let scopeCounter = Atomic<UInt64>(1)

func openScope() -> UInt64 { scopeCounter.wrappingAdd(1, ordering: .relaxed).newValue }
