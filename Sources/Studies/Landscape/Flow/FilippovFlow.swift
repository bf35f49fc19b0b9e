import LoamDynamics

/// Event-driven integration of the differential inclusion: Dormand–Prince steps with all gates held, cut where the first gate switches.
///
/// At a kink the velocities normal to it with the gate off and on decide: both point the same way, the trajectory crosses; they point at
/// each other, it slides with the gate in between. A slide ends where the gate's value leaves [0, 1].
struct FilippovFlow {
    private let settings: GradientFlow
    private let problem: ShallowProblem

    init(_ settings: GradientFlow, _ problem: ShallowProblem) {
        self.settings = settings
        self.problem = problem
    }

    private struct Gate {
        var neuron: Int
        var line: Int
    }

    func integrate(_ network: ShallowNetwork, _ times: [Double]) -> FlowTrajectory {
        let architecture = network.architecture
        let end = times.last!
        var trajectory = FlowTrajectory(architecture: architecture)
        trajectory.record(0, network.parameters, loss: problem.loss(network.parameters))
        let gated = GatedField(problem, decay: settings.decay)
        let stepper = DormandPrinceStepper(
            dimension: architecture.parameterCount,
            tolerances: Tolerances(relative: settings.relativeTolerance, absolute: settings.absoluteTolerance))
        let field: VectorField = { _, theta, rate in gated.velocity(theta, rate) }
        var open: [Int: (interval: SlidingInterval, integral: Double)] = [:]  // by neuron·lines + line
        begin(gated, network, &trajectory, &open)
        stepper.start(at: 0, from: network.parameters, field)
        let lineCount = gated.lines.count
        var next = 0
        // Gates that switch and gates that slide, in ascending (neuron, line).
        var moving: [Gate] = []
        var sliding: [Gate] = []
        func list() {
            moving.removeAll(keepingCapacity: true)
            sliding.removeAll(keepingCapacity: true)
            for k in 0..<architecture.hidden {
                for line in 0..<lineCount {
                    if gated.sliding[k].contains(line) {
                        sliding.append(Gate(neuron: k, line: line))
                    } else {
                        moving.append(Gate(neuron: k, line: line))
                    }
                }
            }
        }
        list()
        while stepper.time < end {
            switch stepper.step(until: end, field) {
            case .accepted: break
            case .stalled: trajectory.status = .stalled
            case .notFinite: trajectory.status = .diverged
            }
            guard trajectory.status == .finished else { break }
            let root = stepper.earliestRoot(
                count: moving.count + 2 * sliding.count,
                direction: { $0 < moving.count ? .either : .falling }
            ) { index, _, theta in
                if index < moving.count { return gated.distance(moving[index].neuron, moving[index].line, theta) }
                let gate = sliding[(index - moving.count) / 2]
                gated.forward(theta)
                let position = gated.sliding[gate.neuron].firstIndex(of: gate.line)!
                let value = gated.multipliers(gate.neuron, theta)[position]
                return (index - moving.count) % 2 == 0 ? value : 1 - value
            }
            if let root { stepper.cut(at: root.time) }
            while next < times.count, times[next] <= stepper.time {
                var theta = [Double](repeating: 0, count: architecture.parameterCount)
                theta.withUnsafeMutableBufferPointer { stepper.interpolate(at: times[next], into: $0.baseAddress!) }
                trajectory.record(times[next], theta, loss: problem.loss(theta))
                next += 1
            }
            if !sliding.isEmpty {
                gated.forward(stepper.state)
                let span = stepper.time - stepper.previousTime
                for k in 0..<architecture.hidden where !gated.sliding[k].isEmpty {
                    for (line, value) in zip(gated.sliding[k], gated.multipliers(k, stepper.state)) {
                        open[k * lineCount + line]?.integral += span * min(1, max(0, value))
                    }
                }
            }
            guard let root else { continue }
            if root.index < moving.count {
                meet(moving[root.index], isRising: root.isRising, stepper, gated, &trajectory, &open)
            } else {
                let gate = sliding[(root.index - moving.count) / 2]
                let isOn = (root.index - moving.count) % 2 == 1
                gated.isOn[gate.neuron * lineCount + gate.line] = isOn
                gated.sliding[gate.neuron].removeAll { $0 == gate.line }
                trajectory.events.append(GateEvent(time: stepper.time, neuron: gate.neuron, line: gate.line, kind: .slideEnded))
                close(gate, at: stepper.time, lineCount, &trajectory, &open)
                stepper.changeState { _ in }
            }
            list()
            if trajectory.events.count > settings.maximumEvents {
                trajectory.status = .tooManyEvents
                break
            }
        }
        if trajectory.status != .finished {
            let theta = Array(UnsafeBufferPointer(start: stepper.state, count: architecture.parameterCount))
            trajectory.record(stepper.time, theta, loss: problem.loss(theta))
        }
        for key in open.keys.sorted() {
            close(Gate(neuron: key / lineCount, line: key % lineCount), at: stepper.time, lineCount, &trajectory, &open)
        }
        trajectory.evaluations = stepper.statistics.evaluations
        return trajectory
    }

