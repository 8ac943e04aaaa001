"""pytorch.py WEIGHTS LOGITS: a torch network made of the exported weights computes the scores in LOGITS."""
import json
import sys

import torch
from torch import nn

import safetensors


class Sum(nn.Module):
    """Where its inputs lost different channels, `carried` says where each channel of the sum lies in them, or -1."""

    def __init__(self, carried):
        super().__init__()
        self.carried = carried

    def forward(self, *inputs):
        if self.carried:
            inputs = [torch.nn.functional.pad(x, (0, 0, 0, 0, 0, 1))[:, carried]  # -1: the zeros at the end
                      for x, carried in zip(inputs, self.carried)]
        return inputs[0] + inputs[1]


class Concat(nn.Module):
    def forward(self, *inputs):
        return torch.cat(inputs, 1)


class Gate(nn.Module):
    def __init__(self, carried, factors):
        super().__init__()
        self.carried = carried
        self.factors = torch.from_numpy(factors).view(1, -1, 1, 1)

    def forward(self, x):
        return x[:, self.carried] * self.factors


class Quantise(nn.Module):
    """Integers times a step."""

    def __init__(self, low, high, step):
        super().__init__()
        self.low, self.high, self.step = low, high, step

    def forward(self, x):
        return torch.round(torch.clamp(x / self.step, self.low, self.high)) * self.step


class Network(nn.Module):
    def __init__(self, layers, tensors):
        super().__init__()
        self.inputs = [layer["inputs"] for layer in layers]
        self.layers = nn.ModuleList(module(layer, tensors) for layer in layers)

    def forward(self, images):
        outputs = []
        for layer, inputs in zip(self.layers, self.inputs):
            outputs.append(layer(*(images if node < 0 else outputs[node] for node in inputs)))
        return outputs[-1]


def module(layer, tensors):
    kind, window = layer["layer"], layer.get("window", {})
    if kind == "add":
        return Sum(layer.get("carried"))
    if kind == "concat":
        return Concat()
    if kind == "quantise":
        return Quantise(**layer["integers"])
    if kind == "batch_norm":
        made = nn.BatchNorm2d(len(tensors[layer["name"] + ".weight"]), layer["epsilon"])
        state = {name: torch.from_numpy(tensors[f"{layer['name']}.{name}"])
                 for name in ("weight", "bias", "running_mean", "running_var")}
        made.load_state_dict(state, strict=False)  # it also counts batches
        return made
    weight = tensors.get(layer["name"] + ".weight")
    bias = tensors.get(layer["name"] + ".bias")
    if kind == "conv2d":
        made = nn.Conv2d(weight.shape[1] * window["groups"], weight.shape[0], (window["height"], window["width"]),
                         *(tuple(window[key]) for key in ("stride", "padding", "dilation")), window["groups"],
                         bias is not None)
    elif kind == "gate":
        return Gate(layer["carried"], weight)
    elif kind == "linear":
        made = nn.Linear(weight.shape[1], weight.shape[0], bias is not None)
    elif kind == "max_pool":
        return nn.MaxPool2d((window["height"], window["width"]), tuple(window["stride"]), tuple(window["padding"]))
    elif kind == "average_pool":
        return nn.AvgPool2d((window["height"], window["width"]), tuple(window["stride"]), tuple(window["padding"]),
                            count_include_pad=False)
    elif kind == "global_average_pool":
        return nn.AdaptiveAvgPool2d(1)
    else:
        return {"relu": nn.ReLU, "flatten": nn.Flatten, "dropout": nn.Identity}[kind]()
    state = {"weight": torch.from_numpy(weight)}
    if bias is not None:
        state["bias"] = torch.from_numpy(bias)
    made.load_state_dict(state)
    return nn.Sequential(nn.Flatten(), made) if kind == "linear" else made


tensors, metadata = safetensors.read(sys.argv[1])
expected, _ = safetensors.read(sys.argv[2])
network = Network(json.loads(metadata["layers"]), tensors).eval()
mean, deviation = (torch.tensor(json.loads(metadata[key])).view(1, -1, 1, 1) for key in ("mean", "deviation"))
images = torch.from_numpy(expected["images"]).permute(0, 3, 1, 2)
with torch.no_grad():
    scores = network((images - mean) / deviation)
safetensors.compare(f"PyTorch {torch.__version__}", scores.numpy(), expected["scores"])
