"""PyTorch's side of the league of predictors: `league.py NAME THREADS`, in the conversation of protocol.py.

One call scores one untrained dense network, 196-196-…-100-10 with 50 weight layers, tanh, on a batch of 64 images: GradNorm,
SNIP, GraSP, SynFlow, Fisher, jacob_cov and NASWOT. Passes that several scores need are run once: one way forwards and back
with its own derivative for the first three and Fisher, one way forwards and back to the images for the last two. The check
holds the seven scores."""

import sys

import numpy as np
import torch
from torch.nn import functional as F

from protocol import converse, labels, resident_bytes, uniform

DEPTH, PIXELS, NARROW, CLASSES, BATCH = 50, 196, 100, 10, 64
WEIGHT_VARIANCE, BIAS_VARIANCE = 1.76, 0.05
OFFSET = 1e-5  # keeps the score of a singular correlation matrix finite


def spread(key, variance, *shape):
    """Values of mean 0 and a variance, uniformly distributed."""
    bound = np.sqrt(3 * variance)
    return torch.from_numpy(uniform(key, int(np.prod(shape)), -bound, bound).reshape(shape))


def network():
    sizes = [PIXELS] * (DEPTH - 1) + [NARROW, CLASSES]
    pairs = list(zip(sizes, sizes[1:]))
    weights = [spread(f"{i + 1}.weight", WEIGHT_VARIANCE / n, m, n).requires_grad_() for i, (n, m) in enumerate(pairs)]
    biases = [spread(f"{i + 1}.bias", BIAS_VARIANCE, m) for i, (_, m) in enumerate(pairs)]
    return weights, biases


def forwards(weights, biases, x):
    """The pre-activations and outputs of all stages; the last one is linear."""
    before, after = [], []
    for index, (weight, bias) in enumerate(zip(weights, biases)):
        h = F.linear(x, weight, bias)
        x = h if index == len(weights) - 1 else torch.tanh(h)
        before.append(h)
        after.append(x)
    return before, after


def slopes(weights, biases, x, y):
    """GradNorm, SNIP, GraSP and Fisher."""
    _, outputs = forwards(weights, biases, x)
    loss = F.cross_entropy(outputs[-1], y)
    both = torch.autograd.grad(loss, weights + outputs, create_graph=True)
    gradient, output_slopes = both[: len(weights)], both[len(weights) :]
    half_square = 0.5 * sum((g * g).sum() for g in gradient)
    products = torch.autograd.grad(half_square, weights)
    with torch.no_grad():
        norm = sum(g.norm() for g in gradient)
        snip = sum((w * g).abs().sum() for w, g in zip(weights, gradient))
        grasp = -sum((w * p).sum() for w, p in zip(weights, products))
        fisher = sum(0.5 * ((z * s) ** 2).sum() / len(x) for z, s in zip(outputs, output_slopes))
    return [norm.item(), snip.item(), grasp.item(), fisher.item()]


def flow(weights, biases):
    """SynFlow, in double precision: the sum of the outputs is near 10⁶⁵."""
    parameters = [p.detach().abs().double().requires_grad_() for p in weights + biases]
    x = torch.ones(1, PIXELS, dtype=torch.float64)
    for weight, bias in zip(parameters[: len(weights)], parameters[len(weights) :]):
        x = F.linear(x, weight, bias)
    gradient = torch.autograd.grad(x.sum(), parameters)
    with torch.no_grad():
        return [sum((p * g).sum() for p, g in zip(parameters, gradient)).log().item()]


def images(weights, biases, x):
    """jacob_cov and NASWOT."""
    x = x.clone().requires_grad_()
    frozen = [w.detach() for w in weights]
    before, after = forwards(frozen, biases, x)
    (jacobian,) = torch.autograd.grad(after[-1].sum(), x)
    with torch.no_grad():
        eigenvalues = torch.linalg.eigvalsh(torch.corrcoef(jacobian.double())).clamp(min=0) + OFFSET
        covariance = -(eigenvalues.log() + 1 / eigenvalues).sum()
        codes = torch.cat([(h > 0) for h in before[:-1]], dim=1).float()
        kernel = codes @ codes.T + (1 - codes) @ (1 - codes).T
        logarithm = torch.linalg.slogdet(kernel.double())[1]
    return [covariance.item(), logarithm.item()]


def prepare():
    weights, biases = network()
    x = torch.from_numpy(uniform("x", BATCH * PIXELS, 0, 1).reshape(BATCH, PIXELS))
    y = torch.from_numpy(labels("y", BATCH, CLASSES))

    def call():
        norm, snip, grasp, fisher = slopes(weights, biases, x, y)
        return [norm, snip, grasp] + flow(weights, biases) + [fisher] + images(weights, biases, x)

    return call, call()


if __name__ == "__main__":
    threads = int(sys.argv[2])
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    converse(torch.__version__, threads, resident_bytes(), prepare)
