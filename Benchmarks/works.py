"""The pieces of work, as every contestant does them. Inputs, weights and labels come from the common sequence (`uniform` in
peers/protocol.py), so the results can be compared; single precision throughout."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Work:
    name: str
    title: str
    definition: str
    goal: float | None = None  # the Loam ÷ PyTorch time aimed at
    tolerance: float = 2e-4  # how far the contestants' results may lie apart, relative to their size


WORKS = [
    Work(
        "step-small", "training step, 2-64-64-1",
        "One step of a 2-64-64-1 tanh network on a batch of 128: forward, mean squared error, backward, Adam (rate 10⁻³).",
        goal=0.2,
    ),
    Work(
        "step-large", "training step, 784-1000-1000-10",
        "One step of a 784-1000-1000-10 ReLU network on a batch of 256: forward, cross-entropy, backward, gradient descent (rate 0.1).",
        goal=0.8,
    ),
    Work(
        "conv2d", "convolution, 2-D",
        "3×3 convolution with bias, 64 to 64 channels, 32×32 pixels, batch 32, padding 1: the result, then the gradients of input, weight and "
        "bias from a given cotangent.",
        goal=0.7,
    ),
    Work(
        "conv3d", "convolution, 3-D",
        "3×3×3 convolution with bias, 16 to 32 channels, 64³ voxels, batch 1, padding 1: the result, then the gradients of input, weight and "
        "bias from a given cotangent.",
        goal=0.45,
    ),
    Work(
        "resnet18", "training step, ResNet-18",
        "One step of ResNet-18 for 32×32 images (3×3 stem, no pooling, basic blocks with 64, 128, 256, 512 channels, projection shortcuts; "
        "11,173,962 parameters) on a batch of 32: batch normalisation with running statistics, cross-entropy, SGD with momentum 0.9 and weight "
        "decay 5·10⁻⁴ (rate 0.01).",
        tolerance=5e-3,
    ),
    Work(
        "unet3d", "training step, 3-D U-Net",
        "One step of a 3-D U-Net on one volume of 64³ voxels: 16, 32, 64 channels at three resolutions, two 3×3×3 convolutions a level, each "
        "with instance normalisation and leaky ReLU; strided convolutions down, transposed 2×2×2 convolutions up, concatenated skips, 3 "
        "classes (339,923 parameters); voxel-wise cross-entropy, SGD with Nesterov momentum 0.99 (rate 0.01).",
        tolerance=1e-3,
    ),
    Work("tanh-1e6", "tanh, 10⁶ elements", "A new array with the hyperbolic tangent of 10⁶ numbers in [−4, 4)."),
    Work("tanh-1e8", "tanh, 10⁸ elements", "A new array with the hyperbolic tangent of 10⁸ numbers in [−4, 4)."),
    Work("matmul-1024", "matrix product, 1024", "The product of two 1024×1024 matrices."),
    Work("matmul-batched", "matrix product, 64 of 64×64", "64 products of 64×64 matrices in one call."),
    Work("chain", "1,000 small additions", "x ← x + b a thousand times on 64 numbers, then the sum."),
    Work("chain-gradient", "1,000 small additions, gradient", "The value of `chain` and its gradient with respect to x."),
    Work(
        "hvp", "Hessian-vector product",
        "The Hessian of the mean squared error of the 2-64-64-1 tanh network on a batch of 128, times a vector, for all 4,417 parameters.",
    ),
]
