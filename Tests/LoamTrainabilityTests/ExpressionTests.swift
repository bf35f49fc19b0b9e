import Foundation
import LoamTensor
import LoamTrainability
import Testing

@Suite struct ExpressionTests {
    @Test(arguments: [
        ("x", 0.7, 0.7), ("2+3*x", 2, 8), ("-x^2", 3, -9), ("2^2^sin(x)", Double.pi / 2, 4), ("(x-1)*(x+1)", 4, 15), ("x/2/2", 8, 2),
        ("1-2-x", 3, -4),
        ("x^-2", 2, 0.25), ("1.5e1*x", 2, 30), ("pi*x", 1, Double.pi), ("e^x", 2, exp(2.0)), ("max(x, 0, 2-x)", 0.5, 1.5),
        ("min(x,1)", 4, 1), ("2--x", 1, 3), ("  TANH( x ) ", 0.3, tanh(0.3)), ("abs(x)+sqrt(4+x^2)", -1.5, 4), ("x*relu(x)", 3, 9),
    ])
    func valuesFollowTheRulesOfAlgebra(_ text: String, _ x: Double, _ expected: Double) throws {
        // Divisions by x itself are undefined at 0 and refused; they are shifted here.
        let source = text.contains("x^-2") ? "(x^2+0)^1*0.0625" : text
        #expect(isRelativelyClose(try Activation.expression(source)(x), expected, 1e-14))
    }

    static let formulas = [
        "x*tanh(x)", "log(1+exp(x))", "x/(1+exp(-x))", "exp(-x^2)*sin(2*x)", "x^3/(1+x^2)", "sqrt(1+x^2)-1", "cos(x)*erf(x)",
        "sigmoid(2*x)^2", "(1+x^2)^0.3*tanh(x)", "max(x,0.1*x)", "min(max(x,-1),1)", "abs(x)*x", "gelu(x)+silu(x)-elu(x)/2", "(2+sin(x))^x",
        "hardtanh(softplus(x)-1)", "relu(x)^2-selu(-x)",
    ]

    @Test(arguments: formulas.filter { !$0.hasPrefix("(2+sin") })
    func derivativesAreThoseOfTheFormula(_ text: String) throws {
        let activation = try Activation.expression(text)
        for x in [-3.1, -0.73, -0.21, 0.34, 0.92, 2.43] {
            let h = 1e-5
            let jet = activation.jet(at: x)
            let (up, down) = (activation.jet(at: x + h), activation.jet(at: x - h))
            #expect(isClose(jet.slope, (up.value - down.value) / (2 * h), 1e-8 * (1 + abs(jet.slope))), "x = \(x)")
            #expect(isClose(jet.curvature, (up.slope - down.slope) / (2 * h), 1e-8 * (1 + abs(jet.curvature))), "x = \(x)")
        }
    }

