"""PyTorch's side of every benchmark: `pytorch.py NAME THREADS eager|compile|channels-last`."""

import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from networks import ResNet18, UNet3D, fill
from protocol import converse, labels, resident_bytes, uniform

name, threads, mode = sys.argv[1], int(sys.argv[2]), sys.argv[3]
torch.set_num_threads(threads)
torch.set_num_interop_threads(1)
rest = resident_bytes()


def tensor(key, *shape, low=-0.5, high=0.5, gradient=False):
    values = torch.from_numpy(uniform(key, int(np.prod(shape)), low, high).reshape(shape))
    return values.requires_grad_(gradient)


def compiled(function):
    return torch.compile(function) if mode == "compile" else function


def images(value):
    """Images, or a convolution's weight, in the layout that the mode asks for."""
    if mode != "channels-last":
        return value
    layout = torch.channels_last if value.dim() == 4 else torch.channels_last_3d
    return value.detach().to(memory_format=layout).requires_grad_(value.requires_grad)


def training(model, optimiser, loss, x, target):
    """One call is one full training step; the check is the loss before each of the first four steps."""
    fill(model)
    if mode == "channels-last":
        model.to(memory_format=torch.channels_last if x.dim() == 4 else torch.channels_last_3d)
    optimiser = optimiser(model.parameters())
    objective = compiled(lambda x, target: loss(model(x), target))

    def step():
        optimiser.zero_grad()
        value = objective(x, target)
        value.backward()
        optimiser.step()
        return value

    return step, [step().item() for _ in range(4)]


def mean_magnitudes(values):
    return [value.detach().abs().double().mean().item() for value in values]


def small_network():
    return nn.Sequential(nn.Linear(2, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 1))


def step_small():
    x, y = tensor("x", 128, 2), tensor("y", 128, 1)
    # The fused optimiser is the fastest that PyTorch offers on the CPU.
    return training(small_network(), lambda p: torch.optim.Adam(p, lr=1e-3, fused=True), F.mse_loss, x, y)


def step_large():
    model = nn.Sequential(nn.Linear(784, 1000), nn.ReLU(), nn.Linear(1000, 1000), nn.ReLU(), nn.Linear(1000, 10))
    x, y = tensor("x", 256, 784), torch.from_numpy(labels("y", 256, 10))
    return training(model, lambda p: torch.optim.SGD(p, lr=0.1, fused=True), F.cross_entropy, x, y)


def resnet18():
    x, y = images(tensor("x", 32, 3, 32, 32)), torch.from_numpy(labels("y", 32, 10))
    optimiser = lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9, weight_decay=5e-4, fused=True)
    return training(ResNet18(), optimiser, F.cross_entropy, x, y)


def unet3d():
    x, y = images(tensor("x", 1, 1, 64, 64, 64)), torch.from_numpy(labels("y", 64**3, 3).reshape(1, 64, 64, 64))
    optimiser = lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.99, nesterov=True, fused=True)
    return training(UNet3D(), optimiser, F.cross_entropy, x, y)


def convolution(operation, inputs, outputs, batch, size, dimensions):
    x = images(tensor("x", batch, inputs, *[size] * dimensions, gradient=True))
    weight = images(tensor("weight", outputs, inputs, *[3] * dimensions, low=-0.1, high=0.1, gradient=True))
    bias = tensor("bias", outputs, gradient=True)
    dy = images(tensor("dy", batch, outputs, *[size] * dimensions))
    forward = compiled(lambda x, weight, bias: operation(x, weight, bias, padding=1))

    def both():
        y = forward(x, weight, bias)
        return y, *torch.autograd.grad(y, (x, weight, bias), dy)

    return both, mean_magnitudes(both())


def hyperbolic_tangent(count):
    x = tensor("x", count, low=-4.0, high=4.0)
    function = compiled(torch.tanh)

    def call():
        with torch.no_grad():
            return function(x)

    return call, mean_magnitudes([call()[: 1 << 20]])


def product(*batch, size):
    a, b = tensor("a", *batch, size, size), tensor("b", *batch, size, size)
    function = compiled(torch.matmul)

    def call():
        with torch.no_grad():
            return function(a, b)

    return call, mean_magnitudes([call()])


def chain(gradient):
    x, b = tensor("x", 64, gradient=gradient), tensor("b", 64, low=-0.01, high=0.01)

    def additions(x, b):
        for _ in range(1000):
            x = x + b
        return x.sum()

    function = compiled(additions)

    def call():
        if not gradient:
            with torch.no_grad():
                return function(x, b)
        value = function(x, b)
        return value, torch.autograd.grad(value, x)[0]

    return call, mean_magnitudes(call() if gradient else [call()])


