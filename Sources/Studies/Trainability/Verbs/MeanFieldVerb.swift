import LoamRuns

/// Tables, phase plane, trajectories and spatial modes of infinitely wide networks.
enum MeanFieldVerb: Verb {
    static let name = "meanfield"
    static let summary =
        "mean-field theory: fixed points, critical lines, depth scales, the phase plane, convolutional modes, residual blocks"
    static let kind = VerbKind.experiment
    static let presets = MeanFieldPresets.all

    static func run(_ configuration: MeanFieldConfiguration, in run: RunContext) throws {
        let activation = try Activation(named: configuration.activation)
        if configuration.block == .none {
            try plain(activation, configuration, in: run)
        } else {
            try residual(activation, configuration, in: run)
        }
    }

    // MARK: Plain layers

    private static func plain(_ activation: Activation, _ configuration: MeanFieldConfiguration, in run: RunContext) throws {
        let theory = MeanField(activation)
        try run.saveCSV(
            MeanFieldTable.table(activation, biasVariance: configuration.biasVariance, configuration.weightVariances), to: "meanfield.csv")
        // References exist for tanh; its run checks what all activations share.
        func check(_ findings: () -> [Finding]) { if activation == .tanh { for finding in findings() { run.add(finding) } } }
        check(MeanFieldFindings.fixedPoints)
        if configuration.critical {
            try critical(theory, configuration, in: run)
            check(MeanFieldFindings.criticalPoints)
        }
        try run.checkInterruption()
        if configuration.plane { try plane(activation, configuration, in: run) }
        run.progress(0.7, "figures")
        try run.add(MeanFieldFigures.scales(theory, configuration))
        if configuration.trajectory {
            let trajectories = BlockTrajectories(activation, configuration, seed: run.seed)
            try run.saveCSV(trajectories.table, to: "trajectory.csv")
            try run.add(MeanFieldFigures.trajectories(trajectories))
            check(MeanFieldFindings.trajectories)
        }
        try run.checkInterruption()
        if configuration.modes {
            let modes = ConvolutionModes(grid: configuration.grid, kernel: configuration.kernel)
            try run.saveCSV(MeanFieldTable.table(modes, theory, configuration), to: "modes.csv")
            try run.add(ModeFigures.spectrum(modes, theory, configuration))
            check(MeanFieldFindings.modes)
        }
    }

    private static func critical(_ theory: MeanField, _ configuration: MeanFieldConfiguration, in run: RunContext) throws {
        let bias = configuration.biasVariance
        let points = theory.criticalPoints(biasVariance: bias)
        for point in points {
            run.note(
                "\(theory.activation): critical σw² \(fixed(point.weightVariance, 12)) at σb² \(short(bias)), q* "
                    + (point.length.map { fixed($0, 12) } ?? "any") + (point.isStable ? "" : " (unstable)"))
        }
        if points.isEmpty { run.note("\(theory.activation): no critical σw² at σb² \(short(bias))") }
        let others = Activation.all.filter { $0 != theory.activation }
        try run.saveCSV(MeanFieldTable.critical([theory.activation] + others, biasVariance: bias), to: "critical.csv")
    }

    private static func plane(_ activation: Activation, _ configuration: MeanFieldConfiguration, in run: RunContext) throws {
        run.progress(0.05, "phase plane")
        let clock = ContinuousClock()
        let begin = clock.now
        let n = configuration.planeResolution
        let plane = PhasePlane(
            activation, weightVariances: (0..<n).map { configuration.planeWeightVariance * (Double($0) + 0.5) / Double(n) },
            biasVariances: (0..<n).map { configuration.planeBiasVariance * (Double($0) + 0.5) / Double(n) },
            accuracy: configuration.accuracy)
        let seconds = begin.duration(to: clock.now).seconds
        try run.measure("planeSeconds", seconds)
        run.note("phase plane of \(n) × \(n) points: \(fixed(seconds, 2)) s")
        try run.saveCSV(MeanFieldTable.table(plane), to: "plane.csv")
        try run.checkInterruption()
        try run.add(PlaneFigure.figure(plane, configuration))
    }

    // MARK: Residual blocks

    private static func residual(_ activation: Activation, _ configuration: MeanFieldConfiguration, in run: RunContext) throws {
        run.note("residual blocks have no critical line and no correlation length; only trajectories are computed")
        guard configuration.trajectory else { return }
        run.progress(0.05, "trajectories")
        let trajectories = BlockTrajectories(activation, configuration, seed: run.seed)
        try run.checkInterruption()
        try run.saveCSV(trajectories.table, to: "trajectory.csv")
        try run.add(MeanFieldFigures.trajectories(trajectories))
        for finding in ResidualFindings.of(trajectories, seed: run.seed) { run.add(finding) }
    }
}
