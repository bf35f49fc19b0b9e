"""The mean-field plane with SciPy: `scipy_plane.py NAME THREADS`.

What one writes without Loam: Gaussian integrals by `quad` and `dblquad`, roots by `brentq`, one point at a time. It does four of the
40,000 points, two on either side of the edge of chaos, and says that this is its share of the work."""

import sys
from math import cosh, exp, log, pi, sqrt, tanh

import scipy
from scipy.integrate import dblquad, quad
from scipy.optimize import brentq

from protocol import converse, resident_bytes

rest = resident_bytes()
POINTS = [(weight, bias) for bias in (0.25, 0.75) for weight in (1.5, 4.5)]
SHARE = len(POINTS) / (200 * 200)
REACH = 9.0  # the Gaussian weight beyond it is below 10⁻¹⁸


def slope(u):
    return 1 / cosh(u) ** 2


def curvature(u):
    return -2 * tanh(u) * slope(u)


def mean(f):
    """E[f(z)], z standard normal."""
    return quad(lambda z: exp(-z * z / 2) * f(z), -REACH, REACH, epsabs=1e-11, epsrel=1e-10, limit=200)[0] / sqrt(2 * pi)


def mean_of_pair(f):
    """E[f(a, b)], a and b independent."""
    weighted = lambda b, a: exp(-(a * a + b * b) / 2) * f(a, b)
    return dblquad(weighted, -REACH, REACH, -REACH, REACH, epsabs=1e-10, epsrel=1e-9)[0] / (2 * pi)


def fixed_point(weight, bias):
    """q*, χ₁, V′(q*), c*, ξ_q and ξ_c."""
    q = brentq(lambda q: weight * mean(lambda z: tanh(sqrt(q) * z) ** 2) + bias - q, 1e-10, weight + bias + 1, xtol=1e-12, rtol=1e-12)
    root = sqrt(q)
    chi = weight * mean(lambda z: slope(root * z) ** 2)
    growth = chi + weight * mean(lambda z: tanh(root * z) * curvature(root * z))
    scale = lambda rate: -1 / log(rate)
    if chi <= 1:
        return [q, chi, growth, 1.0, scale(growth), scale(chi)]

    def arguments(delta, a, b):
        even, odd = sqrt(q * (1 - delta / 2)) * a, sqrt(q * delta / 2) * b
        return even + odd, even - odd

    def spread(delta):
        """D(δ)/δ − 1."""

        def difference(a, b):
            u, v = arguments(delta, a, b)
            return (tanh(u) - tanh(v)) ** 2

        return weight / (2 * q) * mean_of_pair(difference) / delta - 1

    delta = brentq(spread, 1e-6, 1, xtol=1e-10, rtol=1e-9)

    def product(a, b):
        u, v = arguments(delta, a, b)
        return slope(u) * slope(v)

    return [q, chi, growth, 1 - delta, scale(growth), scale(weight * mean_of_pair(product))]


def prepare():
    call = lambda: [fixed_point(*point) for point in POINTS]
    return call, [value for point in call() for value in point]


converse(scipy.__version__, 1, rest, prepare, share=SHARE)
