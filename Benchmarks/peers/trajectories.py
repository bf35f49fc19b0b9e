"""The other sides of the works of differential equations: `trajectories.py NAME THREADS LIBRARY`, LIBRARY being scipy, numba, diffrax or
jax. Each does the work as its users would: SciPy trajectory after trajectory, numba as one compiled loop over trajectories on all
threads, diffrax as one compiled batch, JAX as one compiled scan over steps."""

import os
import sys

import numpy as np

from protocol import converse, resident_bytes, uniform

name, threads, library = sys.argv[1], int(sys.argv[2]), sys.argv[3]
rest = resident_bytes()

MU = 0.012277471
ARENSTORF = np.array([0.994, 0.0, 0.0, -2.0015851063790825])
PERIOD = 17.065216560157963
CHECKED = 64  # trajectories that the check looks at


def kepler_states():
    e = uniform("eccentricity", 4096, 0.1, 0.8).astype(np.float64)
    return np.stack([1 - e, 0 * e, 0 * e, np.sqrt((1 + e) / (1 - e))], axis=1)


def rates():
    return uniform("rate", 512, 0.02, 0.08).astype(np.float64)


def mean_magnitudes(final):
    return np.abs(np.asarray(final)[:CHECKED]).mean(0)


def moments(q, p):
    return [np.mean(np.asarray(p, np.float64) ** 2), np.mean(np.asarray(q, np.float64) ** 2)]


def with_scipy():
    import scipy
    from scipy.integrate import solve_ivp

    def kepler(t, y):
        factor = -1 / (y[0] * y[0] + y[1] * y[1]) ** 1.5
        return [y[2], y[3], factor * y[0], factor * y[1]]

    def arenstorf(t, y):
        x, z = y[0], y[1]
        d1 = ((x + MU) ** 2 + z * z) ** 1.5
        d2 = ((x - 1 + MU) ** 2 + z * z) ** 1.5
        return [
            y[2], y[3], x + 2 * y[3] - (1 - MU) * (x + MU) / d1 - MU * (x - 1 + MU) / d2, z - 2 * y[2] - (1 - MU) * z / d1 - MU * z / d2,
        ]

    def robertson(t, y, rate):
        first = rate * y[0] - 1e4 * y[1] * y[2]
        second = 3e7 * y[1] * y[1]
        return [-first, first - second, second]

    def end(*arguments, **options):
        return solve_ivp(*arguments, **options).y[:, -1]

    if name == "kepler-batch":
        states = kepler_states()[:CHECKED]
        call = lambda: [end(kepler, (0, 20), y, method="RK45", rtol=1e-8, atol=1e-10) for y in states]
        return scipy.__version__, 1, CHECKED / 4096, lambda: (call, mean_magnitudes(call()))
    if name == "arenstorf":
        call = lambda: end(arenstorf, (0, PERIOD), ARENSTORF, method="RK45", rtol=1e-10, atol=1e-10)
        return scipy.__version__, 1, 1, lambda: (call, [call()[0]])
    call = lambda: [
        end(robertson, (0, 1e5), [1.0, 0, 0], method="LSODA", rtol=1e-6, atol=1e-10, args=(rate,)) for rate in rates()[:CHECKED]
    ]
    return scipy.__version__, 1, CHECKED / 512, lambda: (call, mean_magnitudes(call()))


