"""What comes beside training steps: reading packed models against PyTorch's dense network, and memory.

Evaluation: `pare eval` of each model in turns with PyTorch's best memory layout of the dense network it was made from, in
evaluation mode without gradients, batches of 250, images/s. Pare's number includes making the batches.
Memory: the largest resident set of a process that does some training steps of ResNet-20, batch 128, f32.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

IMAGES = 250
RESULTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/results")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pare", required=True, help="the binary")
    parser.add_argument("--configs", required=True, help="the folder of resnet20.json")
    parser.add_argument("--models", default="lenet5=mnist-lenet5,lenet5=fashion-8k,lenet300=mnist-lenet300",
                        help="NET=RESULT,...: folders of docs/results, each with the dense network it is compared to")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--steps-of", help=argparse.SUPPRESS)  # train a little and tell the memory: the child's part
    return parser.parse_args()


ARGS = arguments()
os.environ["OMP_NUM_THREADS"] = str(ARGS.threads)
import torch  # noqa: E402  (reads OMP_NUM_THREADS)
import torch.nn.functional as F  # noqa: E402
from networks import BATCH, network  # noqa: E402

torch.set_num_threads(ARGS.threads)


def torch_images_per_second(net, layout):
    model, images = network(net, False)
    model = model.to(memory_format=layout).eval()
    images = images[:1].expand(IMAGES, -1, -1, -1).contiguous(memory_format=layout)
    times = []
    with torch.no_grad():
        for _ in range(40):
            start = time.perf_counter()
            model(images)
            times.append(time.perf_counter() - start)
    return IMAGES / statistics.median(times)


def pare(*command):
    """What a command of Pare prints as JSON."""
    command = [ARGS.pare, *command, "--json", "--threads", str(ARGS.threads)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)  # such as a data set that is not found
    return json.loads(done.stdout)


def compare(net, result):
    path = f"{RESULTS}/{result}/model.pare"
    layouts = [torch.contiguous_format, torch.channels_last]
    rounds = [(max(torch_images_per_second(net, layout) for layout in layouts),
               pare("eval", path)["images_per_second"])
              for _ in range(ARGS.rounds)]
    ratios = sorted(ours / theirs for theirs, ours in rounds)
    theirs, ours = (statistics.median(column) for column in zip(*rounds))
    print(f"| `{result}` | {net} | {theirs:,.0f} | {ours:,.0f} | **{statistics.median(ratios):.1f}** "
          f"({ratios[0]:.1f}-{ratios[-1]:.1f}) |", flush=True)


def train_a_little(net):
    model, images = network(net, False)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    labels = torch.randint(0, 10, (BATCH[net],))
    for _ in range(5):
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
    with open("/proc/self/status") as status:  # getrusage's is inherited from the process that started this one
        print(next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) * 1024 / 1e6)


def compare_memory(net):
    child = [sys.executable, *sys.argv, "--steps-of", net]
    theirs = float(subprocess.run(child, check=True, capture_output=True, text=True).stdout)
    ours = pare("bench", f"{ARGS.configs}/{net}.json", "--synthetic", "--seconds", "1")["peak_memory_bytes"] / 1e6
    print(f"\nPeak memory of training {net}, batch {BATCH[net]}, f32: Pare {ours:.0f} MB, PyTorch {theirs:.0f} MB")


def main():
    if ARGS.steps_of:
        train_a_little(ARGS.steps_of)
        return
    print(f"PyTorch {torch.__version__}, {ARGS.threads} thread(s), {ARGS.rounds} rounds\n")
    print("| model | dense network | PyTorch images/s | Pare images/s | ratio (lowest-highest) |\n" + "|---" * 5 + "|")
    for pair in ARGS.models.split(","):
        compare(*pair.split("=", 1))
    compare_memory("resnet20")


main()