    /// The gates at the start. Weights exactly on a kink go to the side that the velocity there points to, or slide.
    private func begin(
        _ gated: GatedField, _ network: ShallowNetwork, _ trajectory: inout FlowTrajectory,
        _ open: inout [Int: (interval: SlidingInterval, integral: Double)]
    ) {
        network.parameters.withUnsafeBufferPointer { theta in
            let theta = theta.baseAddress!
            for k in 0..<network.architecture.hidden {
                for line in 0..<gated.lines.count { gated.isOn[k * gated.lines.count + line] = gated.distance(k, line, theta) > 0 }
            }
            for k in 0..<network.architecture.hidden {
                for line in 0..<gated.lines.count where gated.distance(k, line, theta) == 0 {
                    let (off, on) = gated.normalVelocities(k, line, theta)
                    if off > 0, on < 0 {
                        slide(Gate(neuron: k, line: line), at: 0, gated, &trajectory, &open)
                    } else {
                        gated.isOn[k * gated.lines.count + line] = on > 0
                    }
                }
            }
        }
    }

    private func meet(
        _ gate: Gate, isRising: Bool, _ stepper: DormandPrinceStepper, _ gated: GatedField, _ trajectory: inout FlowTrajectory,
        _ open: inout [Int: (interval: SlidingInterval, integral: Double)]
    ) {
        let index = gate.neuron * gated.lines.count + gate.line
        // Rounding may put a weight that has just left a kink on its old side: nothing to switch.
        guard gated.isOn[index] != isRising else {
            stepper.changeState { _ in }
            return
        }
        let (off, on) = gated.normalVelocities(gate.neuron, gate.line, stepper.state)
        if off > 0, on < 0, max(off, -on) > 1e-14 {
            slide(gate, at: stepper.time, gated, &trajectory, &open)
            let distance = gated.distance(gate.neuron, gate.line, stepper.state)
            let width = problem.architecture.incoming
            stepper.changeState { theta in
                let w = theta + gate.neuron * problem.architecture.neuronSize
                for d in 0..<width { w[d] -= distance * gated.lines.directions[gate.line * width + d] }
            }
        } else {
            gated.isOn[index] = isRising
            trajectory.events.append(
                GateEvent(time: stepper.time, neuron: gate.neuron, line: gate.line, kind: isRising ? .turnedOn : .turnedOff))
            stepper.changeState { _ in }
        }
    }

    private func slide(
        _ gate: Gate, at time: Double, _ gated: GatedField, _ trajectory: inout FlowTrajectory,
        _ open: inout [Int: (interval: SlidingInterval, integral: Double)]
    ) {
        gated.sliding[gate.neuron].append(gate.line)
        trajectory.events.append(GateEvent(time: time, neuron: gate.neuron, line: gate.line, kind: .slideBegan))
        open[gate.neuron * gated.lines.count + gate.line] = (
            SlidingInterval(neuron: gate.neuron, line: gate.line, begin: time, end: time, meanGate: .nan), 0
        )
    }

    private func close(
        _ gate: Gate, at time: Double, _ lineCount: Int, _ trajectory: inout FlowTrajectory,
        _ open: inout [Int: (interval: SlidingInterval, integral: Double)]
    ) {
        guard var entry = open.removeValue(forKey: gate.neuron * lineCount + gate.line) else { return }
        entry.interval.end = time
        let span = time - entry.interval.begin
        entry.interval.meanGate = span > 0 ? entry.integral / span : 0.5
        trajectory.slides.append(entry.interval)
    }
}
