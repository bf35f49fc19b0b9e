import LoamTensor

/// A model in training: parameters, optimiser, random numbers and position, all in one value that can be saved and continued to the bit.
///
/// ```swift
/// var trainer = Trainer(model: model, optimiser: Adam(learningRate: 1e-3), seed: 1)
/// let batches = { epoch, batch in loader.epoch(epoch, fromBatch: batch) }
/// try trainer.fit(epochs: 10, batches: batches) { model, batch, context in
///     crossEntropy(model(batch.inputs, in: &context), batch.targets)
/// }
/// ```
///
/// Results are functions of the model, the options, the seed and the batches. If `batches` is a function of epoch and index, as the
/// signature asks, interrupting anywhere, saving (``save(to:metadata:)``), restoring (``restore(from:)``) and going on gives the bits of
/// the
/// uninterrupted run.
public struct Trainer<Model: Module, Method: Optimiser>: Sendable where Method.Scalar == Model.Scalar {
    /// The floating-point type of the parameters.
    public typealias Scalar = Model.Scalar

    /// What a schedule's time counts.
    public enum ScheduleUnit: String, Sendable, Hashable, Codable { case step, epoch }

    /// The model as it is now.
    public var model: Model
    /// The optimiser with its state.
    public var optimiser: Method
    /// The phase and the random numbers of forward passes.
    public var context: ForwardContext
    /// The rate that the schedule starts from.
    public var baseLearningRate: Double
    /// The learning rate as a function of time.
    public var schedule: Schedule
    /// What the schedule's time counts.
    public var scheduleUnit: ScheduleUnit
    /// How gradients are limited before a step; nil for not at all.
    public var clipping: GradientClipping?
    /// Lowers the rate when the monitored value (validation, or else the mean loss) stalls.
    public var plateau: ReduceOnPlateau?
    /// Ends training when the monitored value stalls.
    public var earlyStopping: EarlyStopping?
    /// Makes one gradient of those of several processes; nil for a process alone.
    public var exchange: GradientExchange<Scalar>?
    /// Where training is.
    public internal(set) var progress = TrainingProgress()
    /// The model's state at the best value that early stopping has seen.
    var bestState: StateDictionary<Scalar>?
    let layout: ParameterLayout

    /// Training that has not begun.
    public init(
        model: Model, optimiser: Method, schedule: Schedule = .constant, scheduleUnit: ScheduleUnit = .step,
        clipping: GradientClipping? = nil, plateau: ReduceOnPlateau? = nil, earlyStopping: EarlyStopping? = nil,
        exchange: GradientExchange<Scalar>? = nil, seed: UInt64
    ) {
        self.model = model
        self.optimiser = optimiser
        context = .training(seed: seed)
        baseLearningRate = optimiser.learningRate
        self.schedule = schedule
        self.scheduleUnit = scheduleUnit
        self.clipping = clipping
        self.plateau = plateau
        self.earlyStopping = earlyStopping
        self.exchange = exchange
        layout = model.parameterLayout
    }

    /// η of the next step.
    public var learningRate: Double {
        let time = scheduleUnit == .step ? progress.step : progress.epoch
        return schedule.learningRate(at: time, base: baseLearningRate) * (plateau?.scale ?? 1)
    }

    /// One step on one loss.
    ///
    /// - Throws: ``TrainingError/diverged(quantity:value:step:)`` where the loss or a parameter's gradient is not finite; parameters,
    ///   optimiser and random numbers are then as before the step.
    @discardableResult
    public mutating func step(_ loss: (inout Model, inout ForwardContext) throws -> Tensor<Scalar>) throws -> StepReport {
        let rate = learningRate
        var context = context
        var before = BufferSnapshot(of: &model)
        var (value, gradient) = try valueAndGradient(at: &model, layout: layout) { model in try loss(&model, &context) }
        exchange?.combine(&value, &gradient)
        let lossValue = Double(value.item)
        guard lossValue.isFinite else {
            before.restore(&model)
            throw TrainingError.diverged(quantity: "loss", value: "\(lossValue)", step: progress.step)
        }
        // The norm is finite only if every component is; an overflowing one of finite components is no divergence.
        let norm = gradient.tensors.reduce(0.0) { $0 + FiniteCheck.squaredNorm($1) }.squareRoot()
        if !norm.isFinite, let name = gradient.firstNonFinite {
            before.restore(&model)
            throw TrainingError.diverged(quantity: "gradient of \(name)", value: "not finite", step: progress.step)
        }
        switch clipping {
        case .norm(let limit): gradient.clip(toNorm: limit, given: norm)
        case .value(let limit): gradient.clip(toValue: limit)
        case nil: break
        }
        optimiser.learningRate = rate
        optimiser.step(&model, gradient: gradient)
        self.context = context
        let report = StepReport(
            step: progress.step, epoch: progress.epoch, batch: progress.batch, loss: lossValue, gradientNorm: norm, learningRate: rate)
        progress.step += 1
        return report
    }

