import LoamTensor

/// A step along a direction that satisfies the strong Wolfe conditions
/// f(t) ≤ f(0) + c₁ t f′(0) and |f′(t)| ≤ −c₂ f′(0), by bracketing and zooming with cubic interpolation
/// (Nocedal and Wright, Numerical Optimization, algorithms 3.5 and 3.6), with the safeguards of PyTorch's L-BFGS.
struct StrongWolfe<Scalar: TensorScalar> {
    /// A trial point: step, value, gradient and slope along the direction.
    struct Point {
        var step: Double
        var value: Double
        var gradient: Tensor<Scalar>
        var slope: Double
    }

    var sufficientDecrease = 1e-4
    var curvature = 0.9
    var smallestChange: Double
    var maximumEvaluations = 25

    /// Searches from `start` (step 0), first trying `firstStep`.
    ///
    /// - Parameters:
    ///   - directionSize: the largest component of the direction, which turns steps into changes of the variables.
    ///   - evaluate: the point at a step.
    func search(
        from start: Point, firstStep: Double, directionSize: Double, evaluate: (Double) throws -> Point
    ) rethrows -> (point: Point, evaluations: Int) {
        var previous = start
        var new = try evaluate(firstStep)
        var iteration = 0
        var bracket: (Point, Point)?
        while iteration < maximumEvaluations {
            if new.value > start.value + sufficientDecrease * new.step * start.slope || (iteration > 1 && new.value >= previous.value) {
                bracket = (previous, new)
                break
            }
            if abs(new.slope) <= -curvature * start.slope { return (new, iteration + 1) }
            if new.slope >= 0 {
                bracket = (previous, new)
                break
            }
            let bounds = (new.step + 0.01 * (new.step - previous.step), new.step * 10)
            let next = StrongWolfe.cubicMinimum(previous, new, within: bounds)
            previous = new
            new = try evaluate(next)
            iteration += 1
        }
        return try zoom(bracket ?? (start, new), from: start, iteration, directionSize, evaluate)
    }

    private func zoom(
        _ bracket: (Point, Point), from start: Point, _ iterations: Int, _ directionSize: Double, _ evaluate: (Double) throws -> Point
    ) rethrows -> (point: Point, evaluations: Int) {
        var iteration = iterations
        var ends = [bracket.0, bracket.1]
        var isStalled = false
        var low = ends[0].value <= ends[1].value ? 0 : 1
        while iteration < maximumEvaluations {
            let (least, most) = (min(ends[0].step, ends[1].step), max(ends[0].step, ends[1].step))
            if (most - least) * directionSize < smallestChange { break }
            var step = StrongWolfe.cubicMinimum(ends[0], ends[1], within: (least, most))
            // A trial too near an end, twice in a row or outside, is moved inwards.
            let margin = 0.1 * (most - least)
            if min(most - step, step - least) < margin {
                if isStalled || step >= most || step <= least {
                    step = abs(step - most) < abs(step - least) ? most - margin : least + margin
                    isStalled = false
                } else {
                    isStalled = true
                }
            } else {
                isStalled = false
            }
            let new = try evaluate(step)
            iteration += 1
            let high = 1 - low
            if new.value > start.value + sufficientDecrease * step * start.slope || new.value >= ends[low].value {
                ends[high] = new
                low = ends[0].value <= ends[1].value ? 0 : 1
            } else {
                if abs(new.slope) <= -curvature * start.slope { return (new, iteration + 1) }
                if new.slope * (ends[high].step - ends[low].step) >= 0 { ends[high] = ends[low] }
                ends[low] = new
            }
        }
        return (ends[low], iteration + 1)
    }

    /// The minimum of the cubic with the values and slopes of two points, limited to `bounds`.
    static func cubicMinimum(_ a: Point, _ b: Point, within bounds: (Double, Double)) -> Double {
        let d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.step - b.step)
        let square = d1 * d1 - a.slope * b.slope
        guard square >= 0 else { return (bounds.0 + bounds.1) / 2 }
        let d2 = square.squareRoot()
        let position =
            a.step <= b.step
            ? b.step - (b.step - a.step) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
            : a.step - (a.step - b.step) * ((a.slope + d2 - d1) / (a.slope - b.slope + 2 * d2))
        return position.isNaN ? (bounds.0 + bounds.1) / 2 : min(max(position, bounds.0), bounds.1)
    }
}
