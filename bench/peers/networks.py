"""The networks of configs/bench as PyTorch modules, plain or with self-compressing weights."""

import torch
import torch.nn.functional as F
from torch import nn

BATCH = {"lenet300": 60, "lenet5": 64, "conv6": 60, "resnet20": 128}
RATE = {"lenet300": 1.2e-3, "lenet5": 1e-3, "conv6": 3e-4, "resnet20": 1e-3}


class Quantised(nn.Module):
    """A convolution or linear layer whose weight is quantised as in Csefalvay & Imber 2023, eq. 1."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer
        shape = (layer.weight.shape[0],) + (1,) * (layer.weight.dim() - 1)
        self.bits = nn.Parameter(torch.full(shape, 8.0))
        self.exponents = nn.Parameter(torch.full(shape, -8.0))

    def mean_bits(self):
        return self.bits.sum() * self.layer.weight[0].numel()

    def weight(self):
        half = 2 ** (self.bits - 1)
        clamped = torch.minimum(torch.maximum(2**-self.exponents * self.layer.weight, -half), half - 1)
        rounded = clamped + (clamped.round() - clamped).detach()
        return 2**self.exponents * rounded

    def forward(self, x):
        if isinstance(self.layer, nn.Linear):
            return F.linear(x, self.weight(), self.layer.bias)
        return F.conv2d(x, self.weight(), self.layer.bias, stride=self.layer.stride, padding=self.layer.padding)


class Residual(nn.Module):
    """Two convolutions with batch norm beside a shortcut, as in He et al. 2016."""

    def __init__(self, wrap, inputs, outputs):
        super().__init__()
        stride = outputs // inputs
        self.body = nn.Sequential(
            wrap(nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)), nn.BatchNorm2d(outputs), nn.ReLU(True),
            wrap(nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)), nn.BatchNorm2d(outputs))
        self.shortcut = nn.Sequential() if stride == 1 else nn.Sequential(
            wrap(nn.Conv2d(inputs, outputs, 1, stride, bias=False)), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return F.relu(self.body(x) + self.shortcut(x), inplace=True)


def network(net, compressing):
    """The module and a batch of random images."""
    wrap = Quantised if compressing else lambda layer: layer
    if net == "lenet300":
        sizes = [784, 300, 100, 10]
        layers, images = [nn.Flatten()], torch.randn(BATCH[net], 1, 28, 28)
    elif net == "lenet5":
        sizes = [800, 500, 10]
        layers = [wrap(nn.Conv2d(1, 20, 5)), nn.MaxPool2d(2), nn.ReLU(True),
                  wrap(nn.Conv2d(20, 50, 5)), nn.MaxPool2d(2), nn.ReLU(True), nn.Flatten()]
        images = torch.randn(BATCH[net], 1, 28, 28)
    elif net == "resnet20":
        sizes, before = [64, 10], 16
        layers = [wrap(nn.Conv2d(3, 16, 3, padding=1, bias=False)), nn.BatchNorm2d(16), nn.ReLU(True)]
        for channels in (16, 32, 64):
            for _ in range(3):
                layers.append(Residual(wrap, before, channels))
                before = channels
        layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        images = torch.randn(BATCH[net], 3, 32, 32)
    else:
        sizes, layers, before = [4096, 256, 256, 10], [], 3
        for channels in (64, 128, 256):
            for _ in range(2):
                layers += [wrap(nn.Conv2d(before, channels, 3, padding=1)), nn.ReLU(True)]
                before = channels
            layers.append(nn.MaxPool2d(2))
        layers.append(nn.Flatten())
        images = torch.randn(BATCH[net], 3, 32, 32)
    for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
        layers.append(wrap(nn.Linear(inputs, outputs)))
        if i + 2 < len(sizes):
            layers.append(nn.ReLU(True))
    return nn.Sequential(*layers), images