    /// Trains until `epochs` epochs are done, continuing wherever ``progress`` is.
    ///
    /// - Parameters:
    ///   - epochs: the total number, counting those already done.
    ///   - batches: the batches of an epoch from a given one on, both counted from 0. A function of its arguments only, where runs are
    ///     to be resumable.
    ///   - validate: a number computed after each epoch from the model, in inference mode; what is monitored, where given.
    ///   - callbacks: called after every step and epoch, in order.
    ///   - loss: the loss of a batch; called in training mode.
    /// - Throws: ``TrainingError``; what the closures throw.
    @discardableResult
    public mutating func fit<Batches: Sequence>(
        epochs: Int, batches: (_ epoch: Int, _ first: Int) throws -> Batches, validate: ((Model) throws -> Double)? = nil,
        callbacks: [TrainingCallback<Model, Method>] = [],
        loss: (inout Model, Batches.Element, inout ForwardContext) throws -> Tensor<Scalar>
    ) throws -> TrainingEnd {
        while progress.epoch < epochs {
            if earlyStopping?.hasStopped == true { break }
            for batch in try batches(progress.epoch, progress.batch) {
                let report = try step { model, context in try loss(&model, batch, &context) }
                progress.batch += 1
                progress.lossSum += report.loss
                var decisions: [TrainingDecision] = []
                for callback in callbacks { decisions.append(try callback.stepEnded?(report, &self) ?? .continue) }
                if decisions.contains(.stop) { return .stoppedByCallback }
            }
            let report = try finishEpoch(validate)
            var decisions: [TrainingDecision] = []
            for callback in callbacks { decisions.append(try callback.epochEnded?(report, &self) ?? .continue) }
            if decisions.contains(.stop) { return .stoppedByCallback }
        }
        guard let stopping = earlyStopping else { return .finished }
        if stopping.restoresBest, let bestState { try model.load(bestState) }
        return stopping.hasStopped ? .stoppedEarly : .finished
    }

    private mutating func finishEpoch(_ validate: ((Model) throws -> Double)?) throws -> EpochReport {
        let mean = progress.batch == 0 ? .nan : progress.lossSum / Double(progress.batch)
        let validation = try validate?(model)
        let monitored = validation ?? mean
        plateau?.observe(monitored)
        let isBest = earlyStopping?.observe(monitored, epoch: progress.epoch)
        if isBest == true, earlyStopping?.restoresBest == true { bestState = model.stateDictionary }
        let report = EpochReport(epoch: progress.epoch, meanLoss: mean, validation: validation, steps: progress.step, isBest: isBest)
        progress.epoch += 1
        progress.batch = 0
        progress.lossSum = 0
        return report
    }
}

/// What is called while training. Both closures may change the trainer: save it, set its learning rate, look at its model.
public struct TrainingCallback<Model: Module, Method: Optimiser> where Method.Scalar == Model.Scalar {
    /// After every step.
    public var stepEnded: ((StepReport, inout Trainer<Model, Method>) throws -> TrainingDecision)?
    /// After every epoch.
    public var epochEnded: ((EpochReport, inout Trainer<Model, Method>) throws -> TrainingDecision)?

    /// A callback of either or both closures.
    public init(
        stepEnded: ((StepReport, inout Trainer<Model, Method>) throws -> TrainingDecision)? = nil,
        epochEnded: ((EpochReport, inout Trainer<Model, Method>) throws -> TrainingDecision)? = nil
    ) {
        self.stepEnded = stepEnded
        self.epochEnded = epochEnded
    }
}
