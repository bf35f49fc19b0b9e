"""JAX's side of every benchmark, compiled with `jit`: `jax_jit.py NAME THREADS`. The number of threads is the number of
processors that the process may run on, which is how XLA sizes its pool."""

import os
import sys

os.environ["JAX_PLATFORMS"] = "cpu"
import jax
import jax.numpy as jnp
import numpy as np

import jax_networks as networks
from protocol import converse, labels, resident_bytes, uniform

name, threads = sys.argv[1], len(os.sched_getaffinity(0))
rest = resident_bytes()


def array(key, *shape, low=-0.5, high=0.5):
    return jax.device_put(uniform(key, int(np.prod(shape)), low, high).reshape(shape))


def channels_last(x):
    return jnp.moveaxis(x, 1, -1)


def mean_magnitudes(values):
    return [np.abs(np.asarray(value, np.float64)).mean() for value in values]


def blocking(function, *arguments):
    return lambda: jax.block_until_ready(function(*arguments))


# Optimisers: (state for the parameters, update), in PyTorch's formulation.
def adam(rate, beta1=0.9, beta2=0.999, epsilon=1e-8):
    def start(p):
        return jnp.zeros(()), jax.tree.map(jnp.zeros_like, p), jax.tree.map(jnp.zeros_like, p)

    def update(p, g, state):
        count, m, v = state[0] + 1, *state[1:]
        m = jax.tree.map(lambda m, g: beta1 * m + (1 - beta1) * g, m, g)
        v = jax.tree.map(lambda v, g: beta2 * v + (1 - beta2) * g * g, v, g)
        first, second = 1 - beta1**count, jnp.sqrt(1 - beta2**count)
        return jax.tree.map(lambda p, m, v: p - rate / first * m / (jnp.sqrt(v) / second + epsilon), p, m, v), (count, m, v)

    return start, update


def sgd(rate, momentum=0.0, weight_decay=0.0, nesterov=False):
    def start(p):
        return jax.tree.map(jnp.zeros_like, p) if momentum else ()

    def update(p, g, velocity):
        if weight_decay:
            g = jax.tree.map(lambda g, p: g + weight_decay * p, g, p)
        if momentum:
            velocity = jax.tree.map(lambda v, g: momentum * v + g, velocity, g)
            g = jax.tree.map(lambda v, g: g + momentum * v, velocity, g) if nesterov else velocity
        return jax.tree.map(lambda p, g: p - rate * g, p, g), velocity

    return start, update


def mean_squared_error(y, target):
    return ((y - target) ** 2).mean()


def cross_entropy(y, target):
    return -jnp.take_along_axis(jax.nn.log_softmax(y), target[..., None], -1).mean()


def training(network, optimiser, loss, x, target):
    start, update = optimiser
    parameters, statistics = jax.device_put(networks.create(network, x))
    state = [parameters, statistics, start(parameters)]

    def objective(p, statistics):
        store = networks.Store(p, dict(statistics))
        return loss(network(store, x), target), store.statistics

    def one(p, statistics, o):
        (value, statistics), g = jax.value_and_grad(objective, has_aux=True)(p, statistics)
        return value, statistics, *update(p, g, o)

    one = jax.jit(one, donate_argnums=(0, 1, 2))

    def step():
        value, statistics, p, o = jax.block_until_ready(one(*state))
        state[:] = p, statistics, o
        return value

    return step, [step().item() for _ in range(4)]


small_network = networks.perceptron([64, 64, 1], jnp.tanh)


def step_small():
    return training(small_network, adam(1e-3), mean_squared_error, array("x", 128, 2), array("y", 128, 1))


def step_large():
    network = networks.perceptron([1000, 1000, 10], jax.nn.relu)
    return training(network, sgd(0.1), cross_entropy, array("x", 256, 784), jax.device_put(labels("y", 256, 10)))


def resnet18():
    x, y = channels_last(array("x", 32, 3, 32, 32)), jax.device_put(labels("y", 32, 10))
    return training(networks.resnet18, sgd(0.01, momentum=0.9, weight_decay=5e-4), cross_entropy, x, y)


