"""The pieces of work, as every contestant does them. Inputs, weights and labels come from the common sequence (`uniform` in
peers/protocol.py), so the results can be compared; single precision where nothing else is said."""

from dataclasses import dataclass, field

GENERAL = ("pytorch", "pytorch-compile", "jax")
IMAGES = ("pytorch", "pytorch-channels-last", "pytorch-compile", "jax")
SCHEMES = ("pytorch-authors", "pytorch-optimised")


@dataclass(frozen=True)
class Work:
    name: str
    title: str
    definition: str
    goals: dict = field(default_factory=dict)  # for a peer the Loam ÷ peer time aimed at
    tolerance: float = 2e-4  # how far the contestants' results may lie apart, relative to their size
    peers: tuple = GENERAL  # who takes part beside Loam
    script: str = ""  # of the peers, where it is not their usual one


ENGINE = [
    Work(
        "step-small", "training step, 2-64-64-1",
        "One step of a 2-64-64-1 tanh network on a batch of 128: forward, mean squared error, backward, Adam (rate 10⁻³).",
        goals={"pytorch": 0.2},
    ),
    Work(
        "step-large", "training step, 784-1000-1000-10",
        "One step of a 784-1000-1000-10 ReLU network on a batch of 256: forward, cross-entropy, backward, gradient descent (rate 0.1).",
        goals={"pytorch": 0.8},
    ),
    Work(
        "conv2d", "convolution, 2-D",
        "3×3 convolution with bias, 64 to 64 channels, 32×32 pixels, batch 32, padding 1: the result, then the gradients of input, weight and "
        "bias from a given cotangent.",
        goals={"pytorch": 0.7},
        peers=IMAGES,
    ),
    Work(
        "conv3d", "convolution, 3-D",
        "3×3×3 convolution with bias, 16 to 32 channels, 64³ voxels, batch 1, padding 1: the result, then the gradients of input, weight and "
        "bias from a given cotangent.",
        goals={"pytorch": 0.45},
        peers=IMAGES,
    ),
    Work(
        "resnet18", "training step, ResNet-18",
        "One step of ResNet-18 for 32×32 images (3×3 stem, no pooling, basic blocks with 64, 128, 256, 512 channels, projection shortcuts; "
        "11,173,962 parameters) on a batch of 32: batch normalisation with running statistics, cross-entropy, SGD with momentum 0.9 and weight "
        "decay 5·10⁻⁴ (rate 0.01).",
        tolerance=5e-3,
        peers=IMAGES,
    ),
    Work(
        "unet3d", "training step, 3-D U-Net",
        "One step of a 3-D U-Net on one volume of 64³ voxels: 16, 32, 64 channels at three resolutions, two 3×3×3 convolutions a level, each "
        "with instance normalisation and leaky ReLU; strided convolutions down, transposed 2×2×2 convolutions up, concatenated skips, 3 "
        "classes (339,923 parameters); voxel-wise cross-entropy, SGD with Nesterov momentum 0.99 (rate 0.01).",
        tolerance=1e-3,
        peers=IMAGES,
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
    Work(
        "vgg16", "vgg16, one image",
        "The logits of vgg16 (138,357,544 parameters) for one image of 224×224 pixels: 30.9 GFLOP.",
        goals={"pytorch": 1.1},
        tolerance=1e-3,
        peers=("pytorch", "pytorch-channels-last"),
    ),
    Work(
        "vgg16-batch", "vgg16, eight images",
        "The same for a batch of eight: 248 GFLOP.",
        goals={"pytorch": 1.1},
        tolerance=1e-3,
        peers=("pytorch", "pytorch-channels-last"),
    ),
    Work(
        "trajectories-small", "4096 networks 2-2-1 at once",
        "Twenty steps of gradient descent (rate 0.1) of 4096 ReLU networks 2-2-1 without biases, each with weights of its own, on the same 64 "
        "samples, mean of half the squared error. PyTorch: gradients written by hand for the whole batch (bmm); JAX: jit(vmap(grad)).",
        goals={"pytorch": 0.125},
    ),
    Work(
        "trajectories-wide", "1024 networks 8-16-1 at once", "The same for 1024 networks 8-16-1 on 256 samples.", goals={"pytorch": 0.25},
    ),
    Work(
        "trajectories-small-vmap", "4096 networks 2-2-1, vmap", "trajectories-small with PyTorch's vmap(grad).", goals={"pytorch": 0.05},
    ),
    Work(
        "trajectories-wide-vmap", "1024 networks 8-16-1, vmap", "trajectories-wide with PyTorch's vmap(grad).", goals={"pytorch": 1 / 6},
    ),
]


def _heads(name, width, depth, samples, goals, note=""):
    return Work(
        name, f"heads, N = {width}, L = {depth}",
        f"One epoch of head training over a frozen tanh network of {depth} layers of width {width}: {samples:,} samples in batches of 64, the frozen "
        f"forward pass included, Adam (rate 10⁻³). Every head's mean loss must agree.{note}",
        goals=goals,
        peers=SCHEMES,
    )


def _convolutional_heads(channels):
    return Work(
        f"heads-conv-{channels}", f"heads, {channels} channels",
        f"One epoch of head training over 4 frozen periodic 3×3 convolutions of {channels} channels on 7×7 pixels, heads transposed "
        "convolutions: 2,000 samples in batches of 100, the frozen forward pass included, Adam (rate 10⁻³). Every head's mean loss must agree.",
        goals={"pytorch-optimised": 1 / 1.2},
        peers=SCHEMES,
    )


def _evaluation(width):
    return Work(
        f"cascade-{width}", f"cascade evaluation, N = {width}",
        f"The reconstructions of 100 samples from each of 100 layers of width {width}: frozen forward pass, then 5,050 applications of heads.",
        goals={"pytorch-authors": 1 / 3},
        peers=SCHEMES,
    )


WIDE = {"pytorch-authors": 1 / 2.5, "pytorch-optimised": 1 / 1.3}
TRAINABILITY = [
    _heads("heads-784", 784, 10, 6400, WIDE),
    _heads("heads-784-deep", 784, 50, 12_800, WIDE, " Several minutes a round: measured only when asked for by name."),
    _heads("heads-196", 196, 50, 12_800, {"pytorch-authors": 1 / 4, "pytorch-optimised": 1 / 1.5}),
    _convolutional_heads(8),
    _convolutional_heads(32),
    _convolutional_heads(128),
    _evaluation(784),
    _evaluation(196),
    Work(
        "meanfield-plane", "mean-field plane, 200×200",
        "q*, χ₁, V′(q*), c*, ξ_q and ξ_c of tanh networks at 40,000 points of the plane (σ_w², σ_b²), to 10⁻⁸. SciPy does four of them with "
        "`quad`, `dblquad` and `brentq`, half of them chaotic, in double precision as Loam does; its time is scaled.",
        goals={"scipy": 1 / 200},
        tolerance=1e-7,
        peers=("scipy",),
    ),
    Work(
        "league", "league of predictors, L = 50",
        "GradNorm, SNIP, GraSP, SynFlow, Fisher, Jacobian covariance and NASWOT of one untrained tanh network 196-…-196-100-10 with 50 "
        "weight layers on 64 images. PyTorch runs passes that several scores need once, as Loam does.",
        goals={"pytorch-optimised": 1 / 1.5},
        tolerance=1e-3,
        peers=("pytorch-optimised",),
        script="league.py",
    ),
]

DYNAMICS = [
    Work(
        "kepler-batch", "4,096 Kepler orbits",
        "Dormand–Prince 5(4) with relative and absolute tolerances 10⁻⁸ and 10⁻¹⁰ for 4,096 orbits of eccentricities 0.1 to 0.8 up to t = 20, "
        "each with its own steps, in double precision. SciPy (`solve_ivp`, RK45) follows 64 of them, one after the other; its time is "
        "scaled. diffrax: `vmap` of `diffeqsolve`; numba: DOPRI5 as one compiled loop.",
        tolerance=1e-3,
        peers=("scipy-ivp", "diffrax", "numba"),
    ),
    Work(
        "arenstorf", "the Arenstorf orbit",
        "One trajectory by Dormand–Prince 5(4) with tolerances 10⁻¹⁰ over one period, in double precision.",
        tolerance=1e-3,
        peers=("scipy-ivp", "diffrax", "numba"),
    ),
    Work(
        "robertson-batch", "512 stiff kinetics",
        "Robertson's equations up to t = 10⁵ for 512 values of the slow rate, relative and absolute tolerances 10⁻⁶ and 10⁻¹⁰, in double "
        "precision. Loam: Rodas5P; diffrax: Kvaerno5; SciPy: LSODA for 64 of them, its time scaled.",
        tolerance=1e-3,
        peers=("scipy-ivp", "diffrax"),
    ),
    Work(
        "langevin", "65,536 Langevin trajectories",
        "500 steps of the geometric Langevin algorithm for 65,536 trajectories in V = (1 − cos q)/2, in single precision, each contestant "
        "with its own random numbers. The second moments at the end must agree within four per cent, seven standard errors.",
        tolerance=4e-2,
        peers=("jax-scan", "numba"),
    ),
]

WORKS = ENGINE + TRAINABILITY + DYNAMICS
# Left out unless asked for by name.
LONG = {"heads-784-deep"}
