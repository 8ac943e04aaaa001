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
import sys
import time


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pare", required=True, help="the binary")
    parser.add_argument("--configs", required=True, help="the folder of NET.json and NET_selfcompress.json")
    parser.add_argument("--nets", default="lenet300,lenet5,conv6,resnet20")
    parser.add_argument("--precisions", default="f32,bf16")
    parser.add_argument("--kinds", default="dense,selfcompress")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=1.0, help="of one contestant in one round")
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall",
                        help="cpu, with one thread: mean CPU seconds a step, for a machine that others use, too "
                        "(a median of wall time flatters short steps there: they fit between two interruptions)")
    parser.add_argument("--keep-memory", action="store_true",
                        help="tell PyTorch's malloc to keep what is freed, as Pare's does: as it comes it may map buffers "
                        "of some 1 MB anew in each step, or not, depending on what ran before")
    return parser.parse_args()


ARGS = arguments()
KEPT = {"MALLOC_MMAP_THRESHOLD_": str(1 << 25), "MALLOC_TRIM_THRESHOLD_": str(1 << 30), "MALLOC_TOP_PAD_": str(1 << 22)}
if ARGS.keep_memory and not KEPT.items() <= os.environ.items():  # malloc reads them when a process starts
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **KEPT})
os.environ["OMP_NUM_THREADS"] = str(ARGS.threads)
import torch  # noqa: E402  (reads OMP_NUM_THREADS)
import torch.nn.functional as F  # noqa: E402
from networks import BATCH, RATE, Quantised, network  # noqa: E402

torch.set_num_threads(ARGS.threads)


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
        if net == "resnet20":  # as its config has it; bits and exponents keep their Adam
            self.optimizers = [torch.optim.SGD(rest, lr=0.1, momentum=0.9, weight_decay=1e-4)]
            groups = groups[1:]
        else:
            self.optimizers = []
        if groups:
            self.optimizers.append(torch.optim.Adam(groups))
        self.weights = sum(p.numel() for p in rest)
        self.bf16 = precision == "bf16"

    def step(self):
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.bf16):
            scores = self.model(self.images)
        loss = F.cross_entropy(scores.float(), self.labels)
        if self.quantised:
            loss = loss + 1e-6 * sum(m.mean_bits() for m in self.quantised) / self.weights
        loss.backward()
        for optimizer in self.optimizers:
            optimizer.step()

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


def possible_precisions():
    """Those asked for that Pare has on this CPU: without AVX-512 there is no bf16."""
    def works(precision):
        command = [ARGS.pare, "bench", f"{ARGS.configs}/lenet300.json", "--synthetic", "--seconds", "0",
                   "--set", f"precision={precision}"]
        return subprocess.run(command, capture_output=True).returncode == 0
    possible = [p for p in ARGS.precisions.split(",") if works(p)]
    for precision in set(ARGS.precisions.split(",")) - set(possible):
        print(f"{precision} is left out: Pare does not have it on this CPU\n")
    if not possible:
        sys.exit("nothing is left to compare")
    return possible


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


def measure(net, kind, precisions):
    """Rounds of images/s: for each precision, PyTorch's two layouts and Pare."""
    layouts = [torch.contiguous_format, torch.channels_last]
    peers = {p: [Torch(net, p, kind, layout) for layout in layouts] for p in precisions}
    for several in peers.values():
        for peer in several:
            peer.images_per_second(ARGS.seconds / 2)  # warm-up
    rounds = []
    for _ in range(ARGS.rounds):
        found = {}
        for precision in precisions:
            found["torch", precision] = max(peer.images_per_second(ARGS.seconds) for peer in peers[precision])
            found["pare", precision] = pare_images_per_second(net, precision, kind)
        rounds.append(found)
    return rounds


def main():
    print(f"PyTorch {torch.__version__}, {ARGS.threads} thread(s), {ARGS.rounds} rounds of {ARGS.seconds} s each, "
          f"{ARGS.clock} time{', memory kept' if ARGS.keep_memory else ''}; images/s, and ratios to PyTorch's f32\n")
    precisions = possible_precisions()
    columns = [f"PyTorch {p}" for p in precisions] + [c for p in precisions for c in (f"Pare {p}", "ratio (p10-p90)")]
    print(f"| net | batch | weights | {' | '.join(columns)} |")
    print("|" + "---|" * (len(columns) + 3))
    for net in ARGS.nets.split(","):
        for kind in ARGS.kinds.split(","):
            rounds = measure(net, kind, precisions)
            cells = [f"{statistics.median(r['torch', p] for r in rounds):,.0f}" for p in precisions]
            for precision in precisions:
                cells.append(f"{statistics.median(r['pare', precision] for r in rounds):,.0f}")
                ratios = [r["pare", precision] / r["torch", precisions[0]] for r in rounds]
                cells.append(f"**{statistics.median(ratios):.2f}** ({tenth(ratios, 0.1):.2f}-{tenth(ratios, 0.9):.2f})")
            print(f"| {net} | {BATCH[net]} | {kind} | {' | '.join(cells)} |", flush=True)


main()
