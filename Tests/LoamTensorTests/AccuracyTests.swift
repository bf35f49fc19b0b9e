import Glibc
import LoamTensor
import Testing

@Suite struct AccuracyTests {
    @Test(arguments: ElementaryFunction.all)
    func singlePrecision(_ function: ElementaryFunction) {
        let y = function.single(Tensor(floatSweep)).scalars
        var worst = 0.0
        var at: Float = 0
        for (x, y) in zip(floatSweep, y) {
            let exact = function.reference(Double(x))
            let scale = function.scale(Double(x), exact, 0x1p-126)
            let error = errorInUnits(y, exact: exact, scale: scale.isInfinite ? exact : scale)
            if error > worst { (worst, at) = (error, x) }
        }
        #expect(worst <= function.bound.single, "\(function.name): \(worst) ulp at \(at)")
        print("accuracy Float \(function.name): \(worst) ulp at \(at)")
    }

    @Test(arguments: ElementaryReference.tables)
    func doublePrecisionAgainstFortyDigits(_ table: ElementaryReference) throws {
        let function = try #require(ElementaryFunction.all.first { $0.name == table.name })
        let y = function.double(Tensor(table.points.map(\.x))).scalars
        for ((x, exact), y) in zip(table.points, y) {
            // The table is rounded to half a unit.
            let unit = max(function.scale(x, exact, 0x1p-1022).ulp, 0x1p-1074)
            #expect((y - exact).magnitude <= (function.bound.double + 0.5) * unit, "\(function.name)(\(x)) = \(y), not \(exact)")
        }
    }

    #if arch(x86_64)
        /// The same functions by the C library with 64-bit mantissas.
        private static let extended: [String: @Sendable (Float80) -> Float80] = [
            "exp": { Glibc.exp($0) }, "expMinusOne": { Glibc.expm1($0) }, "log": { Glibc.log($0) }, "logOnePlus": { Glibc.log1p($0) },
            "tanh": { Glibc.tanh($0) }, "sigmoid": { 1 / (1 + Glibc.exp(-$0)) }, "softplus": { $0 > 800 ? $0 : Glibc.log1p(Glibc.exp($0)) },
            "erf": { Glibc.erf($0) }, "sin": { Glibc.sin($0) }, "cos": { Glibc.cos($0) }, "squareRoot": { $0.squareRoot() },
            "reciprocal": { 1 / $0 }, "reciprocalSquareRoot": { 1 / $0.squareRoot() }, "silu": { $0 / (1 + Glibc.exp(-$0)) },
            "gelu": { $0 / 2 * Glibc.erfc(-$0 * Float80(0.5).squareRoot()) },
        ]

        @Test(arguments: ElementaryFunction.all)
        func doublePrecision(_ function: ElementaryFunction) throws {
            let reference = try #require(AccuracyTests.extended[function.name])
            let y = function.double(Tensor(doubleSweep)).scalars
            var worst = 0.0
            var at = 0.0
            for (x, y) in zip(doubleSweep, y) where x.isFinite {
                let exact = reference(Float80(x))
                let error: Double
                if exact.isNaN {
                    error = y.isNaN ? 0 : .infinity
                } else if Double(exact).isInfinite || y.isInfinite {
                    error = y == Double(exact) || exact.magnitude > 0x1.fffffffffffp1023 ? 0 : .infinity
                } else {
                    let unit = max(function.scale(x, Double(exact), 0x1p-1022).ulp, 0x1p-1074)
                    error = Double((Float80(y) - exact).magnitude / Float80(unit))
                }
                if error > worst { (worst, at) = (error, x) }
            }
            #expect(worst <= function.bound.double, "\(function.name): \(worst) ulp at \(at)")
            print("accuracy Double \(function.name): \(worst) ulp at \(at)")
        }
    #endif

    /// f(+0), f(−0), f(+∞), f(−∞) in both precisions, signs of zeros included.
    @Test func specialValues() {
        let nan = Double.nan
        let table: [(String, [Double])] = [
            ("exp", [1, 1, .infinity, 0]), ("expMinusOne", [0, -0.0, .infinity, -1]), ("log", [-.infinity, -.infinity, .infinity, nan]),
            ("logOnePlus", [0, -0.0, .infinity, nan]), ("tanh", [0, -0.0, 1, -1]), ("sigmoid", [0.5, 0.5, 1, 0]),
            ("softplus", [Double.log(2), Double.log(2), .infinity, 0]), ("erf", [0, -0.0, 1, -1]), ("sin", [0, -0.0, nan, nan]),
            ("cos", [1, 1, nan, nan]), ("squareRoot", [0, -0.0, .infinity, nan]), ("reciprocal", [.infinity, -.infinity, 0, -0.0]),
            ("silu", [0, -0.0, .infinity, -0.0]), ("gelu", [0, 0, .infinity, 0]),
        ]
        for (name, expected) in table {
            let function = ElementaryFunction.all.first { $0.name == name }!
            let double = function.double(Tensor([0, -0.0, .infinity, -.infinity])).scalars
            let single = function.single(Tensor([0, -0.0, .infinity, -.infinity])).scalars
            for index in 0..<4 {
                if expected[index].isNaN {
                    #expect(double[index].isNaN && single[index].isNaN, "\(name), case \(index)")
                } else {
                    #expect(double[index] == expected[index] && double[index].sign == expected[index].sign, "\(name), case \(index)")
                    let rounded = Float(expected[index])
                    #expect(single[index] == rounded && single[index].sign == rounded.sign, "\(name), case \(index), Float")
                }
            }
        }
    }

