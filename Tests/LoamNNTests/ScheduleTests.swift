import LoamNN
import Testing

@Suite struct ScheduleTests {
    @Test func constantStaysAtTheBase() { #expect(Schedule.constant.learningRate(at: 1000, base: 0.3) == 0.3) }

    @Test func stepsMultiplyEverySoOften() {
        let schedule = Schedule.step(every: 10, factor: 0.5)
        #expect([0, 9, 10, 25].map { schedule.learningRate(at: $0, base: 8) } == [8, 8, 4, 2])
    }

    @Test func milestonesMultiplyOnceEach() {
        let schedule = Schedule.multiStep(milestones: [3, 5], factor: 0.1)
        let rates = [2, 3, 4, 5, 9].map { schedule.learningRate(at: $0, base: 1) }
        for (rate, expected) in zip(rates, [1, 0.1, 0.1, 0.01, 0.01]) { #expect(abs(rate - expected) < 1e-15) }
    }

    @Test func exponentialIsAPower() {
        #expect(abs(Schedule.exponential(factor: 0.9).learningRate(at: 20, base: 2) - 2 * 0.121_576_654_590_569_29) < 1e-14)
    }

    @Test func cosineGoesFromBaseToFloor() {
        let schedule = Schedule.cosine(period: 100, floor: 0.1)
        #expect(schedule.learningRate(at: 0, base: 1.1) == 1.1)
        #expect(abs(schedule.learningRate(at: 50, base: 1.1) - 0.6) < 1e-15)
        // cos(π/3) = ½ at a third of the way: 0.1 + 1·(1 + ½)/2 for period 99, time 33.
        #expect(abs(Schedule.cosine(period: 99, floor: 0.1).learningRate(at: 33, base: 1.1) - 0.85) < 1e-14)
        #expect(schedule.learningRate(at: 100, base: 1.1) == 0.1 && schedule.learningRate(at: 500, base: 1.1) == 0.1)
    }

    @Test func warmUpIsLinearAndHandsOver() {
        let schedule = Schedule.warmUp(duration: 4, start: 0.2, then: .step(every: 2, factor: 0.5))
        let rates = (0..<8).map { schedule.learningRate(at: $0, base: 1) }
        for (rate, expected) in zip(rates, [0.2, 0.4, 0.6, 0.8, 1, 1, 0.5, 0.5]) { #expect(abs(rate - expected) < 1e-15) }
    }

    @Test func oneCycleHasPyTorchsValues() {
        // torch.optim.lr_scheduler.OneCycleLR(max_lr=0.1, total_steps=10, pct_start=0.3): from 0.004 to 0.1 at step 2, then to 4e-7.
        let schedule = Schedule.oneCycle(maximum: 0.1, duration: 10)
        let rates = [0, 1, 2, 9].map { schedule.learningRate(at: $0, base: 7) }
        for (rate, expected) in zip(rates, [0.004, 0.052, 0.1, 4e-7]) { #expect(abs(rate - expected) < 1e-15) }
        // Step 4 is 2/7 of the way down: 4e-7 + (0.1 − 4e-7)/2 (1 + cos 2π/7).
        #expect(abs(schedule.learningRate(at: 4, base: 7) - (4e-7 + (0.1 - 4e-7) / 2 * 1.623_489_801_858_733_6)) < 1e-15)
    }

    @Test func plateauReducesAfterPatience() {
        var plateau = ReduceOnPlateau(factor: 0.5, patience: 2)
        for value in [1.0, 0.9, 0.9, 0.9] { plateau.observe(value) }
        #expect(plateau.scale == 1)
        plateau.observe(0.9)
        #expect(plateau.scale == 0.5)
        for value in [0.9, 0.9] { plateau.observe(value) }
        #expect(plateau.scale == 0.5)
        plateau.observe(0.9)
        #expect(plateau.scale == 0.25)
    }

    @Test func plateauRespectsCooldownThresholdAndBound() {
        var plateau = ReduceOnPlateau(factor: 0.1, patience: 0, threshold: 0.1, cooldown: 2, smallestScale: 0.05, isMinimised: false)
        plateau.observe(1)
        plateau.observe(1.05)  // less than ten percent better
        #expect(plateau.scale == 0.1)
        plateau.observe(1)
        plateau.observe(1)
        #expect(plateau.scale == 0.1)
        plateau.observe(1)
        #expect(plateau.scale == 0.05)
    }
}
