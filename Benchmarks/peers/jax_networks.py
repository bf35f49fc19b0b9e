"""The networks of the benchmarks as JAX functions of a dictionary of parameters, named as in networks.py.

Arrays are channels-last, the layout in which XLA convolves fastest on the CPU; values, weights and order of operations are
those of the PyTorch side. A network called with an empty `Store` creates its parameters as it goes."""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from protocol import uniform


class Store:
    """Parameters and running statistics of a network; with `creating`, missing parameters are made when first asked for."""

    def __init__(self, parameters, statistics, creating=False):
        self.parameters, self.statistics, self.creating = parameters, statistics, creating

    def weight(self, name, *shape):
        """A weight of PyTorch's shape (outputs, inputs, kernel…)."""
        if self.creating:
            bound = 1 / math.sqrt(math.prod(shape[1:]))
            self.parameters[name] = uniform(name, math.prod(shape), -bound, bound).reshape(shape)
        return self.parameters[name]

    def vector(self, name, count, value):
        if self.creating:
            self.parameters[name] = np.full(count, value, np.float32)
        return self.parameters[name]

    def track(self, name, mean, variance, count):
        """Running statistics as PyTorch keeps them: momentum 0.1, unbiased variance."""
        if self.creating:
            self.statistics[name] = (np.zeros(mean.shape, np.float32), np.ones(mean.shape, np.float32))
        old_mean, old_variance = self.statistics[name]
        unbiased = variance * (count / (count - 1))
        self.statistics[name] = (0.9 * old_mean + 0.1 * mean, 0.9 * old_variance + 0.1 * unbiased)


def create(network, x):
    """The parameters and statistics of `network` for an input of x's shape."""
    store = Store({}, {}, creating=True)
    jax.eval_shape(lambda x: network(store, x), x)
    statistics = {name: (np.zeros(a.shape, np.float32), np.ones(a.shape, np.float32)) for name, (a, _) in store.statistics.items()}
    return store.parameters, statistics


def convolve(x, weight, stride, padding):
    """Channels-last convolution with a weight in PyTorch's order."""
    space = "DHW"[-(x.ndim - 2) :]
    return lax.conv_general_dilated(
        x, weight, (stride,) * (x.ndim - 2), [(padding, padding)] * (x.ndim - 2), dimension_numbers=(f"N{space}C", f"OI{space}", f"N{space}C")
    )


def convolution(store, name, x, outputs, kernel, stride=1, padding=0, bias=True):
    y = convolve(x, store.weight(name + ".weight", outputs, x.shape[-1], *[kernel] * (x.ndim - 2)), stride, padding)
    return y + store.vector(name + ".bias", outputs, 0.0) if bias else y


def up(store, name, x, outputs):
    """Transposed convolution with kernel and stride 2 in three dimensions."""
    n, d, h, w, c = x.shape
    weight = store.weight(name + ".weight", c, outputs, 2, 2, 2)
    y = jnp.einsum("ndhwc,coijk->ndihjwko", x, weight).reshape(n, 2 * d, 2 * h, 2 * w, outputs)
    return y + store.vector(name + ".bias", outputs, 0.0)


def dense(store, name, x, outputs):
    return x @ store.weight(name + ".weight", outputs, x.shape[-1]).T + store.vector(name + ".bias", outputs, 0.0)


def normalise(store, name, x, axes):
    mean = x.mean(axes, keepdims=True)
    variance = ((x - mean) ** 2).mean(axes, keepdims=True)
    y = (x - mean) * lax.rsqrt(variance + 1e-5)
    y = y * store.vector(name + ".weight", x.shape[-1], 1.0) + store.vector(name + ".bias", x.shape[-1], 0.0)
    return y, mean, variance


def batch_norm(store, name, x):
    y, mean, variance = normalise(store, name, x, (0, 1, 2))
    store.track(name, mean.reshape(-1), variance.reshape(-1), x.size // x.shape[-1])
    return y


def residual(store, name, x, outputs, stride):
    y = jax.nn.relu(batch_norm(store, name + ".bn1", convolution(store, name + ".conv1", x, outputs, 3, stride, 1, bias=False)))
    y = batch_norm(store, name + ".bn2", convolution(store, name + ".conv2", y, outputs, 3, 1, 1, bias=False))
    if stride != 1 or x.shape[-1] != outputs:
        x = convolution(store, name + ".downsample.0", x, outputs, 1, stride, bias=False)
        x = batch_norm(store, name + ".downsample.1", x)
    return jax.nn.relu(y + x)


def resnet18(store, x):
    x = jax.nn.relu(batch_norm(store, "bn1", convolution(store, "conv1", x, 64, 3, 1, 1, bias=False)))
    for stage, (outputs, stride) in enumerate([(64, 1), (128, 2), (256, 2), (512, 2)], 1):
        x = residual(store, f"layer{stage}.0", x, outputs, stride)
        x = residual(store, f"layer{stage}.1", x, outputs, 1)
    return dense(store, "fc", x.mean((1, 2)), 10)


def pair(store, name, x, outputs, stride=1):
    for layer, step in ((1, stride), (2, 1)):
        x = convolution(store, f"{name}.conv{layer}", x, outputs, 3, step, 1)
        x = jax.nn.leaky_relu(normalise(store, f"{name}.norm{layer}", x, (1, 2, 3))[0], 0.01)
    return x


def unet3d(store, x):
    fine = pair(store, "down0", x, 16)
    middle = pair(store, "down1", fine, 32, stride=2)
    coarse = pair(store, "down2", middle, 64, stride=2)
    x = pair(store, "merge1", jnp.concatenate([up(store, "up1", coarse, 32), middle], -1), 32)
    x = pair(store, "merge0", jnp.concatenate([up(store, "up0", x, 16), fine], -1), 16)
    return convolution(store, "head", x, 3, 1)


def perceptron(widths, activation):
    def network(store, x):
        for index, width in enumerate(widths):
            x = dense(store, str(2 * index), x, width)  # the names that nn.Sequential gives: activations take a number too
            if index < len(widths) - 1:
                x = activation(x)
        return x

    return network