def hessian_vector_product():
    model = small_network()
    fill(model)
    parameters = {key: value.detach() for key, value in model.named_parameters()}
    direction = {key: tensor("v." + key, *value.shape) for key, value in parameters.items()}
    x, y = tensor("x", 128, 2), tensor("y", 128, 1)

    def loss(parameters):
        return F.mse_loss(torch.func.functional_call(model, parameters, (x,)), y)

    if mode == "compile":
        # torch.compile does not differentiate twice through compiled code; forward over reverse inside one compiled function works.
        function = torch.compile(lambda p, v: torch.func.jvp(torch.func.grad(loss), (p,), (v,))[1])
        call = lambda: function(parameters, direction)
        return call, mean_magnitudes(call().values())

    leaves = {key: value.clone().requires_grad_() for key, value in parameters.items()}

    def call():
        first = torch.autograd.grad(loss(leaves), list(leaves.values()), create_graph=True)
        return torch.autograd.grad(first, list(leaves.values()), list(direction.values()))

    return call, mean_magnitudes(call())


def vgg16(batch):
    """The logits of vgg16; stages are numbered as Loam numbers them: convolutions with their activation, pools, the flattening, dense."""
    layers, stage, channels = [], 0, 3
    for block in [[64] * 2, [128] * 2, [256] * 3, [512] * 3, [512] * 3]:
        for width in block:
            stage += 1
            layers += [(stage, nn.Conv2d(channels, width, 3, padding=1)), (None, nn.ReLU())]
            channels = width
        stage += 1
        layers += [(None, nn.MaxPool2d(2))]
    stage += 1
    layers += [(None, nn.Flatten())]
    for inputs, outputs in [(512 * 49, 4096), (4096, 4096), (4096, 1000)]:
        stage += 1
        layers += [(stage, nn.Linear(inputs, outputs)), (None, nn.ReLU())]
    with torch.no_grad():
        for number, layer in layers:
            if number is not None:
                bound = (6 / layer.weight[0].numel()) ** 0.5
                layer.weight.copy_(tensor(f"{number}.weight", *layer.weight.shape, low=-bound, high=bound))
                layer.bias.copy_(tensor(f"{number}.bias", *layer.bias.shape, low=-0.1, high=0.1))
    model = nn.Sequential(*[layer for _, layer in layers[:-1]])
    if mode == "channels-last":
        model.to(memory_format=torch.channels_last)
    x = images(tensor("x", batch, 3, 224, 224, low=-2.0, high=2.0))

    @torch.no_grad()
    def call():
        return model(x)

    return call, mean_magnitudes([call()])


def trajectories(count, n, d, l, by_hand):
    x, y = tensor("x", n, d), tensor("y", n)
    start = [tensor("w", count, l, d, low=-1.0, high=1.0), tensor("a", count, l, low=-1.0, high=1.0)]

    def loss(w, a):
        return ((F.relu(x @ w.T) @ a - y) ** 2).mean() / 2

    def gradient(w, a):
        z = torch.matmul(x, w.transpose(1, 2))  # [count, n, l]
        h = z.clamp(min=0)
        r = (torch.bmm(h, a[:, :, None])[:, :, 0] - y) / n
        back = (r[:, :, None] * a[:, None, :]) * (z > 0)
        return torch.matmul(back.transpose(1, 2), x), torch.bmm(h.transpose(1, 2), r[:, :, None])[:, :, 0]

    gradients = compiled(gradient if by_hand else torch.func.vmap(torch.func.grad(loss, argnums=(0, 1))))

    @torch.no_grad()
    def twenty():
        w, a = start
        for _ in range(20):
            dw, da = gradients(w, a)
            w, a = w - 0.1 * dw, a - 0.1 * da
        return w, a

    end = twenty()
    size = sum(v.abs().double().sum().item() for v in end) / (count * l * (d + 1))
    return twenty, [torch.func.vmap(loss)(*end).mean().item(), size]


works = {
    "vgg16": lambda: vgg16(1),
    "vgg16-batch": lambda: vgg16(8),
    "step-small": step_small,
    "step-large": step_large,
    "conv2d": lambda: convolution(F.conv2d, 64, 64, 32, 32, 2),
    "conv3d": lambda: convolution(F.conv3d, 16, 32, 1, 64, 3),
    "resnet18": resnet18,
    "unet3d": unet3d,
    "tanh-1e6": lambda: hyperbolic_tangent(10**6),
    "tanh-1e8": lambda: hyperbolic_tangent(10**8),
    "matmul-1024": lambda: product(size=1024),
    "matmul-batched": lambda: product(64, size=64),
    "chain": lambda: chain(False),
    "chain-gradient": lambda: chain(True),
    "hvp": hessian_vector_product,
    "trajectories-small": lambda: trajectories(4096, 64, 2, 2, True),
    "trajectories-wide": lambda: trajectories(1024, 256, 8, 16, True),
    "trajectories-small-vmap": lambda: trajectories(4096, 64, 2, 2, False),
    "trajectories-wide-vmap": lambda: trajectories(1024, 256, 8, 16, False),
}
converse(torch.__version__, torch.get_num_threads(), rest, works[name])
