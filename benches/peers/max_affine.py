#!/usr/bin/env python3
"""Fits a maximum of K affine functions to a table by the least-squares partition heuristic.

    python benches/peers/max_affine.py instances/real/nile.csv --pieces 2 3 4

The last column of the CSV file is the target, the others are the features. Printed is the least sum of squares that was found for each K (K functions or fewer). It is an upper bound on the minimum, no more: the heuristic
has no bound from below, and more starts may find less.

A start divides the points by the nearest of K random points. Then in turn: an affine function is fitted to each part by least squares, and each point goes to the part whose function is the greatest
there, until nothing changes. What counts is the loss of the maximum itself, the least that occurred on the way. After A. Magnani, S. Boyd, Convex piecewise-linear fitting, Optimization and Engineering 10
(2009). Needs numpy; the same seed gives the same numbers.
"""

import argparse
import csv

import numpy as np

# Steps of a start; most end after some ten.
STEPS = 100


def read(path):
    """The features, standardised, with a column of ones; the targets."""
    with open(path, newline="") as file:
        rows = list(csv.reader(file))[1:]
    table = np.array([[float(value) for value in row] for row in rows])
    x, y = table[:, :-1], table[:, -1]
    spread = x.std(axis=0)
    x = (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1)
    return np.hstack([x, np.ones((len(y), 1))]), y


def loss(x, y, planes):
    return float(np.sum((np.max(x @ planes.T, axis=1) - y) ** 2))


def start(x, y, pieces, random):
    """The least loss on the way of one start."""
    centres = x[random.choice(len(y), pieces, replace=False)]
    part = np.argmin(((x[:, None, :] - centres[None]) ** 2).sum(axis=2), axis=1)
    planes = np.zeros((pieces, x.shape[1]))
    least = np.inf
    for _ in range(STEPS):
        for piece in range(pieces):
            own = part == piece
            # A part with too few points to fix a function keeps the least-norm one; one without points keeps its last.
            if own.any():
                planes[piece] = np.linalg.lstsq(x[own], y[own], rcond=None)[0]
        least = min(least, loss(x, y, planes))
        after = np.argmax(x @ planes.T, axis=1)
        if (after == part).all():
            break
        part = after
    return least


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--pieces", type=int, nargs="+", default=[2, 3, 4], metavar="K")
    parser.add_argument("--starts", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    x, y = read(arguments.file)
    least = np.inf
    for pieces in range(1, min(max(arguments.pieces), len(y)) + 1):
        random = np.random.default_rng(arguments.seed)
        least = min([least] + [start(x, y, pieces, random) for _ in range(arguments.starts)])
        if pieces in arguments.pieces:
            print(f"{arguments.file}: a maximum of {pieces} affine functions with a sum of squares of {least:.10g}", flush=True)


if __name__ == "__main__":
    main()
