"""pytorch_training.py PROBLEM ANSWER: torch trains the network that Pare wrote to PROBLEM, on the same batch.

PROBLEM holds `images` (N,H,W,C), `labels` and every parameter by its name; its metadata the layers, the method and the
optimisers. ANSWER gets where both begin as start/NAME (what PROBLEM says, with a few biases nudged: see `settle`), the
`loss` there, its gradients as gradient/NAME, and the losses of ten steps as losses/OPTIMISER.
Every formula is written here once more, from the papers, so that what agrees was understood twice.
"""
import json
import sys

import torch
import torch.nn.functional as F

import safetensors

STEPS = 10
MARGIN = 3e-5  # between what ReLU is given and zero; two programs differ by some 1e-6 there


def quantised(weight, bits, exponents, levels):
    """Csefalvay & Imber 2023, eq. 1, straight through the rounding; a channel is a row of the weight."""
    bits, step = (t.view(-1, 1, 1, 1) for t in (bits, 2**exponents))
    low, high = (2 ** (bits - 1), 2 ** (bits - 1) - 1) if levels == "paper" else ((2**bits - 1) / 2 * (1 - 2**-23),) * 2
    clamped = torch.minimum(torch.maximum(weight / step, -low), high)
    return clamped, step * (clamped + (clamped.round() - clamped).detach())


class Network:
    def __init__(self, layers, method, tensors):
        self.layers, self.method, self.tensors = layers, method, tensors
        self.with_weights = [layer for layer in layers if layer["name"] + ".weight" in tensors]
        self.count = sum(tensors[layer["name"] + ".weight"].numel() for layer in self.with_weights)

    def of(self, layer, name):
        return self.tensors.get(f"{layer['name']}.{name}")

    def weight(self, layer):
        """In Pare's order of axes, (O,KH,KW,I); before and after the rounding."""
        weight, bits = self.of(layer, "weight"), self.of(layer, "weight.bits")
        if bits is None:
            return None, weight
        return quantised(weight, bits, self.of(layer, "weight.exponents"), self.method["levels"])

    def apply(self, layer, x, other=None):
        kind, window, bias = layer["layer"], layer.get("window"), self.of(layer, "bias")
        if kind == "conv2d":
            weight = self.weight(layer)[1].permute(0, 3, 1, 2)
            return F.conv2d(x, weight, bias, window["stride"], window["padding"], window["dilation"], window["groups"])
        if kind == "linear":
            return F.linear(x.permute(0, 2, 3, 1).flatten(1), self.weight(layer)[1].flatten(1), bias)[:, :, None, None]
        if kind == "batch_norm":
            return F.batch_norm(x, None, None, self.of(layer, "gamma"), self.of(layer, "beta"), True,
                                eps=layer["epsilon"])
        if kind == "add":
            return x + other
        if kind == "max_pool":
            return F.max_pool2d(x, (window["height"], window["width"]), window["stride"], window["padding"])
        if kind == "global_average_pool":
            return x.mean((2, 3), keepdim=True)
        return {"relu": F.relu, "flatten": lambda same: same}[kind](x)

    def scores(self, images):
        outputs = []
        for layer in self.layers:
            outputs.append(self.apply(layer, *(images if node < 0 else outputs[node] for node in layer["inputs"])))
        return outputs[-1].flatten(1)

    def settle(self, images):
        """Moves what ReLU is given away from zero, by as little as it takes. Which side of zero a number of 1e-7 falls on is
        a matter of rounding, yet one such number changes a late layer's gradient by a per cent."""
        outputs = []
        for layer in self.layers:
            inputs = [images if node < 0 else outputs[node] for node in layer["inputs"]]
            if layer["layer"] == "relu":
                shift = self.shift(layer["inputs"][0])
                for c in range(len(shift)):
                    values = inputs[0][:, c].flatten().sort().values
                    gaps, middles = values[1:] - values[:-1], (values[1:] + values[:-1]) / 2
                    if values.abs().min() < MARGIN:
                        middles = middles[gaps > 2.5 * MARGIN]
                        nudge = -middles[middles.abs().argmin()]
                        shift[c] += nudge
                        inputs[0][:, c] += nudge
            outputs.append(self.apply(layer, *inputs))

    def shift(self, node):
        """The parameter that moves each channel of this node's output as a whole."""
        layer = self.layers[node]
        own = self.of(layer, "beta") if layer["layer"] == "batch_norm" else self.of(layer, "bias")
        return own if own is not None else self.shift(layer["inputs"][0])

    def producers(self, node):
        """Per channel of a node's output, the bit depths that decide whether it exists."""
        if node < 0:
            return None
        layer = self.layers[node]
        if self.of(layer, "weight") is not None:
            return [[bits] for bits in self.of(layer, "weight.bits")]
        found = [self.producers(node) for node in layer["inputs"]]
        return found[0] if len(found) == 1 else [a + b for a, b in zip(*found)]

    def size(self):
        """Mean bits per weight, counting both sides of a channel (eq. 5); a channel with several producers has their mean
        depth. All channels are alive here."""
        total = 0
        for layer in self.with_weights:
            outputs, height, width, inputs = self.of(layer, "weight").shape
            bits, producers = self.of(layer, "weight.bits"), self.producers(layer["inputs"][0])
            total = total + height * width * inputs * bits.sum()
            if producers is not None:
                total = total + height * width * outputs * sum(torch.stack(bits).mean() for bits in producers)
        return total / self.count

    def rate(self):
        return sum(torch.log2(1 + 2 * self.weight(layer)[0].abs()).sum() for layer in self.with_weights) / self.count

    def loss(self, images, labels):
        loss = F.cross_entropy(self.scores(images), labels)
        if self.method["method"] == "self_compress":
            loss = loss + self.method["gamma"] * self.size() + self.method["rate"] * self.rate()
        return loss


