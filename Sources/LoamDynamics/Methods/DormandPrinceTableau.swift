/// The coefficients of the Dormand–Prince pair of orders 5 and 4 (Dormand and Prince, 1980) with the continuous extension of order 4 of
/// Hairer, Nørsett and Wanner, *Solving Ordinary Differential Equations I*, II.5 and II.6.
@usableFromInline
enum DormandPrinceTableau {
    // Times of the stages; stages 6 and 7 lie at the step's end.
    @inlinable static var c2: Double { 1.0 / 5 }
    @inlinable static var c3: Double { 3.0 / 10 }
    @inlinable static var c4: Double { 4.0 / 5 }
    @inlinable static var c5: Double { 8.0 / 9 }

    @inlinable static var a21: Double { 1.0 / 5 }
    @inlinable static var a31: Double { 3.0 / 40 }
    @inlinable static var a32: Double { 9.0 / 40 }
    @inlinable static var a41: Double { 44.0 / 45 }
    @inlinable static var a42: Double { -56.0 / 15 }
    @inlinable static var a43: Double { 32.0 / 9 }
    @inlinable static var a51: Double { 19372.0 / 6561 }
    @inlinable static var a52: Double { -25360.0 / 2187 }
    @inlinable static var a53: Double { 64448.0 / 6561 }
    @inlinable static var a54: Double { -212.0 / 729 }
    @inlinable static var a61: Double { 9017.0 / 3168 }
    @inlinable static var a62: Double { -355.0 / 33 }
    @inlinable static var a63: Double { 46732.0 / 5247 }
    @inlinable static var a64: Double { 49.0 / 176 }
    @inlinable static var a65: Double { -5103.0 / 18656 }

    // Weights of the fifth-order result, which is also the last stage's state.
    @inlinable static var b1: Double { 35.0 / 384 }
    @inlinable static var b3: Double { 500.0 / 1113 }
    @inlinable static var b4: Double { 125.0 / 192 }
    @inlinable static var b5: Double { -2187.0 / 6784 }
    @inlinable static var b6: Double { 11.0 / 84 }

    // Fifth-order minus fourth-order weights.
    @inlinable static var e1: Double { 71.0 / 57600 }
    @inlinable static var e3: Double { -71.0 / 16695 }
    @inlinable static var e4: Double { 71.0 / 1920 }
    @inlinable static var e5: Double { -17253.0 / 339200 }
    @inlinable static var e6: Double { 22.0 / 525 }
    @inlinable static var e7: Double { -1.0 / 40 }

    // The fifth coefficient of the interpolating polynomial.
    @inlinable static var d1: Double { -12715105075.0 / 11282082432 }
    @inlinable static var d3: Double { 87487479700.0 / 32700410799 }
    @inlinable static var d4: Double { -10690763975.0 / 1880347072 }
    @inlinable static var d5: Double { 701980252875.0 / 199316789632 }
    @inlinable static var d6: Double { -1453857185.0 / 822651844 }
    @inlinable static var d7: Double { 69997945.0 / 29380423 }

    /// The exponent with which the proportional-integral controller counts the error before.
    @inlinable static var previousExponent: Double { 0.04 }
}
