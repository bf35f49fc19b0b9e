"""The two convolutional networks of the benchmarks in PyTorch, and the weights that every contestant starts from."""

import math

import torch
from torch import nn

from protocol import uniform


@torch.no_grad()
def fill(model):
    """Weights: uniform in ±1/√(fan-in), the sequence fixed by the parameter's dotted name; biases 0; normalisation scales 1."""
    for name, value in model.named_parameters():
        if value.ndim > 1:
            bound = 1 / math.sqrt(value[0].numel())
            value.copy_(torch.from_numpy(uniform(name, value.numel(), -bound, bound).reshape(value.shape)))
        else:
            value.fill_(1.0 if name.endswith("weight") else 0.0)


class Residual(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = nn.Sequential()
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(y)) + self.downsample(x))


class ResNet18(nn.Module):
    """He et al. 2015 for 32×32 images: a 3×3 stem without pooling, four stages of two basic blocks (64, 128, 256, 512
    channels; strides 1, 2, 2, 2; projection shortcuts), global average pooling, 10 classes. 11,173,962 parameters."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = nn.Sequential(Residual(64, 64, 1), Residual(64, 64, 1))
        self.layer2 = nn.Sequential(Residual(64, 128, 2), Residual(128, 128, 1))
        self.layer3 = nn.Sequential(Residual(128, 256, 2), Residual(256, 256, 1))
        self.layer4 = nn.Sequential(Residual(256, 512, 2), Residual(512, 512, 1))
        self.fc = nn.Linear(512, 10)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


class Pair(nn.Module):
    """Two 3×3×3 convolutions, each followed by instance normalisation and leaky ReLU (0.01)."""

    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        self.conv1 = nn.Conv3d(inputs, outputs, 3, stride, 1)
        self.norm1 = nn.InstanceNorm3d(outputs, affine=True)
        self.conv2 = nn.Conv3d(outputs, outputs, 3, 1, 1)
        self.norm2 = nn.InstanceNorm3d(outputs, affine=True)

    def forward(self, x):
        x = nn.functional.leaky_relu(self.norm1(self.conv1(x)), 0.01)
        return nn.functional.leaky_relu(self.norm2(self.conv2(x)), 0.01)


class UNet3D(nn.Module):
    """A U-Net (Çiçek et al. 2016) with 16, 32 and 64 channels at three resolutions: strided convolutions down, transposed
    convolutions of kernel and stride 2 up, skip connections by concatenation (up-sampled first), a 1×1×1 convolution to 3
    classes. 339,923 parameters."""

    def __init__(self):
        super().__init__()
        self.down0 = Pair(1, 16)
        self.down1 = Pair(16, 32, stride=2)
        self.down2 = Pair(32, 64, stride=2)
        self.up1 = nn.ConvTranspose3d(64, 32, 2, 2)
        self.merge1 = Pair(64, 32)
        self.up0 = nn.ConvTranspose3d(32, 16, 2, 2)
        self.merge0 = Pair(32, 16)
        self.head = nn.Conv3d(16, 3, 1)

    def forward(self, x):
        fine = self.down0(x)
        middle = self.down1(fine)
        coarse = self.down2(middle)
        x = self.merge1(torch.cat([self.up1(coarse), middle], 1))
        x = self.merge0(torch.cat([self.up0(x), fine], 1))
        return self.head(x)
