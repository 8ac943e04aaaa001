"""Training steps of two builds of Pare in turns, as of two versions or on two versions of oneDNN: a table in Markdown.

    python3 bench/peers/programs.py build/release/pare "chroot ROOT /src/pare/build/release/pare" --rounds 9

Each program is a command; it is given `bench CONFIG ...` and has to find the configs where it stands, or by
--configs-of-second.
Each round measures both once, so that a slow minute of the machine hits both. Ratios are of the second one's images/s to the
first one's: the median over the rounds, with the 10th and 90th percentile.
"""

import argparse
import json
import shlex
import statistics
import subprocess


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first")
    parser.add_argument("second")
    parser.add_argument("--configs", default="configs/bench", help="folder of NET.json, as the first program sees it")
    parser.add_argument("--configs-of-second", default="", help="the same as the second program sees it")
    parser.add_argument("--nets", default="lenet300,lenet5,conv6,resnet20,resnet9")
    parser.add_argument("--precisions", default="f32,bf16")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=1.0, help="of one program in one round")
    return parser.parse_args()


def speed(program, config, precision, args):
    command = [*shlex.split(program), "bench", config, "--synthetic", "--json", "--threads", str(args.threads),
               "--seconds", str(args.seconds), "--set", f"precision={precision}"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["images_per_second"]


def percentile(values, share):
    return sorted(values)[round(share * (len(values) - 1))]


def main():
    args = arguments()
    print("| net | precision | first images/s | second images/s | ratio |\n|---|---|---|---|---|")
    for net in args.nets.split(","):
        for precision in args.precisions.split(","):
            first, second = [], []
            for _ in range(args.rounds):
                first.append(speed(args.first, f"{args.configs}/{net}.json", precision, args))
                second.append(speed(args.second, f"{args.configs_of_second or args.configs}/{net}.json", precision, args))
            ratios = [b / a for a, b in zip(first, second)]
            print(f"| {net} | {precision} | {statistics.median(first):,.0f} | {statistics.median(second):,.0f} | "
                  f"**{statistics.median(ratios):.2f}** ({percentile(ratios, 0.1):.2f}-{percentile(ratios, 0.9):.2f}) |", flush=True)


if __name__ == "__main__":
    main()
