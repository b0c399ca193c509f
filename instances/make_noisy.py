#!/usr/bin/env python3
"""Writes instances/noisy/*.json: planted networks with noise, drawn by `relus generate teacher`.

    cargo build --release
    python3 instances/make_noisy.py [path of relus]

Noise of f % means: its standard deviation is f % of that of the noiseless targets, rounded to four decimals. The generator draws the network and the
points before the noise, so a first run without noise gives the targets whose deviation counts.
"""

import json
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
OUT = ROOT / "instances" / "noisy"

# (activation, dimension, width, points, noise in percent, seeds)
CASES = [
    ("relu", 3, 1, 1000, 10, [1]),
    ("relu", 4, 1, 500, 10, [1]),
    ("relu", 2, 2, 40, 50, [1, 2, 3]),
    ("relu", 2, 2, 120, 50, [1]),
    ("relu", 2, 2, 250, 50, [1]),
    ("relu", 3, 2, 60, 50, [1]),
    ("relu", 3, 2, 40, 50, [1, 2, 3]),
    ("relu", 4, 2, 40, 50, [1, 2, 3]),
    ("relu", 5, 2, 40, 10, [1, 2, 3]),
    ("relu", 2, 3, 40, 10, [1]),
    ("relu", 2, 3, 60, 50, [1]),
    ("relu", 3, 3, 30, 10, [1]),
    ("threshold", 2, 2, 200, 10, [1]),
]


def draw(relus, activation, dimension, width, points, seed, noise):
    command = [relus, "generate", "teacher", "--activation", activation, "--seed", seed, "--noise", noise, "--format", "json"]
    command += ["--dimension", dimension, "--width", width, "--points", points]
    text = subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout
    return json.loads(text, parse_float=str)


def write(path, instance):
    """One point a line; the decimals stay the text that the generator wrote."""
    rows = ",\n".join(f"    [{', '.join(map(str, point))}]" for point in instance["x"])
    head = "".join(f'  "{key}": {json.dumps(instance[key])},\n' for key in ["format", "version", "activation", "width", "loss"])
    path.write_text(f'{{\n{head}  "x": [\n{rows}\n  ],\n  "y": [{", ".join(map(str, instance["y"]))}]\n}}\n')


def main():
    relus = sys.argv[1] if len(sys.argv) > 1 else ROOT / "target" / "release" / "relus"
    OUT.mkdir(exist_ok=True)
    for activation, dimension, width, points, percent, seeds in CASES:
        for seed in seeds:
            clean = draw(relus, activation, dimension, width, points, seed, 0)
            noise = round(percent / 100 * statistics.pstdev(map(float, clean["y"])), 4)
            prefix = "syn" if activation == "relu" else "thr"
            name = f"{prefix}-d{dimension}-k{width}-n{points}-noise{percent}-s{seed}"
            write(OUT / f"{name}.json", draw(relus, activation, dimension, width, points, seed, noise))
            print(f"{name}: noise {noise}")


if __name__ == "__main__":
    main()