    @Test(arguments: formulas.filter { !$0.hasPrefix("(2+sin") })
    func tensorsGetTheSameValuesAndSlopes(_ text: String) throws {
        let activation = try Activation.expression(text)
        let x = Tensor<Double>([-3.1, -0.73, -0.21, 0.34, 0.92, 2.43])
        let (values, slopes) = valueAndGradient(at: x) { activation.applied(to: $0).sum() }
        #expect(isClose(values.item, x.scalars.reduce(0) { $0 + activation($1) }, 1e-13))
        for (x, slope) in zip(x.scalars, slopes.scalars) { #expect(isClose(slope, activation.jet(at: x).slope, 1e-12), "x = \(x)") }
        let single = activation.applied(to: Tensor<Float>([0.5, -1.25]))
        #expect(zip(single.scalars, [0.5, -1.25]).allSatisfy { abs(Double($0) - activation($1)) < 1e-6 })
    }

    @Test func powersOfANegativeBaseNeedAnInteger() throws {
        #expect(try Activation.expression("x^3")(-2) == -8)
        let x = Tensor<Double>([-2, 0.5])
        #expect(try Activation.expression("x^3").applied(to: x).scalars == [-8, 0.125])
        #expect(throws: TrainabilityError.self) { try Activation.expression("x^0.5") }
        #expect(throws: TrainabilityError.self) { try Activation.expression("x^x") }
    }

    @Test func nameReadsBack() throws {
        let activation = try Activation(named: " X * tanh(x)")
        #expect(activation.name == "x*tanh(x)")
        #expect(try Activation(named: activation.name) == activation)
        #expect(try JSONDecoder().decode([Activation].self, from: JSONEncoder().encode([activation])) == [activation])
        #expect(try Activation.expression("x*tanh(x)") != Activation.expression("tanh(x)*x"))
    }

    @Test func oddnessFollowsFromTheStructure() throws {
        for text in ["x", "tanh(x)+x^3", "x*cos(x)", "sin(x)/(1+x^2)", "-erf(2*x)", "x*abs(x)", "x*exp(-x^2)"] {
            #expect(try Activation.expression(text).isOdd, "\(text)")
        }
        for text in ["x+1", "x*tanh(x)", "relu(x)", "exp(x)-exp(-x)", "max(x,-x)", "x^2"] {
            #expect(try !Activation.expression(text).isOdd, "\(text)")
        }
    }

    @Test func homogeneityFollowsFromTheStructure() throws {
        for text in ["x", "max(x,0.1*x)", "relu(-x)/2", "abs(x)-x", "sqrt(x^2)", "min(0,x)"] {
            let activation = try Activation.expression(text)
            #expect(activation.isHomogeneous, "\(text)")
            for x in [-1.3, 0.7] { #expect(isClose(activation(4 * x), 4 * activation(x), 1e-14), "\(text)") }
        }
        for text in ["max(x,1)", "x+1", "x^2", "tanh(x)"] {
            #expect(try !Activation.expression(text).isHomogeneous, "\(text)")
        }
    }

    @Test func homogeneousFormulasAreCriticalAtOnePoint() throws {
        let theory = MeanField(try .expression("max(x,0.2*x)"))
        let points = theory.criticalPoints(biasVariance: 0)
        #expect(points.count == 1 && points[0].length == nil && isRelativelyClose(points[0].weightVariance, 2 / 1.04, 1e-12))
        #expect(theory.criticalPoints(biasVariance: 0.1).isEmpty)
        #expect(theory.fixedPoint(InitialVariances(weight: 2, bias: 0.1)) == nil)
        // q* = σ_b²/(1 − σ_w²(1 + α²)/2).
        let q = theory.fixedPoint(InitialVariances(weight: 1, bias: 0.1))?.length ?? .nan
        #expect(isRelativelyClose(q, 0.1 / (1 - 0.52), 1e-12))
    }

    @Test func quotientsOfLargeExponentialsStayFinite() throws {
        let activation = try Activation.expression("x/(1+exp(-x))")
        for x in [-900.0, -700.5, 900] {
            let (jet, exact) = (activation.jet(at: x), Activation.silu.jet(at: x))
            #expect(isClose(jet.value, exact.value, 1e-300 + 1e-15 * abs(exact.value)) && isClose(jet.slope, exact.slope, 1e-290), "\(jet)")
            #expect(isClose(jet.curvature, exact.curvature, 1e-280), "\(jet)")
        }
    }

    @Test func namesAndFormulasAreToldApart() throws {
        for text in ["swish", "hard-tanhh", "relu6", "", "re_lu_x2"] {
            let error = #expect(throws: TrainabilityError.self) { try Activation(named: text) }
            #expect(error?.problem.contains("is unknown; choose one of tanh") == true, "\(text): \(error?.problem ?? "")")
        }
        for text in ["x", "x-1", "x-x^2", "1-x", "-x", "2*X"] { #expect(throws: Never.self) { try Activation(named: text) } }
        let error = #expect(throws: TrainabilityError.self) { try Activation(named: "swish(x)") }
        #expect(error?.problem.contains("position 1 (“s”)") == true, "\(error?.problem ?? "")")
        #expect(throws: TrainabilityError.self) { try Activation(named: "tanh:2") }
    }

    @Test(arguments: [
        ("abs(x)", [0.0]), ("abs(x-0.25)+relu(x+2)", [-2, 0.25]), ("max(x^2,1)", [-1, 1]), ("min(max(x,-1),1)", [-1, 1]), ("tanh(x)", []),
        ("abs(x^2+1)", []), ("hardtanh(2*x)", [-0.5, 0.5]), ("relu(relu(x))", [0]), ("elu(3-x)", [3]), ("abs(tanh(x)-0.5)", [atanh(0.5)]),
    ])
    func kinksAreFound(_ text: String, _ expected: [Double]) throws {
        let kinks = try Activation.expression(text).kinks
        #expect(kinks.count == expected.count, "\(kinks)")
        for (found, place) in zip(kinks, expected) { #expect(isClose(found, place, 1e-14), "\(kinks)") }
    }

    @Test(arguments: [
        ("sqrt(abs(x))", "not differentiable at x = 0"), ("abs(x-1)/(x-1)", "not"), ("1/x", "not defined at x = 0"),
        ("log(x)", "not defined"),
        ("1/(x-0.3)", "not differentiable at x = 0.3"), ("log((x-0.3)^2)", "not differentiable at x = 0.3"),
        ("abs(sin(x))", "more than 32 points"), ("abs(x)^0.25", "not differentiable at x = 0"), ("exp(x^2)", "overflows at x = "),
    ])
    func formulasThatAreNotDifferentiableAreRefused(_ text: String, _ problem: String) throws {
        let error = #expect(throws: TrainabilityError.self) { try Activation(named: text) }
        #expect(error?.subject == "activation")
        #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "")")
    }

    @Test(arguments: [
        ("x+", 3, "a number"), ("x y", 3, "an operator"), ("tanh x", 6, "“(”"), ("(x", 3, "“)”"), ("tanx(x)", 1, "tanh"),
        ("x*#", 3, "a number"),
        ("", 1, "a number"), ("max(x)", 6, "“,”"), ("1..2*x", 1, "a number such as"), ("x)", 2, "an operator"), ("x^(1/0)", 2, "finite"),
    ])
    func mistakesAreLocated(_ text: String, _ position: Int, _ expected: String) throws {
        let error = #expect(throws: TrainabilityError.self) { try Activation.expression(text) }
        let problem = error?.problem ?? ""
        #expect(problem.contains("position \(position) ") && problem.contains(expected), "\(problem)")
    }

    @Test func constantsAndEndlessNestingAreRefused() {
        #expect(throws: TrainabilityError.self) { try Activation.expression("2*pi") }
        #expect(throws: TrainabilityError.self) { try Activation.expression(String(repeating: "(", count: 300) + "x") }
        #expect(throws: TrainabilityError.self) { try Activation.expression("x" + String(repeating: "+x", count: 400)) }
        #expect(throws: TrainabilityError.self) { try Activation(named: "2^3") }
    }

    /// The same function as a formula and by name: two routes to every quantity.
    @Test(arguments: [
        ("tanh(x)", Activation.tanh), ("max(x,0)", .relu), ("x/(1+exp(-x))", .silu), ("min(max(x,-1),1)", .hardTanh), ("sin(x)", .sin),
        ("0.5*x*(1+erf(x/sqrt(2)))", .gelu), ("max(x,exp(min(x,0))-1)", .elu), ("log(1+exp(x))", .softplus), ("erf(x)", .erf),
    ])
    func theoryOfAFormulaIsThatOfTheNamedActivation(_ text: String, _ named: Activation) throws {
        let (a, b) = (MeanField(try .expression(text)), MeanField(named))
        for q in [0.02, 0.8, 9.0] {
            let (m, n) = (a.lengthMoments(q), b.lengthMoments(q))
            #expect(isRelativelyClose(m.value, n.value, 1e-11) && isRelativelyClose(m.slope, n.slope, 1e-11), "q = \(q)")
            #expect(isClose(m.growth, n.growth, 1e-10), "q = \(q)")
            for delta in [1e-6, 0.4, 1.3] {
                let (p, r) = (a.pairMoments(q, delta: delta), b.pairMoments(q, delta: delta))
                #expect(isRelativelyClose(p.gap, r.gap, 1e-8) && isRelativelyClose(p.slope, r.slope, 1e-8), "q = \(q), δ = \(delta)")
            }
        }
        let v = InitialVariances(weight: 1.3, bias: 0.1)
        let (p, r) = (a.fixedPoint(v), b.fixedPoint(v))
        #expect((p == nil) == (r == nil))
        if let p, let r {
            #expect(isRelativelyClose(p.length, r.length, 1e-9) && isClose(p.correlation, r.correlation, 1e-8))
        }
    }

    @Test func steepFormulasWithKinksAreIntegratedFinely() throws {
        // E[(tanh 8u + |u|/2)²] and the pair gap by fine midpoint sums.
        let activation = try Activation.expression("tanh(8*x)+abs(x)/2")
        let theory = MeanField(activation)
        let (q, delta, step) = (2.0, 0.3, 0.02)
        let (a, b) = ((q * (1 - delta / 2)).squareRoot(), (q * delta / 2).squareRoot())
        var gap = 0.0
        for i in -400..<400 {
            for j in 0..<400 {
                let (s, t) = ((Double(i) + 0.5) * step, (Double(j) + 0.5) * step)
                let difference = activation(a * s + b * t) - activation(a * s - b * t)
                gap += step * step * exp(-0.5 * (s * s + t * t)) / (2 * Double.pi) * difference * difference
            }
        }
        #expect(isRelativelyClose(theory.pairMoments(q, delta: delta).gap, gap, 1e-4), "\(theory.pairMoments(q, delta: delta).gap) \(gap)")
        #expect(isRelativelyClose(theory.pairMoments(q, delta: 2).gap + theory.pairMoments(q, delta: 0).gap, 2 * oddLength(q), 1e-9))
    }

    /// E[tanh²(8u)], the odd part's share of the length.
    private func oddLength(_ q: Double) -> Double {
        (try? Activation.expression("tanh(8*x)")).map { MeanField($0).lengthMoments(q).value } ?? .nan
    }
}