    @Test(arguments: ElementaryFunction.all)
    func notANumberStaysSo(_ function: ElementaryFunction) {
        #expect(function.double(Tensor([1, .nan, 1])).scalars[1].isNaN)
        #expect(function.single(Tensor([1, .nan, 1])).scalars[1].isNaN)
        #expect(!function.double(Tensor([1, .nan, 1])).scalars[2].isNaN)
    }

    @Test func slopesAtInfinityAreTheirLimits() {
        let x = Tensor<Double>([.infinity, -.infinity])
        #expect(gradient(at: x) { $0.silu().sum() } == Tensor([1, 0]))
        #expect(gradient(at: x) { $0.gelu().sum() } == Tensor([1, 0]))
    }

    /// An element's result does not depend on where it stands: every length up to 40 at every alignment.
    @Test(arguments: ElementaryFunction.all)
    func tailsHaveTheBitsOfTheBody(_ function: ElementaryFunction) {
        let doubles = gaussian([64], seed: 1, deviation: 2)
        let wholeDouble = function.double(doubles).scalars.map(\.bitPattern)
        let wholeSingle = function.single(doubles.rounded).scalars.map(\.bitPattern)
        for start in 0..<9 {
            for length in [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 40] {
                let part = doubles.sliced(start..<start + length, axis: 0)
                #expect(function.double(part).scalars.map(\.bitPattern) == Array(wholeDouble[start..<start + length]))
                #expect(function.single(part.rounded).scalars.map(\.bitPattern) == Array(wholeSingle[start..<start + length]))
            }
        }
    }

    @Test func powersAgreeWithTheCLibrary() {
        let base = gaussian([101], seed: 2).exp()
        let exponent = gaussian([101], seed: 3, deviation: 3)
        let y = base.raised(to: exponent).scalars
        for (index, (a, b)) in zip(base.scalars, exponent.scalars).enumerated() { #expect(y[index] == Glibc.pow(a, b)) }
        #expect(Tensor<Double>([-2, 0, 3]).raised(to: 3) == Tensor([-8, 0, 27]))
        #expect(Tensor<Double>([-2, 0, 3]).raised(to: 0) == Tensor([1, 1, 1]))
        #expect(gradient(at: Tensor<Double>([0, 2])) { $0.raised(to: 0).sum() } == Tensor([0, 0]))
    }

    @Test func roundingDownAndSigns() {
        let x = Tensor<Float>([1.5, -1.5, -0.0, 0, 7, -7, 1e9])
        #expect(x.floor() == Tensor([1, -2, 0, 0, 7, -7, 1e9]))
        #expect(x.signum() == Tensor([1, -1, 0, 0, 1, -1, 1]))
        #expect(x.magnitude() == Tensor([1.5, 1.5, 0, 0, 7, 7, 1e9]))
        #expect(Tensor<Double>([.nan]).signum().item.isNaN && Tensor<Double>([.nan]).relu().item.isNaN)
    }
}

@Suite struct AccuracyThreadTests {
    private func bits(_ threads: Int, _ body: () -> Tensor<Float>) -> [UInt32] {
        (threads == 1 ? Parallel.onOneThread(body) : body()).scalars.map(\.bitPattern)
    }

    @Test(arguments: ElementaryFunction.all)
    func functionsDoNotDependOnThreads(_ function: ElementaryFunction) {
        let x = gaussian([100_003], seed: 5, deviation: 3).rounded
        #expect(bits(1) { function.single(x) } == bits(2) { function.single(x) })
    }

    @Test func reductionsDoNotDependOnThreads() {
        let x = gaussian([331, 1009], seed: 6).rounded
        for axes in [[0], [1], [0, 1]] {
            #expect(bits(1) { x.sum(axes: axes) } == bits(2) { x.sum(axes: axes) }, "axes \(axes)")
            #expect(bits(1) { x.maximum(axes: axes) } == bits(2) { x.maximum(axes: axes) }, "axes \(axes)")
        }
        #expect(bits(1) { x.sum() } == bits(2) { x.sum() })
    }

    @Test func broadcastArithmeticDoesNotDependOnThreads() {
        let x = gaussian([301, 257], seed: 7).rounded
        let row = gaussian([257], seed: 8).rounded
        let column = gaussian([301, 1], seed: 9).rounded
        #expect(bits(1) { x * row + column } == bits(2) { x * row + column })
        #expect(bits(1) { x.transposed() / column.transposed() } == bits(2) { x.transposed() / column.transposed() })
    }

    @Test func randomNumbersDoNotDependOnThreads() {
        func draw() -> Tensor<Float> {
            var generator = PhiloxGenerator(seed: 10)
            return Tensor.concatenated([Tensor(uniform: [50_001], using: &generator), Tensor(normal: [50_001], using: &generator)])
        }
        #expect(bits(1, draw) == bits(2, draw))
    }

    @Test func threadsOfTheCallerAreThoseAsked() async {
        // OpenMP keeps the number per thread; a task on another thread must see it too. In a process of its own: the number is everyone's.
        await #expect(processExitsWith: .success) {
            Parallel.threads = 1
            let seen = await Task.detached { () -> (Int, Int) in
                nonisolated(unsafe) var pieces = 0
                Parallel.chunks(4) { range in if range.lowerBound == 0 { pieces = range.count } }
                return (Parallel.threads, pieces)
            }.value
            #expect(seen.0 == 1 && seen.1 == 4)
        }
    }
}