def with_numba():
    import math

    import numba
    from numba import njit, prange

    numba.set_num_threads(threads)
    compiled = njit(fastmath=True)

    @compiled
    def kepler(t, y, dy):
        square = y[0] * y[0] + y[1] * y[1]
        factor = -1 / (square * math.sqrt(square))
        dy[0], dy[1], dy[2], dy[3] = y[2], y[3], factor * y[0], factor * y[1]

    @compiled
    def arenstorf(t, y, dy):
        x, z = y[0], y[1]
        left, right = (x + MU) ** 2 + z * z, (x - 1 + MU) ** 2 + z * z
        d1, d2 = left * math.sqrt(left), right * math.sqrt(right)
        dy[0], dy[1] = y[2], y[3]
        dy[2] = x + 2 * y[3] - (1 - MU) * (x + MU) / d1 - MU * (x - 1 + MU) / d2
        dy[3] = z - 2 * y[2] - (1 - MU) * z / d1 - MU * z / d2

    def integrator(field):
        """Dormand and Prince with DOPRI5's control, for one trajectory in place."""

        @compiled
        def integrate(y, end, rtol, atol):
            n = y.size
            k = np.empty((7, n))
            u = np.empty(n)
            t, h, old = 0.0, 1e-3, 1e-4
            field(t, y, k[0])
            while t < end:
                h = min(h, end - t)
                for i in range(n):
                    u[i] = y[i] + h * (1 / 5) * k[0, i]
                field(t + h / 5, u, k[1])
                for i in range(n):
                    u[i] = y[i] + h * (3 / 40 * k[0, i] + 9 / 40 * k[1, i])
                field(t + 0.3 * h, u, k[2])
                for i in range(n):
                    u[i] = y[i] + h * (44 / 45 * k[0, i] - 56 / 15 * k[1, i] + 32 / 9 * k[2, i])
                field(t + 0.8 * h, u, k[3])
                for i in range(n):
                    u[i] = y[i] + h * (
                        19372 / 6561 * k[0, i] - 25360 / 2187 * k[1, i] + 64448 / 6561 * k[2, i] - 212 / 729 * k[3, i]
                    )
                field(t + 8 / 9 * h, u, k[4])
                for i in range(n):
                    u[i] = y[i] + h * (
                        9017 / 3168 * k[0, i] - 355 / 33 * k[1, i] + 46732 / 5247 * k[2, i] + 49 / 176 * k[3, i] - 5103 / 18656 * k[4, i]
                    )
                field(t + h, u, k[5])
                for i in range(n):
                    u[i] = y[i] + h * (
                        35 / 384 * k[0, i] + 500 / 1113 * k[2, i] + 125 / 192 * k[3, i] - 2187 / 6784 * k[4, i] + 11 / 84 * k[5, i]
                    )
                field(t + h, u, k[6])
                total = 0.0
                for i in range(n):
                    error = h * (
                        71 / 57600 * k[0, i] - 71 / 16695 * k[2, i] + 71 / 1920 * k[3, i] - 17253 / 339200 * k[4, i] + 22 / 525 * k[5, i]
                        - 1 / 40 * k[6, i]
                    )
                    scaled = error / (atol + rtol * max(abs(y[i]), abs(u[i])))
                    total += scaled * scaled
                error = math.sqrt(total / n)
                if error <= 1:
                    t += h
                    for i in range(n):
                        y[i] = u[i]
                        k[0, i] = k[6, i]
                    h *= min(10.0, max(0.2, 0.9 * max(error, 1e-10) ** -0.17 * old**0.04))
                    old = max(error, 1e-4)
                else:
                    h *= max(0.2, 0.9 * error**-0.2)

        return integrate

    if name == "kepler-batch":
        one = integrator(kepler)

        @njit(parallel=True, fastmath=True)
        def every(states):
            final = states.copy()
            for index in prange(states.shape[0]):
                one(final[index], 20.0, 1e-8, 1e-10)
            return final

        states = kepler_states()
        call = lambda: every(states)
        return numba.__version__, threads, 1, lambda: (call, mean_magnitudes(call()))
    if name == "arenstorf":
        one = integrator(arenstorf)

        def call():
            y = ARENSTORF.copy()
            one(y, PERIOD, 1e-10, 1e-10)
            return y

        return numba.__version__, 1, 1, lambda: (call, [call()[0]])

    @njit(parallel=True, fastmath=True)
    def langevin(count, steps, h):
        q, p = np.zeros(count, np.float32), np.zeros(count, np.float32)
        decay = np.float32(math.exp(-h))
        kick = np.float32(math.sqrt(1 - math.exp(-2 * h)))
        step, half = np.float32(h), np.float32(h / 2)
        for index in prange(count):
            x, v = np.float32(0), np.float32(0)
            force = np.float32(-0.5) * math.sin(x)
            for _ in range(steps):
                v += half * force
                x += step * v
                force = np.float32(-0.5) * math.sin(x)
                v += half * force
                v = decay * v + kick * np.float32(np.random.standard_normal())
            q[index], p[index] = x, v
        return q, p

    call = lambda: langevin(65536, 500, 0.05)
    return numba.__version__, threads, 1, lambda: (call, moments(*call()))


