/// One backward pass of a scope.
final class Sweep {
    let scope: UInt64
    /// Lets saved activations go as soon as they have been used; only when the pass cannot be run again.
    private let consumes: Bool
    private var slots = NodeTable()
    private var cotangents: [AnyObject?] = []
    private let variables: [Node]

    init(scope: UInt64, variables: [Node], consumes: Bool) {
        self.scope = scope
        self.variables = variables
        self.consumes = consumes
    }

    /// Runs from `output`, whose cotangent is `seed`, back to the scope's variables.
    func run<Scalar: TensorScalar>(from output: Node, seed: Tensor<Scalar>) {
        guard output.innermostScope >= scope else { return }
        let nodes = reachable(from: output)
        cotangents = Array(repeating: nil, count: nodes.count)
        cotangents[0] = Cotangent(seed)
        let isVariable = variableSlots()
        // Children are longer than their parents: by falling depth every cotangent is complete before it is pulled back. Graphs
        // that were found in order, such as chains, need no sorting.
        var order = Array(nodes.indices)
        if zip(nodes, nodes.dropFirst()).contains(where: { $0.depth < $1.depth }) { order.sort { nodes[$0].depth > nodes[$1].depth } }
        for slot in order {
            guard let cotangent = cotangents[slot], !isVariable.contains(slot) else { continue }
            let node = nodes[slot]
            node.pullBack(cotangent, in: self)
            cotangents[slot] = nil
            if consumes && node.outermostScope >= scope { node.release() }
        }
    }

    private func variableSlots() -> Set<Int> { Set(variables.compactMap { slots.slot(of: $0) }) }

    /// The nodes that depend on this scope or a later one, breadth first, each with its slot.
    private func reachable(from output: Node) -> [Node] {
        var nodes = [output]
        _ = slots.insert(output)
        func visit(_ parent: Node?) {
            guard let parent, parent.innermostScope >= scope, slots.insert(parent) else { return }
            nodes.append(parent)
        }
        var next = 0
        while next < nodes.count {
            let node = nodes[next]
            next += 1
            visit(node.parent0)
            visit(node.parent1)
            visit(node.parent2)
            for parent in node.furtherParents { visit(parent) }
        }
        return nodes
    }

    /// What has flowed into `variable`, or nil when nothing depends on it.
    func gradient<Scalar: TensorScalar>(of variable: Node) -> Tensor<Scalar>? {
        guard let slot = slots.slot(of: variable), let cotangent = cotangents[slot] else { return nil }
        return unsafeDowncast(cotangent, to: Cotangent<Scalar>.self).value
    }

    /// Adds a contribution to what `parent` receives.
    func add<Scalar: TensorScalar>(_ contribution: Tensor<Scalar>, to parent: Node) {
        guard let slot = slots.slot(of: parent) else { return }
        guard let existing = cotangents[slot] else {
            cotangents[slot] = Cotangent(contribution)
            return
        }
        let sum = unsafeDowncast(existing, to: Cotangent<Scalar>.self)
        var value = sum.value!
        sum.value = nil  // leaves `value` the only holder, so that adding may happen in place
        value.accumulate(contribution)
        sum.value = value
    }
}

/// Numbers nodes in the order of their insertion: an open-addressing table on their addresses, several times faster than a
/// `Dictionary` of `ObjectIdentifier`, which matters when an operation itself takes a microsecond. The nodes must outlive it.
struct NodeTable {
    private var addresses: [UInt]
    private var numbers: [Int32]
    private(set) var count = 0

    init() {
        addresses = Array(repeating: 0, count: 128)
        numbers = Array(repeating: 0, count: 128)
    }

    /// The position where `address` is or would be.
    @inline(__always)
    private func position(of address: UInt) -> Int {
        let mask = addresses.count &- 1
        var position = Int(truncatingIfNeeded: (address &* 0x9E37_79B9_7F4A_7C15) &>> 20) & mask
        while addresses[position] != 0 && addresses[position] != address { position = (position &+ 1) & mask }
        return position
    }

    @inline(__always)
    private func address(of node: Node) -> UInt { UInt(bitPattern: Unmanaged.passUnretained(node).toOpaque()) }

    /// Gives `node` the next number; false when it has one already.
    mutating func insert(_ node: Node) -> Bool {
        if 2 &* count >= addresses.count { grow() }
        let address = address(of: node)
        let position = position(of: address)
        if addresses[position] == address { return false }
        addresses[position] = address
        numbers[position] = Int32(truncatingIfNeeded: count)
        count &+= 1
        return true
    }

    /// The number of `node`, or nil when it was never inserted.
    func slot(of node: Node) -> Int? {
        let address = address(of: node)
        let position = position(of: address)
        return addresses[position] == address ? Int(numbers[position]) : nil
    }

    private mutating func grow() {
        let old = (addresses, numbers)
        addresses = Array(repeating: 0, count: old.0.count * 4)
        numbers = Array(repeating: 0, count: old.0.count * 4)
        for (index, address) in old.0.enumerated() where address != 0 {
            let position = position(of: address)
            addresses[position] = address
            numbers[position] = old.1[index]
        }
    }
}