def unet3d():
    x, y = channels_last(array("x", 1, 1, 64, 64, 64)), jax.device_put(labels("y", 64**3, 3).reshape(1, 64, 64, 64))
    return training(networks.unet3d, sgd(0.01, momentum=0.99, nesterov=True), cross_entropy, x, y)


def convolution(inputs, outputs, batch, size, dimensions):
    x = channels_last(array("x", batch, inputs, *[size] * dimensions))
    weight = array("weight", outputs, inputs, *[3] * dimensions, low=-0.1, high=0.1)
    bias = array("bias", outputs)
    dy = channels_last(array("dy", batch, outputs, *[size] * dimensions))

    def both(x, weight, bias, dy):
        y, pullback = jax.vjp(lambda x, weight, bias: networks.convolve(x, weight, 1, 1) + bias, x, weight, bias)
        return y, *pullback(dy)

    call = blocking(jax.jit(both), x, weight, bias, dy)
    return call, mean_magnitudes(call())


def hyperbolic_tangent(count):
    call = blocking(jax.jit(jnp.tanh), array("x", count, low=-4.0, high=4.0))
    return call, mean_magnitudes([call()[: 1 << 20]])


def product(*batch, size):
    call = blocking(jax.jit(jnp.matmul), array("a", *batch, size, size), array("b", *batch, size, size))
    return call, mean_magnitudes([call()])


def chain(gradient):
    x, b = array("x", 64), array("b", 64, low=-0.01, high=0.01)

    def additions(x, b):
        for _ in range(1000):
            x = x + b
        return x.sum()

    call = blocking(jax.jit(jax.value_and_grad(additions) if gradient else additions), x, b)
    return call, mean_magnitudes(call() if gradient else [call()])


def hessian_vector_product():
    x, y = array("x", 128, 2), array("y", 128, 1)
    parameters, statistics = jax.device_put(networks.create(small_network, x))
    direction = {key: array("v." + key, *value.shape) for key, value in parameters.items()}

    def loss(p):
        return mean_squared_error(small_network(networks.Store(p, {}), x), y)

    call = blocking(jax.jit(lambda p, v: jax.jvp(jax.grad(loss), (p,), (v,))[1]), parameters, direction)
    order = [f"{layer}.{part}" for layer in (0, 2, 4) for part in ("weight", "bias")]
    return call, mean_magnitudes(call()[key] for key in order)


def trajectories(count, n, d, l):
    x, y = array("x", n, d), array("y", n)
    start = array("w", count, l, d, low=-1.0, high=1.0), array("a", count, l, low=-1.0, high=1.0)

    def loss(p):
        return ((jax.nn.relu(x @ p[0].T) @ p[1] - y) ** 2).mean() / 2

    step = lambda p: jax.tree.map(lambda v, g: v - 0.1 * g, p, jax.vmap(jax.grad(loss))(p))
    twenty = jax.jit(lambda p: jax.lax.fori_loop(0, 20, lambda _, p: step(p), p))
    end = jax.block_until_ready(twenty(start))
    size = sum(float(np.abs(np.asarray(v, np.float64)).sum()) for v in end) / (count * l * (d + 1))
    return blocking(twenty, start), [float(jax.vmap(loss)(end).mean()), size]


works = {
    "step-small": step_small,
    "step-large": step_large,
    "conv2d": lambda: convolution(64, 64, 32, 32, 2),
    "conv3d": lambda: convolution(16, 32, 1, 64, 3),
    "resnet18": resnet18,
    "unet3d": unet3d,
    "tanh-1e6": lambda: hyperbolic_tangent(10**6),
    "tanh-1e8": lambda: hyperbolic_tangent(10**8),
    "matmul-1024": lambda: product(size=1024),
    "matmul-batched": lambda: product(64, size=64),
    "chain": lambda: chain(False),
    "chain-gradient": lambda: chain(True),
    "hvp": hessian_vector_product,
    "trajectories-small": lambda: trajectories(4096, 64, 2, 2),
    "trajectories-wide": lambda: trajectories(1024, 256, 8, 16),
    "trajectories-small-vmap": lambda: trajectories(4096, 64, 2, 2),
    "trajectories-wide-vmap": lambda: trajectories(1024, 256, 8, 16),
}
converse(jax.__version__, threads, rest, works[name])
