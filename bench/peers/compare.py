"""Training steps of Pare and of PyTorch in turns: the same nets, batch, optimiser and threads, one table in Markdown.

Fair to PyTorch: it keeps its best of two memory layouts, gets a warm-up, zeroes gradients with set_to_none, and its
images are one tensor that is there before the clock starts, while Pare's steps include making the batch.
Each round measures every contestant once, so that a slow minute of the machine hits all; the table holds medians over
the rounds of images/s, and the ratio's median with its 10th and 90th percentile.
"""

import argparse
import json
import os
import statistics
import subprocess
import time

BATCH = {"lenet300": 60, "lenet5": 64, "conv6": 60}
RATE = {"lenet300": 1.2e-3, "lenet5": 1e-3, "conv6": 3e-4}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pare", required=True, help="the binary")
    parser.add_argument("--configs", required=True, help="the folder of NET.json and NET_selfcompress.json")
    parser.add_argument("--nets", default="lenet300,lenet5,conv6")
    parser.add_argument("--precisions", default="f32,bf16")
    parser.add_argument("--kinds", default="dense,selfcompress")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=1.0, help="of one contestant in one round")
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall",
                        help="cpu, with one thread: mean CPU seconds a step, for a machine that others use, too "
                        "(a median of wall time flatters short steps there: they fit between two interruptions)")
    return parser.parse_args()


ARGS = arguments()
os.environ["OMP_NUM_THREADS"] = str(ARGS.threads)
import torch  # noqa: E402  (reads OMP_NUM_THREADS)
import torch.nn.functional as F  # noqa: E402
from torch import nn  # noqa: E402

torch.set_num_threads(ARGS.threads)


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
        return F.conv2d(x, self.weight(), self.layer.bias, padding=self.layer.padding)


def network(net, compressing):
    wrap = Quantised if compressing else lambda layer: layer
    if net == "lenet300":
        sizes = [784, 300, 100, 10]
        layers, images = [nn.Flatten()], torch.randn(BATCH[net], 1, 28, 28)
    elif net == "lenet5":
        sizes = [800, 500, 10]
        layers = [wrap(nn.Conv2d(1, 20, 5)), nn.MaxPool2d(2), nn.ReLU(True),
                  wrap(nn.Conv2d(20, 50, 5)), nn.MaxPool2d(2), nn.ReLU(True), nn.Flatten()]
        images = torch.randn(BATCH[net], 1, 28, 28)
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


class Torch:
    def __init__(self, net, precision, kind, layout):
        torch.manual_seed(1)
        model, images = network(net, kind == "selfcompress")
        self.model = model.to(memory_format=layout)
        self.images = images.to(memory_format=layout)
        self.labels = torch.randint(0, 10, (BATCH[net],))
        self.quantised = [m for m in model.modules() if isinstance(m, Quantised)]
        own = [p for m in self.quantised for p in (m.bits, m.exponents)]
        rest = [p for p in model.parameters() if all(p is not q for q in own)]
        groups = [{"params": rest, "lr": RATE[net]}] + ([{"params": own, "lr": 0.5, "eps": 1e-3}] if own else [])
        self.optimizer = torch.optim.Adam(groups)
        self.weights = sum(p.numel() for p in rest)
        self.bf16 = precision == "bf16"

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.bf16):
            scores = self.model(self.images)
        loss = F.cross_entropy(scores.float(), self.labels)
        if self.quantised:
            loss = loss + 1e-6 * sum(m.mean_bits() for m in self.quantised) / self.weights
        loss.backward()
        self.optimizer.step()

    def images_per_second(self, seconds):
        times, start, cpu_start = [], time.perf_counter(), time.process_time()
        last = start
        while last - start < seconds or len(times) < 3:
            self.step()
            now = time.perf_counter()
            times.append(now - last)
            last = now
        if ARGS.clock == "cpu":
            return len(self.labels) * len(times) / (time.process_time() - cpu_start)
        return len(self.labels) / statistics.median(times)


def pare_images_per_second(net, precision, kind):
    config = f"{ARGS.configs}/{net}{'_selfcompress' if kind == 'selfcompress' else ''}.json"
    command = [ARGS.pare, "bench", config, "--json", "--synthetic", "--seconds", str(ARGS.seconds),
               "--threads", str(ARGS.threads), "--set", f"precision={precision}"]
    if kind == "selfcompress":  # the paper's loss, which is what the peer's loss is
        command += ["--set", "compress.rate=0", "--set", "compress.levels=paper"]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found["batch"] * found["steps"] / found["cpu_seconds"] if ARGS.clock == "cpu" else found["images_per_second"]


def tenth(values, share):
    return sorted(values)[round(share * (len(values) - 1))]


def main():
    print(f"PyTorch {torch.__version__}, {ARGS.threads} thread(s), {ARGS.rounds} rounds of {ARGS.seconds} s each, {ARGS.clock} time\n")
    print("| net | batch | weights | precision | PyTorch NCHW | PyTorch NHWC | Pare | ratio | p10 | p90 |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for net in ARGS.nets.split(","):
        for kind in ARGS.kinds.split(","):
            for precision in ARGS.precisions.split(","):
                layouts = [torch.contiguous_format, torch.channels_last]
                peers = [Torch(net, precision, kind, layout) for layout in layouts]
                for peer in peers:
                    peer.images_per_second(ARGS.seconds / 2)  # warm-up
                speeds = [[], [], []]
                for _ in range(ARGS.rounds):
                    for peer, found in zip(peers, speeds):
                        found.append(peer.images_per_second(ARGS.seconds))
                    speeds[2].append(pare_images_per_second(net, precision, kind))
                ratios = [ours / max(a, b) for a, b, ours in zip(*speeds)]
                cells = [f"{statistics.median(found):,.0f}" for found in speeds]
                print(f"| {net} | {BATCH[net]} | {kind} | {precision} | {' | '.join(cells)} | "
                      f"**{statistics.median(ratios):.2f}** | {tenth(ratios, 0.1):.2f} | {tenth(ratios, 0.9):.2f} |",
                      flush=True)


main()