def optimizer(chosen, method, tensors):
    own = [t for name, t in tensors.items() if name.endswith((".bits", ".exponents"))]
    weights = [t for name, t in tensors.items() if name.endswith(".weight")]
    rest = [t for t in tensors.values() if not any(t is other for other in own + weights)]
    groups = [{"params": weights, "weight_decay": chosen["weight_decay"]}, {"params": rest}]
    if chosen["name"] == "sgd":
        made = [torch.optim.SGD(groups, chosen["lr"], chosen["momentum"], nesterov=chosen["nesterov"])]
    else:
        made = [torch.optim.Adam(groups, chosen["lr"], (chosen["beta1"], chosen["beta2"]), chosen["eps"])]
    if own:
        made.append(torch.optim.Adam(own, method["bits_lr"], eps=method["bits_eps"]))
    return made


def main(problem, answer):
    given, metadata = safetensors.read(problem)
    images = torch.from_numpy(given.pop("images")).permute(0, 3, 1, 2).contiguous()
    labels = torch.from_numpy(given.pop("labels")).long()
    layers, method = json.loads(metadata["layers"]), json.loads(metadata["method"])
    start = {name: torch.from_numpy(values) for name, values in given.items()}
    Network(layers, method, start).settle(images)
    found = {f"start/{name}": values for name, values in given.items()}  # the same memory
    for chosen in json.loads(metadata["optimizers"]):
        tensors = {name: torch.from_numpy(values.copy()).requires_grad_() for name, values in given.items()}
        network, optimizers, losses = Network(layers, method, tensors), optimizer(chosen, method, tensors), []
        for step in range(STEPS):
            for one in optimizers:
                one.zero_grad(set_to_none=True)
            loss = network.loss(images, labels)
            loss.backward()
            if step == 0:
                found["loss"] = loss.detach().view(1).numpy()
                found.update({f"gradient/{name}": t.grad.numpy().copy() for name, t in tensors.items()})
            losses.append(loss.item())
            for one in optimizers:
                one.step()
        found[f"losses/{chosen['name']}"] = losses
    safetensors.write(answer, found)


main(*sys.argv[1:])