def with_jax():
    os.environ["JAX_PLATFORMS"] = "cpu"
    import jax
    import jax.numpy as jnp

    if name == "langevin":
        h = 0.05
        decay, kick = float(np.exp(-h)), float(np.sqrt(1 - np.exp(-2 * h)))

        def one(state, key):
            q, p, force = state
            p = p + 0.5 * h * force
            q = q + h * p
            force = -0.5 * jnp.sin(q)
            p = decay * (p + 0.5 * h * force) + kick * jax.random.normal(key, q.shape, jnp.float32)
            return (q, p, force), None

        @jax.jit
        def run(key):
            zeros = jnp.zeros(65536, jnp.float32)
            (q, p, _), _ = jax.lax.scan(one, (zeros, zeros, zeros), jax.random.split(key, 500))
            return q, p

        key = jax.random.key(1)
        call = lambda: jax.block_until_ready(run(key))
        return jax.__version__, threads, 1, lambda: (call, moments(*call()))

    import diffrax

    jax.config.update("jax_enable_x64", True)

    def kepler(t, y, _):
        square = y[0] * y[0] + y[1] * y[1]
        factor = -1 / (square * jnp.sqrt(square))
        return jnp.stack([y[2], y[3], factor * y[0], factor * y[1]])

    def arenstorf(t, y, _):
        x, z = y[0], y[1]
        left, right = (x + MU) ** 2 + z * z, (x - 1 + MU) ** 2 + z * z
        d1, d2 = left * jnp.sqrt(left), right * jnp.sqrt(right)
        return jnp.stack([
            y[2], y[3], x + 2 * y[3] - (1 - MU) * (x + MU) / d1 - MU * (x - 1 + MU) / d2, z - 2 * y[2] - (1 - MU) * z / d1 - MU * z / d2,
        ])

    def robertson(t, y, rate):
        first = rate * y[0] - 1e4 * y[1] * y[2]
        second = 3e7 * y[1] * y[1]
        return jnp.stack([-first, first - second, second])

    def solve(field, solver, end, y, argument, rtol, atol):
        controller = diffrax.PIDController(rtol=rtol, atol=atol)
        solution = diffrax.diffeqsolve(
            diffrax.ODETerm(field), solver, 0.0, end, None, y, argument, stepsize_controller=controller, max_steps=None,
            saveat=diffrax.SaveAt(t1=True), adjoint=diffrax.ForwardMode(),
        )
        return solution.ys[0]

    if name == "kepler-batch":
        states = jnp.asarray(kepler_states())
        run = jax.jit(jax.vmap(lambda y: solve(kepler, diffrax.Dopri5(), 20.0, y, None, 1e-8, 1e-10)))
        call = lambda: jax.block_until_ready(run(states))
        check = lambda: mean_magnitudes(call())
    elif name == "arenstorf":
        run = jax.jit(lambda y: solve(arenstorf, diffrax.Dopri5(), PERIOD, y, None, 1e-10, 1e-10))
        start = jnp.asarray(ARENSTORF)
        call = lambda: jax.block_until_ready(run(start))
        check = lambda: [call()[0]]
    else:
        start, given = jnp.array([1.0, 0, 0]), jnp.asarray(rates())
        run = jax.jit(jax.vmap(lambda rate: solve(robertson, diffrax.Kvaerno5(), 1e5, start, rate, 1e-6, 1e-10)))
        call = lambda: jax.block_until_ready(run(given))
        check = lambda: mean_magnitudes(call())
    return diffrax.__version__, threads, 1, lambda: (call, check())


version, used, share, prepare = {"scipy": with_scipy, "numba": with_numba, "diffrax": with_jax, "jax": with_jax}[library]()
converse(version, used, rest, prepare, share=share)
