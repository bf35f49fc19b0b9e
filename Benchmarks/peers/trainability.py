"""PyTorch's side of the study `trainability`: `trainability.py NAME THREADS authors|optimised`.

`authors` is the scheme of the published program: for every batch all heads in turn, each with an Adam of its own in PyTorch's
default settings; evaluation layer by layer for every depth. `optimised` is what PyTorch does best: head after head on stored
activations with the fused Adam; evaluation of all depths stacked."""

import math
import sys

import torch
from torch import nn
from torch.nn import functional as F

from protocol import converse, resident_bytes, uniform

name, threads, scheme = sys.argv[1], int(sys.argv[2]), sys.argv[3]
torch.set_num_threads(threads)
torch.set_num_interop_threads(1)
rest = resident_bytes()
optimised = scheme == "optimised"


def tensor(key, *shape, low, high):
    return torch.from_numpy(uniform(key, math.prod(shape), low, high).reshape(shape))


def symmetric(key, *shape, bound):
    return tensor(key, *shape, low=-bound, high=bound)


class Dense:
    """Dense stages of one width and their heads."""

    def __init__(self, width, depth):
        self.depth = depth
        # The heads of LoamBench's numbers(): W has variance 1.76/N, b 0.05.
        weight, bias, head = math.sqrt(3 * 1.76 / width), math.sqrt(3 * 0.05), 1 / math.sqrt(width)
        layers = range(1, depth + 1)
        self.weights = [symmetric(f"net.{l}.weight", width, width, bound=weight) for l in layers]
        self.biases = [symmetric(f"net.{l}.bias", width, bound=bias) for l in layers]
        self.starts = [
            (symmetric(f"head.{l}.weight", width, width, bound=head), symmetric(f"head.{l}.bias", width, bound=head)) for l in layers
        ]
        self.make = lambda: nn.Linear(width, width)

    def stage(self, layer, z):
        return torch.tanh(F.linear(z, self.weights[layer], self.biases[layer]))

    def reconstruct(self, head, z):
        return torch.tanh(head(z))


class Periodic:
    """Convolutions without padding, tanh, then periodic padding; heads are transposed convolutions cropped to the input's size."""

    def __init__(self, channels, depth):
        self.depth = depth
        weight, bias, head = math.sqrt(3 * 1.76 / (9 * channels)), math.sqrt(3 * 0.05), 1 / math.sqrt(9 * channels)
        layers = range(1, depth + 1)
        shape = (channels, channels, 3, 3)
        self.weights = [symmetric(f"net.{l}.weight", *shape, bound=weight) for l in layers]
        self.biases = [symmetric(f"net.{l}.bias", channels, bound=bias) for l in layers]
        self.starts = [(symmetric(f"head.{l}.weight", *shape, bound=head), symmetric(f"head.{l}.bias", channels, bound=head)) for l in layers]
        # Padding of a transposed convolution is the crop; the published program crops afterwards.
        self.make = lambda: nn.ConvTranspose2d(channels, channels, 3, padding=1 if optimised else 0)

    def stage(self, layer, z):
        return F.pad(torch.tanh(F.conv2d(z, self.weights[layer], self.biases[layer])), (1, 1, 1, 1), mode="circular")

    def reconstruct(self, head, z):
        y = torch.tanh(head(z))
        return y if optimised else y[:, :, 1:-1, 1:-1]


def heads_of(network):
    """Fresh copies of the heads that training starts from."""
    heads = []
    for weight, bias in network.starts:
        head = network.make()
        with torch.no_grad():
            head.weight.copy_(weight)
            head.bias.copy_(bias)
        heads.append(head)
    return heads


def step(network, head, optimiser, z, target):
    optimiser.zero_grad()
    loss = F.mse_loss(network.reconstruct(head, z), target)
    loss.backward()
    optimiser.step()
    return loss.detach()


def training(network, x, batch):
    """One epoch of head training, batches in the order of the data; the check is every head's mean loss."""

    def batch_by_batch():
        heads = heads_of(network)
        optimisers = [torch.optim.Adam(head.parameters(), lr=1e-3) for head in heads]
        losses = [[] for _ in heads]
        for z in x.split(batch):
            for layer, (head, optimiser) in enumerate(zip(heads, optimisers)):
                with torch.no_grad():
                    after = network.stage(layer, z)
                losses[layer].append(step(network, head, optimiser, after, z))
                z = after
        return losses

    def head_by_head():
        losses, z = [], x
        for layer, head in enumerate(heads_of(network)):
            optimiser = torch.optim.Adam(head.parameters(), lr=1e-3, fused=True)
            with torch.no_grad():
                after = network.stage(layer, z)
            losses.append([step(network, head, optimiser, *pair) for pair in zip(after.split(batch), z.split(batch))])
            z = after
        return losses

    call = head_by_head if optimised else batch_by_batch
    return call, [torch.stack(own).double().mean().item() for own in call()]


def evaluation(network, x):
    """The reconstructions of x from every depth; the check is the mean magnitude of the first, the middle and the last."""
    heads = network.starts

    @torch.no_grad()
    def activations():
        z = [x]
        for layer in range(network.depth):
            z.append(network.stage(layer, z[-1]))
        return z[1:]

    @torch.no_grad()
    def double_loop():
        results = []
        for depth, y in enumerate(activations(), 1):
            for weight, bias in reversed(heads[:depth]):
                y = torch.tanh(F.linear(y, weight, bias))
            results.append(y)
        return results

    @torch.no_grad()
    def stacked():
        y = x[:0]
        for z, (weight, bias) in zip(reversed(activations()), reversed(heads)):
            y = torch.tanh(F.linear(torch.cat([z, y]), weight, bias))
        return y.split(len(x))

    call = stacked if optimised else double_loop
    results = call()
    chosen = results[0], results[len(results) // 2 - 1], results[-1]
    return call, [y.abs().double().mean().item() for y in chosen]


def images(*shape, low):
    return tensor("x", *shape, low=low, high=1.0)


def convolutional(channels):
    return training(Periodic(channels, 4), images(2000, channels, 7, 7, low=-1.0), 100)


works = {
    "heads-784": lambda: training(Dense(784, 10), images(6400, 784, low=0.0), 64),
    "heads-784-deep": lambda: training(Dense(784, 50), images(12_800, 784, low=0.0), 64),
    "heads-196": lambda: training(Dense(196, 50), images(12_800, 196, low=0.0), 64),
    "heads-conv-8": lambda: convolutional(8),
    "heads-conv-32": lambda: convolutional(32),
    "heads-conv-128": lambda: convolutional(128),
    "cascade-784": lambda: evaluation(Dense(784, 100), images(100, 784, low=0.0)),
    "cascade-196": lambda: evaluation(Dense(196, 100), images(100, 196, low=0.0)),
}
converse(torch.__version__, torch.get_num_threads(), rest, works[name])
