"""pytorch.py WEIGHTS LOGITS: a torch network made of the exported weights computes the scores in LOGITS."""
import json
import sys

import torch
from torch import nn

import safetensors


def module(layer, tensors):
    kind, window = layer["layer"], layer.get("window", {})
    weight = tensors.get(layer["name"] + ".weight")
    bias = tensors.get(layer["name"] + ".bias")
    if kind == "conv2d":
        made = nn.Conv2d(weight.shape[1] * window["groups"], weight.shape[0], (window["height"], window["width"]),
                         window["stride"], window["padding"], window["dilation"], window["groups"], bias is not None)
    elif kind == "linear":
        made = nn.Linear(weight.shape[1], weight.shape[0], bias is not None)
    elif kind == "max_pool":
        return nn.MaxPool2d(window["height"], window["stride"], window["padding"])
    elif kind == "average_pool":
        return nn.AvgPool2d(window["height"], window["stride"], window["padding"], count_include_pad=False)
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
network = nn.Sequential(*(module(layer, tensors) for layer in json.loads(metadata["layers"])))
mean, deviation = (torch.tensor(json.loads(metadata[key])).view(1, -1, 1, 1) for key in ("mean", "deviation"))
images = torch.from_numpy(expected["images"]).permute(0, 3, 1, 2)
with torch.no_grad():
    scores = network((images - mean) / deviation)
safetensors.compare(f"PyTorch {torch.__version__}", scores.numpy(), expected["scores"])
