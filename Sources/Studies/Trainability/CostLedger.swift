import LoamRuns

/// What the cascade and real training cost in one run, counted and by the clock.
struct CostLedger {
    let headOperations, cascadeSeconds, trainingOperations, trainingSeconds: Double
    /// Training over cascade: counted operations, the closed form where there is one, and seconds.
    let savingCounted: Double
    let savingClosedForm: Double?
    let savingWall: Double

    /// - Parameter closedForm: R by ``Cost/savingFactor(depths:trainingEpochs:headEpochs:maximalDepth:)``, in operations of both kinds.
    init(heads: [CellProfile], trained: [TrainedCell], closedForm: Double? = nil) {
        headOperations = heads.reduce(0) { $0 + $1.headOperations }
        cascadeSeconds = heads.reduce(0) { $0 + $1.seconds }
        trainingOperations = trained.reduce(0) { $0 + $1.operations }
        // Networks trained side by side share the machine; a network's own seconds are counted on its thread.
        trainingSeconds = trained.reduce(0) { $0 + $1.seconds }
        savingCounted = trainingOperations / headOperations
        savingClosedForm = closedForm
        savingWall = trainingSeconds / cascadeSeconds
    }

    /// The counts into the summary and beside what the clock says, the measured ratio as a finding, and a line for the user.
    func publish(networks: Int, in run: RunContext) throws {
        run.add(
            Finding(
                id: "saving.wall", quantity: "seconds of training over seconds of the cascade with its evaluation", value: savingWall,
                .informational(reference: savingClosedForm), source: "this run; \(networks) trained networks"), isMeasured: true)
        var counts = ["headOperations": headOperations, "trainingOperations": trainingOperations, "savingCounted": savingCounted]
        counts["savingClosedForm"] = savingClosedForm
        for (key, value) in counts {
            try run.summarize(key, value)
            // Counted and measured stand side by side there.
            try run.measure(key, value)
        }
        try run.measure("cascadeSeconds", cascadeSeconds)
        try run.measure("trainingSeconds", trainingSeconds)
        try run.measure("savingWall", savingWall)
        run.note(
            "training these \(networks) networks took \(fixed(savingCounted, 2))× the operations and \(fixed(savingWall, 2))× the seconds of the cascade"
        )
    }
}
